import { environmentOfCompose } from '../../unit/docs/containers';
import type { Person } from '../../vendors/marketo';
import type { LoggedProcess } from '../harness/childProcess';
import type { WebhookProcessor } from '../harness/n8nServer';
import { freePort } from '../harness/ports';
import { Postgres } from '../harness/postgres';
import { Redis } from '../harness/redis';
import { waitFor } from '../harness/waiting';
import type { World } from '../harness/world';
import { DATABASE, PostgresWorld, startBeside } from './postgresWorld';
import type { Fault, TwinControl } from './twinControl';

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
export class QueueWorld extends PostgresWorld {
	workers: LoggedProcess[] = [];
	webhooks!: WebhookProcessor;

	private constructor(
		world: World,
		postgres: Postgres,
		readonly redis: Redis,
		private readonly webhooksPort: number,
	) {
		super(world, postgres);
	}

	static async start(twins: string[]): Promise<QueueWorld> {
		const [postgres, redis] = await Promise.all([Postgres.start(), Redis.start()]);
		const webhooksPort = await freePort();
		const servers = [postgres, redis];
		const world = await startBeside(servers, {
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

	override async stop(): Promise<void> {
		await super.stop();
		await this.redis.stop();
	}

	/** Ids of people whom no row of Dynamics belongs to. */
	async unknownPeople(): Promise<number[]> {
		const { people } = await this.marketo.get<{ people: Person[] }>('people?limit=500');
		return people
			.filter(({ dynamicsLeadId, dynamicsContactId }) => !dynamicsLeadId && !dynamicsContactId)
			.map(({ id }) => Number(id));
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
}
