import { readFileSync } from 'fs';
import path from 'path';

import type { IDataObject } from 'n8n-workflow';

import { DYNAMICS_OPERATIONS } from '../../../../nodes/MicrosoftDynamics365/operations';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { runNode, type ContextOptions } from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

const FOLDER = path.resolve(__dirname, '../../../../nodes/MicrosoftDynamics365/__schema__/v1.0.0');

let twin: DynamicsTwin;
beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 30, contacts: 30 });
});
afterAll(async () => await twin.close());

function schemaOf(resource: string, operation: string): Record<string, { type: string }> {
	const text = readFileSync(path.join(FOLDER, resource, `${operation}.json`), 'utf8');
	return (JSON.parse(text) as { properties: Record<string, { type: string }> }).properties;
}

async function run(parameters: ContextOptions['parameters']): Promise<IDataObject[]> {
	return await runNode(dynamicsNode(twinCredential(twin), parameters));
}

/** Every value that came out is in the schema with its type; every key of the schema came out. */
function expectFits(output: IDataObject[], schema: Record<string, { type: string }>): void {
	const seen = new Set<string>();
	for (const json of output) {
		for (const [key, value] of Object.entries(json)) {
			seen.add(key);
			expect([key, schema[key]]).not.toEqual([key, undefined]);
			if (value === null) continue;
			const type = Array.isArray(value) ? 'array' : typeof value;
			expect([key, type]).toEqual([key, schema[key]!.type.replace('integer', 'number')]);
		}
	}
	expect([...seen].sort()).toEqual(Object.keys(schema).sort());
}

describe('output schemas (what the editor offers before the first run)', () => {
	it.each(['lead', 'contact'])('fit what %s operations put out', async (resource) => {
		expectFits(
			await run({ resource, operation: 'getAll', returnAll: true }),
			schemaOf(resource, 'getAll'),
		);
		const people = {
			firstname: 'A',
			lastname: 'B',
			emailaddress1: 'a@example.com',
			telephone1: '1',
			mobilephone: '2',
		};
		const columns = {
			mappingMode: 'defineBelow',
			value: people,
			matchingColumns: ['emailaddress1'],
			schema: [],
		} as unknown as ContextOptions['parameters'][string];
		const created = await run({ resource, operation: 'upsert', columns });
		expectFits(created, schemaOf(resource, 'upsert'));
		const rowId = String(created[0]![`${resource}id`]);
		expectFits(
			await run({ resource, operation: 'update', columns, rowId }),
			schemaOf(resource, 'update'),
		);
		expectFits(await run({ resource, operation: 'delete', rowId }), schemaOf(resource, 'delete'));
	});

	it.each(['lead', 'contact'])('fit what is done with %ss', async (resource) => {
		const [row] = await run({ resource, operation: 'getAll', limit: 1 });
		const person = { resource, table: '', recordId: String(row![`${resource}id`]) };
		const owner = 'user3@twin.example';
		const campaign = 'ca3ba160-0000-4000-8000-000000000001';
		for (const [operation, parameters] of [
			['assign', { owner }],
			['createTask', { subject: 'Call', dueInDays: 5 }],
			['addToCampaign', { campaign }],
			['removeFromCampaign', { campaign }],
		] as const) {
			expectFits(await run({ ...person, ...parameters, operation }), schemaOf(resource, operation));
		}
	});

	it('fit the description of a table', async () => {
		const output = await run({ resource: 'setup', operation: 'describe', table: 'lead' });
		expectFits(output, schemaOf('setup', 'describe'));
	});

	it('are there for every operation but those of the sync', () => {
		for (const { value, resources } of DYNAMICS_OPERATIONS.operations) {
			for (const resource of resources.filter((name) => name !== 'sync')) {
				expect(Object.keys(schemaOf(resource, value)).length).toBeGreaterThan(0);
			}
		}
	});
});
