import { dueOfSubjects } from '../ledger/due';
import type { Ledger } from '../ledger/ledger';
import { linkedAfter } from '../ledger/links';
import { linkSubject, subjectOf } from '../ledger/subject';

/** How far people have been compared whom no feed named (R51). This host's clock. */
export interface Swept {
	/** The last link that was looked at; 0: all were, the next round begins with the first. */
	upTo: number;
	/** When this round began, and when its last part was read. */
	begunAt: number;
	at: number;
}

/** A row and its person, as the queue names them. */
export interface Pair {
	row: string;
	person: string;
}

/** Calls that this may cost in a day, however many are linked. */
const CALLS_A_DAY = 48;
/** People read by one call. */
export const SWEPT_AT_ONCE = 300;

/**
 * R51: who is compared in this page though nothing announced them, since Marketo's log may never have told of an edit.
 * Link by link, everybody once a day at the most. Who is due or needs help is looked at anyway.
 */
export async function sweepOn(
	ledger: Ledger,
	lane: string,
	swept: Swept,
): Promise<{ pairs: Pair[]; swept: Swept }> {
	const now = ledger.clock.now();
	const { day } = ledger.timing;
	const isOn = swept.upTo > 0;
	const isPause = now < swept.at + day / CALLS_A_DAY;
	if (isPause || (!isOn && now < swept.begunAt + day)) return { pairs: [], swept };
	const links = await linkedAfter(ledger.db, lane, swept.upTo, SWEPT_AT_ONCE);
	const last = links.length < SWEPT_AT_ONCE ? undefined : links.at(-1);
	const pairs = links.map((link) => ({
		row: linkSubject(link),
		person: subjectOf(link.object, link.marketoId),
	}));
	const names = pairs.flatMap(({ row, person }) => [row, person]);
	const known = new Set(
		(await dueOfSubjects(ledger.db, lane, names)).map(({ subject }) => subject),
	);
	return {
		pairs: pairs.filter(({ row, person }) => !known.has(row) && !known.has(person)),
		swept: { upTo: last?.id ?? 0, begunAt: isOn ? swept.begunAt : now, at: now },
	};
}
