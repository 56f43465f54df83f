import type { DataverseColumn, DataverseTable } from '../../../../../apis/dataverse/metadata/table';
import { asRow, readMessage } from '../../../../../apis/dataverse/webhooks/readMessage';

const XRM = 'http://schemas.microsoft.com/xrm/2011/Contracts';

/** The parts of a post, in the form of Microsoft's own example of an updated contact. */
const post = (more: object = {}) => ({
	CorrelationId: 'B374239D-4233-41a9-8b17-a86cb4f737b5',
	InitiatingUserId: '75C2DD85-e89e-e711-8122-000d3aa2331c',
	MessageName: 'Update',
	OperationCreatedOn: '/Date(1506409448000-0700)/',
	OperationId: '4af10637-4ea2-e711-8122-000d3aa2331c',
	PreEntityImages: [],
	PrimaryEntityId: '6D81597F-0f9f-e711-8122-000d3aa2331c',
	PrimaryEntityName: 'contact',
	InputParameters: [
		{
			key: 'Target',
			value: {
				__type: `Entity:${XRM}`,
				Attributes: [
					{ key: 'firstname', value: 'James' },
					{ key: 'modifiedon', value: '/Date(1506384247000)/' },
					{ key: 'birthdate', value: '/Date(-62135596800000)/' },
					{
						key: 'modifiedby',
						value: { __type: `EntityReference:${XRM}`, Id: 'u', LogicalName: 'systemuser' },
					},
					{ key: 'modifiedonbehalfby', value: null },
					{ key: 'gendercode', value: { __type: `OptionSetValue:${XRM}`, Value: 2 } },
					{ key: 'creditlimit', value: { __type: `Money:${XRM}`, Value: 12.5 } },
					{ key: 'hobbies', value: [{ Value: 1 }, { Value: 3 }] },
					{ key: 'donotemail', value: false },
					{ key: 'unknown', value: 'x' },
				],
			},
		},
	],
	SharedVariables: [],
	ParentContext: null,
	...more,
});

const column = (name: string, type: DataverseColumn['type'], more: object = {}) =>
	({ name, label: name, type, canRead: true, ...more }) as DataverseColumn;
const CONTACT = {
	name: 'contact',
	columns: [
		column('firstname', 'String'),
		column('modifiedon', 'DateTime'),
		column('modifiedby', 'Lookup', { targets: ['systemuser'] }),
		column('modifiedonbehalfby', 'Lookup', { targets: ['systemuser'] }),
		column('gendercode', 'Picklist'),
		column('creditlimit', 'Money'),
		column('hobbies', 'MultiSelectPicklist'),
		column('donotemail', 'Boolean'),
		column('lastname', 'String'),
	],
} as unknown as DataverseTable;

describe(readMessage, () => {
	it('takes ids in lower case and the time in UTC', () => {
		expect(readMessage(post())).toMatchObject({
			message: 'Update',
			table: 'contact',
			id: '6d81597f-0f9f-e711-8122-000d3aa2331c',
			userId: '75c2dd85-e89e-e711-8122-000d3aa2331c',
			operationId: '4af10637-4ea2-e711-8122-000d3aa2331c',
			at: '2017-09-26T07:04:08.000Z',
			before: undefined,
			tag: undefined,
		});
	});

	it.each([
		['nothing', undefined],
		['a list', []],
		['something else', { hello: 1 }],
		['no row', post({ PrimaryEntityId: '../users' })],
		['no message', post({ MessageName: null })],
	])('does not take %s', (_what, body) => {
		expect(readMessage(body)).toBeUndefined();
	});

	it('knows nothing of the values where they were left out (the message was too large)', () => {
		const stripped = post({ InputParameters: undefined, PreEntityImages: undefined });
		expect(readMessage(stripped)).toMatchObject({ written: undefined, before: undefined });
	});

	it('finds the tag in an outer operation', () => {
		const outer = { SharedVariables: [{ key: 'tag', value: 'import' }], ParentContext: null };
		expect(readMessage(post({ ParentContext: { ParentContext: outer } }))?.tag).toBe('import');
	});
});

describe(asRow, () => {
	it('gives written attributes the form that rows have, and leaves unknown ones out', () => {
		expect(asRow(CONTACT, readMessage(post())!.written!)).toEqual({
			firstname: 'James',
			modifiedon: '2017-09-26T00:04:07Z',
			_modifiedby_value: 'u',
			_modifiedonbehalfby_value: null,
			gendercode: 2,
			creditlimit: 12.5,
			hobbies: '1,3',
			donotemail: false,
		});
	});
});
