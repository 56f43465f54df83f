import type { PeopleMapping } from '../../../sync/mapping';
import type { PageRef } from '../../../sync/schedule/token';
import type { Cell } from './edits';

/** What befalls an execution at one of its effects. */
export type Mishap =
	/** It never goes on. */
	| { kind: 'crash' }
	/** It stands still, and goes on when the world says so. */
	| { kind: 'stall' }
	/** Somebody else acts just then. */
	| { kind: 'meanwhile'; act: () => void | Promise<void> };

/** How a vendor answers a call. */
export interface CallFault {
	/** The first call at or after this effect, or at this gate. */
	from: number;
	gate?: string;
	/** `lost`: the answer is; `done` says whether the work was done. */
	kind: 'comeBackLater' | 'lost' | 'again' | 'expired';
	done: boolean;
	/** Milliseconds: pause asked for, or how late the request lands. */
	ms: number;
}

/** What this execution has read: record -> field -> the value and the act it comes from. */
export type Readings = Map<string, Map<string, Cell>>;

/**
 * One n8n execution (one page). Every effect passes a gate before it happens and one after: there, and
 * only there, it can die, stand still or be overtaken.
 */
export class Execution {
	effects = 0;
	state: 'running' | 'stalled' | 'dead' | 'ended' = 'running';
	readonly readings: Readings = new Map();
	/** Person -> the Dynamics row it was linked with when this page was decided. */
	partners = new Map<string, string>();
	error: unknown;
	/** By the ledger's clock. */
	startedAt = 0;
	/** When it last went to the ledger while its page was the open one; true time. */
	wasCurrentAt = -Infinity;
	/** What its nodes say of the field mapping; at once there is none but that of the last page. */
	mapping: PeopleMapping | null = null;
	/** The node at work. */
	node = '';
	hasConflicts = false;
	/** Its page was decided: what it has read is known to the ledger. */
	hasDecided = false;
	/** It works on people asked for at once: no page is its own. */
	isAtOnce = false;
	/** At once: when it last began to look for rows with the people's e-mails; true time. */
	lookedAt = -Infinity;
	/** The gates that it came through, in their order. */
	private readonly trail: string[] = [];
	/** The page it works on. */
	ref: PageRef | null = null;
	/** What its nodes handed on, as n8n stores it. */
	readonly items: Record<string, unknown[]> = {};
	private halted!: () => void;
	private stopped!: Promise<void>;
	/** All that it does at once stands still with it, each at its next gate. */
	private parked: Array<() => void> = [];
	/** Transactions that have begun and not ended. */
	private inLedger = 0;
	/** Others act one after the other, however much it does at once. */
	private others: Promise<void> = Promise.resolve();

	constructor(
		readonly id: number,
		/** A stored execution that somebody retries: it must never write. */
		readonly isReplay: boolean,
		private readonly mishapAt: (execution: Execution, label: string) => Mishap | undefined,
		private readonly faults: CallFault[] = [],
		private readonly currentAt: (execution: Execution) => number | null = () => null,
	) {
		this.arm();
	}

	/** Runs until the execution ends, dies or stands still. */
	async run(work: () => Promise<void>): Promise<void> {
		const done = work().then(
			() => this.end(undefined),
			(error: unknown) => this.end(error),
		);
		await Promise.race([done, this.stopped]);
	}

	/** How the vendor answers the call that is being made; each is used up once. */
	callFault(what: string): CallFault | undefined {
		const here = `${this.node}: ${what}`;
		const at = this.faults.findIndex((fault) =>
			fault.gate ? fault.gate === here : fault.from <= this.effects,
		);
		return at < 0 ? undefined : this.faults.splice(at, 1)[0];
	}

	/** Lets a stalled execution go on until it ends, dies or stands still again. */
	async resume(): Promise<void> {
		if (this.state !== 'stalled') return;
		this.state = 'running';
		this.arm();
		const { stopped } = this;
		for (const goOn of this.parked.splice(0)) goOn();
		await stopped;
	}

	/** `undefined` where nothing befalls it: the caller need not wait. */
	gate(what: string): Promise<void> | undefined {
		const label = `${this.node}: ${what}`;
		this.effects++;
		this.trail.push(label);
		if (this.state === 'dead' || this.state === 'stalled')
			return this.standStill().then(() => this.wentToLedger(what));
		const mishap = this.mishapAt(this, label);
		if (mishap) return this.suffer(mishap).then(() => this.wentToLedger(what));
		this.wentToLedger(what);
		return undefined;
	}

	private wentToLedger(label: string): void {
		if (label === 'ledger') this.wasCurrentAt = this.currentAt(this) ?? this.wasCurrentAt;
	}

	/** How often it came through a gate; since it last came through `after`, never where it did not. */
	timesAt(label: string, after?: string): number {
		const from = after === undefined ? 0 : this.trail.lastIndexOf(after);
		return from < 0 ? 0 : this.trail.slice(from).filter((one) => one === label).length;
	}

	read(record: string, cells: Record<string, Cell>): void {
		let fields = this.readings.get(record);
		if (!fields) this.readings.set(record, (fields = new Map()));
		for (const [field, cell] of Object.entries(cells)) fields.set(field, { ...cell });
	}

	private async suffer(mishap: Mishap): Promise<void> {
		if (mishap.kind === 'meanwhile') {
			this.others = this.others.then(mishap.act);
			await this.others;
			return await this.standStill();
		}
		this.state = mishap.kind === 'crash' ? 'dead' : 'stalled';
		const parked = this.standStill();
		await this.allStandStill();
		this.halted();
		await parked;
	}

	/** For as long as the execution does. */
	private async standStill(): Promise<void> {
		if (this.state === 'dead') await new Promise(() => undefined);
		if (this.state === 'stalled') await new Promise<void>((goOn) => this.parked.push(goOn));
	}

	/** What else it does at once ends its transaction, and comes to its next gate. */
	private async allStandStill(): Promise<void> {
		await this.others;
		do await new Promise((resolve) => setImmediate(resolve));
		while (this.inLedger > 0);
	}

	/** A transaction begins, or ends. */
	inTransaction(by: 1 | -1): void {
		this.inLedger += by;
	}

	private arm() {
		this.stopped = new Promise((resolve) => (this.halted = resolve));
	}

	private end(error: unknown) {
		if (this.state === 'dead') return;
		this.error = error;
		this.state = 'ended';
		this.halted();
	}
}
