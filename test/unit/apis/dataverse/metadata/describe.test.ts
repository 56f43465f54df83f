import {
	describe as describeTable,
	forgetDescriptions,
} from '../../../../../apis/dataverse/metadata/describe';
import { batchAnswer, failure, fake } from '../fakeDataverse';

type Entry = Record<string, unknown>;

const label = (text: string) => ({
	UserLocalizedLabel: { Label: text, LanguageCode: 1033 },
	LocalizedLabels: [],
});
const options = (...labels: string[]) => ({
	Options: labels.map((text, index) => ({ Value: index + 1, Label: label(text) })),
});
const attribute = (LogicalName: string, type: string, more: Entry = {}): Entry => ({
	LogicalName,
	AttributeType: type,
	AttributeTypeName: { Value: `${type}Type` },
	DisplayName: label(LogicalName.toUpperCase()),
	RequiredLevel: { Value: 'None' },
	IsValidForCreate: true,
	IsValidForRead: true,
	IsValidForUpdate: true,
	IsValidODataAttribute: true,
	AttributeOf: null,
	...more,
});

/** The answers to the requests of one description, in their order; typed forms by name. */
function description(parts: {
	attributes: Entry[];
	relationships?: Entry[];
	keys?: Entry[];
	typed?: Record<string, Entry[]>;
}) {
	const ok = (value: Entry[]) => ({ status: 200, body: { value } });
	const forms = [
		'String',
		'Memo',
		'Integer',
		'Decimal',
		'Double',
		'Money',
		'DateTime',
		'Lookup',
		'Boolean',
		'Picklist',
		'MultiSelectPicklist',
		'State',
		'Status',
	];
	return batchAnswer(
		{
			status: 200,
			body: {
				LogicalName: 'contact',
				EntitySetName: 'contacts',
				PrimaryIdAttribute: 'contactid',
				PrimaryNameAttribute: 'fullname',
				DisplayName: label('Contact'),
				ChangeTrackingEnabled: true,
				IsOptimisticConcurrencyEnabled: true,
			},
		},
		ok(parts.attributes),
		ok(parts.relationships ?? []),
		ok(parts.keys ?? []),
		ok([
			{
				LogicalName: 'account',
				EntitySetName: 'accounts',
				PrimaryIdAttribute: 'accountid',
				PrimaryNameAttribute: 'name',
			},
			{ LogicalName: 'contact', EntitySetName: 'contacts' },
			{ LogicalName: 'systemuser', EntitySetName: 'systemusers' },
			{ LogicalName: 'team', EntitySetName: 'teams' },
		]),
		...forms.map((form) => ok(parts.typed?.[form] ?? [])),
	);
}

beforeEach(forgetDescriptions);

describe('describe', () => {
	it('reads a whole table in one call', async () => {
		const { client, requests } = fake(
			description({
				attributes: [
					attribute('contactid', 'Uniqueidentifier', {
						IsPrimaryId: true,
						IsValidForUpdate: false,
					}),
					attribute('jobtitle', 'String'),
				],
				typed: {
					String: [{ LogicalName: 'jobtitle', MaxLength: 100, FormatName: { Value: 'Text' } }],
				},
				keys: [
					{ LogicalName: 'new_key', KeyAttributes: ['mkto_id'], EntityKeyIndexStatus: 'Pending' },
				],
			}),
		);
		const table = await describeTable(client, 'contact');
		expect(requests).toHaveLength(1);
		expect(table).toMatchObject({
			name: 'contact',
			set: 'contacts',
			idColumn: 'contactid',
			changeTracking: true,
			rowVersions: true,
			keys: [{ name: 'new_key', columns: ['mkto_id'], active: false }],
		});
		expect(table.columns.map(({ name }) => name)).toEqual(['contactid', 'jobtitle']);
		expect(table.columns[1]).toMatchObject({ type: 'String', maxLength: 100, canUpdate: true });
	});

	it('finds navigation properties by relationship, in their own spelling', async () => {
		const { client } = fake(
			description({
				attributes: [
					attribute('parentcustomerid', 'Customer'),
					attribute('ownerid', 'Owner'),
					attribute('createdbyexternalparty', 'Lookup'),
				],
				typed: {
					Lookup: [
						{ LogicalName: 'parentcustomerid', Targets: ['account', 'contact'] },
						{ LogicalName: 'ownerid', Targets: ['systemuser', 'team'] },
						{ LogicalName: 'createdbyexternalparty', Targets: ['account'] },
					],
				},
				relationships: [
					{
						ReferencingAttribute: 'parentcustomerid',
						ReferencingEntityNavigationPropertyName: 'parentcustomerid_account',
						ReferencedEntity: 'account',
					},
					{
						ReferencingAttribute: 'parentcustomerid',
						ReferencingEntityNavigationPropertyName: 'parentcustomerid_contact',
						ReferencedEntity: 'contact',
					},
					{
						ReferencingAttribute: 'ownerid',
						ReferencingEntityNavigationPropertyName: 'ownerid',
						ReferencedEntity: 'owner',
					},
					{
						ReferencingAttribute: 'createdbyexternalparty',
						ReferencingEntityNavigationPropertyName: 'CreatedByExternalParty',
						ReferencedEntity: 'account',
					},
				],
			}),
		);
		const { columns } = await describeTable(client, 'contact');
		const bindings = (name: string) => columns.find((column) => column.name === name)!.bindings;
		expect(bindings('parentcustomerid')).toEqual([
			{
				navigation: 'parentcustomerid_account',
				table: 'account',
				set: 'accounts',
				idColumn: 'accountid',
				nameColumn: 'name',
			},
			expect.objectContaining({ navigation: 'parentcustomerid_contact', table: 'contact' }),
		]);
		expect(bindings('ownerid')).toEqual([
			expect.objectContaining({ navigation: 'ownerid', table: 'systemuser' }),
			expect.objectContaining({ navigation: 'ownerid', table: 'team' }),
		]);
		expect(bindings('createdbyexternalparty')![0]!.navigation).toBe('CreatedByExternalParty');
	});

	it('leaves out helpers and what the Web API cannot carry, but not multiple choices (which look virtual)', async () => {
		const { client } = fake(
			description({
				attributes: [
					attribute('parentcustomeridname', 'String', { AttributeOf: 'parentcustomerid' }),
					attribute('entityimage', 'Virtual', { AttributeTypeName: { Value: 'ImageType' } }),
					attribute('parentcustomeridtype', 'EntityName'),
					attribute('hidden', 'String', { IsValidODataAttribute: false }),
					attribute('new_topics', 'Virtual', {
						AttributeTypeName: { Value: 'MultiSelectPicklistType' },
					}),
				],
				typed: {
					MultiSelectPicklist: [
						{
							LogicalName: 'new_topics',
							OptionSet: null,
							GlobalOptionSet: options('Tea', 'Coffee'),
						},
					],
				},
			}),
		);
		const { columns } = await describeTable(client, 'contact');
		expect(columns).toMatchObject([
			{
				name: 'new_topics',
				type: 'MultiSelectPicklist',
				choices: [
					{ value: 1, label: 'Tea' },
					{ value: 2, label: 'Coffee' },
				],
			},
		]);
	});

	it('knows yes/no labels, and that a date without a behaviour is a local time', async () => {
		const { client } = fake(
			description({
				attributes: [
					attribute('donotemail', 'Boolean'),
					attribute('old', 'DateTime'),
					attribute('birthdate', 'DateTime'),
				],
				typed: {
					Boolean: [
						{
							LogicalName: 'donotemail',
							OptionSet: {
								TrueOption: { Value: 1, Label: label('No mail') },
								FalseOption: { Value: 0, Label: label('Mail') },
							},
						},
					],
					DateTime: [
						{
							LogicalName: 'birthdate',
							Format: 'DateOnly',
							DateTimeBehavior: { Value: 'DateOnly' },
						},
						{ LogicalName: 'old', Format: 'DateOnly' },
					],
				},
			}),
		);
		const { columns } = await describeTable(client, 'contact');
		expect(columns.find(({ name }) => name === 'donotemail')!.choices).toEqual([
			{ value: 0, label: 'Mail' },
			{ value: 1, label: 'No mail' },
		]);
		expect(columns.find(({ name }) => name === 'birthdate')!.dateBehavior).toBe('DateOnly');
		expect(columns.find(({ name }) => name === 'old')!.dateBehavior).toBe('UserLocal');
	});

	it('asks once for those who ask together, again after some minutes, and does not remember a failure', async () => {
		const answer = () => description({ attributes: [attribute('jobtitle', 'String')] });
		const { client, requests } = fake(failure(403, '0x80040220', 'no'), answer(), answer());
		await expect(describeTable(client, 'contact')).rejects.toMatchObject({ kind: 'setUp' });
		await Promise.all([describeTable(client, 'contact'), describeTable(client, 'contact')]);
		expect(requests).toHaveLength(2);
		await client.wire.sleep(6 * 60_000);
		await describeTable(client, 'contact');
		expect(requests).toHaveLength(3);
	});

	it('fails as a whole where one part is refused (half a description would mislead)', async () => {
		const { client } = fake(batchAnswer(failure(404, '', 'no such table') as { status: number }));
		await expect(describeTable(client, 'nope')).rejects.toMatchObject({ kind: 'missing' });
	});
});
