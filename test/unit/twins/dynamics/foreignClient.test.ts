import { DynamicsWebApi, type RequestError } from 'dynamics-web-api';
import { SUBSCRIPTION_TABLE } from '../../../vendors/customTable';
import { startClient, type Client, type Loose } from './client';

const NOBODY = '00000000-0000-0000-0000-00000000dead';
const EMPLOYEE_ROLE = 'c0220000-0000-4000-8000-000000000008';
const EMPLOYER_ROLE = 'c0220000-0000-4000-8000-000000000009';

/**
 * `dynamics-web-api` was written by others against the real Dataverse: how it spells its calls, and what it makes of the
 * answers, owes nothing to this project's reading of the documentation.
 */
describe('the Dynamics twin, to a client that others wrote', () => {
	let client: Client;
	let api: DynamicsWebApi;
	let account: string;

	beforeAll(async () => {
		client = await startClient({ accounts: 50, opportunities: 30 });
		await client.admin('POST', 'tables', SUBSCRIPTION_TABLE);
		const { access_token: token } = (await client.signIn()).json;
		api = new DynamicsWebApi({
			serverUrl: client.twin.url,
			dataApi: { version: '9.2' },
			onTokenRefresh: async () => await Promise.resolve(String(token)),
		});
	});
	afterAll(async () => {
		await client.twin.close();
	});
	beforeEach(async () => {
		account = await create('accounts', { name: 'Contoso' });
	});

	async function create(collection: string, data: object): Promise<string> {
		return await api.create<object, string>({ collection, data });
	}

	async function read(collection: string, key: string, ...select: string[]): Promise<Loose> {
		return await api.retrieve<Loose>({ collection, key, select });
	}

	/** What the client throws; of a batch, one for each call that failed. */
	async function thrown(call: Promise<unknown>): Promise<RequestError> {
		const [error] = [
			await call.then(
				() => undefined,
				(reason: unknown) => reason,
			),
		].flat();
		return error as RequestError;
	}

	async function batch(calls: () => void, continueOnError = false): Promise<Loose[]> {
		api.startBatch();
		calls();
		return (await api.executeBatch({ continueOnError })) as Loose[];
	}

	describe('rows', () => {
		it('are written, shown with their labels, cleared and deleted', async () => {
			const change = { collection: 'accounts', key: account, data: { telephone1: '1', fax: '2' } };
			expect(await api.update(change)).toBe(true);
			const shown = await api.update<object, Loose>({
				...change,
				data: { revenue: 12.5 },
				returnRepresentation: true,
				select: ['revenue', 'fax'],
			});
			expect(shown).toMatchObject({ revenue: 12.5, fax: '2', accountid: account });
			await api.updateSingleProperty({ ...change, fieldValuePair: { fax: '3' } });
			await api.deleteRecord({ collection: 'accounts', key: account, property: 'telephone1' });
			const row = await api.retrieve<Loose>({
				collection: 'accounts',
				key: account,
				select: ['fax', 'telephone1', 'statecode'],
				includeAnnotations: '*',
			});
			expect(row).toMatchObject({
				fax: '3',
				telephone1: null,
				'statecode@OData.Community.Display.V1.FormattedValue': 'Active',
			});
			expect(await api.deleteRecord({ collection: 'accounts', key: account })).toBe(true);
			expect(await thrown(read('accounts', account, 'name'))).toMatchObject({
				status: 404,
				code: '0x80040217',
			});
		});

		it('are written only as the state that the client knows (ETags)', async () => {
			const row = { collection: 'accounts', key: account };
			const known = (await read('accounts', account, 'name'))['@odata.etag'] as string;
			expect(await api.retrieve({ ...row, ifnonematch: known })).toBeUndefined();
			expect(await api.update({ ...row, data: { fax: '1' }, ifmatch: known })).toBe(true);
			expect(await api.update({ ...row, data: { fax: '2' }, ifmatch: known })).toBe(false);
			expect(await api.deleteRecord({ ...row, ifmatch: known })).toBe(false);
			expect(await read('accounts', account, 'fax')).toMatchObject({ fax: '1' });
		});

		it('are created by an upsert or updated, as it allows', async () => {
			const row = { collection: 'accounts', data: { name: 'Fabrikam' } };
			expect(await api.upsert({ ...row, key: NOBODY, ifmatch: '*' })).toBeNull();
			expect(await api.upsert({ ...row, key: account, ifnonematch: '*' })).toBeNull();
			expect(await read('accounts', account, 'name')).toMatchObject({ name: 'Contoso' });
			const byKey = { ...row, key: "accountnumber='N-1'" };
			await api.upsert(byKey);
			await api.upsert({ ...byKey, data: { fax: '1' } });
			const filter = "accountnumber eq 'N-1'";
			const found = await api.retrieveMultiple<Loose>({ collection: 'accounts', filter });
			expect(found.value).toMatchObject([{ name: 'Fabrikam', fax: '1' }]);
		});

		it('are linked with each other, and shown in place', async () => {
			const contact = await create('contacts', {
				lastname: 'Lee',
				'parentcustomerid_account@odata.bind': `accounts(${account})`,
			});
			const single = {
				collection: 'accounts',
				primaryKey: account,
				navigationProperty: 'primarycontactid',
			};
			await api.associateSingleValued({
				...single,
				relatedCollection: 'contacts',
				relatedKey: contact,
			});
			const [shown] = (
				await api.retrieveMultiple<Loose>({
					collection: 'accounts',
					select: ['name'],
					filter: `accountid eq ${account}`,
					expand: [
						{ property: 'primarycontactid', select: ['lastname'] },
						{ property: 'contact_customer_accounts', select: ['lastname'], top: 5 },
					],
				})
			).value;
			expect(shown).toMatchObject({
				primarycontactid: { lastname: 'Lee' },
				contact_customer_accounts: [{ contactid: contact }],
			});
			await api.disassociateSingleValued(single);
			await api.disassociate({
				collection: 'accounts',
				primaryKey: account,
				relationshipName: 'contact_customer_accounts',
				relatedKey: contact,
			});
			expect(await read('accounts', account, '_primarycontactid_value')).toMatchObject({
				_primarycontactid_value: null,
			});
			expect(await read('contacts', contact, '_parentcustomerid_value')).toMatchObject({
				_parentcustomerid_value: null,
			});
		});

		it('come page by page, each once', async () => {
			const ids: string[] = [];
			const sizes: number[] = [];
			let page = await api.retrieveMultiple<Loose>({
				collection: 'accounts',
				select: ['name'],
				maxPageSize: 20,
				count: true,
			});
			const count = page.oDataCount!;
			for (;;) {
				sizes.push(page.value.length);
				ids.push(...page.value.map(({ accountid }) => String(accountid)));
				if (page.oDataNextLink === undefined) break;
				page = await api.retrieveMultiple<Loose>(
					{ collection: 'accounts', maxPageSize: 20 },
					page.oDataNextLink,
				);
			}
			expect(sizes.slice(0, -1).every((size) => size === 20)).toBe(true);
			expect([ids.length, new Set(ids).size]).toEqual([count, count]);
			expect(await api.count({ collection: 'accounts' })).toBe(count);
		});

		it('are counted for tables that come as the value of a parameter alias', async () => {
			const answer = await api.callFunction<Loose>({
				name: 'RetrieveTotalRecordCount',
				parameters: { EntityNames: ['account', 'opportunity'] },
			});
			expect(answer.EntityRecordCountCollection).toMatchObject({
				Keys: ['account', 'opportunity'],
				Values: [await api.count({ collection: 'accounts' }), 30],
			});
		});
	});

	describe('opportunities', () => {
		const close = async (actionName: string, Status: number, opportunity: string, more = {}) =>
			await api.callAction({
				actionName,
				action: {
					Status,
					OpportunityClose: {
						subject: 'Closed',
						'opportunityid@odata.bind': `opportunities(${opportunity})`,
						...more,
					},
				},
			});

		it('are won, reopened and lost by actions, never by a plain write', async () => {
			const id = await create('opportunities', {
				name: 'Chairs',
				'customerid_account@odata.bind': `accounts(${account})`,
			});
			const state = async () => await read('opportunities', id, 'statecode', 'statuscode');
			const won = { collection: 'opportunities', key: id, data: { statecode: 1, statuscode: 3 } };
			expect(await thrown(api.update(won))).toMatchObject({ status: 400, code: '0x80100005' });
			await close('WinOpportunity', 3, id, { actualrevenue: 90 });
			expect(await state()).toMatchObject({ statecode: 1, statuscode: 3 });
			const closed = await api.retrieve<Loose>({
				collection: 'opportunities',
				key: id,
				select: ['actualvalue'],
				expand: [{ property: 'Opportunity_OpportunityClose', select: ['actualrevenue'] }],
			});
			expect(closed).toMatchObject({
				actualvalue: 90,
				Opportunity_OpportunityClose: [{ actualrevenue: 90 }],
			});
			expect(await thrown(close('LoseOpportunity', 4, id))).toMatchObject({ status: 400 });
			await api.update({ ...won, data: { statecode: 0, statuscode: 1 } });
			await close('LoseOpportunity', 4, id);
			expect(await state()).toMatchObject({ statecode: 2, statuscode: 4 });
		});

		it('are created and won in one change set', async () => {
			const [id] = await batch(() => {
				void api.create({ collection: 'opportunities', data: { name: 'Desks' }, contentId: '1' });
				void api.callAction({
					actionName: 'WinOpportunity',
					action: {
						Status: 3,
						OpportunityClose: { subject: 'Won', 'opportunityid@odata.bind': '$1' },
					},
				});
			});
			expect(await read('opportunities', String(id), 'statecode')).toMatchObject({ statecode: 1 });
		});
	});

	it('shows a connection from either end, with its roles', async () => {
		const contact = await create('contacts', { lastname: 'Lee' });
		const id = await create('connections', {
			'record1id_account@odata.bind': `accounts(${account})`,
			'record2id_contact@odata.bind': `contacts(${contact})`,
			'record2roleid@odata.bind': `connectionroles(${EMPLOYEE_ROLE})`,
			'record1roleid@odata.bind': `connectionroles(${EMPLOYER_ROLE})`,
		});
		const from = async (end: string) =>
			(
				await api.retrieveMultiple<Loose>({
					collection: 'connections',
					select: ['_record2id_value'],
					filter: `_record1id_value eq ${end}`,
					expand: [{ property: 'record2roleid', select: ['name'] }],
				})
			).value;
		const theirs = { _record2id_value: account, record2roleid: { name: 'Former Employer' } };
		expect(await from(contact)).toMatchObject([theirs]);
		const ours = { _record2id_value: contact, record2roleid: { name: 'Former Employee' } };
		expect(await from(account)).toMatchObject([{ connectionid: id, ...ours }]);
		await api.deleteRecord({ collection: 'connections', key: id });
		expect([await from(contact), await from(account)]).toEqual([[], []]);
	});

	describe('changes of a custom table', () => {
		it('are told by delta links, deleted rows included', async () => {
			const collection = 'new_subscriptions';
			const contact = await create('contacts', { lastname: 'Lee' });
			const gone = await create(collection, {
				new_name: 'a',
				'new_contactid@odata.bind': `contacts(${contact})`,
			});
			const kept = await create(collection, { new_name: 'b', new_plan: 100_000_000 });
			const request = { collection, select: ['new_name', 'new_seats'], trackChanges: true };
			const first = await api.retrieveAll<Loose>({ ...request, maxPageSize: 1 });
			expect(first.value.map((one) => one.new_name).sort()).toEqual(['a', 'b']);
			await api.update({ collection, key: kept, data: { new_seats: 3 } });
			await api.deleteRecord({ collection, key: gone });
			const then = await api.retrieveMultiple<Loose>({ collection }, first.oDataDeltaLink);
			expect(then.value).toEqual([
				expect.objectContaining({ new_subscriptionid: kept, new_name: 'b', new_seats: 3 }),
				expect.objectContaining({ id: gone, reason: 'deleted' }),
			]);
			const later = await api.retrieveMultiple<Loose>({ collection }, then.oDataDeltaLink);
			expect(later.value).toEqual([]);
		});

		it('cannot be filtered, and links of long ago are refused', async () => {
			const tracked = { collection: 'new_subscriptions', trackChanges: true };
			const filtered = api.retrieveMultiple({ ...tracked, filter: "new_name eq 'a'" });
			expect(await thrown(filtered)).toMatchObject({ status: 400 });
			const { oDataDeltaLink } = await api.retrieveMultiple(tracked);
			await client.admin('POST', 'expire', { what: 'deltaToken' });
			expect(
				await thrown(api.retrieveMultiple({ collection: 'new_subscriptions' }, oDataDeltaLink)),
			).toMatchObject({ status: 400, code: '0x80044352' });
		});

		it('are of a table that describes itself', async () => {
			const table = await api.retrieveEntity<Loose>({
				key: "LogicalName='new_subscription'",
				select: ['EntitySetName', 'PrimaryIdAttribute', 'ChangeTrackingEnabled'],
				expand: [{ property: 'Attributes', filter: "LogicalName eq 'new_contactid'" }],
			});
			expect(table).toMatchObject({
				EntitySetName: 'new_subscriptions',
				PrimaryIdAttribute: 'new_subscriptionid',
				ChangeTrackingEnabled: true,
				Attributes: [{ LogicalName: 'new_contactid', Targets: ['contact'] }],
			});
			const plan = await api.retrieveAttribute<Loose>({
				entityKey: "LogicalName='new_subscription'",
				attributeKey: "LogicalName='new_plan'",
				castType: 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
				expand: [{ property: 'OptionSet' }],
			});
			expect(plan.OptionSet.Options).toMatchObject([
				{ Value: 100_000_000 },
				{ Value: 100_000_001 },
			]);
		});
	});

	describe('batches', () => {
		it('link what one of their change sets creates', async () => {
			const [contact, task] = await batch(() => {
				void api.create({ collection: 'contacts', data: { lastname: 'Lee' }, contentId: '1' });
				const data = { subject: 'Call', 'regardingobjectid_contact_task@odata.bind': '$1' };
				void api.create({ collection: 'tasks', data });
			});
			expect(await read('tasks', String(task), '_regardingobjectid_value')).toMatchObject({
				_regardingobjectid_value: contact,
			});
		});

		it('take back a change set in which one call fails', async () => {
			const failed = batch(() => {
				void api.create({ collection: 'contacts', data: { lastname: 'Backward' } });
				void api.create({ collection: 'contacts', data: { nocolumn: 'x' } });
			});
			expect(await thrown(failed)).toMatchObject({ error: { code: '0x80048d19' } });
			const filter = "lastname eq 'Backward'";
			expect(await api.count({ collection: 'contacts', filter })).toBe(0);
		});

		it('go on after a failure when asked to, and answer each call in its place', async () => {
			const answers = await batch(() => {
				const change = { collection: 'accounts', inChangeSet: false };
				void api.create({ ...change, data: { nocolumn: 'x' } });
				void api.update({ ...change, key: account, data: { fax: '7' } });
				void api.retrieve({ collection: 'accounts', key: account, select: ['fax'] });
				void api.retrieveMultiple({ collection: 'accounts', top: 1 });
			}, true);
			expect(answers).toEqual([
				expect.objectContaining({ status: 400 }),
				true,
				expect.objectContaining({ fax: '7' }),
				expect.objectContaining({ value: [expect.anything()] }),
			]);
		});
	});

	it('merges two accounts, and gives what hangs on one to the other', async () => {
		const type = 'Microsoft.Dynamics.CRM.account';
		const [loser, contact] = [
			await create('accounts', { name: 'Contoso Ltd', fax: '7' }),
			'contacts',
		];
		const lee = await create(contact, {
			lastname: 'Lee',
			'parentcustomerid_account@odata.bind': `accounts(${loser})`,
		});
		await api.callAction({
			actionName: 'Merge',
			action: {
				Target: { '@odata.type': type, accountid: account },
				Subordinate: { '@odata.type': type, accountid: loser },
				UpdateContent: { '@odata.type': type, fax: '7' },
				PerformParentingChecks: false,
			},
		});
		expect(await read('accounts', account, 'name', 'fax')).toMatchObject({
			name: 'Contoso',
			fax: '7',
		});
		expect(await read('accounts', loser, 'merged', '_masterid_value', 'statecode')).toMatchObject({
			merged: true,
			_masterid_value: account,
			statecode: 1,
		});
		expect(await read('contacts', lee, '_parentcustomerid_value')).toMatchObject({
			_parentcustomerid_value: account,
		});
	});

	it('says what it does not take, with status and code', async () => {
		const accounts = { collection: 'accounts' };
		const fetchXml = '<fetch><entity name="account" /></fetch>';
		const calls = [
			api.retrieveMultiple({ collection: 'nothings' }),
			api.retrieveMultiple({ ...accounts, select: ['nocolumn'] }),
			api.update({ ...accounts, key: NOBODY, data: { fax: '1' } }),
			api.create({ ...accounts, data: { name: 'Contoso' }, duplicateDetection: true }),
			api.retrieveMultiple({ ...accounts, impersonate: NOBODY }),
			api.callAction({ actionName: 'WinOpportunity', action: { Status: 3 } }),
			// What the twin does not know yet it must not pass over: all rows would come.
			api.fetch({ ...accounts, fetchXml }),
			api.retrieveMultiple({ ...accounts, apply: 'aggregate($count as n)' }),
			api.retrieveMultiple({ ...accounts, queryParams: ['sql=SELECT name FROM account'] }),
		];
		const errors = await Promise.all(calls.map(thrown));
		expect(errors.map((one) => `${one.status} ${one.code}`)).toEqual([
			'404 0x8006088a',
			'400 0x0',
			'404 0x80040217',
			'412 0x80040333',
			'400 0x80040217',
			'400 0x80040203',
			'400 0x80060888',
			'400 0x80060888',
			'400 0x80060888',
		]);
	});
});
