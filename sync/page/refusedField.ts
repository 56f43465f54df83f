import { UNKNOWN_CHOICE } from '../convert/choices';
import type { Side } from '../items';
import { PERSON } from '../lanes/people';
import { logForPerson } from '../ledger/activityLog';
import type { Ledger } from '../ledger/ledger';
import { enqueue } from '../ledger/due';
import { linksById, type Link } from '../ledger/links';
import { linkSubject } from '../ledger/subject';
import {
	keepRefusal,
	linksWaitingFor,
	refusalsOf,
	sayRefusalAgain,
	solveRefusal,
	type Refusal,
} from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import type { MappingRow } from '../mapping';
import type { Refusal as VendorRefusal } from '../ports';
import { NOT_KEPT } from './notKept';
import { lookAgainSoon } from './columnCache';
import type { LiveRow } from './tables';
import type { Page } from './page';

/** Leaves one field behind (R36) and puts the reason where people look. Said once per new refusal. */
export async function leaveBehind(
	page: Page,
	link: Link,
	side: Side,
	live: LiveRow,
	left: Left,
	refusal: VendorRefusal,
	label: string,
): Promise<void> {
	const field = side === 'dynamics' ? live.row.column : live.row.field;
	const news = await keepRefusedField(page.ledger, page.db, {
		link,
		side,
		field,
		...left,
		refusal,
		label,
		run: page.ref.run,
	});
	if (news) page.out.counts.needHelp++;
}

/** The field of a write that the vendor's refusal names; vendors spell names in their own case. */
export function fieldAtFault({ field }: VendorRefusal, sent: Iterable<string>): string | undefined {
	return [...sent].find((name) => name.toLowerCase() === field?.toLowerCase());
}

/** Fingerprints of the value that was refused, and of what stood there and stays; for which person's address it waits. */
export type Left = Pick<Refusal, 'source' | 'stood'> & Partial<Pick<Refusal, 'waitsFor'>>;

export interface RefusedField extends Left {
	link: Pick<Link, 'id' | 'lane' | 'marketoId' | 'object' | 'table'>;
	side: Side;
	field: string;
	refusal: VendorRefusal;
	label: string;
	run: string;
}

/** Also for refusals that the vendor speaks out. Returns true when it is news; then it is logged once. */
export async function keepRefusedField(
	ledger: Ledger,
	db: Db,
	one: RefusedField,
): Promise<boolean> {
	const { link, side, field, source, stood, label, run, waitsFor = null } = one;
	const { code, reason, remedy } = one.refusal;
	const since = ledger.clock.now();
	if (
		!(await keepRefusal(db, {
			lane: link.lane,
			link: link.id,
			side,
			field,
			source,
			stood,
			code,
			reason,
			remedy,
			since,
			run,
			label,
			waitsFor,
		}))
	)
		return false;
	if (code === UNKNOWN_CHOICE) await lookAgainSoon(db, link.table);
	await logRefused(db, link, { side, field, code, reason, remedy, since });
	return true;
}

/** Whom the record has now: what was refused before there was a person goes into their activity log, too. */
export async function logRefusedBefore(db: Db, link: Link): Promise<void> {
	for (const refusal of (await refusalsOf(db, [link.id])).get(link.id) ?? [])
		await logRefused(db, link, refusal);
}

/** Marketo has an activity log of people alone. */
async function logRefused(
	db: Db,
	{ lane, marketoId, object, table }: RefusedField['link'],
	{
		side,
		field,
		code,
		reason,
		remedy,
		since,
	}: Pick<Refusal, 'side' | 'field' | 'code' | 'reason' | 'remedy' | 'since'>,
): Promise<void> {
	if (!marketoId || object !== PERSON) return;
	const target = side === 'dynamics' ? `Dynamics ${table}` : 'Marketo';
	await logForPerson(db, {
		lane,
		person: marketoId,
		at: since,
		subject: `${target} ${code === NOT_KEPT ? 'did not keep' : 'refused'} ${field || 'the record'}`,
		field,
		reason,
		remedy,
	});
}

/** The row agrees again: whatever was left behind of it is solved, and people are told. */
export async function solveRefused(
	{ db }: Page,
	refusals: Refusal[],
	row: MappingRow,
): Promise<void> {
	for (const one of refusals) {
		if (one.field === (one.side === 'dynamics' ? row.column : row.field))
			await solveRefusal(db, one);
	}
}

/** R29, R54: a record goes on where it stopped, or has another partner: what it was sent and did not keep is said again, or over. */
export async function goOnWithNotKept(
	{ db, known }: Page,
	link: Link,
	isSamePartner: boolean,
): Promise<void> {
	for (const one of known.refusals.get(link.id) ?? []) {
		if (!one.isQuiet || one.code !== NOT_KEPT) continue;
		await (isSamePartner ? sayRefusalAgain : solveRefusal)(db, one);
		one.isQuiet = false;
	}
}

/** R24: a person has left an address; who waits for it is looked at again. */
export async function wakeWaiting(
	ledger: Ledger,
	db: Db,
	{ lane, run }: { lane: string; run: string },
	person: string,
): Promise<void> {
	const links = await linksById(db, await linksWaitingFor(db, lane, person));
	for (const link of links.values())
		await enqueue(ledger, db, {
			lane,
			subject: linkSubject(link),
			dueAt: ledger.clock.now(),
			code: 'addressFree',
			reason: 'The e-mail address that it waits for may be free now',
			run,
		});
}

/** R50: what was refused of rows that are new to the pair is tried as they are now. */
export async function forgetRefusedByOldRules(
	{ db, known }: Page,
	link: Link,
	live: readonly LiveRow[],
): Promise<void> {
	const refusals = known.refusals.get(link.id) ?? [];
	const isOfNewRow = ({ side, field }: Refusal) =>
		live.some(
			({ row, since }) =>
				since > link.edition && field === (side === 'dynamics' ? row.column : row.field),
		);
	const old = refusals.filter(isOfNewRow);
	for (const one of old) await solveRefusal(db, one);
	if (old.length > 0)
		known.refusals.set(
			link.id,
			refusals.filter((one) => !old.includes(one)),
		);
}
