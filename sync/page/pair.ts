import type { RecordItem, Side } from '../items';
import { baseOf, known, seen } from '../ledger/bases';
import { rememberOutcome } from '../ledger/history';
import { changeLink, type EditTimes, type Link } from '../ledger/links';
import { awaitEcho, dropPlans, type Plan } from '../ledger/plans';
import { DONE, WRITE, type Fate } from './accounts';
import { carryOut, type Drafts } from './carryOut';
import { compare, type Compared } from './compare';
import { awaitedOf } from './fieldStates';
import { pairOf, type Pair } from './knownPair';
import { dropEchoed, isLikeSent } from './echo';
import { timesToKeep } from './editTimes';
import { draftLinkFields } from './linkFields';
import { emailKeyOf, type Page } from './page';
import { noteOtherSync } from './otherSync';
import { noteMissingParents } from './parents';
import { planWrite } from './plan';
import { forgetRefusedByOldRules } from './refusedField';
import { isClosed } from './standing';
import { isBehind, tableOf, type MappedTable } from './tables';
import { unansweredTooYoung } from './unanswered';

const SIDES: Side[] = ['dynamics', 'marketo'];

/**
 * Compares one linked pair field by field, moves the bases that need no write (R7) and plans the
 * writes. `row` null: the Dynamics row was not read; its row version vouches for it (R5).
 */
export async function workPair(
	page: Page,
	link: Link,
	row: RecordItem | null,
	person: RecordItem,
): Promise<Fate> {
	const plans = page.known.plans.get(link.id) ?? [];
	const tooYoung = unansweredTooYoung(page, plans);
	if (tooYoung) return tooYoung;
	const table = tableOf(page, link.table);
	// R50: of a row that was not read nothing is known by what the mapping says now.
	if (row === null && isBehind(table, link)) return readBoth(page);
	if (row && lacksEdited(table, row, person)) return readBoth(page);
	await forgetRefusedByOldRules(page, link, table.live);
	const pair = pairOf(page, link, row, person, plans);
	const rows = compare(pair);
	if (rows.some(({ verdict }) => verdict.do === 'read')) return readBoth(page);
	if (row) await noteMissingParents(page, link, row.values);
	noteOtherSync(pair, rows);
	const drafts: Drafts = { dynamics: new Map(), marketo: new Map(), shown: {} };
	for (const one of rows) await carryOut(pair, one, drafts);
	for (const [field, draft] of draftLinkFields(page, link, row, person))
		drafts.marketo.set(field, draft);
	keepLoggedApart(pair, rows);
	noteReplaced(pair, rows, drafts.dynamics);
	// R49: what was edited in Marketo meanwhile is still an edit once the row is open again.
	if (isClosed(page, link, row)) drafts.dynamics.clear();
	const isSettling = pair.doubtUntil > 0 || rows.some(({ verdict }) => verdict.do === 'wait');
	const edition = isComparedBy(table, pair, rows) ? page.edition.number : link.edition;
	await savePair(pair, edition, timesToKeep(table.mapping.ifBothChanged, rows));
	await dropAnswered(pair, isSettling);
	await planWrites(pair, drafts);
	if (isSettling) {
		const until = Math.max(
			page.now + page.ledger.timing.unansweredGrace,
			pair.doubtUntil,
			...rows.map((one) => settledAt(pair, one)),
		);
		const reason = 'Marketo may still be logging an edit';
		return { do: 'wait', until, code: 'settling', reason, unjudged: pair.doubtUntil > 0 };
	}
	if (drafts.dynamics.size + drafts.marketo.size === 0) return DONE;
	const idle = SIDES.find((side) => drafts[side].size === 0 && isKnownThere(pair, side));
	return { ...WRITE, over: idle };
}

/**
 * R29: where the two have never been compared, what the row holds before the first write is seen, so that a user's later edit
 * can be told, though the write never goes through.
 */
function noteReplaced({ bases }: Pair, rows: Compared[], drafts: Drafts['dynamics']): void {
	for (const { live, dynamics } of rows) {
		const { column } = live.row;
		if (drafts.has(column) && !bases.dynamics.has(column))
			bases.dynamics.set(column, seen(dynamics.hash));
	}
}

/**
 * R33: a row that came by the feed was read with the columns of before, and lacks one whose field somebody has edited:
 * the log tells that once.
 */
function lacksEdited({ live }: MappedTable, row: RecordItem, { edits = [] }: RecordItem): boolean {
	return (
		row.because === 'feed' &&
		live.some(
			({ column, field }) =>
				row.values[column.name] === undefined && edits.some((edit) => edit.field === field.name),
		)
	);
}

/** R46: both sides were read, or what became of a write without an answer is known. */
function isKnownThere({ row, plans, unanswered }: Pair, side: Side): boolean {
	const isTold = (plan: Plan) => isJudged(plan, row) || unanswered.outcomes.has(plan.id);
	return row !== null || plans.some((plan) => plan.side === side && isTold(plan));
}

/** Both sides are read together in the next page; nothing of this pair is decided from half of it. */
function readBoth({ now }: Page): Fate {
	const reason = 'Both sides are read together';
	return { do: 'wait', until: now, code: 'readBoth', reason, unjudged: true };
}

/** R14: when the log will have shown whether an edit put there what stands in Marketo. */
function settledAt({ page, bases }: Pair, { verdict, live }: Compared): number {
	const base = bases.marketo.get(live.row.field);
	if (verdict.do !== 'wait' || base?.kind !== 'unconfirmed' || !base.suspect) return 0;
	return base.suspect.since + page.log.overlap;
}

/**
 * R47, R14: what the log tells of a field whose column is closed nobody can compare now, and the log tells it once.
 * From here on the field is compared with what was sent: else this edit would be taken for the stored form of that.
 */
function keepLoggedApart({ page, person, plans, bases }: Pair, rows: Compared[]): void {
	const compared = new Set(rows.map(({ live }) => live.row.field));
	for (const { field, newValue } of person.edits ?? []) {
		const base = baseOf(bases.marketo, field);
		const column = page.fields.get(field);
		if (compared.has(field) || base?.kind !== 'unconfirmed' || !column) continue;
		const awaited = awaitedOf(plans, field);
		if (awaited && isLikeSent(page.ledger, column, awaited, newValue)) continue;
		bases.marketo.set(field, known(base.hash));
	}
}

/** R50: whether each row of the mapping that is new to the pair could be judged. */
function isComparedBy(
	{ live }: MappedTable,
	{ link, row, person }: Pair,
	rows: Compared[],
): boolean {
	return (
		rows.every(({ live: { since }, verdict }) => since <= link.edition || verdict.do !== 'wait') &&
		live.every(
			({ since, column, field }) =>
				since <= link.edition ||
				(row?.values[column.name] !== undefined && person.values[field.name] !== undefined),
		)
	);
}

/** R6, R7: the bases that moved, and the row version and the edition they belong to. */
async function savePair(
	{ page, link, row, bases }: Pair,
	edition: number,
	editTimes: EditTimes,
): Promise<void> {
	await changeLink(page.db, link, {
		bases,
		edition,
		editTimes,
		keyId: page.ledger.key.id,
		version: row?.version ?? link.version,
		...(row
			? {
					emailKey: emailKeyOf(page, row),
					generation: page.generations.get(row.table) ?? link.generation,
				}
			: {}),
		updatedAt: page.now,
	});
}

/** Whether what became of a write without an answer was told by what was read of its system. */
function isJudged({ state, side }: Plan, row: RecordItem | null): boolean {
	return state === 'unknown' && (side === 'marketo' || row !== null);
}

/** Unanswered plans were judged by what was read; echoes that came are no longer awaited. */
async function dropAnswered(
	{ page, row, person, plans, doubtUntil, unanswered }: Pair,
	isSettling: boolean,
): Promise<void> {
	const judged = plans.filter(
		(plan) =>
			isJudged(plan, row) ||
			// R48: the log had its time, and the person was looked at.
			(plan.state === 'echo' && !isSettling && (plan.overAt ?? 0) <= page.log.certainTo),
	);
	for (const [id, outcome] of unanswered.outcomes) await rememberOutcome(page.db, [id], outcome);
	const awaited = plans.filter(
		({ id, state }) => state === 'echo' && unanswered.outcomes.get(id) === 'arrived',
	);
	await awaitEcho(
		page.db,
		awaited.map(({ id }) => id),
	);
	await dropPlans(
		page.db,
		judged.map(({ id }) => id),
	);
	if (doubtUntil === 0) await dropEchoed(page, plans, person);
}

async function planWrites({ page, link, row, person }: Pair, drafts: Drafts): Promise<void> {
	const about = {
		link,
		operation: 'update' as const,
		label: row?.label ?? person.label,
		shown: drafts.shown,
	};
	if (drafts.dynamics.size > 0) {
		await planWrite(page, {
			...about,
			side: 'dynamics',
			id: link.dynamicsId,
			table: link.table,
			changedAt: person.changedAt,
			version: row?.version ?? link.version,
			fields: drafts.dynamics,
		});
		page.out.counts.toDynamics++;
	}
	if (drafts.marketo.size > 0) {
		await planWrite(page, {
			...about,
			side: 'marketo',
			id: person.id,
			table: page.definition.object,
			changedAt: row?.changedAt ?? null,
			version: null,
			fields: drafts.marketo,
		});
		page.out.counts.toMarketo++;
	}
}
