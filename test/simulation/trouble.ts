import type { CallFault, Execution } from './world/execution';

/** What people do in the middle of a page, as they do between two. */
export type LifeEvent = 'merge' | 'mergeRows' | 'qualify' | 'filter' | 'unlink';

/** Something that goes wrong while a page, or people asked for at once, are worked on. */
export interface Trouble {
	/** Page of the cycle, or execution of a campaign, from 0; effect of it, from 1. */
	page: number;
	at: number;
	/** Directed histories: the `at`th time at this gate, whatever its number; counted from its last coming through `after`, if that is given. */
	gate?: string;
	after?: string;
	kind:
		| 'crash'
		| 'crashProcess'
		| 'stall'
		| 'stallProcess'
		| 'edit'
		| 'person'
		| 'row'
		| 'remove'
		| LifeEvent
		| 'resume'
		| CallFault['kind'];
	/** Meaning depends on the kind: what is edited, how long a pause. */
	a: number;
	b: number;
	c: number;
}

const CALL_FAULTS: string[] = ['comeBackLater', 'lost', 'again', 'expired'] satisfies Array<
	CallFault['kind']
>;

export function isFault({ kind }: Trouble): boolean {
	return CALL_FAULTS.includes(kind);
}

export function faultsOf(troubles: Trouble[]): CallFault[] {
	return troubles.filter(isFault).map((one) => ({
		from: one.at,
		gate: one.gate,
		kind: one.kind as CallFault['kind'],
		done: one.a % 2 === 0,
		ms: one.kind === 'comeBackLater' ? 1000 * (1 + (one.b % 200)) : one.b % 2,
	}));
}

/** Takes the trouble that happens to an execution at this gate, if there is one, out of those still to come. */
export function takeTrouble(
	toCome: Trouble[],
	execution: Execution,
	label: string,
): Trouble | undefined {
	const index = toCome.findIndex((one) =>
		one.gate
			? one.gate === label && execution.timesAt(label, one.after) === one.at
			: one.at <= execution.effects,
	);
	return index < 0 ? undefined : toCome.splice(index, 1)[0];
}
