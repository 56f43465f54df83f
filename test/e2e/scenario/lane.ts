import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { N8nServer } from '../harness/n8nServer';
import { PACKAGE } from '../harness/packageFolder';
import { waitFor } from '../harness/waiting';
import type { World } from '../harness/world';

export interface LaneState {
	workflow: string | null;
	paused: number;
	stopped: string | null;
	next_due: number;
	waiting_for: string | null;
	run: string | null;
	owner_pid: number | null;
	lease_until: number;
	cycle: number;
	crashes: number;
}

export interface RunState {
	id: string;
	started_at: number;
	ended_at: number | null;
	outcome: string | null;
	pages: number;
	counts: string;
}

/** The sync's memory in a running n8n. */
export const ledgerFile = (n8n: Pick<N8nServer, 'folder'>) =>
	path.join(n8n.folder, '.n8n/marketo-dynamics/ledger.sqlite');

/** Works on the ledger beside the running n8n. */
export function inLedger<T>(
	n8n: Pick<N8nServer, 'folder'>,
	work: (ledger: DatabaseSync) => T,
	readOnly = true,
): T {
	const ledger = new DatabaseSync(ledgerFile(n8n), { readOnly, timeout: 10_000 });
	try {
		return work(ledger);
	} finally {
		ledger.close();
	}
}

const BY_HAND = 'By Hand';

/** A workflow that starts a run, as a person does who chose *Start a Run Now* in the trigger. */
const startNow = {
	name: 'Start a Run Now',
	nodes: [
		{
			id: 'start-now',
			name: BY_HAND,
			type: `${PACKAGE}.marketoDynamicsSyncTrigger`,
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters: { manual: 'now' },
		},
	],
	connections: {},
	settings: { executionOrder: 'v1' as const },
};

/** The sync of leads and contacts in a running n8n: what its ledger says, and a hand on its start. */
export class PeopleLane {
	private constructor(
		readonly n8n: N8nServer,
		/** The shipped workflow. */
		readonly workflow: string,
		private readonly starter: string,
	) {}

	static async of({ n8n, workflows }: Pick<World, 'n8n' | 'workflows'>): Promise<PeopleLane> {
		const shipped = workflows.find(({ file }) => file === 'people-sync.json');
		if (!shipped) throw new Error('people-sync.json was not imported');
		return new PeopleLane(n8n, shipped.id, (await n8n.importWorkflow(startNow)).id);
	}

	/** Rows of a query on the ledger. */
	ask<Row = Record<string, unknown>>(sql: string): Row[] {
		return inLedger(this.n8n, (ledger) => ledger.prepare(sql).all() as Row[]);
	}

	count(what: string): number {
		return this.ask<{ n: number }>(`select count(*) as n from ${what}`)[0]!.n;
	}

	state(): LaneState {
		return this.ask<LaneState>("select * from lane where name = 'people'")[0]!;
	}

	/** Runs, the newest first. */
	runs(): RunState[] {
		return this.ask<RunState>(
			"select * from run where lane = 'people' order by started_at desc, rowid desc",
		);
	}

	/** The words that *Start a Run Now* ends with; an error's message where it refuses. */
	async startNow(): Promise<string> {
		const execution = await this.n8n.runManually(this.starter, BY_HAND);
		const { error, runData } = execution.data!.resultData;
		return error?.message ?? String(runData[BY_HAND]?.[0]?.data?.main?.[0]?.[0]?.json.label);
	}

	/** Starts a run unless one is on, and waits for the end of one that began after this call. */
	async oneRun(timeout = 120_000): Promise<RunState> {
		const known = new Set(this.runs().map(({ id }) => id));
		if (!this.state().run) await this.startNow();
		return await this.runAfter(known, timeout);
	}

	/** Waits for the end of a run that is not one of these. */
	async runAfter(known: ReadonlySet<string>, timeout = 120_000): Promise<RunState> {
		return await waitFor(
			() => this.runs().findLast(({ id, ended_at }) => !known.has(id) && ended_at !== null),
			{ timeout, interval: 100, what: 'the end of a run' },
		);
	}

	/** Nothing is being written, nothing unanswered, nothing due. */
	isCalm(): boolean {
		const open = this.count("plan where state in ('planned', 'sent', 'unknown')");
		return open === 0 && this.count('queue where due_at > 0') === 0;
	}

	/** Runs again and again until nothing is left to do and a run after that found nothing. */
	async calm(timeout = 180_000): Promise<void> {
		await waitFor(
			async () => {
				const { outcome, counts } = await this.oneRun(timeout);
				const { toDynamics = 0, toMarketo = 0 } = JSON.parse(counts) as Record<string, number>;
				return outcome === 'done' && toDynamics + toMarketo === 0 && this.isCalm();
			},
			// Marketo's log shows an edit up to a second late.
			{ timeout, interval: 1_100, what: 'the sync having nothing left to do' },
		);
	}
}
