import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DynamicsVendor } from '../vendors/dynamics';
import type { Person } from '../vendors/marketo';
import { Postgres } from './harness/postgres';
import { waitFor } from './harness/waiting';
import { startWorld, type World } from './harness/world';
import { itemsIn } from './people/operate';
import { ledgerFile } from './scenario/lane';

const LEADS = 30;
const DATABASE = 'memory';

/** The way to queue mode: the file of an n8n that runs is moved to PostgreSQL, by a step that a person executes. */
describe("Move the Sync's Memory, in a real n8n", () => {
	let postgres: Postgres;
	let world: World;
	let crm: DynamicsVendor;
	/** Holds what says where the memory is to be, as a container's secret does. */
	let folder: string;
	let address: string;

	beforeAll(async () => {
		postgres = await Postgres.start();
		const { user, password, host, port } = await postgres.createDatabase(DATABASE);
		address = `postgres://${user}:${password}@${host}:${port}/${DATABASE}`;
		folder = await mkdtemp(path.join(os.tmpdir(), 'move-'));
		await writeFile(path.join(folder, 'place'), 'file');
		world = await startWorld({
			fast: true,
			twins: ['--leads', String(LEADS), '--contacts', '0', '--people', '10'],
			env: { MARKETO_DYNAMICS_LEDGER_FILE: path.join(folder, 'place') },
		});
		const { line } = world.twins;
		crm = new DynamicsVendor(line.dynamics);
	});
	afterAll(async () => {
		await world?.stop();
		await postgres?.stop();
		await rm(folder, { recursive: true, force: true });
	});

	const operate = async (operation: string, more: Record<string, string | boolean> = {}) =>
		(await itemsIn(world, 'sync', operation, more))[0]! as Record<string, unknown>;
	const linked = async () => Number((await operate('showStatus')).linkedInAll);
	const isDone = async (status: RegExp) =>
		status.test(String((await operate('showStatus')).status));
	const pause = async () => {
		await operate('pause');
		await waitFor(async () => await isDone(/^Paused/), { what: 'the end of the run' });
	};
	const move = async (moveTo: string) =>
		await waitFor(
			async () =>
				await operate('moveMemory', { moveTo, onlyShow: false }).catch((error: Error) => {
					if (/A run of the sync is in progress/.test(error.message)) return undefined;
					throw error;
				}),
			{ what: 'the move' },
		);
	const everybody = async (): Promise<Person[]> => {
		const answer = await fetch(`${world.twins.line.marketo.url}/__twin/people?limit=500`);
		return ((await answer.json()) as { people: Person[] }).people;
	};
	/** An edit arrives, and whoever was linked before is no second person. */
	const expectSynced = async (title: string) => {
		const rows = await crm.all('leads?$select=leadid,statecode&$filter=statecode eq 0');
		const before = (await everybody()).length;
		await crm.update('leads', String(rows[0]!.leadid), { jobtitle: title });
		await operate('resume');
		await waitFor(async () => (await everybody()).some((person) => person.title === title), {
			timeout: 60_000,
			what: `${title} in Marketo`,
		});
		expect((await everybody()).length).toBe(before);
	};

	it('the file stays in use until it is moved, and then the database is, without a new start', async () => {
		const { id } = world.workflows.find(({ file }) => file === 'people-sync.json')!;
		await world.n8n.publish(id);
		await waitFor(async () => await isDone(/^Up to date/), {
			timeout: 240_000,
			what: 'the first run being over',
		});
		await writeFile(path.join(folder, 'place'), address);
		expect(await operate('showStatus')).toMatchObject({
			memory: "File ledger.sqlite; to move it to PostgreSQL, use Move the Sync's Memory",
		});
		const links = await linked();
		expect(await operate('moveMemory')).toMatchObject({
			moved: false,
			links: expect.any(Number) as number,
		});
		await pause();
		const said = await move('postgres');
		expect(said).toMatchObject({ moved: true });
		expect((said.tables as Record<string, number>).link).toBeGreaterThanOrEqual(links);
		expect(existsSync(ledgerFile(world.n8n))).toBe(false);
		expect(await operate('showStatus')).toMatchObject({
			memory: 'PostgreSQL, schema marketo_dynamics',
			linkedInAll: links,
		});
		await expectSynced('After the move');
		expect(
			Number((await postgres.query('select count(*) from marketo_dynamics.run', DATABASE))[0]),
		).toBeGreaterThan(0);
	});

	it('a new start of n8n finds it there; back in the file it goes on as well', async () => {
		const links = await linked();
		await world.n8n.stop();
		await world.n8n.restart();
		await expectSynced('After a new start');
		await pause();
		expect(await move('file')).toMatchObject({
			moved: true,
			to: expect.stringContaining('marketo-dynamics') as string,
		});
		expect(existsSync(ledgerFile(world.n8n))).toBe(true);
		expect(await linked()).toBe(links);
		await expectSynced('Back in the file');
	});
});
