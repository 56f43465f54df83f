import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forgetDescriptions } from '../../../apis/dataverse/metadata/describe';
import { newMetadataCache } from '../../../apis/marketo/metadataCache';
import { onCopyOf } from '../../../nodes/shared/ledgerTrial';
import { definitionOf } from '../../../nodes/shared/lanes';
import { marketoObjectOf } from '../../../nodes/shared/marketoObjects';
import { forgetSetUpRows } from '../../../nodes/shared/setUpRows';
import {
	dynamicsOver,
	marketoObjectOver,
	marketoOver,
	PEOPLE_LANE,
} from '../../../nodes/shared/vendorPorts';
import type {
	AllRecords,
	AnswerItem,
	DynamicsTable,
	PageOptions,
	PageStart,
	Side,
} from '../../../sync/items';
import { afterPage, lookForWork, type LaneSetting, type Look } from '../../../sync/schedule/runs';
import { tokenOf } from '../../../sync/schedule/token';
import {
	isBehind,
	stopBecauseBehind,
	witnessOf,
	type Witness,
} from '../../../sync/schedule/restoreGuard';
import { dynamicsDesk, marketoDesk, type Desk } from '../../../sync/operate/desk';
import { PEOPLE } from '../../../sync/operate/lanes';
import type { NewPair } from '../../../sync/operate/rePoint';
import { trialOf } from '../../../sync/operate/trial';
import { keptOptions } from '../../../sync/page/keptOptions';
import { reachedDynamics, reachedMarketo } from '../../../sync/schedule/systems';
import { answerRequests } from '../../../sync/ledger/answers';
import type { AtOnce, PersonAction } from '../../../sync/campaignActions/batch';
import { acceptRequests, endBatch, takeBatch } from '../../../sync/ledger/requests';
import { syncPeople } from '../../../sync/campaignActions/syncPeople';
import { isWrite } from './line';
import { handedOut, workPage, type Execution, type HandedOut } from './workflow';
import type { SyncWorld } from './world';

/** One run of the sync: all its pages. */
export interface Run extends HandedOut {
	pages: number;
	/** `done`, or why it ended or did not begin, as the ledger says. */
	outcome: string;
	/** Calls to each vendor, without sign-ins: `GET activities.json`, `POST $batch (2 PATCH)`. */
	calls: Record<Side, string[]>;
	/** Those among them that may have changed something. */
	writes: string[];
}

/** A person whom a campaign sends, and what its step says. */
export interface Sent {
	person: number;
	syncAs?: DynamicsTable;
	owner?: string;
}

export interface AllOptions {
	lane?: string;
	mostCalls?: number;
	mostPages?: number;
	/** As *Re-Point* previews it: of the systems that the credentials name by now, on a memory that knows nobody. */
	rePointed?: true;
	onProgress?(words: string): void;
}

/** From the end of a run to the next. */
export const INTERVAL = 5 * 60_000;
const KILLED = 'n8n was killed';
const RECEIVER = 'campaigns';

/** n8n with the shipped workflows: its process, what it keeps in memory, and the executions it starts. */
export class N8n {
	private process = 1;
	/** What the published workflow remembers of the ledger (R42). */
	private witness: Witness | undefined;
	/** What is known of Marketo's fields, until n8n starts anew. */
	private metadata = newMetadataCache();
	/** Who it is in Dynamics, likewise. */
	private account = '';
	private die: () => void = () => {};

	constructor(private readonly world: SyncWorld) {
		this.forgetAll();
	}

	/** What is due now in a lane, page by page. */
	async run(lane: string = PEOPLE): Promise<Run> {
		const setting = this.settingOf(lane);
		const { ledger, lines } = this.world;
		const from = { dynamics: lines.dynamics.calls.length, marketo: lines.marketo.calls.length };
		const run: Run = {
			...handedOut(),
			pages: 0,
			outcome: '',
			calls: { dynamics: [], marketo: [] },
			writes: [],
		};
		let look: Look = await lookForWork(ledger, setting);
		while (look.do === 'page') {
			this.witness = await witnessOf(ledger);
			if (++run.pages > this.world.mostPages)
				throw new Error(`The run does not end: ${JSON.stringify(run.receipts.slice(-3))}`);
			const start = { ...look.start, ...this.options };
			const end = await this.unlessKilled(workPage(await this.execution(lane), start, run));
			look =
				end === KILLED
					? { do: 'wait', until: null, why: KILLED }
					: await afterPage(ledger, setting, look.ref);
		}
		run.outcome = look.why;
		run.calls = {
			dynamics: lines.dynamics.calls.slice(from.dynamics),
			marketo: lines.marketo.calls.slice(from.marketo),
		};
		run.writes = [...run.calls.dynamics, ...run.calls.marketo].filter(isWrite);
		return run;
	}

	/**
	 * Another process; the published trigger looks at the ledger first.
	 *
	 * @param isRestored n8n's own database is as old as the ledger: the workflow remembers no more
	 */
	async restart(isRestored = false): Promise<void> {
		const { ledger } = this.world;
		this.process++;
		this.forgetAll();
		const present = await witnessOf(ledger);
		if (isRestored) this.witness = present;
		if (this.witness && isBehind(present, this.witness))
			await stopBecauseBehind(ledger, PEOPLE, present, this.witness);
	}

	/** What *Get Dynamics Changes* is set to. */
	private get options(): PageOptions {
		const { fillSince, filter, whenMerged, whenPeopleMerged } = this.world;
		return {
			...(fillSince && { fillSince }),
			...(filter && { filter }),
			...(whenMerged && { whenMerged }),
			...(whenPeopleMerged && { whenPeopleMerged }),
		};
	}

	/** *When a Sync Is Due*, run by hand; *Preview Mapping*, where it says how many linked records. */
	async preview(linkedRecords?: number, lane: string = PEOPLE): Promise<HandedOut> {
		const out = handedOut();
		const page = tokenOf({ lane, run: 'preview', page: 1, ledger: this.world.ledger.id });
		const start: PageStart = {
			kind: 'start',
			page,
			preview: true,
			label: 'Preview: nothing is written',
			...(linkedRecords && { linkedRecords }),
			...this.options,
		};
		await workPage(await this.execution(lane), start, out);
		return out;
	}

	/** *Preview Mapping* of all records. */
	async previewAll({
		lane = PEOPLE,
		mostCalls = 5_000,
		mostPages,
		rePointed,
		onProgress = () => {},
	}: AllOptions): Promise<AllRecords> {
		const { world } = this;
		const { define, mapping, dynamics, marketo, object } = await this.execution(lane);
		const definition = await define();
		const { dynamics: d, marketo: m } = world.lines;
		const from = { dynamics: d.calls.length, marketo: m.calls.length };
		const folder = mkdtempSync(path.join(tmpdir(), 'trial-'));
		try {
			return await onCopyOf(
				world.ledger,
				folder,
				async (file) => (rePointed ? undefined : await world.backUp(file)),
				async (copy) =>
					await trialOf({
						copy,
						definition,
						mapping,
						options: rePointed ? await keptOptions(world.ledger.db, lane) : this.options,
						dynamics,
						marketo: object ? { objects: object } : { people: marketo },
						mostCalls,
						...(mostPages && { mostPages }),
						calls: () => ({
							dynamics: d.calls.length - from.dynamics,
							marketo: m.calls.length - from.marketo,
						}),
						sleep: async (milliseconds) => world.clock.advance(milliseconds),
						onProgress,
					}),
			);
		} finally {
			expect(readdirSync(folder)).toEqual([]);
			rmSync(folder, { recursive: true });
		}
	}

	/** A campaign sends these people; then one execution of `sync-person-to-dynamics.json` for all who wait. */
	async campaign(sent: Sent[], more: Partial<AtOnce>): Promise<AnswerItem[]> {
		const { ledger } = this.world;
		await acceptRequests(
			ledger,
			RECEIVER,
			sent.map(({ person, ...parameters }) => ({
				service: 'webhook',
				person: String(person),
				campaign: 'Campaign',
				parameters,
			})),
		);
		const taken = await takeBatch(ledger, RECEIVER);
		if (!taken) return [];
		const actions = taken.items.map(({ request, changedAt, id, values }): PersonAction => {
			const syncAs = values.syncAs === 'contact' ? 'contact' : 'lead';
			return {
				request,
				askedAt: Date.parse(changedAt),
				person: id,
				syncAs,
				owner: String(values.owner ?? ''),
				values,
			};
		});
		const { mapping: _, object: __, define: ___, between: ____, ...ports } = await this.execution();
		const parts: AtOnce = { ...ports, definition: PEOPLE_LANE, detectDuplicates: true, ...more };
		const answers = await this.unlessKilled(syncPeople(parts, actions));
		if (answers === KILLED) return [];
		const known = answers.filter(({ success }) => success !== null);
		await answerRequests(
			ledger,
			known.map(({ request, success, errorCode, reason }) => ({
				request: request!,
				answer: { success: success === true, errorCode, reason, values: {} },
			})),
		);
		await endBatch(ledger, taken.batch, true);
		return answers;
	}

	/** The systems that the two credentials reach. */
	async pair(): Promise<NewPair> {
		const { dynamics, marketo } = await this.execution();
		const by = { name: 'Re-Point', then: 're-point again' };
		return {
			dynamics: await reachedDynamics(dynamics, by),
			marketo: reachedMarketo(marketo, by),
		};
	}

	/** Where somebody who shows a credential of this system edits a record. */
	async desk(side: Side): Promise<Desk> {
		const { dynamics, marketo } = await this.execution();
		return side === 'dynamics' ? dynamicsDesk(dynamics) : marketoDesk(marketo);
	}

	/** From here on nothing of what was running goes on; the next run is that of a new process. */
	async kill(): Promise<never> {
		this.process++;
		this.forgetAll();
		this.die();
		return await new Promise(() => {});
	}

	private async unlessKilled<Result>(work: Promise<Result>): Promise<Result | typeof KILLED> {
		const killed = new Promise<typeof KILLED>((resolve) => (this.die = () => resolve(KILLED)));
		return await Promise.race([work, killed]);
	}

	private forgetAll(): void {
		this.metadata = newMetadataCache();
		this.account = randomUUID();
		forgetDescriptions();
		forgetSetUpRows();
	}

	/** What the nodes of one execution have. */
	private async execution(lane: string = PEOPLE): Promise<Execution> {
		const { ledger, credentials } = this.world;
		const mapping = lane === PEOPLE ? this.world.mapping : (this.world.mappings[lane] ?? {});
		const definition = await definitionOf(ledger, lane, mapping);
		const { dynamics: crm, marketo: automation } = credentials;
		const dynamics = dynamicsOver(crm.lines.dynamics.wire, crm.environmentUrl, ledger, {
			account: this.account,
		});
		const subscription = {
			subscription: automation.subscription,
			wire: automation.lines.marketo.wire,
			metadata: this.metadata,
			callsADay: this.world.callsADay,
		};
		const { object } = definition;
		return {
			ledger,
			define: async () => await definitionOf(ledger, lane, mapping),
			mapping,
			dynamics,
			...(this.world.between && { between: this.world.between }),
			marketo: marketoOver(subscription, ledger, { partition: this.world.partition }),
			object: definition.twoWay
				? null
				: marketoObjectOver(subscription, marketoObjectOf(object), ledger),
		};
	}

	private settingOf(lane: string): LaneSetting {
		return {
			lane,
			workflow: `${lane}-sync`,
			interval: INTERVAL,
			owner: `n8n ${this.process}`,
			pid: this.process,
			isAlive: (pid) => pid === this.process,
		};
	}
}
