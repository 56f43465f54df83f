import { customLaneId } from '../../../sync/lanes/customTables';
import { SUBSCRIPTION_OBJECT, makeObject } from '../../vendors/customTable';
import type { Row } from '../../vendors/dynamics';
import {
	editSubscription,
	LANE,
	mappingOf,
	newSubscription,
	objectsIn,
	OBJECT,
	ofContact,
	startWithTable,
	SET,
	SUBSCRIPTIONS,
	TABLE,
} from '../support/customTables';
import { loseAnswer } from '../support/line';
import type { SyncWorld } from '../support/world';

/** A page that goes as ever, and more than half of one that makes a file worth it. */
const ROWS = 3_500;
const lane = LANE;

async function newRows(world: SyncWorld, count: number): Promise<void> {
	const Targets = Array.from({ length: count }, (_, at) => ({
		'@odata.type': `Microsoft.Dynamics.CRM.${TABLE}`,
		// What a file has to keep apart.
		new_name: at % 2 === 0 ? `Row ${at}` : `Row "${at}", with a comma\nand a line`,
		new_seats: at,
	}));
	for (let from = 0; from < count; from += 800)
		await world.crm.act(`${SET}/Microsoft.Dynamics.CRM.CreateMultiple`, {
			Targets: Targets.slice(from, from + 800),
		});
}

/** Calls of a kind: all records of one go by 300 a call, those of the other in a file. */
const callsOf = (calls: string[], object = OBJECT) => ({
	usual: calls.filter((call) => call === `POST customobjects/${object}.json`).length,
	files: calls.filter((call) => call.endsWith(`/${object}/import.json`)).length,
	looks: calls.filter((call) => call.includes(`/${object}/import/`)).length,
});

async function expectSame(world: SyncWorld, object = OBJECT): Promise<void> {
	const rows = await world.crm.all(`${SET}?$select=new_name,new_seats`);
	const records = await objectsIn(world, object);
	expect(records.size).toBe(rows.length);
	const differing = rows.filter((row: Row) => {
		const { title, seats } = records.get(String(row[`${TABLE}id`])) ?? {};
		return title !== row.new_name || (seats ?? null) !== row.new_seats;
	});
	expect(differing).toEqual([]);
}

describe('R56: a first copy of a large table', () => {
	let world: SyncWorld;
	let hangs: string;
	beforeAll(async () => {
		world = await startWithTable();
		// It may take Marketo hours.
		await world.marketo.post('options', { bulkJobMs: 12 * 60_000 });
		const contact = await world.pair('contact');
		await newRows(world, ROWS - 1);
		// Read last, in the order of IDs.
		hangs = await newSubscription(world, {
			[`${TABLE}id`]: 'ffffffff-ffff-4fff-8fff-ffffffffffff',
			new_name: 'Hangs on',
			...ofContact(contact.id),
		});
		// The ledger still knows the person whom somebody deletes now.
		await world.marketo.post('delete', { id: contact.person });
	}, 120_000);

	it('goes to Marketo in a file once its first page has shown that nothing is there, for a call in place of eight', async () => {
		world.mappings[lane] = { [TABLE]: { ...SUBSCRIPTIONS[TABLE]!, whenDeleted: { do: 'delete' } } };
		const { calls } = await world.run({ lane });
		expect(callsOf(calls.marketo)).toEqual({ usual: 4, files: 1, looks: 0 });
		expect(await world.status(lane)).toMatchObject({
			status: 'Waiting: Marketo is processing a file of new records',
			linkedInAll: 1_200,
			needHelp: 0,
		});
	}, 120_000);

	it('is gone on with by the process that comes after a kill; what was edited meanwhile comes after the file', async () => {
		const inFile = await world.ledger.db
			.selectFrom('link')
			.select('dynamics_id')
			.where('lane', '=', lane)
			.where('state', '=', 'creating')
			.limit(2)
			.execute();
		const [edited, deleted] = inFile.map(({ dynamics_id }) => dynamics_id);
		await editSubscription(world, edited!, { new_name: 'Edited meanwhile' });
		await world.crm.delete(SET, deleted!);
		world.bend('marketo', '/status.json', async () => await world.killN8n());
		await world.run({ lane });
		const runs = [await world.run({ lane }), await world.run({ lane }), await world.run({ lane })];
		const { files, looks } = callsOf(runs.flatMap(({ calls }) => calls.marketo));
		// Not yet, and then what it came to, with the list of what failed.
		expect({ files, looks }).toEqual({ files: 0, looks: 3 });
		await expectSame(world);
		expect((await objectsIn(world)).get(edited!)).toMatchObject({ title: 'Edited meanwhile' });
		expect((await world.run({ lane })).writes).toEqual([]);
		expect(await world.status(lane)).toMatchObject({ status: 'Up to date', waiting: 0 });
	}, 120_000);

	it('names what Marketo did not take from the file, field by field: it went out again the usual way', async () => {
		const all = await objectsIn(world);
		expect(all.get(hangs)).toMatchObject({ title: 'Hangs on' });
		expect(await world.help(lane)).toMatchObject([
			{ reason: expect.stringContaining('leadId: Marketo does not find the person') as string },
		]);
	});

	it('deletes the record of a row that came by a file, whose own ID Marketo has not told', async () => {
		const [one] = await world.ledger.db
			.selectFrom('link')
			.select('dynamics_id')
			.where('lane', '=', lane)
			.where('marketo_id', 'like', 'key:%')
			.limit(1)
			.execute();
		await world.crm.delete(SET, one!.dynamics_id);
		await world.run({ lane });
		await expectSame(world);
	});

	it('has its edits in Marketo found like any other, by its key', async () => {
		const before = world.mappings[lane]!;
		world.mappings[lane] = { [TABLE]: { ...before[TABLE]!, findEdits: true } };
		const [one] = await world.ledger.db
			.selectFrom('link')
			.select('dynamics_id')
			.where('lane', '=', lane)
			.where('marketo_id', 'like', 'key:%')
			.orderBy('id', 'desc')
			.limit(1)
			.execute();
		const dynamicsId = one!.dynamics_id;
		await world.automation.post(`customobjects/${OBJECT}.json`, {
			input: [{ dynamicsId, title: 'Edited in Marketo' }],
		});
		const conflicts: unknown[] = [];
		for (let hours = 0; hours < 25; hours++)
			conflicts.push(...(await world.run({ lane, after: 3_600_000 })).conflicts);
		expect(conflicts).toMatchObject([
			{ dynamicsId, marketoValue: 'Edited in Marketo', winner: 'dynamics' },
		]);
		await expectSame(world);
		world.mappings[lane] = before;
	}, 120_000);

	it('is sent once more by 300 a call where the file was not answered, and nothing is doubled', async () => {
		const other = { ...SUBSCRIPTION_OBJECT, apiName: 'plan_c', displayName: 'Plan' };
		await makeObject(world.automation, other);
		const lost = customLaneId({ table: TABLE, object: other.apiName });
		world.mappings[lost] = mappingOf('new_name>title', 'new_seats>seats');
		world.bend('marketo', '/import.json', async (request, send) => {
			await send(request);
			return await world.killN8n();
		});
		const first = await world.run({ lane: lost });
		expect(callsOf(first.calls.marketo, other.apiName)).toMatchObject({ usual: 4, files: 1 });
		for (let runs = 0; runs < 4; runs++) await world.run({ lane: lost });
		await expectSame(world, other.apiName);
		expect(await world.status(lost)).toMatchObject({ status: 'Up to date', needHelp: 0 });
	}, 120_000);

	it('whose file got no answer is sent by 300 a call once that cannot arrive any more, and not before', async () => {
		const other = { ...SUBSCRIPTION_OBJECT, apiName: 'plan_d', displayName: 'Late plan' };
		await makeObject(world.automation, other);
		const late = customLaneId({ table: TABLE, object: other.apiName });
		world.mappings[late] = mappingOf('new_name>title', 'new_seats>seats');
		world.bend('marketo', '/import.json', loseAnswer);
		const first = await world.run({ lane: late });
		const meanwhile = await world.run({ lane: late });
		const later = await world.run({ lane: late, after: 10 * 60_000 });
		const usual = [first, meanwhile, later].map(
			({ calls }) => callsOf(calls.marketo, other.apiName).usual,
		);
		expect(usual).toEqual([4, 0, expect.any(Number)]);
		expect(usual[2]).toBeGreaterThan(0);
		await world.run({ lane: late });
		await expectSame(world, other.apiName);
	}, 120_000);

	it('goes by 300 a call where an earlier copy has left records: a file could not clear their fields', async () => {
		await world.restartWith();
		const { calls } = await world.run({ lane });
		expect(callsOf(calls.marketo).files).toBe(0);
		expect(callsOf(calls.marketo).usual).toBe(Math.ceil((await objectsIn(world)).size / 300));
		await expectSame(world);
	}, 120_000);
});
