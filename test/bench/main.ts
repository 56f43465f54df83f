import { parseArgs } from 'node:util';
import { atOnce } from './atOnce';
import { atSize } from './atSize';

import { backlog } from './backlog';
import { byHand } from './byHand';
import { cycle } from './cycle';
import { eachWay } from './eachWay';
import { engine } from './engine';
import { firstCopy, oneWay, preview } from './firstCopy';
import { move } from './move';
import { print, type Report } from './measure';

/** What a benchmark is handed. */
export interface Bench {
	report: Report;
	/** Progress, for the person who waits. */
	say(text: string): void;
	leads: number;
	/** Leads edited in `by-hand`. */
	changes: number;
	/** Of the large ledger of `at-size`. */
	links: number;
	/** Of a first copy; `oneWay`: accounts of the one whose memory is watched. */
	size: { accounts: number; contacts: number; opportunities: number; oneWay: number };
	/** Whether processes of a first copy are killed on the way. */
	isKilled: boolean;
	/** Of a batch campaign. */
	people: number;
	/** Calls of trigger campaigns. */
	perSecond: number;
	/** Trigger campaigns of either kind, one after the other. */
	rounds: number;
	/** Settings of n8n's own engine for expressions. */
	engine: Record<string, string>;
	/** Aborted where somebody does not want to wait any longer: what was seen so far is reported. */
	until: AbortSignal;
}

const BENCHMARKS: Record<string, (bench: Bench) => Promise<void>> = {
	engine,
	'at-size': atSize,
	cycle,
	'by-hand': byHand,
	'each-way': eachWay,
	'one-way': oneWay,
	preview,
	'first-copy': firstCopy,
	'at-once': atOnce,
	move,
	backlog,
};

const HELP = `npm run bench -- [${Object.keys(BENCHMARKS).join(' | ')}] [options]
  --leads <n>    leads of the backlog, links of move (100000), leads of each-way (50000)
  --changes <n>  leads edited in by-hand (1000)
  --links <n>    links of the large ledger of at-size (1000000)
  --accounts <n>, --contacts <n>, --opportunities <n>  of first-copy (20000, 50000, 10000); contacts of preview, too
  --records <n>  accounts of one-way (100000)
  --people <n>   people of the batch campaign of at-once (5000; 0 for none)
  --per-second <n>  calls of its trigger campaigns (20)
  --rounds <n>   its trigger campaigns of either kind (1): more where the machine's host is restless
  --engine <e>   n8n's engine for expressions in at-once: vm (its default), lazy (vm, made when it is needed), quickjs, legacy
  --kills 0      none in first-copy
  --minutes <n>  how long the backlog may take (60)`;

/** Runs one benchmark, or one after the other; JSON lines on stdout, progress on stderr. */
async function main(): Promise<void> {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			leads: { type: 'string' },
			changes: { type: 'string', default: '1000' },
			links: { type: 'string', default: '1000000' },
			accounts: { type: 'string', default: '20000' },
			contacts: { type: 'string', default: '50000' },
			opportunities: { type: 'string', default: '10000' },
			records: { type: 'string', default: '100000' },
			people: { type: 'string', default: '5000' },
			'per-second': { type: 'string', default: '20' },
			rounds: { type: 'string', default: '1' },
			engine: { type: 'string', default: 'vm' },
			kills: { type: 'string', default: '3' },
			minutes: { type: 'string', default: '60' },
			help: { type: 'boolean', default: false },
		},
	});
	const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
	const unknown = names.find((name) => !BENCHMARKS[name]);
	if (values.help || unknown !== undefined) {
		process.stdout.write(`${HELP}\n`);
		process.exitCode = values.help ? 0 : 1;
		return;
	}
	const ended = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ended.abort());
	for (const name of names) {
		const until = AbortSignal.any([
			ended.signal,
			AbortSignal.timeout(whole('minutes', values.minutes) * 60_000),
		]);
		if (!ended.signal.aborted)
			await BENCHMARKS[name]!({
				report: print,
				say,
				leads: whole('leads', values.leads ?? (name === 'each-way' ? '50000' : '100000')),
				changes: whole('changes', values.changes),
				links: whole('links', values.links),
				size: {
					accounts: whole('accounts', values.accounts),
					contacts: whole('contacts', values.contacts),
					opportunities: whole('opportunities', values.opportunities),
					oneWay: whole('records', values.records),
				},
				isKilled: values.kills !== '0',
				people: values.people === '0' ? 0 : whole('people', values.people),
				perSecond: whole('per-second', values['per-second']),
				rounds: whole('rounds', values.rounds),
				engine: engineOf(values.engine),
				until,
			});
	}
}

function engineOf(name: string): Record<string, string> {
	if (name === 'vm') return {};
	if (name === 'lazy') return { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };
	if (name === 'quickjs')
		return { N8N_EXPRESSION_ENGINE: 'quickjs', N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };
	if (name === 'legacy') return { N8N_EXPRESSION_ENGINE: 'legacy' };
	throw new Error(`--engine takes vm, lazy, quickjs or legacy, not "${name}"`);
}

function whole(name: string, text: string): number {
	if (/^[1-9]\d*$/.test(text)) return Number(text);
	throw new Error(`--${name} takes a whole number above 0, not "${text}"`);
}

function say(text: string): void {
	process.stderr.write(`${text}\n`);
}

main().catch((cause: unknown) => {
	say(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
	process.exitCode = 1;
});
