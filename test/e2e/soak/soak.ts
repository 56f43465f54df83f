import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from '../../simulation/world/chance';
import { itemsIn } from '../people/operate';
import { faultsOf, startAgain } from './faults';
import { Hands } from './hands';
import type { SoakPlace } from './soakPlace';

const EVERY_MS = 10_000;
/** What the last faults have left may take that long: a record that failed often is tried again later and later. */
const SETTLED_WITHIN_MS = 420_000;
/** Whoever runs n8n starts it again when it has ended by itself. */
const LOOKS_AFTER_N8N_MS = 1_000;

const RESTARTS = ['n8n is killed', 'n8n is restarted'];
const PRESSES = 'a person presses Stop';

export interface SoakOptions {
	minutes: number;
	seed: number;
	/** Told what goes on, with the seconds since the start. */
	say: (line: string) => void;
}

/** What a soak comes to; each fault with how often it struck. */
export interface Soaked {
	edits: number;
	faults: Record<string, number>;
	/** What was edited, and has not arrived. */
	missing: string[];
	/** n8n's memory in MB: where the edits began, and once all had settled. */
	memory: [number, number];
}

/** Edits on both sides, and a fault each ten seconds, which may overlap; then all is let settle. */
export async function soak(place: SoakPlace, { minutes, seed, say }: SoakOptions): Promise<Soaked> {
	const { n8n } = place.world;
	const began = Date.now();
	const tell = (line: string) =>
		say(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${line}`);
	const chance = new Chance(seed);
	const faults = faultsOf(place);
	const struck: Record<string, number> = {};
	const under = new Map<string, Promise<void>>();
	const failures: unknown[] = [];
	const megabytes = async () => Math.round((await n8n.rss()) / 1e6);

	const hands = await Hands.at(place, seed + 1);
	const before = await megabytes();
	hands.start();
	/** n8n is on its way, which takes longer than the next fault. */
	const restarting = () => RESTARTS.some((name) => under.has(name));
	const strike = (name: string) => {
		tell(name);
		struck[name] = (struck[name] ?? 0) + 1;
		const fault = faults[name]!()
			// Nobody presses a button of an n8n that is not there, or has no database.
			.catch((cause: unknown) => void (name === PRESSES || failures.push(cause)))
			.finally(() => under.delete(name));
		under.set(name, fault);
	};
	/** One of a kind at a time: what is being restarted cannot be restarted. */
	const possible = () => {
		const kinds = [RESTARTS, Object.keys(place.harms)];
		const busy = kinds.filter((kind) => kind.some((name) => under.has(name))).flat();
		return Object.keys(faults).filter((name) => !under.has(name) && !busy.includes(name));
	};

	for (const end = began + minutes * 60_000; Date.now() < end; ) {
		strike(chance.pick(possible()));
		for (const next = Date.now() + EVERY_MS; Date.now() < next; await sleep(LOOKS_AFTER_N8N_MS))
			if (!n8n.isRunning && !restarting()) {
				tell('n8n has ended by itself, and is started again');
				await startAgain(n8n);
			}
	}
	const edits = await hands.stop();
	await Promise.all(under.values());
	if (failures.length > 0) throw failures[0];
	if (!n8n.isRunning) await startAgain(n8n);
	tell(`${edits} edits made; settles`);
	// A person sees what needs help, now that all works again.
	await itemsIn(place.world, 'record', 'retry', { what: 'all' });
	await place.calm(SETTLED_WITHIN_MS);
	const help = await place.help();
	tell(`has settled; ${help.length} records need help`);
	for (const one of help) say(`         ${one}`);
	return {
		edits,
		faults: struck,
		missing: await hands.missing(),
		memory: [before, await megabytes()],
	};
}
