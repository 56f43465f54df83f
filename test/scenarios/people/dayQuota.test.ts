import type { Side } from '../../../sync/items';
import { countCall } from '../../../sync/ledger/callCount';
import { PEOPLE } from '../../../sync/operate/lanes';
import { syncNow } from '../../../sync/schedule/runs';
import { row, smallMapping } from '../support/mapping';
import { COMPANIES } from '../support/oneWayLanes';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

const USAGE = 'GET stats/usage.json';
const HOUR = 3_600_000;
const QUARTER_HOUR = HOUR / 4;

/** Calls of other workflows through the same ledger. */
async function spend({ ledger }: SyncWorld, calls: number, side: Side = 'marketo') {
	for (let call = 0; call < calls; call++) await countCall(ledger.db, side, ledger.clock.now());
}

/** Other programs have called so often; the next page asks for it. */
async function othersSpend(world: SyncWorld, calls: number) {
	await world.marketo.post('usage', { calls });
	await spend(world, 100);
	world.clock.advance(QUARTER_HOUR);
}

/** The next morning in Chicago. */
async function untilGoesOn(world: SyncWorld, lane?: string) {
	const { goesOnAt } = await world.status(lane);
	return Date.parse(goesOnAt!) - world.clock.now();
}

const clockInChicago = (time: string) =>
	new Intl.DateTimeFormat('en-GB', {
		timeZone: 'America/Chicago',
		hour: '2-digit',
		minute: '2-digit',
	}).format(Date.parse(time));

describe("the day's calls of Marketo (R57)", () => {
	let world: SyncWorld;
	let lead: Pair;

	beforeEach(async () => {
		world = await SyncWorld.start();
		lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.runs(3);
	});
	afterEach(async () => await world.expectClean());

	it('count with those of other programs: the sync stops before they are gone, says until when, and loses nothing', async () => {
		await othersSpend(world, 46_000);
		const last = await world.run();
		expect(last.calls.marketo.filter((call) => call === USAGE)).toHaveLength(1);

		await world.editRow(lead, { jobtitle: 'Chief' });
		const waiting = await world.runs(3);
		expect(waiting.flatMap(({ calls }) => [...calls.marketo, ...calls.dynamics])).toEqual([]);
		expect(waiting[0]!.outcome).toMatch(
			/^46,\d{3} of Marketo's 50,000 calls of today are used, 4\d,\d{3} of them by other programs; the rest is kept for campaigns/,
		);
		const { status, goesOnAt } = await world.status();
		expect(status).toBe(`Waiting: ${waiting[0]!.outcome}`);
		expect(clockInChicago(goesOnAt!)).toMatch(/^(00|24):00$/);

		await world.run({ after: await untilGoesOn(world) });
		expect((await world.person(lead))!.title).toBe('Chief');
	});

	it('leave room for people beside a lane that copies companies, and for campaigns beside people', async () => {
		world.mappings.companies = COMPANIES;
		await world.run({ lane: 'companies' });
		await othersSpend(world, 42_000);
		await world.run({ lane: 'companies' });
		expect((await world.status('companies')).status).toMatch(
			/the rest is kept for leads, contacts/,
		);

		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run();
		expect((await world.person(lead))!.title).toBe('Chief');

		await world.marketo.post('usage', { calls: 6_000 });
		await spend(world, 6_000);
		await world.run({ after: QUARTER_HOUR });
		expect((await world.run()).calls.marketo).toEqual([]);
		const person = await world.newPerson({ email: 'new@example.com', lastName: 'New' });
		expect(await world.campaign([{ person }])).toMatchObject([{ outcome: 'created' }]);
		await world.run({ after: await untilGoesOn(world) });
	});

	it('that the credential says there are count once Sync Now has looked: no restart, no waiting', async () => {
		world.callsADay = 1_000;
		await spend(world, 900);
		await world.run();
		expect((await world.run()).outcome).toMatch(/of Marketo's 1,000 calls/);
		world.callsADay = 10_000;
		await world.editRow(lead, { jobtitle: 'Chief' });
		await syncNow(world.ledger, PEOPLE);
		expect((await world.run({ after: 0 })).outcome).toBe('done');
		expect((await world.person(lead))!.title).toBe('Chief');
		expect((await world.run()).outcome).toBe('done');
	});

	it('are asked for by one call in a hundred, and once in a quarter of an hour at the most', async () => {
		const asked = async (after = QUARTER_HOUR) =>
			(await world.run({ after })).calls.marketo.filter((call) => call === USAGE).length;
		expect(await asked()).toBe(0);
		await spend(world, 100);
		expect(await asked()).toBe(1);
		expect(await asked()).toBe(0);
		await spend(world, 100);
		expect(await asked(60_000)).toBe(0);
		expect(await asked()).toBe(1);
	});

	it('that are more than the credential says there are stop nobody: the number is wrong, and the status says so', async () => {
		await world.marketo.post('limits', { dailyQuota: 200_000 });
		await othersSpend(world, 61_000);
		await world.run();
		await world.editRow(lead, { jobtitle: 'Chief' });
		expect((await world.run()).outcome).toBe('done');
		expect((await world.person(lead))!.title).toBe('Chief');
		expect((await world.status()).notes).toMatch(
			/Of Marketo's 50,000 calls of today 61,\d{3} are used, .* enter there how many the subscription has\./,
		);
	});

	it.each([
		['ahead by a month', 30 * 24 * HOUR],
		['ahead by an hour', HOUR],
	])('do not stop the sync for longer where a clock that was %s is right again', async (_, by) => {
		world.clock.advance(by);
		await othersSpend(world, 46_000);
		await world.run();
		expect((await world.run()).calls.marketo).toEqual([]);
		world.clock.advance(-by);
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run({ after: 24 * HOUR });
		await world.run();
		expect((await world.person(lead))!.title).toBe('Chief');
	});

	it('that Marketo itself calls used up, before we have counted so many, stop it in the middle of a page: nothing is lost or made twice', async () => {
		const names = Array.from({ length: 700 }, (_, at) => `Lead ${at}`);
		await Promise.all(
			names.map(
				async (lastname, at) =>
					await world.crm.create('leads', { lastname, emailaddress1: `other${at}@example.com` }),
			),
		);
		let reads = 0;
		const usedUp = world.bend(
			'marketo',
			/leads.json/,
			async (request, send) => {
				if (++reads !== 5) return await send(request);
				await world.marketo.fail({ match: { path: 'leads.json' }, code: '607', times: 1 });
				return await send(request);
			},
			Infinity,
		);
		const { outcome } = await world.run();
		expect(outcome).toMatch(/calls/);
		expect(await untilGoesOn(world)).toBeGreaterThan(0);
		usedUp();
		await world.run({ after: await untilGoesOn(world) });
		await world.runs(2);
		expect(await world.everybody()).toHaveLength(names.length + 1);
	}, 60_000);

	it('stop nobody where Marketo does not tell them', async () => {
		await spend(world, 100);
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.marketo.fail({ match: { path: 'stats/usage' }, code: '603', times: 1 });
		const { outcome, calls } = await world.run({ after: QUARTER_HOUR });
		expect(calls.marketo).toContain(USAGE);
		expect(outcome).toBe('done');
		expect((await world.person(lead))!.title).toBe('Chief');
	});

	it('leave what goes on in the background for another day, and what people change goes on', async () => {
		const other = await world.pair('lead', { mobilephone: '555' });
		await world.runs(3);
		await othersSpend(world, 36_000);
		await world.run();

		world.mapping = smallMapping({ lead: [row('mobilephone>mobilePhone')] });
		await world.editRow(lead, { jobtitle: 'Chief' });
		expect((await world.runs(2)).map(({ outcome }) => outcome)).toEqual(['done', 'done']);
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
		expect(await world.person(other)).toMatchObject({ mobilePhone: null });
		expect((await world.status()).notes).toMatch(
			/Of Marketo's 50,000 calls of today 36,\d{3} are used, .* Records in the background continue the next day\./,
		);

		await world.run({ after: 24 * HOUR });
		expect(await world.person(other)).toMatchObject({ mobilePhone: '555' });
	});
});

describe('a first copy that takes more than a day has calls (R57)', () => {
	it('stops at its share, goes on the next day where it was, and makes nobody twice', async () => {
		const world = await SyncWorld.start({ leads: 3_000 });
		world.callsADay = 40;
		const first = await world.run();
		expect(first.outcome).toMatch(
			/of Marketo's 40 calls of today are used; the rest is kept for changes, campaigns/,
		);
		const made = (await world.status()).linkedInAll;
		expect(made).toBeGreaterThan(500);
		expect((await world.run()).calls.marketo).toEqual([]);
		const days: number[] = [];
		while ((await world.status()).goesOnAt && days.length < 9) {
			await world.run({ after: await untilGoesOn(world) });
			days.push((await world.status()).linkedInAll);
		}
		expect(days[0]).toBeGreaterThan(made);
		world.callsADay = 50_000;
		await world.runs(3);
		await world.expectClean();
	});

	it('is over where its last page has used up that share: from there on it is what people change that stops', async () => {
		const copied = async (last = Infinity) => {
			const world = await SyncWorld.start();
			const id = await world.crm.create('leads', {
				lastname: 'Clerk',
				emailaddress1: 'a@example.com',
			});
			world.callsADay = 1_000;
			let reads = 0;
			world.bend(
				'dynamics',
				/^GET leads/,
				async (request, send) => {
					if (++reads === last) await spend(world, 750);
					return await send(request);
				},
				Infinity,
			);
			expect((await world.run()).outcome).toBe('done');
			return { world, id, reads };
		};
		const { reads } = await copied();
		const { world, id } = await copied(reads);
		await world.crm.update('leads', id, { lastname: 'Chief' });
		await world.run();
		expect(await world.everybody()).toMatchObject([{ lastName: 'Chief' }]);
	});
});
