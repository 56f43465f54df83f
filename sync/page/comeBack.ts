import { fingerprintOf } from '../fingerprint';
import type { RecordItem, Side } from '../items';
import { baseOf, known, lastHeld, type Bases } from '../ledger/bases';
import { ANSWERED } from '../ledger/conflicts';
import { dueOfSubjects } from '../ledger/due';
import { basesOf, changeLink, type Link } from '../ledger/links';
import { dropPlans, type Plan } from '../ledger/plans';
import { recordSubject } from '../ledger/subject';
import { DONE, type Fate } from './accounts';
import type { Matcher } from './match';
import type { Page } from './page';
import { isInactive, noteSeen } from './standing';
import { unansweredTooYoung } from './unanswered';
import { tableOf } from './tables';

/**
 * R29: the person was deleted in Marketo. What we knew makes nobody new; a user's edit since does, or a person
 * who asks for it: then null, the row is matched anew. Else what becomes of the row.
 */
export async function stayGone(
	page: Page,
	matcher: Matcher,
	link: Link,
	row: RecordItem,
): Promise<Fate | null> {
	if (await wantsSomebody(page, matcher.parkedAs, link, row)) return null;
	const unanswered = unansweredOf(page, link);
	const isOurs = isOurSave(page, link, row, unanswered);
	const tooYoung = unansweredTooYoung(page, unanswered);
	if (tooYoung) return tooYoung;
	if (isOurs || unanswered.length > 0)
		await settleTombstone(
			page,
			link,
			isOurs ? asItStands(page, row) : valuesArrived(page, link, row, unanswered),
			unanswered,
		);
	await noteSeen(page, link, row);
	return DONE;
}

/** A user has edited it since its person was deleted, or asks for it; or it was in the way of others by its e-mail. */
export async function wantsSomebody(
	page: Page,
	parkedAs: Matcher['parkedAs'],
	link: Link,
	row: RecordItem,
): Promise<boolean> {
	if (parkedAs.has(recordSubject(row)) || (await wasAskedFor(page, row))) return true;
	return isEditedByUser(page, link, row) || isActiveAgain(page, link, row);
}

/** A user has changed a mapped column of it since its person was deleted. */
export function isEditedByUser(page: Page, link: Link, row: RecordItem): boolean {
	return !isOurSave(page, link, row, unansweredOf(page, link)) && isEditedSince(page, link, row);
}

/** Sync had deactivated it, since its person was deleted, and somebody has activated it again. */
function isActiveAgain(page: Page, { deletion }: Link, row: RecordItem): boolean {
	return deletion === 'deactivated' && !isInactive(page, row);
}

/** Writes to the row that were not answered. */
function unansweredOf({ known: { plans } }: Page, { id }: Link): Plan[] {
	return (plans.get(id) ?? []).filter(
		(plan) => plan.side === 'dynamics' && plan.state === 'unknown',
	);
}

/** A person has chosen Retry or Sync Again for it. */
export async function wasAskedFor({ db, ref }: Page, row: RecordItem): Promise<boolean> {
	if (row.because !== 'due') return false;
	const [asked] = await dueOfSubjects(db, ref.lane, [recordSubject(row)]);
	return asked?.isAsked ?? false;
}

/** R45: nobody has saved the row since we did; what else it holds, a plug-in has made of our own write. */
function isOurSave({ me }: Page, link: Link, row: RecordItem, unanswered: Plan[]): boolean {
	return (
		row.changedBy === me &&
		row.version !== link.version &&
		(link.version === null || unanswered.length > 0)
	);
}

/** R15: whether our last writes arrived at the row is seen; from here on what it holds is what was known. */
async function settleTombstone(
	{ db }: Page,
	link: Link,
	dynamics: Bases,
	unanswered: Plan[],
): Promise<void> {
	await changeLink(db, link, { bases: { ...link.bases, dynamics } });
	await dropPlans(
		db,
		unanswered.map(({ id }) => id),
	);
}

/**
 * What a row held when sync looked at it last: its bases, and what it sent without an answer, asked about or left behind,
 * be it what Marketo refused of it or what stood where Dynamics refused to take a value.
 */
export function lastKnown(page: Page, link: Link): Bases {
	const bases = new Map(basesOf(page.ledger, link, 'dynamics'));
	const isUnset = (column: string) => baseOf(bases, column) === null;
	// Also of rows that are skipped at the moment: their column may be closed.
	for (const row of tableOf(page, link.table).mapping.rows) {
		const question = page.known.conflicts
			.get(link.id)
			?.find((one) => one.row === row.id && (one.state === 'open' || one.rule === ANSWERED));
		const refused = (side: Side, field: string) =>
			page.known.refusals.get(link.id)?.find((one) => one.side === side && one.field === field);
		const shown =
			question?.shown.dynamics ??
			refused('marketo', row.field)?.source ??
			refused('dynamics', row.column)?.stood;
		if (shown && isUnset(row.column)) bases.set(row.column, known(shown));
	}
	for (const { side, state, fields } of page.known.plans.get(link.id) ?? []) {
		if (side !== 'marketo' || state === 'echo') continue;
		for (const { source } of Object.values(fields))
			if (source) bases.set(source.column, known(source.value));
	}
	return bases;
}

/** Whether a user has changed any mapped column since sync last dealt with the row. */
function isEditedSince(page: Page, link: Link, row: RecordItem): boolean {
	const bases = basesOf(page.ledger, link, 'dynamics');
	const sent = (page.known.plans.get(link.id) ?? [])
		.filter((plan) => plan.side === 'dynamics')
		.map(({ fields }) => fields);
	return tableOf(page, link.table).live.some((live) => {
		const name = live.row.column;
		const held = lastHeld(bases, name);
		if (live.row.direction === 'toDynamics' || held === null || row.values[name] === undefined)
			return false;
		const hash = fingerprintOf(page.ledger.key, live.column, 'dynamics', row.values[name]);
		return hash !== held && !sent.some((fields) => fields[name]?.new === hash);
	});
}

/** What a row holds, as its bases. */
function asItStands(page: Page, row: RecordItem): Bases {
	const read = tableOf(page, row.table).live.filter(
		(live) => row.values[live.row.column] !== undefined,
	);
	return new Map(
		read.map((live) => [
			live.row.column,
			known(fingerprintOf(page.ledger.key, live.column, 'dynamics', row.values[live.row.column])),
		]),
	);
}

/** The row's bases, with what it holds of the values that were sent to it without an answer. */
function valuesArrived(page: Page, link: Link, row: RecordItem, unanswered: Plan[]): Bases {
	const bases = new Map(basesOf(page.ledger, link, 'dynamics'));
	const { columns } = tableOf(page, link.table);
	for (const [name, { new: sent }] of unanswered.flatMap(({ fields }) => Object.entries(fields))) {
		const column = columns.get(name);
		const holds =
			column &&
			row.values[name] !== undefined &&
			fingerprintOf(page.ledger.key, column, 'dynamics', row.values[name]);
		if (holds === sent && lastHeld(bases, name)) bases.set(name, known(sent));
	}
	return bases;
}
