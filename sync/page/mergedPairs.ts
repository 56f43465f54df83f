import { fingerprintOf } from '../fingerprint';
import type { RecordItem } from '../items';
import { wakeByEmail } from '../ledger/help';
import type { Ledger } from '../ledger/ledger';
import { unlinked, type Link } from '../ledger/links';
import { dropPlansOf } from '../ledger/plans';
import type { Db } from '../ledger/schema';
import { linkSubject } from '../ledger/subject';
import { DONE, WRITE, type Fate } from './accounts';
import { compare } from './compare';
import { pairOf } from './knownPair';
import { recordContest } from './conflicts';
import { wakeSecondaries } from './gone';
import { agree } from './decide';
import { endLink } from './tombstones';
import { hasValues, type Page } from './page';
import { asHeld, own, planWrite } from './plan';
import type { MergedPair } from './standing';
import { tableOf } from './tables';
import { unansweredTooYoung } from './unanswered';

/** Why a person is merged, or is none of the sync any more. */
const MERGED = 'Merged in Dynamics';
/** Likewise of a lead that has become a contact with a person of its own. */
const QUALIFIED = 'Qualified in Dynamics';

const whyOf = ({ from, into }: MergedPair): string =>
	from.table === into.table ? MERGED : QUALIFIED;

/**
 * R28: two rows of Dynamics that are linked both have become one: merged, or a lead was qualified into a contact. By
 * choice the person of the merged one goes into that of the one that stays, in Marketo as well, or is unlinked. Nobody
 * is merged of whose row the filter leaves out.
 */
export async function partMergedPair(page: Page, pair: MergedPair): Promise<Fate> {
	const { from, row, into } = pair;
	const { db, known, people } = page;
	// R15: also a merge without an answer is judged by reading.
	const tooYoung = unansweredTooYoung(page, known.plans.get(from.id) ?? []);
	if (tooYoung) return tooYoung;
	const person = people.get(from.marketoId!);
	const isTold = person && !person.deleted && hasValues(person) && !row.leftOut && !into.leftOut;
	if (isTold) await listUnsynced(page, pair, person);
	await dropPlansOf(db, from.id, ['planned', 'unknown', 'echo']);
	known.plans.delete(from.id);
	if (isTold && page.whenMerged === 'merge') {
		await planMerge(page, pair, person);
		return WRITE;
	}
	known.partners.delete(from.marketoId!);
	// R27: a lead that stood behind it is in nobody's way any more.
	await wakeSecondaries(page, from.marketoId!, from.id, 'Its contact was merged');
	await leavePerson(page.ledger, db, page.ref.lane, from);
	return DONE;
}

/** The merged row has nobody from now on; those that stood in its way by its e-mail are looked at again. */
export async function leavePerson(ledger: Ledger, db: Db, lane: string, link: Link): Promise<void> {
	const { emailKey } = link;
	await endLink({ db }, link, unlinked(ledger.clock.now()), 'The record was merged in Dynamics');
	await wakeByEmail(ledger, db, lane, emailKey, linkSubject(link));
}

/**
 * What somebody has edited of the person and no row has taken over goes with it, or stays behind: on record, unless the row
 * that stays holds the same.
 */
async function listUnsynced(page: Page, merged: MergedPair, person: RecordItem): Promise<void> {
	const { from, row, into } = merged;
	const pair = pairOf(page, from, row, person, page.known.plans.get(from.id) ?? []);
	const about = { ...pair, row: into };
	const rows = tableOf(page, into.table).live;
	for (const { live, dynamics, marketo } of compare(pair)) {
		const there = rows.find((one) => one.row.field === live.row.field) ?? live;
		const value = into.values[there.row.column] ?? null;
		const isEdited = marketo.provisional ? marketo.logged : marketo.base !== null;
		if (!isEdited || marketo.hash === marketo.base || live.row.direction === 'toMarketo') continue;
		const sides = { dynamics: { value }, marketo: { value: marketo.value } };
		if (agree({ row: there.row, column: there.column, field: there.field, ...sides })) continue;
		const hash = fingerprintOf(page.ledger.key, there.column, 'dynamics', value);
		const contest = { base: 'known', winner: 'dynamics', rule: whyOf(merged) } as const;
		await recordContest(about, live, { ...dynamics, value, hash }, marketo, contest, false);
	}
}

/**
 * The write that merges the person into that of the row named in it. With what the person holds, so that they are not
 * merged if somebody has edited them since (R12).
 */
async function planMerge(page: Page, merged: MergedPair, person: RecordItem): Promise<void> {
	const { from, row, into } = merged;
	const rule = whyOf(merged);
	const { idField } = tableOf(page, into.table).definition;
	const fields = asHeld(page, from, person, rule);
	own(page, fields, idField, into.id, rule);
	await planWrite(page, {
		link: from,
		side: 'marketo',
		operation: 'merge',
		table: page.definition.object,
		id: person.id,
		label: row.label,
		changedAt: null,
		version: null,
		fields,
		shown: {},
	});
	page.out.counts.toMarketo++;
}
