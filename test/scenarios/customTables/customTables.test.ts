import { customLaneId } from '../../../sync/lanes/customTables';
import { explain } from '../../../sync/operate/explain';
import { pause } from '../../../sync/operate/pause';
import { resume } from '../../../sync/operate/resume';
import { retry } from '../../../sync/operate/retry';
import { SUBSCRIPTION_OBJECT, SUBSCRIPTION_TABLE, makeObject } from '../../vendors/customTable';
import {
	editSubscription,
	LANE,
	mappingOf,
	newSubscription,
	objectsIn,
	OBJECT,
	ofAccount,
	ofContact,
	startWithTable,
	SET,
	SUBSCRIPTIONS,
	TABLE,
} from '../support/customTables';
import { loseAnswer } from '../support/line';
import { COMPANIES, newAccount, objectsOf } from '../support/oneWayLanes';
import { endClean } from '../support/world';

endClean();

const lane = LANE;

describe('rows of a custom table as a custom object', () => {
	it('copies each row once, under its own ID, and then has nothing to write', async () => {
		const world = await startWithTable();
		const id = await newSubscription(world, {
			new_name: 'Gold',
			new_seats: 3,
			new_plan: 100_000_001,
		});
		const bare = await newSubscription(world, { new_name: 'Bare' });
		const run = await world.run({ lane });
		const all = await objectsIn(world);
		expect(all.get(id)).toMatchObject({ title: 'Gold', seats: 3, plan: 'Yearly' });
		expect(all.get(bare)).toMatchObject({ title: 'Bare' });
		expect(all.size).toBe(2);
		expect(run).toMatchObject({ outcome: 'done', errors: [] });
		expect(run.receipts.map(({ label }) => label).sort()).toEqual(['Bare', 'Gold']);
		expect((await world.run({ lane })).writes).toEqual([]);
		expect(await world.status(lane)).toMatchObject({
			lane: `${TABLE} to ${OBJECT}`,
			status: 'Up to date',
			linkedInAll: 2,
			needHelp: 0,
		});
	});

	it('says in a preview how many records of which object it would create', async () => {
		const world = await startWithTable();
		await newSubscription(world, { new_name: 'Gold' });
		const { preview } = await world.preview(undefined, lane);
		expect(preview!.summary).toContain(`This page would create 1 record of ${OBJECT} in Marketo`);
		world.endsUnclean('nothing was written');
	});

	it('costs one write per 300 rows, and an idle run one call', async () => {
		const world = await startWithTable();
		for (let at = 0; at < 301; at++) await newSubscription(world, { new_name: `Row ${at}` });
		const first = await world.run({ lane });
		expect((await objectsIn(world)).size).toBe(301);
		expect(first.calls.marketo.filter((call) => call.startsWith('POST'))).toEqual(
			Array.from({ length: 2 }, () => `POST customobjects/${OBJECT}.json`),
		);
		const { calls } = await world.run({ lane });
		expect(calls.marketo).toEqual([]);
		expect(calls.dynamics).toHaveLength(1);
	});

	it('sends all mapped fields of a row that was edited, which sets right what was edited in Marketo', async () => {
		const world = await startWithTable();
		const id = await newSubscription(world, { new_name: 'Gold', new_seats: 1 });
		await world.run({ lane });
		await world.automation.post(`customobjects/${OBJECT}.json`, {
			input: [{ dynamicsId: id, title: 'Edited in Marketo' }],
		});
		await editSubscription(world, id, { new_seats: 2, new_plan: 100_000_000 });
		await world.run({ lane });
		expect((await objectsIn(world)).get(id)).toMatchObject({
			title: 'Gold',
			seats: 2,
			plan: 'Monthly',
		});
		await editSubscription(world, id, { new_seats: null });
		await world.run({ lane });
		expect((await objectsIn(world)).get(id)?.seats ?? null).toBeNull();
	});

	it('leaves the record of a deleted row alone, and makes one again that was deleted in Marketo', async () => {
		const world = await startWithTable();
		const gone = await newSubscription(world, { new_name: 'Gone' });
		const id = await newSubscription(world, { new_name: 'Gold' });
		await world.run({ lane });
		await world.crm.delete(SET, gone);
		await world.automation.post(`customobjects/${OBJECT}/delete.json`, {
			deleteBy: 'dedupeFields',
			input: [{ dynamicsId: id }],
		});
		await editSubscription(world, id, { new_seats: 2 });
		await world.run({ lane });
		expect([...(await objectsIn(world)).keys()].sort()).toEqual([gone, id].sort());
		expect(await world.status(lane)).toMatchObject({ linkedInAll: 1, needHelp: 0 });
	});

	it('R35: asks before the records of very many deleted rows go along, where they are to', async () => {
		const world = await startWithTable();
		world.mappings[lane] = { [TABLE]: { ...SUBSCRIPTIONS[TABLE]!, whenDeleted: { do: 'delete' } } };
		const ids: string[] = [];
		for (let at = 0; at < 60; at++)
			ids.push(await newSubscription(world, { new_name: `Row ${at}` }));
		await world.run({ lane });
		for (const id of ids.slice(0, 55)) await world.crm.delete(SET, id);
		const { writes } = await world.run({ lane });
		expect(writes).toEqual([]);
		expect((await world.status(lane)).status).toMatch(
			/^Stopped: Of 60 linked records 55 were deleted/,
		);
		expect((await objectsIn(world)).size).toBe(60);
		await resume(world.ledger, lane, { allowDeletes: 55 });
		await world.run({ lane });
		expect([...(await objectsIn(world)).keys()].sort()).toEqual(ids.slice(55).sort());
		expect(await world.status(lane)).toMatchObject({ linkedInAll: 5, needHelp: 0, waiting: 0 });
	});

	it('R17: sends what was not answered once more, and makes nothing twice', async () => {
		const world = await startWithTable();
		const id = await newSubscription(world, { new_name: 'Gold' });
		world.bend('marketo', `POST customobjects/${OBJECT}.json`, loseAnswer);
		await world.run({ lane });
		await world.run();
		await world.run({ lane });
		expect([...(await objectsIn(world)).keys()]).toEqual([id]);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, linkedInAll: 1, waiting: 0 });
	});

	it('names what Marketo refuses; the others go on, and it goes out again by Retry', async () => {
		const world = await startWithTable();
		const id = await newSubscription(world, { new_name: 'Gold' });
		world.bend('marketo', `POST customobjects/${OBJECT}.json`, async () => ({
			status: 200,
			headers: {},
			body: {
				requestId: 'x',
				success: true,
				result: [{ status: 'skipped', reasons: [{ code: '1003', message: 'Not today' }] }],
			},
		}));
		await world.run({ lane });
		const [needy] = await world.help(lane);
		expect(needy).toMatchObject({
			subject: `${TABLE}:${id}`,
			name: expect.stringContaining('Gold') as string,
		});
		expect((await explain(world.ledger, { id: needy!.subject })).summary).toContain('Not today');
		expect(await retry(world.ledger, { id: needy!.subject })).toMatchObject({ records: 1 });
		await world.run({ lane, after: 0 });
		expect((await objectsIn(world)).get(id)).toMatchObject({ title: 'Gold' });
		expect((await explain(world.ledger, { id })).summary).toContain(
			`linked with Marketo ${OBJECT}`,
		);
	});
});

describe('what a row hangs on', () => {
	it('is named by the ID that Marketo itself has for the person and the company', async () => {
		const world = await startWithTable();
		world.mappings.companies = COMPANIES;
		const contact = await world.pair('contact');
		const account = await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		const id = await newSubscription(world, {
			new_name: 'Gold',
			...ofContact(contact.id),
			...ofAccount(account),
		});
		await world.run({ lane });
		const { id: company } = (await objectsOf(world, 'companies')).get(account)!;
		expect((await objectsIn(world)).get(id)).toMatchObject({
			leadId: contact.person,
			companyId: company,
		});
		expect((await world.run({ lane })).writes).toEqual([]);
	});

	it('R39: never holds the row up: a person or company that comes later is filled in then, and nobody needs help', async () => {
		const world = await startWithTable();
		world.mappings.companies = COMPANIES;
		const contact = await world.newRow('contact', { lastname: 'Late', emailaddress1: 'l@x.test' });
		const account = await newAccount(world, { name: 'Acme' });
		const id = await newSubscription(world, {
			new_name: 'Gold',
			...ofContact(contact),
			...ofAccount(account),
		});
		await world.run({ lane });
		const before = (await objectsIn(world)).get(id)!;
		expect(before).toMatchObject({ title: 'Gold' });
		expect([before.leadId ?? null, before.companyId ?? null]).toEqual([null, null]);
		expect(await world.help(lane)).toEqual([]);
		await world.run();
		await world.run({ lane: 'companies' });
		await world.run({ lane });
		const [pair] = await world.pairs('contact');
		const { id: company } = (await objectsOf(world, 'companies')).get(account)!;
		expect((await objectsIn(world)).get(id)).toMatchObject({
			leadId: pair!.person,
			companyId: company,
		});
		expect((await world.run({ lane })).writes).toEqual([]);
	});

	it('is found two levels away by a column of its own, also where the row between is not synced', async () => {
		const world = await startWithTable();
		const visits = {
			...SUBSCRIPTION_TABLE,
			LogicalName: 'new_visit',
			SchemaName: 'new_Visit',
			EntitySetName: 'new_visits',
			Attributes: [
				...SUBSCRIPTION_TABLE.Attributes,
				{
					LogicalName: 'new_subscriptionid',
					SchemaName: 'new_subscriptionid',
					AttributeType: 'Lookup',
					Targets: [TABLE],
				},
			],
		};
		await world.dynamics.post('tables', visits);
		const contact = await world.pair('contact');
		const subscription = await newSubscription(world, ofContact(contact.id));
		const under = { 'new_subscriptionid@odata.bind': `/${SET}(${subscription})` };
		const [own, alone] = [
			await world.crm.create('new_visits', { new_name: 'Own', ...under, ...ofContact(contact.id) }),
			await world.crm.create('new_visits', { new_name: 'Alone', ...under }),
		];
		const ofVisits = customLaneId({ table: 'new_visit', object: OBJECT });
		world.mappings = {
			[ofVisits]: {
				new_visit: mappingOf('new_name>title', 'new_subscriptionid>plan', 'new_contactid>leadId')[
					TABLE
				]!,
			},
		};
		expect(await world.run({ lane: ofVisits })).toMatchObject({ outcome: 'done', errors: [] });
		const records = await objectsIn(world);
		expect(records.get(own)).toMatchObject({ leadId: contact.person, plan: subscription });
		expect(records.get(alone)).toMatchObject({ title: 'Alone', plan: subscription });
		expect(records.get(alone)?.leadId ?? null).toBeNull();
	});

	it('moves with its row to another person, or to nobody yet, and stays behind alone where Marketo does not find the person', async () => {
		const world = await startWithTable();
		const [first, second] = [await world.pair('contact'), await world.pair('contact')];
		const id = await newSubscription(world, { new_name: 'Gold', ...ofContact(first.id) });
		await world.run({ lane });
		await editSubscription(world, id, ofContact(second.id));
		await world.run({ lane });
		expect((await objectsIn(world)).get(id)).toMatchObject({ leadId: second.person });
		const unknown = await world.newRow('contact', { lastname: 'New', emailaddress1: 'n@x.test' });
		await editSubscription(world, id, ofContact(unknown));
		await world.run({ lane });
		expect((await objectsIn(world)).get(id)?.leadId ?? null).toBeNull();
		expect((await world.run({ lane })).writes).toEqual([]);
		await editSubscription(world, id, ofContact(second.id));
		await world.run({ lane });
		await world.marketo.post('delete', { id: first.person });
		await editSubscription(world, id, { ...ofContact(first.id), new_seats: 7 });
		await world.run({ lane });
		await world.run({ lane });
		expect((await objectsIn(world)).get(id)).toMatchObject({ seats: 7, leadId: second.person });
		expect(await world.help(lane)).toMatchObject([
			{ reason: expect.stringContaining('leadId: Marketo does not find the person') as string },
		]);
		await world.run();
		await world.run({ lane });
	});
});

describe("what Adobe's sync leaves out", () => {
	it('a table with a name longer than 33 characters is synced like any other', async () => {
		const world = await startWithTable();
		const long = 'new_subscriptionofmarketingserviceswithalongname';
		await world.dynamics.post('tables', {
			...SUBSCRIPTION_TABLE,
			LogicalName: long,
			SchemaName: long,
			EntitySetName: `${long}s`,
		});
		const ofLong = customLaneId({ table: long, object: OBJECT });
		world.mappings = { [ofLong]: { [long]: mappingOf('new_name>title')[TABLE]! } };
		const id = await world.crm.create(`${long}s`, { new_name: 'Long' });
		expect(await world.run({ lane: ofLong })).toMatchObject({ outcome: 'done', errors: [] });
		expect((await objectsIn(world)).get(id)).toMatchObject({ title: 'Long' });
	});

	it('so are marketing lists, each as a record', async () => {
		const world = await startWithTable();
		await world.dynamics.post('tables', { LogicalName: 'list', ChangeTrackingEnabled: true });
		const ofLists = customLaneId({ table: 'list', object: OBJECT });
		world.mappings = { [ofLists]: { list: mappingOf('listname>title')[TABLE]! } };
		const before = await world.crm.all('lists?$select=listname');
		const id = await world.crm.create('lists', { listname: 'Newsletter', createdfromcode: 2 });
		expect(await world.run({ lane: ofLists })).toMatchObject({ outcome: 'done', errors: [] });
		const records = await objectsIn(world);
		expect(records.get(id)).toMatchObject({ title: 'Newsletter' });
		expect(records.size).toBe(before.length + 1);
	});
});

describe('several at once, in one ledger', () => {
	const second = { ...SUBSCRIPTION_OBJECT, apiName: 'plan_c', displayName: 'Plan' };
	const other = customLaneId({ table: TABLE, object: second.apiName });

	it('R52: one table becomes two objects, each by a run of its own: one stops, the other goes on', async () => {
		const world = await startWithTable();
		await makeObject(world.automation, second);
		world.mappings[other] = mappingOf('new_plan>title');
		const id = await newSubscription(world, { new_name: 'Gold', new_plan: 100_000_000 });
		await world.run({ lane });
		await world.run({ lane: other });
		expect((await objectsIn(world)).get(id)).toMatchObject({ title: 'Gold' });
		expect((await objectsIn(world, 'plan_c')).get(id)).toMatchObject({ title: 'Monthly' });
		await pause(world.ledger, lane);
		await editSubscription(world, id, { new_name: 'Silver', new_plan: 100_000_001 });
		await world.run({ lane });
		await world.run({ lane: other });
		expect((await objectsIn(world)).get(id)).toMatchObject({ title: 'Gold' });
		expect((await objectsIn(world, 'plan_c')).get(id)).toMatchObject({ title: 'Yearly' });
		await resume(world.ledger, lane, {});
		await world.run({ lane });
		expect((await objectsIn(world)).get(id)).toMatchObject({ title: 'Silver' });
	});

	it('is added while people sync, who go on as they were', async () => {
		const world = await startWithTable();
		const contact = await world.pair('contact', { jobtitle: 'Clerk' });
		await newSubscription(world, { new_name: 'Gold', ...ofContact(contact.id) });
		await world.editRow(contact, { jobtitle: 'Chief' });
		await world.run({ lane });
		await world.run();
		expect(await world.person(contact)).toMatchObject({ title: 'Chief' });
		expect((await objectsIn(world)).size).toBe(1);
		expect((await world.run()).writes).toEqual([]);
		expect(await world.status()).toMatchObject({ linkedInAll: 1, needHelp: 0, waiting: 0 });
	});
});

describe('what keeps rows from being written', () => {
	it('says that the custom object has no single dedupe field, before anything is written', async () => {
		const world = await startWithTable();
		const two = {
			...SUBSCRIPTION_OBJECT,
			apiName: 'two_c',
			displayName: 'Two',
			fields: SUBSCRIPTION_OBJECT.fields.map((field) =>
				field.name === 'title' ? { ...field, isDedupeField: true } : field,
			),
		};
		await makeObject(world.automation, two);
		const broken = customLaneId({ table: TABLE, object: two.apiName });
		world.mappings[broken] = mappingOf('new_name>title');
		await newSubscription(world, { new_name: 'Gold' });
		const { errors, writes } = await world.run({ lane: broken });
		expect(errors.join()).toContain('"two_c" in Marketo has no single dedupe field');
		expect(writes).toEqual([]);
	});

	it('names the permission that is missing, and a custom object that is not there', async () => {
		const world = await startWithTable();
		await newSubscription(world, { new_name: 'Gold' });
		const refuse = (code: string, message: string) => async () => ({
			status: 200,
			headers: {},
			body: { requestId: 'x', success: false, errors: [{ code, message }] },
		});
		world.bend('marketo', `${OBJECT}/describe.json`, refuse('603', 'Access denied'));
		expect((await world.run({ lane })).errors.join()).toContain('Read-Only Custom Object');
		const nowhere = customLaneId({ table: TABLE, object: 'nothing_c' });
		world.mappings[nowhere] = mappingOf('new_name>title');
		expect((await world.run({ lane: nowhere })).errors.join()).toContain('nothing_c');
	});

	it('says that change tracking is off', async () => {
		const world = await startWithTable();
		const untracked = customLaneId({ table: 'new_untracked', object: OBJECT });
		await world.dynamics.post('tables', {
			LogicalName: 'new_untracked',
			PrimaryNameAttribute: 'new_name',
			Attributes: [{ LogicalName: 'new_name', AttributeType: 'String', MaxLength: 100 }],
		});
		world.mappings[untracked] = {
			new_untracked: mappingOf('new_name>title')[TABLE]!,
		};
		const { errors } = await world.run({ lane: untracked });
		expect(errors.join()).toMatch(/change tracking/i);
	});
});
