import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LaneMapping } from '../../sync/mapping';
import { ROOT, tools } from '../e2e/harness/tools';
import type { TwinsLine } from '../e2e/harness/twins';
import { TwinControl } from '../e2e/scenario/twinControl';
import { shippedMapping, shippedOneWayMappings } from '../scenarios/support/mapping';
import type { CopyOrder, CopySaid } from './copyWorker';

/** A run whose interval is over. */
const INTERVAL_MS = 300_000;
/** Processes that one lane may take to come to its end. */
const MOST_PROCESSES = 20;

/** Memory of the worker after a page, bytes; `records`: written by this process so far. */
export type Sample = Extract<CopySaid, { records: number }>;

export interface Copied {
	calls: { dynamics: number; marketo: number };
	/** How many there were of each, such as `GET activities.json`. */
	named: Map<string, number>;
	/** How many processes were killed, and to how many calls of theirs the answer was never seen. */
	killed: number;
	unanswered: number;
	samples: Sample[];
}

/** The shipped workflows between both twins without n8n: each lane in a process of its own, over one ledger. */
export class Copier {
	private readonly secret = randomBytes(32).toString('hex');
	private ahead = 0;

	private constructor(
		private readonly line: TwinsLine,
		private readonly file: string,
		private readonly mappings: Record<string, LaneMapping>,
	) {}

	static async of(line: TwinsLine, folder: string): Promise<Copier> {
		const mappings = { ...(await shippedOneWayMappings()), people: await shippedMapping() };
		return new Copier(line, path.join(folder, 'ledger.sqlite'), mappings);
	}

	/** Runs a lane until all is done. `killAt`: its process is killed at this call of it, really; the next goes on. */
	async run(
		lane: string,
		{ killAt = [] as number[], gc = false, preview = false } = {},
	): Promise<Copied> {
		const copied: Copied = {
			calls: { dynamics: 0, marketo: 0 },
			named: new Map(),
			killed: 0,
			unanswered: 0,
			samples: [],
		};
		const kills = new Set(killAt);
		for (let processes = 0; processes < MOST_PROCESSES; processes++) {
			const ended = await this.process(lane, copied, kills, { gc, preview });
			if (ended && ended.isDone) return copied;
			await this.passTime(Math.max(INTERVAL_MS, ended ? ended.until - this.now() : 0));
		}
		throw new Error(`The sync of ${lane} does not come to its end`);
	}

	private now(): number {
		return Date.now() + this.ahead;
	}

	private async passTime(milliseconds: number): Promise<void> {
		this.ahead += milliseconds;
		for (const { url } of [this.line.dynamics, this.line.marketo])
			await new TwinControl(url).advanceClock(Math.ceil(milliseconds / 1_000));
	}

	/** Undefined where it was killed. @throws where it ended without a word */
	private async process(
		lane: string,
		copied: Copied,
		kills: Set<number>,
		{ gc, preview }: { gc: boolean; preview: boolean },
	): Promise<Extract<CopySaid, { isDone: boolean }> | undefined> {
		const { line, file, secret, ahead } = this;
		const order: CopyOrder = {
			line,
			file,
			secret,
			lane,
			mapping: this.mappings[lane]!,
			ahead,
			preview,
		};
		const worker = path.join(ROOT, 'test/bench/copyWorker.ts');
		const flags = [...(gc ? ['--expose-gc'] : []), '--import', 'tsx', worker];
		const child = spawn(tools().node, [...flags, JSON.stringify(order)], {
			cwd: ROOT,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		let isKilled = false;
		let underWay = 0;
		let last: Extract<CopySaid, { isDone: boolean }> | undefined;
		createInterface(child.stdout).on('line', (text) => {
			const said = JSON.parse(text) as CopySaid;
			if ('records' in said) copied.samples.push(said);
			if ('isDone' in said) last = said;
			if ('isOver' in said) underWay--;
			if (!('call' in said)) return;
			underWay++;
			const { calls, named } = copied;
			named.set(said.name, (named.get(said.name) ?? 0) + 1);
			calls[said.call]++;
			if (!kills.delete(calls.dynamics + calls.marketo)) return;
			isKilled = true;
			copied.killed++;
			child.kill('SIGKILL');
		});
		const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
		copied.unanswered += underWay;
		if (isKilled) return undefined;
		if (code !== 0 || !last) throw new Error(`The process of ${lane} ended with ${code}`);
		return last;
	}
}
