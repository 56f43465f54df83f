import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { itLong } from './harness/long';
import { waitFor } from './harness/waiting';
import { FlowActions } from './scenario/flowActions';
import { DATABASE } from './scenario/postgresWorld';
import { QueueWorld, workingOn } from './scenario/queueWorld';

const LEADS = 60;
const WRITE_PEOPLE = { method: 'POST', path: '/rest/v1/leads.json' };
const WRITE_COMPANIES = { method: 'POST', path: '/rest/v1/companies.json' };

/** n8n as companies run it that have much to do: executions on workers, all in PostgreSQL. */
describe('the sync in queue mode, its memory in a schema beside n8n', () => {
	let queue: QueueWorld;

	beforeAll(async () => {
		queue = await QueueWorld.start(['--leads', String(LEADS), '--contacts', '0', '--people', '30']);
	});
	afterAll(async () => await queue?.stop());

	let edits = 0;
	/** Every linked lead gets another title, and a lead is new; answers how to wait until both are in Marketo. */
	const edit = async () => {
		const title = `Title ${++edits}`;
		const email = `made${edits}@once.example`;
		const linked = await queue.links('lead');
		const [made] = await Promise.all([
			queue.crm.create('leads', { lastname: `Made ${edits}`, subject: 'x', emailaddress1: email }),
			...linked.map(
				async ([lead]) => void (await queue.crm.update('leads', lead, { jobtitle: title })),
			),
		]);
		const ids = linked.map(([, person]) => person);
		const arrived = async () => {
			const found = await queue.people.people('id', ids, ['id', 'title']);
			return found.length === ids.length && found.every((person) => person.title === title);
		};
		return {
			/** All of it is there, once, and the auditor finds nothing. */
			async done() {
				await waitFor(arrived, { timeout: 180_000, what: `${title} in Marketo` });
				await queue.calm();
				expect(await queue.people.people('dynamicsLeadId', [String(made)], ['id'])).toHaveLength(1);
				expect(await queue.people.people('email', [email], ['id'])).toHaveLength(1);
				expect(await queue.links('lead')).toHaveLength(linked.length + 1);
				await queue.expectClean();
			},
		};
	};
	/** A page is at work, and waits for Marketo's answer to a call that has taken effect. */
	const inMidPage = async () => {
		await queue.hold(queue.marketo, { match: WRITE_PEOPLE, afterEffect: true });
		const work = await edit();
		await queue.held(queue.marketo, WRITE_PEOPLE.path);
		return work;
	};
	const busy = () => queue.workers.filter((worker) => workingOn(worker).length > 0);

	it('links everybody, on workers', async () => {
		await queue.publish('people-sync.json', ['people']);
		await queue.publish('companies-and-owners-sync.json', ['companies', 'owners']);
		await queue.calm();
		expect((await queue.links('lead')).length).toBeGreaterThan(LEADS / 2);
		expect((await queue.links('account')).length).toBeGreaterThan(0);
		await queue.expectClean();
	});

	it('has two lanes at work at once, on two workers', async () => {
		await queue.hold(queue.marketo, { match: WRITE_PEOPLE });
		await queue.marketo.fail({ match: WRITE_COMPANIES, hold: true });
		const work = await edit();
		const [[account]] = (await queue.links('account')) as [[string, number]];
		await queue.crm.update('accounts', account, { telephone1: '+49 30 7' });
		await queue.held(queue.marketo, WRITE_PEOPLE.path);
		await queue.held(queue.marketo, WRITE_COMPANIES.path);
		expect(busy()).toHaveLength(2);
		await queue.marketo.release();
		await queue.calm('companies');
		await work.done();
	});

	it("takes a campaign's calls at the webhook processor, and works on them on workers", async () => {
		const { url, process } = queue.webhooks;
		const actions = await FlowActions.install(queue.world, ['syncPerson'], url);
		const unknown = await queue.unknownPeople();
		const [one, two, three, four] = unknown as [number, number, number, number];
		const options = { action: 'syncPerson', parameters: { syncAs: 'lead' } } as const;
		const told = [
			...(await actions.run([one, two], { ...options, by: 'webhook' })),
			...(await actions.run([three, four], { ...options, by: 'flowStep' })),
		];
		expect(told).toMatchObject(
			[one, two, three, four].map((person) => ({ person, success: true, dynamicsTable: 'lead' })),
		);
		const row = await queue.crm.get(`leads(${told[0]!.dynamicsId})`);
		expect(row.leadid).toBe(told[0]!.dynamicsId);
		expect(process.exitCode).toBeUndefined();
		await queue.calm();
		await queue.expectClean();
	});

	it('loses nothing when a worker is killed in mid-page: the other one takes up its work, and nothing is written twice', async () => {
		const work = await inMidPage();
		const [killed] = busy();
		await killed!.stop('SIGKILL');
		await queue.marketo.release();
		await work.done();
		await queue.startOthers();
	});

	itLong.each(['SIGTERM', 'SIGKILL'] as const)(
		'goes on where it was when the main process is restarted in mid-run (%s)',
		async (signal) => {
			const work = await inMidPage();
			const restarted = queue.world.n8n.restartMain(signal);
			await sleep(2_000);
			await queue.marketo.release();
			await restarted;
			await work.done();
		},
	);

	itLong('goes on by itself when Redis is gone for a moment, with all that it held', async () => {
		const work = await inMidPage();
		await queue.redis.loseAll(3_000);
		await queue.marketo.release();
		await work.done();
	});

	itLong(
		"goes on where n8n's database, with the memory in it, was restored from a dump of before",
		async () => {
			const { postgres, world } = queue;
			const folder = await mkdtemp(path.join(os.tmpdir(), 'dump-'));
			const file = path.join(folder, 'n8n.dump');
			await postgres.backUp(DATABASE, file);
			const synced = await edit();
			await synced.done();
			const linked = await queue.links('lead');
			await world.n8n.stop();
			await postgres.restore(DATABASE, file);
			await rm(folder, { recursive: true });
			expect(await queue.links('lead')).not.toEqual(linked);
			const [[lead, person]] = linked as [[string, number]];
			await queue.crm.update('leads', lead, { address1_city: 'Down Town' });
			await world.n8n.restart();
			await queue.startOthers();
			await waitFor(
				async () => (await queue.people.people('id', [person], ['city']))[0]!.city === 'Down Town',
				{ timeout: 120_000, what: 'the edit in Marketo' },
			);
			await queue.calm();
			// Who was made and linked after the dump is found again, by the ids that the sync has left.
			expect((await queue.links('lead')).map(String).sort()).toEqual(linked.map(String).sort());
			await queue.expectClean();
		},
	);

	itLong('goes on once all is started again when Redis is gone for long', async () => {
		const work = await inMidPage();
		await queue.redis.loseAll(30_000);
		await queue.marketo.release();
		// n8n ends by itself where Redis does not answer for ten seconds; whoever runs it starts it again.
		if (!queue.world.n8n.isRunning) await queue.world.n8n.restartMain();
		await queue.startOthers();
		await work.done();
	});
});
