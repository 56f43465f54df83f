import { idOf, startClient, type Client } from './client';

const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
const SUBSCRIPTION = {
	LogicalName: 'new_subscription',
	SchemaName: 'new_Subscription',
	EntitySetName: 'new_subscriptions',
	DisplayName: label('Subscription'),
	ObjectTypeCode: 10_042,
	PrimaryNameAttribute: 'new_name',
	ChangeTrackingEnabled: true,
	IsCustomEntity: true,
	Attributes: [
		{
			LogicalName: 'new_contactid',
			SchemaName: 'new_ContactId',
			AttributeTypeName: { Value: 'LookupType' },
			Targets: ['contact'],
			IsCustomAttribute: true,
		},
		{
			LogicalName: 'new_seats',
			SchemaName: 'new_Seats',
			AttributeTypeName: { Value: 'IntegerType' },
			MinValue: 0,
			MaxValue: 1000,
			IsCustomAttribute: true,
		},
	],
};

describe('custom tables of the Dynamics twin', () => {
	let client: Client;

	beforeAll(async () => {
		client = await startClient();
		await client.admin('POST', 'tables', SUBSCRIPTION);
	});
	afterAll(async () => {
		await client.twin.close();
	});

	it('have what every table has, without being told (owner, times, state)', async () => {
		const contact = idOf(await client.call('POST', 'contacts', { lastname: 'Lee' }));
		const id = idOf(
			await client.call('POST', 'new_subscriptions', {
				new_name: 'Premium',
				new_seats: 5,
				'new_ContactId@odata.bind': `/contacts(${contact})`,
			}),
		);
		const row = await client.call('GET', `new_subscriptions(${id})`);
		expect(row.json).toMatchObject({
			new_subscriptionid: id,
			new_name: 'Premium',
			new_seats: 5,
			_new_contactid_value: contact,
			statecode: 0,
			statuscode: 1,
			createdon: expect.any(String),
			modifiedon: expect.any(String),
			_ownerid_value: expect.any(String),
		});
		await client.call('PATCH', `new_subscriptions(${id})`, { statecode: 1 });
		expect((await client.call('GET', `new_subscriptions(${id})`)).json.statuscode).toBe(2);
	});

	it('tell their changes from one delta to the next', async () => {
		const first = await client.call('GET', 'new_subscriptions?$select=new_name', undefined, {
			Prefer: 'odata.track-changes',
		});
		const one = idOf(await client.call('POST', 'new_subscriptions', { new_name: 'One' }));
		const two = idOf(await client.call('POST', 'new_subscriptions', { new_name: 'Two' }));
		await client.call('DELETE', `new_subscriptions(${two})`);
		const delta = await client.call('GET', first.json['@odata.deltaLink'] as string);
		expect(delta.json.value).toMatchObject([
			{ new_subscriptionid: one, new_name: 'One' },
			{ id: two, reason: 'deleted' },
		]);
	});

	it('track no changes until that is switched on, and then for good', async () => {
		const plain = {
			...SUBSCRIPTION,
			LogicalName: 'new_plain',
			EntitySetName: 'new_plains',
			ChangeTrackingEnabled: false,
		};
		await client.admin('POST', 'tables', plain);
		const read = async () =>
			await client.call('GET', 'new_plains?$select=new_name', undefined, {
				Prefer: 'odata.track-changes',
			});
		expect((await read()).json.error.code).toBe('0x80072491');
		await client.admin('POST', 'tables', { LogicalName: 'new_plain', ChangeTrackingEnabled: true });
		await client.admin('POST', 'tables', {
			LogicalName: 'new_plain',
			ChangeTrackingEnabled: false,
		});
		expect((await read()).json['@odata.deltaLink']).toEqual(expect.any(String));
		const table = await client.call(
			'GET',
			"EntityDefinitions(LogicalName='new_plain')?$select=ChangeTrackingEnabled,IsCustomEntity",
		);
		expect(table.json).toMatchObject({ ChangeTrackingEnabled: true, IsCustomEntity: true });
	});
});
