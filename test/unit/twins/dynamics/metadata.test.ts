import { startClient, type Client, type Loose as Json } from './client';

describe('metadata', () => {
	let client: Client;

	beforeAll(async () => {
		client = await startClient({ leads: 2, contacts: 2 });
	});

	afterAll(async () => {
		await client.twin.close();
	});

	const read = async (path: string): Promise<Json> => {
		const answer = await client.call('GET', path);
		if (answer.status !== 200) throw new Error(answer.text);
		return answer.json;
	};

	const LEAD = "EntityDefinitions(LogicalName='lead')";

	it('lists tables with $select and $filter, also on enumerations and managed properties', async () => {
		const all = await read(
			"EntityDefinitions?$select=LogicalName,EntitySetName,ChangeTrackingEnabled,CanChangeTrackingBeEnabled&$filter=OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned' and CanCreateAttributes/Value eq true",
		);
		const names = (all.value as Json[]).map((table) => table.LogicalName);
		expect(names).toEqual(expect.arrayContaining(['lead', 'contact', 'account']));
		expect(names).not.toContain('systemuser');
		const one = await read(
			"EntityDefinitions?$select=LogicalName,EntitySetName&$filter=LogicalName eq 'lead'",
		);
		expect(one.value).toEqual([
			{ LogicalName: 'lead', EntitySetName: 'leads', MetadataId: expect.any(String) },
		]);
	});

	it('describes hundreds of columns of leads and contacts', async () => {
		for (const table of ['lead', 'contact']) {
			const { value } = await read(
				`EntityDefinitions(LogicalName='${table}')/Attributes?$select=LogicalName`,
			);
			expect(value.length).toBeGreaterThan(300);
		}
	});

	it('describes a column as Microsoft does', async () => {
		const column = await read(`${LEAD}/Attributes(LogicalName='emailaddress1')`);
		expect(column).toMatchObject({
			'@odata.type': '#Microsoft.Dynamics.CRM.StringAttributeMetadata',
			LogicalName: 'emailaddress1',
			SchemaName: 'EMailAddress1',
			AttributeType: 'String',
			AttributeTypeName: { Value: 'StringType' },
			IsValidForCreate: true,
			IsValidForRead: true,
			IsValidForUpdate: true,
			AttributeOf: null,
			MaxLength: 100,
			RequiredLevel: { Value: 'None' },
			DisplayName: { UserLocalizedLabel: { Label: expect.any(String), LanguageCode: 1033 } },
		});
	});

	it('shows multi-select columns as Virtual, told apart by AttributeTypeName', async () => {
		const column = await read(
			`${LEAD}/Attributes(LogicalName='new_interests')?$select=AttributeType,AttributeTypeName`,
		);
		expect(column).toMatchObject({
			AttributeType: 'Virtual',
			AttributeTypeName: { Value: 'MultiSelectPicklistType' },
		});
	});

	it.each([
		[
			'StringAttributeMetadata',
			'LogicalName,MaxLength,FormatName',
			'subject',
			{ MaxLength: 300, FormatName: { Value: 'Text' } },
		],
		['MemoAttributeMetadata', 'LogicalName,MaxLength', 'description', { MaxLength: 2000 }],
		[
			'IntegerAttributeMetadata',
			'LogicalName,MinValue,MaxValue',
			'numberofemployees',
			{ MinValue: 0, MaxValue: 1000000 },
		],
		[
			'MoneyAttributeMetadata',
			'LogicalName,Precision,PrecisionSource',
			'revenue',
			{ Precision: 2, PrecisionSource: 2 },
		],
		['DecimalAttributeMetadata', 'LogicalName,Precision', 'exchangerate', { Precision: 10 }],
		[
			'DateTimeAttributeMetadata',
			'LogicalName,DateTimeBehavior,Format',
			'estimatedclosedate',
			{ DateTimeBehavior: { Value: 'DateOnly' }, Format: 'DateOnly' },
		],
		[
			'LookupAttributeMetadata',
			'LogicalName,Targets',
			'customerid',
			{ Targets: ['account', 'contact'] },
		],
	])('casts columns to %s', async (type, select, name, expected) => {
		const { value } = await read(
			`${LEAD}/Attributes/Microsoft.Dynamics.CRM.${type}?$select=${select}`,
		);
		const column = (value as Json[]).find((one) => one.LogicalName === name)!;
		expect(column).toMatchObject(expected);
		expect(column).not.toHaveProperty('@odata.type');
	});

	it.each([
		[
			'PicklistAttributeMetadata',
			'leadqualitycode',
			[
				[1, 'Hot'],
				[2, 'Warm'],
				[3, 'Cold'],
			],
		],
		[
			'MultiSelectPicklistAttributeMetadata',
			'new_channels',
			[
				[100000000, 'E-mail'],
				[100000001, 'Phone'],
				[100000002, 'Post'],
			],
		],
		[
			'StateAttributeMetadata',
			'statecode',
			[
				[0, 'Open'],
				[1, 'Qualified'],
				[2, 'Disqualified'],
			],
		],
	])('expands the options of %s', async (type, name, expected) => {
		const { value } = await read(
			`${LEAD}/Attributes/Microsoft.Dynamics.CRM.${type}?$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)`,
		);
		const column = (value as Json[]).find((one) => one.LogicalName === name)!;
		const options = (column.OptionSet.Options as Json[]).map((option) => [
			option.Value,
			option.Label.UserLocalizedLabel.Label,
		]);
		expect(options).toEqual(expected);
		expect(column.GlobalOptionSet).toBeNull();
	});

	it('links statuses to states', async () => {
		const status = await read(
			`${LEAD}/Attributes(LogicalName='statuscode')/Microsoft.Dynamics.CRM.StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet`,
		);
		const states = (status.OptionSet.Options as Json[]).map((option) => [
			option.Value,
			option.State,
		]);
		expect(states).toEqual(
			expect.arrayContaining([
				[1, 0],
				[3, 1],
				[4, 2],
			]),
		);
		const state = await read(
			`${LEAD}/Attributes(LogicalName='statecode')/Microsoft.Dynamics.CRM.StateAttributeMetadata?$expand=OptionSet`,
		);
		expect((state.OptionSet.Options as Json[]).map((option) => option.DefaultStatus)).toEqual([
			1, 3, 4,
		]);
	});

	it('names navigation properties, which differ from columns', async () => {
		const { value } = await read(
			"EntityDefinitions(LogicalName='contact')/ManyToOneRelationships?$select=ReferencingAttribute,ReferencingEntityNavigationPropertyName,ReferencedEntity",
		);
		expect(value).toEqual(
			expect.arrayContaining([
				expect.objectContaining({
					ReferencingAttribute: 'parentcustomerid',
					ReferencingEntityNavigationPropertyName: 'parentcustomerid_account',
					ReferencedEntity: 'account',
				}),
				expect.objectContaining({ ReferencingAttribute: 'ownerid', ReferencedEntity: 'owner' }),
			]),
		);
	});

	it('lists alternate keys with their index status', async () => {
		const { value } = await read(
			"EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'contact'&$expand=Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)",
		);
		expect(value[0].Keys).toEqual(
			expect.arrayContaining([
				expect.objectContaining({
					KeyAttributes: ['new_marketoid'],
					EntityKeyIndexStatus: 'Active',
				}),
				expect.objectContaining({
					KeyAttributes: ['new_externalkey'],
					EntityKeyIndexStatus: 'Pending',
				}),
			]),
		);
	});

	it.each([
		[
			`${LEAD}/Attributes?$select=MaxLength`,
			400,
			"Could not find a property named 'MaxLength' on type 'Microsoft.Dynamics.CRM.AttributeMetadata'.",
		],
		[`${LEAD}/Attributes/Microsoft.Dynamics.CRM.EnumAttributeMetadata`, 400, 'is abstract'],
		["EntityDefinitions(LogicalName='nothing')", 404, 'nothing'],
		["EntityDefinitions?$filter=startswith(LogicalName,'l')", 501, 'startswith'],
	])('refuses %s', async (path, status, message) => {
		const answer = await client.call('GET', path);
		expect(answer.status).toBe(status);
		expect(answer.json.error.message).toContain(message);
	});

	it("takes more columns and tables in Microsoft's own shape", async () => {
		const own = await client.call('GET', `${LEAD}/Attributes(LogicalName='jobtitle')`);
		const twin = await startClient({
			leads: 0,
			contacts: 0,
			tables: [
				{
					LogicalName: 'lead',
					Attributes: [
						{ ...own.json, LogicalName: 'new_role', SchemaName: 'new_Role', MaxLength: 7 },
					],
				},
				{
					LogicalName: 'new_event',
					EntitySetName: 'new_events',
					PrimaryIdAttribute: 'new_eventid',
					PrimaryNameAttribute: 'new_name',
					Attributes: [
						{ LogicalName: 'new_eventid', AttributeType: 'Uniqueidentifier' },
						{ LogicalName: 'new_name', AttributeType: 'String', MaxLength: 50 },
					],
				},
			],
		});
		try {
			const made = await twin.call('POST', 'leads', { new_role: 'Buyer', lastname: 'x' });
			expect(made.status).toBe(204);
			const tooLong = await twin.call('POST', 'leads', { new_role: 'Purchaser' });
			expect(tooLong.json.error.message).toContain("maximum allowed length of '7'");
			const event = await twin.call(
				'POST',
				'new_events',
				{ new_name: 'Fair' },
				{ Prefer: 'return=representation' },
			);
			expect(event.json).toMatchObject({ new_name: 'Fair', new_eventid: expect.any(String) });
		} finally {
			await twin.twin.close();
		}
	});

	it('can lose a column while it runs', async () => {
		const before = await client.call('GET', 'leads?$select=new_segment&$top=1');
		await client.admin('POST', 'dropColumn', { table: 'lead', column: 'new_segment' });
		const after = await client.call('GET', 'leads?$select=new_segment&$top=1');
		expect([before.status, after.status]).toEqual([200, 400]);
	});
});
