import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../auditor/mapping';
import { waitFor } from './harness/waiting';
import { PeopleWorld, type Pair } from './scenario/peopleWorld';
import type { Fault, TwinControl } from './scenario/twinControl';

const WRITE_PEOPLE = { method: 'POST', path: '/rest/v1/leads.json' };
const WRITE_ROWS = { method: 'POST', path: '$batch' };

describe('a sync whose vendors have a bad day', () => {
	let world: PeopleWorld;
	const untouched: Record<Table, Pair[]> = { lead: [], contact: [] };
	const take = (table: Table): Pair => untouched[table].pop()!;
	let edits = 0;

	beforeAll(async () => {
		world = await PeopleWorld.start(['--leads', '60', '--contacts', '40', '--people', '20']);
		await world.publish();
		untouched.lead = world.pairs('lead');
		untouched.contact = world.pairs('contact');
		await world.expectClean();
	});
	afterEach(async () => {
		for (const twin of [world.dynamics, world.marketo]) {
			await twin.forgetFaults();
			await twin.release();
		}
	});
	afterAll(async () => await world?.stop());

	/** A call that the twin has taken and not answered. */
	const held = async (twin: TwinControl, path: string) =>
		await waitFor(
			async () => (await twin.calls()).log.some((call) => call.path.includes(path) && call.status === 0),
			{ what: `a call of ${path} being held` },
		);

	/** Edits of two records that the sync takes to the other side, and what has to be seen there. */
	const bothWays = () => {
		const [lead, contact] = [take('lead'), take('contact')];
		const [here, there] = [`From Dynamics ${++edits}`, `From Marketo ${edits}`];
		return {
			lead,
			contact,
			make: async () => {
				await world.editRow(lead, { jobtitle: here });
				await world.editPerson(contact, { title: there });
			},
			arrived: async () => {
				expect(await world.person(lead, 'title')).toMatchObject({ title: here });
				expect(await world.row(contact)).toMatchObject({ jobtitle: there });
			},
		};
	};

	it('goes on when both access tokens end in the middle of a run', async () => {
		const { make, arrived } = bothWays();
		await world.betweenRuns();
		await make();
		await sleep(1_100);
		await Promise.all([world.forgetCalls(), world.marketo.fail({ match: { path: 'leadchanges' }, hold: true })]);
		await held(world.marketo, 'leadchanges');
		await Promise.all([world.dynamics.expire('accessToken'), world.marketo.expire('accessToken')]);
		expect(await world.marketo.release()).toBe(1);
		await world.sync();
		await arrived();
		await world.expectClean();
	});

	const TOO_MANY = { status: 429, retryAfter: 1 };

	it.each<[string, { dynamics: Fault; marketo: Fault }]>([
		[
			'429 and 615 to a read',
			{
				dynamics: { match: { method: 'GET', path: '/contacts' }, ...TOO_MANY },
				marketo: { match: { path: 'leadchanges' }, code: '615' },
			},
		],
		[
			'429 and 615 to a write',
			{
				dynamics: { match: WRITE_ROWS, ...TOO_MANY },
				marketo: { match: WRITE_PEOPLE, code: '615' },
			},
		],
		[
			'429 to one record of a write, and 606',
			{
				dynamics: { match: { method: 'PATCH', path: '/contacts(' }, ...TOO_MANY },
				marketo: { match: WRITE_PEOPLE, code: '606' },
			},
		],
		[
			'no answer to a read',
			{
				dynamics: { match: { method: 'GET', path: '/leads' }, drop: true },
				marketo: { match: { path: 'leadchanges' }, drop: true },
			},
		],
	])('arrives in spite of %s', async (_, faults) => {
		const { make, arrived } = bothWays();
		// What people write themselves is not to be struck.
		await world.together(make, async () => {
			await world.dynamics.fail(faults.dynamics);
			await world.marketo.fail(faults.marketo);
		});
		expect(await world.dynamics.faultsLeft()).toBe(0);
		expect(await world.marketo.faultsLeft()).toBe(0);
		await arrived();
		await world.expectClean();
	});

	/** Leads that were not there before: with an e-mail address, and without. */
	const newLeads = async (lastname: string) => {
		const lead = { lastname, subject: 'Made once' };
		const address = `${lastname.toLowerCase()}@once.example`;
		const withAddress = await world.crm.create('leads', { ...lead, firstname: 'Ada', emailaddress1: address });
		return [withAddress, await world.crm.create('leads', { ...lead, firstname: 'Chen' })];
	};

	it.each<[string, Partial<Fault>]>([
		['is written, but the answer is lost', { afterEffect: true }],
		['never comes in', { drop: true }],
		['is answered with 502', { status: 502 }],
	])('writes all once where every first write to either system %s', async (what, fault) => {
		const { make, arrived } = bothWays();
		const lastname = `Once${what.length}`;
		let ids: string[] = [];
		await world.together(
			make,
			async () => {
				ids = await newLeads(lastname);
			},
			async () => {
				await world.dynamics.fail({ match: WRITE_ROWS, ...fault });
				// One call of updates, one of creates by e-mail address and one by id.
				await world.marketo.fail({ match: WRITE_PEOPLE, times: 3, ...fault });
			},
		);
		expect(await world.dynamics.faultsLeft()).toBe(0);
		expect(await world.marketo.faultsLeft()).toBe(0);
		await arrived();
		for (const id of ids) expect(await world.peopleOf('lead', id)).toHaveLength(1);
		const made = (await world.everybody()).filter((person) => person.lastName === lastname);
		expect(made.map(({ firstName }) => firstName).sort()).toEqual(['Ada', 'Chen']);
		await world.expectClean();
	});

	it('decides anew where a row was edited between read and write (412)', async () => {
		const contact = take('contact');
		await world.betweenRuns();
		await world.editPerson(contact, { title: 'Read too early', city: 'Falun' });
		await world.forgetCalls();
		await world.dynamics.fail({ match: WRITE_ROWS, hold: true });
		await sleep(1_100);
		await held(world.dynamics, '$batch');
		await world.editRow(contact, { jobtitle: 'Edited meanwhile', telephone1: '+46 23 1' });
		expect(await world.dynamics.release()).toBe(1);
		await world.sync();
		expect(await world.row(contact)).toMatchObject({
			jobtitle: 'Edited meanwhile',
			address1_city: 'Falun',
			telephone1: '+46 23 1',
		});
		expect(await world.person(contact, 'title', 'phone')).toMatchObject({
			title: 'Edited meanwhile',
			phone: '+46 23 1',
		});
		const conflicts = await world.tableRows('Sync conflicts', contact.id);
		expect(conflicts).toContainEqual(
			expect.objectContaining({ base: 'known', marketoValue: 'Read too early', winner: 'dynamics' }),
		);
		await world.expectClean();
	});

	it('records what it overwrote in Marketo between read and write, and the rule decides', async () => {
		const lead = take('lead');
		await world.betweenRuns();
		await world.editRow(lead, { jobtitle: 'Overwrites' });
		await world.forgetCalls();
		await world.marketo.fail({ match: WRITE_PEOPLE, hold: true });
		await held(world.marketo, '/rest/v1/leads.json');
		await world.editPerson(lead, { title: 'Overwritten unseen', city: 'Kiruna' });
		expect(await world.marketo.release()).toBe(1);
		await world.sync();
		// For leads Marketo wins, as in Adobe's sync.
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Overwritten unseen', address1_city: 'Kiruna' });
		expect(await world.person(lead, 'title', 'city')).toMatchObject({ title: 'Overwritten unseen', city: 'Kiruna' });
		expect(await world.tableRows('Sync conflicts', lead.id)).toContainEqual(
			expect.objectContaining({ marketoValue: 'Overwritten unseen', winner: 'marketo' }),
		);
		await world.expectClean();
	});

	it('says when it goes on after the daily quota, and a start by hand asks once (607)', async () => {
		const { make, arrived } = bothWays();
		const failures = async () => (await world.n8n.executions({ workflowId: world.lane.workflow, status: 'error', limit: 250 })).length;
		await world.betweenRuns();
		const failedBefore = await failures();
		await make();
		await world.marketo.fail({ match: { path: '/rest/v1/' }, code: '607', times: -1 });
		const waiting = async () =>
			await waitFor(
				() => {
					const state = world.lane.state();
					return state.run === null && state.waiting_for !== null && state;
				},
				{ what: 'the sync waiting for its quota' },
			);
		const { waiting_for: words, next_due: goesOn } = await waiting();
		expect(words).toMatch(/daily/);
		const midnight = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/Chicago', hour: '2-digit', minute: '2-digit' });
		expect(midnight.format(goesOn + 30_000)).toMatch(/^(00|24):0/);
		// Waiting is no failure, and nothing is wrong with the workflow.
		expect(await failures()).toBe(failedBefore);

		await world.marketo.forgetCalls();
		expect(await world.lane.startNow()).toMatch(/starts within seconds/);
		await waitFor(async () => (await world.marketo.calls()).total > 0, { what: 'the probe' });
		expect((await waiting()).next_due).toBeGreaterThan(Date.now() + 60_000);
		await sleep(6_000);
		expect((await world.marketo.calls()).total).toBe(1);

		await world.marketo.forgetFaults();
		await world.lane.startNow();
		await world.sync();
		await arrived();
		await world.expectClean();
	});

	it('reads everything anew where the delta link has expired, and misses no delete', async () => {
		const { make, arrived } = bothWays();
		const gone = take('contact');
		await world.together(make, async () => {
			await world.crm.delete('contacts', gone.id);
			await world.dynamics.expire('deltaToken');
		});
		await arrived();
		expect(await world.person(gone, 'microsoftIsDeleted')).toMatchObject({ microsoftIsDeleted: true });
		expect(world.lane.count(`link where dynamics_id = '${gone.id}' and state = 'goneInDynamics'`)).toBe(1);
		await world.expectClean();
	});

	it('goes on where Marketo does not take a paging token any more', async () => {
		const { make, arrived } = bothWays();
		await world.together(make, async () => await world.marketo.expire('pagingToken'));
		await arrived();
		await world.expectClean();
	});
});
