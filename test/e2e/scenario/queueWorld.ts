import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { audit, unexcused, type AuditReport } from '../../auditor/audit';
import { writeAsFile } from '../../auditor/ledgerInPostgres';
import { mappingIn, oneWayLanesIn } from '../../auditor/mapping';
import { PEOPLE_PASSWORD, personName } from '../../twins/dynamics/principals';
import { environmentOfCompose } from '../../unit/docs/containers';
import { DynamicsVendor } from '../../vendors/dynamics';
import { MarketoVendor, type Person } from '../../vendors/marketo';
import type { LoggedProcess } from '../harness/childProcess';
import type { WebhookProcessor } from '../harness/n8nServer';
import { freePort } from '../harness/ports';
import { Postgres } from '../harness/postgres';
import { Redis } from '../harness/redis';
import { waitFor } from '../harness/waiting';
import { startWorld, type World } from '../harness/world';
import { TwinControl, type Fault } from './twinControl';

export const DATABASE = 'n8n';
const SCHEMA = 'marketo_dynamics';

/**
 * One execution at a time, so that two at once are on two workers; and n8n finds out in seconds, not in a minute and a
 * half, that a worker is dead.
 */
const WORKER = {
	N8N_CONCURRENCY_PRODUCTION_LIMIT: '1',
	QUEUE_WORKER_LOCK_DURATION: '8000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
	QUEUE_WORKER_STALLED_INTERVAL: '4000',
};

/** As `docs/containers/compose.yaml` has it; all processes give the webhook processor's address to those who ask. */
const environment = (webhooksPort: number) => ({
	...environmentOfCompose(),
	WEBHOOK_URL: `http://127.0.0.1:${webhooksPort}/`,
});

/** Ids of the executions that a worker has begun and not ended. */
export function workingOn(worker: LoggedProcess): string[] {
	const ids = (what: string) =>
		[...worker.log.matchAll(new RegExp(`Worker ${what} execution (\\d+)`, 'g'))].map(
			([, id]) => id!,
		);
	const ended = new Set([...ids('finished'), ...ids('errored while running')]);
	return ids('started').filter((id) => !ended.has(id));
}

/** n8n in queue mode, as companies run it that have much to do: a main process, two workers, a webhook processor. */
export class QueueWorld {
	workers: LoggedProcess[] = [];
	webhooks!: WebhookProcessor;
	readonly crm: DynamicsVendor;
	readonly people: MarketoVendor;
	readonly dynamics: TwinControl;
	readonly marketo: TwinControl;

	private constructor(
		readonly world: World,
		readonly postgres: Postgres,
		readonly redis: Redis,
		private readonly webhooksPort: number,
	) {
		const { line } = world.twins;
		const person = { name: personName(1), password: PEOPLE_PASSWORD };
		this.crm = new DynamicsVendor({ ...line.dynamics, person });
		this.people = new MarketoVendor({
			...line.marketo,
			clientId: 'human',
			clientSecret: 'secret-human',
		});
		this.dynamics = new TwinControl(line.dynamics.url);
		this.marketo = new TwinControl(line.marketo.url);
	}

	static async start(twins: string[]): Promise<QueueWorld> {
		const [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
		const webhooksPort = await freePort();
		const world = await startWorld({
			fast: true,
			twins,
			postgres: await postgres.createDatabase(DATABASE),
			queue: redis,
			env: environment(webhooksPort),
		});
		const started = new QueueWorld(world, postgres, redis, webhooksPort);
		await started.startOthers();
		return started;
	}

	/** Starts what of the workers and the webhook processor does not run. */
	async startOthers(): Promise<void> {
		const { n8n } = this.world;
		this.workers = this.workers.filter(({ exitCode }) => exitCode === undefined);
		while (this.workers.length < 2) this.workers.push(await n8n.startWorker(WORKER));
		if (this.webhooks?.process.exitCode !== undefined || !this.webhooks)
			this.webhooks = await n8n.startWebhookProcessor(this.webhooksPort);
	}

	async stop(): Promise<void> {
		await this.world?.stop();
		await Promise.all([this.postgres.stop(), this.redis.stop()]);
	}

	workflow(file: string): string {
		return this.world.workflows.find((one) => one.file === file)!.id;
	}

	/** Publishes a workflow and waits until each of these lanes has ended a run that has read everything. */
	async publish(file: string, lanes: string[]): Promise<void> {
		await this.world.n8n.publish(this.workflow(file));
		for (const lane of lanes)
			await waitFor(
				async () => (await this.count(`run where lane = '${lane}' and outcome = 'done'`)) > 0,
				{ timeout: 240_000, what: `the first run of ${lane}` },
			);
	}

	async ask(sql: string): Promise<string[]> {
		return await this.postgres.query(`set search_path to ${SCHEMA}; ${sql}`, DATABASE).then(
			// What `set` says for itself.
			([, ...rows]) => rows,
		);
	}

	async count(what: string): Promise<number> {
		return Number((await this.ask(`select count(*) from ${what}`))[0]);
	}

	/** Ids of people whom no row of Dynamics belongs to. */
	async unknownPeople(): Promise<number[]> {
		const { people } = await this.marketo.get<{ people: Person[] }>('people?limit=500');
		return people
			.filter(({ dynamicsLeadId, dynamicsContactId }) => !dynamicsLeadId && !dynamicsContactId)
			.map(({ id }) => Number(id));
	}

	/** Active links of a table: id in Dynamics, id in Marketo. */
	async links(table: string): Promise<Array<[string, number]>> {
		const rows = await this.ask(
			`select dynamics_id || ' ' || marketo_id from link
			where table_name = '${table}' and state = 'active' order by id`,
		);
		return rows.map((row) => row.split(' ')).map(([row, other]) => [row!, Number(other)]);
	}

	/** Waits until a twin has such a call that it does not answer. */
	async held(twin: TwinControl, path: string): Promise<void> {
		await waitFor(
			async () => {
				if ((await twin.faultsLeft()) > 0) return false;
				return (await twin.calls()).log.some(
					(call) => call.path.includes(path) && call.status === 0,
				);
			},
			{ interval: 50, what: `a call of ${path} being held` },
		);
	}

	/** Has the next such call held. */
	async hold(twin: TwinControl, fault: Fault): Promise<void> {
		await twin.forgetCalls();
		await twin.fail({ ...fault, hold: true });
	}

	/** Nothing is being written, nothing is due, and a run that began after this call has written nothing. */
	async calm(lane = 'people', timeout = 180_000): Promise<void> {
		const last = `select coalesce(max(started_at), 0) from run where lane = '${lane}'`;
		const [before] = await this.ask(last);
		const open = `select (select count(*) from plan where state <> 'echo' and lane = '${lane}')
			+ (select count(*) from queue where state = 'due' and lane = '${lane}')
			+ (select count(*) from request where state <> 'answered')`;
		const quiet = `run where lane = '${lane}' and outcome = 'done' and started_at > ${before}
			and coalesce((counts::json->>'toDynamics')::int, 0) + coalesce((counts::json->>'toMarketo')::int, 0) = 0`;
		await waitFor(async () => (await this.ask(open))[0] === '0' && (await this.count(quiet)) > 0, {
			timeout,
			interval: 500,
			what: `${lane} having nothing left to do`,
		});
	}

	/** What the auditor finds, who reads both systems by himself and the ledger out of its schema. */
	async audit(): Promise<AuditReport> {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'audit-'));
		const { n8n, twins } = this.world;
		const { host, port, user, password } = this.postgres;
		try {
			const ledgerFile = path.join(folder, 'ledger.sqlite');
			await writeAsFile({ host, port, user, password, database: DATABASE }, SCHEMA, ledgerFile);
			return await audit({
				dynamics: new DynamicsVendor(twins.line.dynamics),
				marketo: this.people,
				mapping: mappingIn(await n8n.workflow(this.workflow('people-sync.json'))),
				oneWay: oneWayLanesIn(await n8n.workflow(this.workflow('companies-and-owners-sync.json'))),
				ledgerFile,
			});
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	}

	/** The auditor finds nothing that is the sync's fault. */
	async expectClean(): Promise<void> {
		const report = await this.audit();
		expect({ differences: unexcused(report), problems: report.problems }).toEqual({
			differences: [],
			problems: [],
		});
		expect(report.pairs).toBeGreaterThan(0);
	}
}
