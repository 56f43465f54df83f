import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { Marketo } from '../../../../nodes/Marketo/Marketo.node';
import { MARKETO_OPERATIONS } from '../../../../nodes/Marketo/operations';

const { description, methods } = new Marketo();
const { operations, resources } = MARKETO_OPERATIONS;

function all(properties: INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => [
		property,
		...(property.type === 'collection' ? all(property.options as INodeProperties[]) : []),
	]);
}

describe('Marketo node description', () => {
	it('offers each operation once per resource, in alphabetical order', () => {
		for (const resource of resources) {
			const dropDown = description.properties.find(
				({ name, displayOptions }) =>
					name === 'operation' && displayOptions?.show?.resource?.includes(resource.value),
			)!;
			const options = dropDown.options as INodePropertyOptions[];
			const names = options.map(({ name }) => name);
			expect(names).toEqual([...new Set(names)].sort((one, other) => one.localeCompare(other)));
			expect(options.map(({ value }) => value)).toContain(dropDown.default);
			const offered = operations.filter((operation) =>
				operation.resources.includes(resource.value),
			);
			expect(options.map(({ value }) => value).sort()).toEqual(
				offered.map(({ value }) => value).sort(),
			);
		}
	});

	it('shows every property of an operation for that operation only', () => {
		for (const operation of operations) {
			for (const { name } of operation.properties) {
				const shown = description.properties.find(
					(property) =>
						property.name === name &&
						property.displayOptions?.show?.operation?.includes(operation.value) &&
						property.displayOptions.show.resource?.includes(operation.resources[0]!),
				);
				expect(shown?.displayOptions?.show?.resource).toEqual(operation.resources);
			}
		}
	});

	it('has every method that a property loads its list with', () => {
		const loaded = all(description.properties).map(
			({ typeOptions }) => typeOptions?.loadOptionsMethod,
		);
		for (const name of loaded.filter((method) => method !== undefined)) {
			expect(Object.keys(methods.loadOptions)).toContain(name);
		}
		const mapper = description.properties.find(({ type }) => type === 'resourceMapper')!;
		expect(Object.keys(methods.resourceMapping)).toContain(
			mapper.typeOptions!.resourceMapper!.resourceMapperMethod,
		);
	});
});
