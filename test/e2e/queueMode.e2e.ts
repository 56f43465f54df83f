import { DynamicsVendor } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import type { LoggedProcess } from './harness/childProcess';
import { Postgres } from './harness/postgres';
import { Redis } from './harness/redis';
import { waitFor } from './harness/waiting';
import { startWorld, type World } from './harness/world';

const LEADS = 60;
const DATABASE = 'n8n';

/** n8n as companies run it that have much to do: executions on workers, all in PostgreSQL. */
describe('the sync in queue mode, its memory in a schema beside n8n', () => {
	let postgres: Postgres;
	let redis: Redis;
	let world: World;
	let worker: LoggedProcess;
	let crm: DynamicsVendor;
	let people: MarketoVendor;

	beforeAll(async () => {
		[postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
		world = await startWorld({
			fast: true,
			twins: ['--leads', String(LEADS), '--contacts', '0', '--people', '10'],
			postgres: await postgres.createDatabase(DATABASE),
			queue: redis,
		});
		const { line } = world.twins;
		crm = new DynamicsVendor(line.dynamics);
		people = new MarketoVendor({
			...line.marketo,
			clientId: 'human',
			clientSecret: 'secret-human',
		});
		worker = await world.n8n.startWorker();
	});
	afterAll(async () => {
		await world?.stop();
		await Promise.all([postgres?.stop(), redis?.stop()]);
	});

	const ask = async (sql: string) => await postgres.query(sql, DATABASE);
	const links = async () =>
		(
			await ask(
				"select dynamics_id || ' ' || marketo_id from marketo_dynamics.link where state = 'active' order by id",
			)
		).map((line) => line.split(' ') as [string, string]);
	const titleInMarketo = async (ids: string[]) =>
		new Map(
			(await people.people('id', ids.map(Number), ['id', 'title'])).map(({ id, title }) => [
				String(id),
				title,
			]),
		);

	it('links everybody, on a worker', async () => {
		const { id } = world.workflows.find(({ file }) => file === 'people-sync.json')!;
		await world.n8n.publish(id);
		const atRest = 'select count(*) from marketo_dynamics.run where ended_at is not null';
		await waitFor(
			async () => (await ask(atRest))[0] !== '0' && (await links()).length > LEADS / 2,
			{ timeout: 240_000, what: 'the first run being over' },
		);
		expect(worker.log).toMatch(/Worker (started|finished) execution/i);
	});

	it('loses nothing when a worker is killed in the middle of a page, and writes nothing twice', async () => {
		const linked = await links();
		await Promise.all(
			linked.map(
				async ([lead], at) => await crm.update('leads', lead, { jobtitle: `Title ${at}` }),
			),
		);
		await waitFor(
			async () => (await ask('select count(*) from marketo_dynamics.page'))[0] !== '0',
			{ timeout: 60_000, interval: 20, what: 'a page being worked on' },
		);
		await worker.stop('SIGKILL');
		worker = await world.n8n.startWorker();
		await waitFor(
			async () => {
				const found = await titleInMarketo(linked.map(([, person]) => person));
				return linked.every(([, person], at) => found.get(person) === `Title ${at}`);
			},
			{ timeout: 120_000, what: 'all titles in Marketo' },
		);
		expect((await links()).length).toBe(linked.length);
	});
});
