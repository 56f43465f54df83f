import { forgetDescriptions } from '../../../../apis/dataverse/metadata/describe';
import type { ChangeItem } from '../../../../nodes/MicrosoftDynamics365Trigger/item';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { PEOPLE_PASSWORD, personId, personName } from '../../../twins/dynamics/principals';
import { DynamicsVendor } from '../../../vendors/dynamics';
import { twinCredential } from '../dynamics/twin';
import { Trigger, twinSays } from './trigger';

let twin: DynamicsTwin;
let crm: DynamicsVendor;

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 60, contacts: 10 });
});
afterAll(async () => await twin.close());
beforeEach(async () => {
	await twinSays(twin, 'POST', 'reset', {});
	forgetDescriptions();
	crm = new DynamicsVendor({ ...twin, person: { name: personName(1), password: PEOPLE_PASSWORD } });
});

const EVENTS = ['created', 'updated', 'deleted'];
const trigger = (parameters: object = {}) =>
	new Trigger(twinCredential(twin), {
		events: EVENTS,
		columns: ['jobtitle', 'emailaddress1'],
		...parameters,
	});
/** A published trigger that is up to date, some time after the last thing that happened. */
const armed = async (parameters: object = {}) => {
	const made = trigger(parameters);
	await later();
	expect(await made.poll()).toEqual([]);
	await later();
	return made;
};
const later = async () => await twinSays(twin, 'POST', 'clock', { advanceSeconds: 60 });
const brief = (items: ChangeItem[]) => items.map(({ event, id }) => [event, id]);
const leads = async (count: number) => {
	const { value } = await crm.get<{ value: Array<{ leadid: string }> }>(
		'leads?$select=leadid&$top=' + count,
	);
	return value.map(({ leadid }) => leadid);
};
/** Creates leads in one call. */
const createMany = async (count: number): Promise<string[]> => {
	const targets = Array.from({ length: count }, (_, n) => ({
		'@odata.type': 'Microsoft.Dynamics.CRM.lead',
		lastname: `N${n}`,
	}));
	const made = await crm.post<{ Ids: string[] }>('leads/Microsoft.Dynamics.CRM.CreateMultiple', {
		Targets: targets,
	});
	return made.Ids;
};

jest.setTimeout(30_000);

describe('poll', () => {
	it('starts from now and tells created, updated and deleted rows apart', async () => {
		const polled = await armed();
		const [updated, deleted] = (await leads(2)) as [string, string];
		const created = await crm.create('leads', {
			firstname: 'Ada',
			lastname: 'New',
			jobtitle: 'First',
		});
		await crm.update('leads', updated, { jobtitle: 'Second' });
		await crm.delete('leads', deleted);
		const items = await polled.poll();
		expect(brief(items)).toEqual([
			['created', created],
			['updated', updated],
			['deleted', deleted],
		]);
		expect(items[0]).toEqual({
			event: 'created',
			table: 'lead',
			id: created,
			label: 'Ada New',
			changedAt: expect.stringMatching(/Z$/) as string,
			changedBy: personId(1),
			values: { jobtitle: 'First', emailaddress1: null },
		});
		expect(items[2]).toEqual({
			event: 'deleted',
			table: 'lead',
			id: deleted,
			label: null,
			changedAt: null,
			changedBy: null,
			values: {},
		});
		await later();
		expect(await polled.poll()).toEqual([]);
	});

	it('tells a new row as created once, and as updated after that', async () => {
		const polled = await armed();
		const id = await crm.create('leads', { lastname: 'New' });
		expect(brief(await polled.poll())).toEqual([['created', id]]);
		// Within the same seconds, where the time alone would make it new again.
		await crm.update('leads', id, { jobtitle: 'Boss' });
		expect(brief(await polled.poll())).toEqual([['updated', id]]);
	});

	it.each([
		[['created'], ['created']],
		[['deleted'], ['deleted']],
		[['updated'], ['updated']],
	])('tells of %s only', async (events, told) => {
		const polled = await armed({ events });
		const [updated, deleted] = (await leads(2)) as [string, string];
		await crm.create('leads', { lastname: 'New' });
		await crm.update('leads', updated, { jobtitle: 'Second' });
		await crm.delete('leads', deleted);
		expect((await polled.poll()).map(({ event }) => event)).toEqual(told);
	});

	it('tells of a row that somebody else has made, also where the sync has written to it since', async () => {
		const polled = await armed();
		const made = await crm.create('leads', { firstname: 'Ada', lastname: 'New' });
		await new DynamicsVendor(twin).update('leads', made, { jobtitle: 'By the sync' });
		expect(brief(await polled.poll())).toEqual([['created', made]]);
	});

	it('leaves out what the user of the credential wrote, unless told otherwise', async () => {
		const own = new DynamicsVendor(twin);
		const [polled, all] = [await armed(), await armed({ more: { ignoreOwn: false } })];
		const [id] = (await leads(1)) as [string];
		await own.update('leads', id, { jobtitle: 'By the sync' });
		expect(await polled.poll()).toEqual([]);
		expect(brief(await all.poll())).toEqual([['updated', id]]);
	});

	it('drains many changes page by page over several polls, and loses none', async () => {
		const polled = await armed({ columns: ['jobtitle'] });
		const Ids = await createMany(5_200);
		const first = await polled.poll();
		expect(first).toHaveLength(5_000);
		const second = await polled.poll();
		expect(new Set([...first, ...second].map(({ id }) => id))).toEqual(new Set(Ids));
		expect(first.length + second.length).toBe(5_200);
		expect(JSON.stringify(polled.memory).length).toBeLessThan(80_000);
		await later();
		await polled.poll();
		await later();
		await polled.poll();
		expect(JSON.stringify(polled.memory).length).toBeLessThan(3_000);
	});

	it('keeps what it has found when a later page fails, and goes on behind it', async () => {
		const polled = await armed();
		const ids = await createMany(520);
		await twinSays(twin, 'POST', 'fail', {
			match: { path: '/leads', page: 2 },
			times: 1,
			status: 403,
		});
		const first = await polled.poll();
		const second = await polled.poll();
		expect([first.length, second.length]).toEqual([500, 20]);
		expect(new Set([...first, ...second].map(({ id }) => id))).toEqual(new Set(ids));
		expect(polled.warnings.join()).toMatch(/continues at the next poll/);
	});

	it('starts from now again after other columns, another table or another credential', async () => {
		const polled = await armed();
		const [id] = (await leads(1)) as [string];
		await crm.update('leads', id, { jobtitle: 'Missed' });
		polled.parameters = { columns: ['jobtitle'] };
		expect(await polled.poll()).toEqual([]);
		await later();
		await crm.update('leads', id, { jobtitle: 'Seen' });
		const items = await polled.poll();
		expect(items.map(({ values }) => values)).toEqual([{ jobtitle: 'Seen' }]);
	});

	it('finds by date what changed behind an expired position, and says what it cannot find', async () => {
		const polled = await armed();
		const [updated, deleted] = (await leads(2)) as [string, string];
		const created = await crm.create('leads', { lastname: 'New' });
		await crm.update('leads', updated, { jobtitle: 'Second' });
		await crm.delete('leads', deleted);
		await twinSays(twin, 'POST', 'expire', { what: 'deltaToken' });
		const items = await polled.poll();
		expect(brief(items).sort()).toEqual(
			[
				['created', created],
				['updated', updated],
			].sort(),
		);
		expect(items.map(({ note }) => note)).toEqual([
			expect.stringMatching(/had expired.*deleted between/),
			undefined,
		]);
		expect(polled.warnings).toEqual([expect.stringMatching(/lead: The position .* had expired/)]);
		expect(await polled.poll()).toEqual([]);
		await later();
		const next = await crm.create('leads', { lastname: 'Next' });
		expect(await polled.poll()).toEqual([
			expect.not.objectContaining({ note: expect.anything() as unknown }),
		]);
		expect(next).toBeDefined();
	});

	it('shows the newest rows in a test and moves nothing', async () => {
		const polled = await armed();
		const before = JSON.stringify(polled.memory);
		const id = await crm.create('leads', { lastname: 'New' });
		const samples = await polled.poll('manual');
		expect(samples).toHaveLength(5);
		expect(samples[0]).toMatchObject({
			event: 'created',
			id,
			note: expect.stringMatching(/sample/) as string,
		});
		expect(JSON.stringify(polled.memory)).toBe(before);
		expect(brief(await polled.poll())).toEqual([['created', id]]);
	});

	it('says how to switch change tracking on where it is off', async () => {
		const table = { __rl: true, mode: 'name', value: 'transactioncurrency' };
		await expect(trigger({ table, columns: [] }).poll()).rejects.toMatchObject({
			message: expect.stringMatching(/Change tracking is off .*transactioncurrency/) as string,
			description: expect.stringMatching(/Track changes/) as string,
		});
	});

	it.each([
		['a column', { columns: ['nothing'] }, /nothing/],
		['a table', { table: { __rl: true, mode: 'name', value: 'nothing' } }, /nothing/],
		['no event', { events: [] }, /Trigger On/],
	])('says in words that %s is not there', async (_what, parameters, words) => {
		await expect(trigger(parameters).poll()).rejects.toThrow(words);
	});

	it('does nothing in a node that is set to a webhook', async () => {
		await twinSays(twin, 'DELETE', 'calls');
		expect(await trigger({ watch: 'webhook' }).poll()).toEqual([]);
		expect(await twinSays(twin, 'GET', 'calls')).toMatchObject({ total: 0 });
	});
});

describe('a long read for the position', () => {
	it('misses nothing that was changed while it went on', async () => {
		const large = await startDynamicsTwin({ seed: 1, leads: 6_000, contacts: 0 });
		try {
			const person = new DynamicsVendor({
				...large,
				person: { name: personName(1), password: PEOPLE_PASSWORD },
			});
			const polled = new Trigger(twinCredential(large), { events: EVENTS, columns: ['jobtitle'] });
			await twinSays(large, 'POST', 'clock', { advanceSeconds: 60 });
			// The second page waits until a row of the first has been changed.
			await twinSays(large, 'POST', 'fail', {
				match: { path: '/leads', page: 2 },
				times: 1,
				delayMs: 1_500,
			});
			const polling = polled.poll();
			await new Promise((resolve) => setTimeout(resolve, 900));
			const { value } = await person.get<{ value: Array<{ leadid: string }> }>(
				'leads?$select=leadid&$top=1',
			);
			await person.update('leads', value[0]!.leadid, { jobtitle: 'Meanwhile' });
			expect(brief(await polling)).toEqual([['updated', value[0]!.leadid]]);
			expect(await polled.poll()).toEqual([]);
		} finally {
			await large.close();
		}
	});
});
