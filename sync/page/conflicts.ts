import { fingerprint } from '../fingerprint';
import type { ConflictItem, Side } from '../items';
import {
	ANSWERED,
	decideConflict,
	recordConflict,
	recordsAskedAbout,
	type Conflict,
} from '../ledger/conflicts';
import { enqueue } from '../ledger/due';
import { ASKED, remember } from '../ledger/history';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';
import type { Link } from '../ledger/links';
import { linkSubject } from '../ledger/subject';
import type { LaneMapping } from '../mapping';
import type { PageRef } from '../schedule/token';
import type { Raw } from '../values';
import type { Page } from './page';
import { recordLink, valueInWords } from './show';
import type { LiveRow } from './tables';
import { answeredOf, questionOf } from './compare';
import type { Pair } from './knownPair';
import type { Contest, FieldState } from './decide';

/** The record that a conflict is about. */
type About = Pick<Pair, 'page' | 'link' | 'row' | 'person'>;
/** What one of its sides holds. */
type Shown = Pick<FieldState, 'value' | 'hash'>;

/** One conflict per field and pair of values: its id says so, a repeated page records it once. */
export async function recordContest(
	pair: About,
	live: LiveRow,
	dynamics: Shown,
	marketo: Shown,
	contest: Contest,
	open: boolean,
): Promise<void> {
	const { page, link } = pair;
	const old = await closeQuestion(pair, live, contest.winner ?? 'nobody yet', contest.rule, !open);
	const answered = contest.rule === ANSWERED ? answeredOf(pair, live)?.id : undefined;
	const id =
		old ??
		answered ??
		decidedBefore(pair, live, dynamics, marketo, contest)?.id ??
		conflictId(page, link, live, { dynamics, marketo }, contest);
	const { base, winner, rule } = contest;
	await recordConflict(page.db, {
		id,
		link: link.id,
		row: live.row.id,
		state: open ? 'open' : 'decided',
		base,
		shown: { dynamics: dynamics.hash, marketo: marketo.hash },
		winner: winner ?? '',
		rule,
		lane: page.ref.lane,
		run: page.ref.run,
		at: page.now,
	});
	if (open) await rememberAsked(pair, live, dynamics, marketo, rule);
	page.out.conflicts.push(conflictItem(pair, id, live, dynamics.value, marketo.value, contest));
	page.out.counts.conflicts++;
}

/** One that was a question once keeps its id, also where what was decided then could not be written yet. */
function decidedBefore(
	{ page, link }: About,
	live: LiveRow,
	dynamics: Shown,
	marketo: Shown,
	{ rule }: Contest,
): Conflict | undefined {
	return page.known.conflicts
		.get(link.id)
		?.find(
			(one) =>
				one.state === 'decided' &&
				one.row === live.row.id &&
				one.rule === rule &&
				one.shown.dynamics === dynamics.hash &&
				one.shown.marketo === marketo.hash,
		);
}

/** By this it is known again. */
export function conflictId(
	{ ledger }: Pick<Page, 'ledger'>,
	link: Pick<Link, 'id'>,
	{ row }: LiveRow,
	{ dynamics, marketo }: Record<Side, Shown>,
	{ rule }: Contest,
): string {
	return fingerprint(ledger.key, [link.id, row.id, dynamics.hash, marketo.hash, rule].join('|'));
}

/** R38: what was shown is kept until there is an answer. */
async function rememberAsked(
	{ page, link }: About,
	{ row, field }: LiveRow,
	dynamics: Shown,
	marketo: Shown,
	rule: string,
): Promise<void> {
	await remember(page.db, {
		at: page.now,
		run: page.ref.run,
		page: page.ref.page,
		plan: null,
		link: link.id,
		side: null,
		operation: ASKED,
		outcome: 'asked',
		decided: [{ rule, fields: [field.name], rows: [row.id] }],
		shown: { [row.id]: [dynamics.value, marketo.value] },
		mappingHash: page.mappingHash,
	});
}

/**
 * R38: rows of the mapping that are not *Ask* any more: the records of their open questions are looked at in the next
 * page, and what the row says now decides.
 */
export async function wakeWhatIsAskedNoMore(
	db: Db,
	ledger: Ledger,
	{ lane, run }: Pick<PageRef, 'lane' | 'run'>,
	mapping: LaneMapping,
): Promise<void> {
	const isAsked = (table: string, id: string) => {
		const row = mapping[table]?.rows.find((one) => one.id === id);
		return !row || (row.winner ?? mapping[table]!.ifBothChanged) === 'ask';
	};
	for (const { row, ...record } of await recordsAskedAbout(db, lane)) {
		if (isAsked(record.table, row)) continue;
		await enqueue(ledger, db, {
			lane,
			subject: linkSubject(record),
			dueAt: ledger.clock.now(),
			code: 'askedNoMore',
			reason: 'The field mapping says now who wins',
			run,
		});
	}
}

/** Closes an open question of the row; returns its id. `silent`: the caller tells people itself. */
export async function closeQuestion(
	pair: About,
	live: LiveRow,
	winner: ConflictItem['winner'],
	rule: string,
	silent = false,
): Promise<string | null> {
	const { page, row, person } = pair;
	const open = questionOf(pair, live);
	if (!open) return null;
	await decideConflict(page.db, open.id, winner, rule);
	if (!silent && rule === 'Both sides are equal again') {
		const contest: Contest = { base: open.base, winner: null, rule };
		const values = [row?.values[live.row.column] ?? null, person.values[live.row.field] ?? null];
		page.out.conflicts.push(conflictItem(pair, open.id, live, values[0]!, values[1]!, contest));
	}
	return open.id;
}

function conflictItem(
	{ page, link, row, person }: About,
	id: string,
	live: LiveRow,
	dynamicsValue: Raw,
	marketoValue: Raw,
	contest: Contest,
): ConflictItem {
	return {
		kind: 'conflict',
		page: page.token,
		id,
		label: row?.label ?? person.label,
		table: link.table,
		dynamicsId: link.dynamicsId,
		marketoId: person.id,
		field: `${live.column.label} (${live.row.column}) = ${live.field.label} (${live.row.field})`,
		base: contest.base,
		dynamicsValue: valueInWords(dynamicsValue, live.column),
		marketoValue: valueInWords(marketoValue, live.field),
		winner: contest.winner ?? 'nobody yet',
		rule: contest.rule,
		dynamicsLink: recordLink(page.address, link.table, link.dynamicsId),
		run: page.ref.run,
		at: new Date(page.now).toISOString(),
	};
}
