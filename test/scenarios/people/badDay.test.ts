import type { Fault } from '../../e2e/scenario/twinControl';
import { syncNow } from '../../../sync/schedule/runs';
import { PEOPLE } from '../../../sync/operate/lanes';
import { COMPANIES } from '../support/oneWayLanes';
import { SyncWorld } from '../support/world';

const WRITE_PEOPLE = { method: 'POST', path: '/rest/v1/leads.json' };
const WRITE_ROWS = { method: 'POST', path: '$batch' };
const TOO_MANY = { status: 429, retryAfter: 1 };

describe('a sync whose vendors have a bad day', () => {
	let world: SyncWorld;
	let edits = 0;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));
	afterEach(async () => {
		await Promise.all([world.dynamics.forgetFaults(), world.marketo.forgetFaults()]);
	});

	/** Edits of two records that the sync takes to the other side, and what has to be seen there. */
	const bothWays = async () => {
		const [lead, contact] = [await world.pair('lead'), await world.pair('contact')];
		const [here, there] = [`From Dynamics ${++edits}`, `From Marketo ${edits}`];
		await world.editRow(lead, { jobtitle: here });
		await world.editPerson(contact, { title: there });
		return async () => {
			expect(await world.person(lead)).toMatchObject({ title: here });
			expect(await world.row(contact)).toMatchObject({ jobtitle: there });
			expect(await world.status()).toMatchObject({ status: 'Up to date', waiting: 0, needHelp: 0 });
		};
	};

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
		[
			'502 to a write',
			{
				dynamics: { match: WRITE_ROWS, status: 502 },
				marketo: { match: WRITE_PEOPLE, status: 502 },
			},
		],
	])('arrives in spite of %s', async (_, faults) => {
		const arrived = await bothWays();
		await world.dynamics.fail(faults.dynamics);
		await world.marketo.fail(faults.marketo);
		const runs = await world.runs(3);
		expect([await world.dynamics.faultsLeft(), await world.marketo.faultsLeft()]).toEqual([0, 0]);
		await arrived();
		expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
	});

	it('goes on when both access tokens end in the middle of a run', async () => {
		const arrived = await bothWays();
		world.bend('marketo', 'leadchanges', async (request, send) => {
			await Promise.all([
				world.dynamics.expire('accessToken'),
				world.marketo.expire('accessToken'),
			]);
			return await send(request);
		});
		await world.run();
		await arrived();
	});

	it('goes on where Marketo does not take a paging token any more, or Dynamics a delta link', async () => {
		const arrived = await bothWays();
		await world.marketo.expire('pagingToken');
		await world.dynamics.expire('deltaToken');
		await world.run();
		await arrived();
	});

	it('says when it goes on after the daily quota, writes nothing until then, and a start by hand asks once (607)', async () => {
		const arrived = await bothWays();
		await world.marketo.fail({ match: { path: '/rest/v1/' }, code: '607', times: -1 });
		const out = await world.run();
		expect(out).toMatchObject({
			outcome: expect.stringMatching(/daily/) as string,
			errors: [],
			writes: [],
		});
		const { goesOnAt } = await world.status();
		const midnight = new Intl.DateTimeFormat('en-GB', {
			timeZone: 'America/Chicago',
			hour: '2-digit',
			minute: '2-digit',
		});
		expect(midnight.format(Date.parse(goesOnAt!) + 30_000)).toMatch(/^(00|24):0/);
		expect((await world.runs(2)).flatMap(({ calls }) => calls.marketo)).toEqual([]);

		await syncNow(world.ledger, PEOPLE);
		const probe = await world.run({ after: 0 });
		expect(probe.calls.marketo).toHaveLength(1);

		await world.marketo.forgetFaults();
		await world.run({ after: Date.parse(goesOnAt!) - world.clock.now() });
		await arrived();
	});

	it('leaves Dynamics alone for all lanes while it asks for that (429 with Retry-After), and goes on then', async () => {
		const arrived = await bothWays();
		world.mappings.companies = COMPANIES;
		await world.dynamics.fail({ match: { path: '/leads' }, status: 429, retryAfter: 120 });
		expect((await world.run()).outcome).toMatch(/[Nn]umber of requests|limit/);
		const other = await world.run({ after: 1_000, lane: 'companies' });
		expect(other).toMatchObject({
			outcome: expect.stringMatching(/^Dynamics 365 has been asked too much/) as string,
			errors: [],
		});
		expect([...other.calls.dynamics, ...other.calls.marketo]).toEqual([]);
		const { goesOnAt } = await world.status('companies');
		const { goesOnAt: ofPeople } = await world.status();
		expect(Math.abs(Date.parse(goesOnAt!) - Date.parse(ofPeople!))).toBeLessThan(1_000);
		await world.run({ after: Date.parse(goesOnAt!) - world.clock.now() });
		expect((await world.run({ after: 0, lane: 'companies' })).outcome).toBe('done');
		await arrived();
	});

	it('says what is wrong where a system refuses to let it in, and goes on when that is mended', async () => {
		const arrived = await bothWays();
		await world.dynamics.fail({
			match: { path: '/leads' },
			status: 403,
			code: '0x80040220',
			times: -1,
		});
		const out = await world.run();
		expect(out.errors).toHaveLength(1);
		expect((await world.status()).status).toMatch(/^Waiting: .*role/);
		await world.dynamics.forgetFaults();
		await world.runs(2);
		await arrived();
	});
});
