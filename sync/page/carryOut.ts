import { fingerprint } from '../fingerprint';
import type { Side } from '../items';
import { baseOf, known, LOST, seen, setKnown, stale, suspected } from '../ledger/bases';
import type { ShownValues } from '../ledger/history';
import { changeLink } from '../ledger/links';
import { PUT_BACK } from '../ledger/plans';
import { PING_PONG } from '../ledger/refusals';
import { normalForm } from '../normalForm';
import { convert } from '../convert';
import { twoWayOf } from '../lanes/definition';
import { ADDRESS_TAKEN, addressTaken, takenBy } from './addresses';
import type { Compared } from './compare';
import type { Pair } from './knownPair';
import { closeQuestion, recordContest } from './conflicts';
import { standing, type Contest, type FieldState, type Verdict } from './decide';
import { answersOf, isPingPong, isTugOfWar, stillPulled } from './pingPong';
import type { DraftField } from './plan';
import { leaveBehind, solveRefused } from './refusedField';
import { show } from './show';

/** What is to be written of a pair, and the old values for the history. */
export interface Drafts {
	dynamics: Map<string, DraftField>;
	marketo: Map<string, DraftField>;
	shown: ShownValues;
}

type WriteVerdict = Extract<Verdict, { do: 'write' }>;

/** Carries out what was decided about one row of the mapping: moves bases (R7), drafts writes, puts on record. */
export async function carryOut(pair: Pair, compared: Compared, drafts: Drafts): Promise<void> {
	const { live, dynamics, marketo, verdict, overwritten } = compared;
	const { row } = live;
	if (overwritten && (await putBack(pair, compared, overwritten, drafts))) {
		confirm(pair, row.field, marketo);
		return;
	}
	switch (verdict.do) {
		case 'nothing':
			if (!verdict.keep) await leaveAsIs(pair, compared, verdict.why);
			// R29: the two were never compared, but a user's later edit of the row can be told.
			else if (verdict.why === 'rule' && !pair.bases.dynamics.has(row.column))
				pair.bases.dynamics.set(row.column, seen(dynamics.hash));
			break;
		case 'hold':
			await leaveBehind(
				pair.page,
				pair.link,
				verdict.on,
				live,
				verdict.on === 'marketo'
					? { source: dynamics.hash, stood: marketo.hash }
					: { source: marketo.hash, stood: dynamics.hash },
				verdict.refusal,
				pair.person.label,
			);
			break;
		case 'tell': {
			const left = { source: dynamics.hash, stood: marketo.hash };
			await leaveBehind(
				pair.page,
				pair.link,
				'marketo',
				live,
				left,
				verdict.refusal,
				pair.person.label,
			);
			// Until somebody edits the field this is what both sides stand at.
			pair.bases.dynamics.set(row.column, known(dynamics.hash));
			pair.bases.marketo.set(row.field, known(marketo.hash));
			break;
		}
		case 'ask':
			await recordContest(pair, live, dynamics, marketo, verdict.contest, true);
			break;
		case 'write':
			await draftWrite(pair, compared, verdict, drafts);
			break;
		default:
			break;
	}
	// R15: once an unanswered write was judged and the record had moved, the old base means nothing.
	if (verdict.do !== 'nothing') {
		if (dynamics.movedUnanswered && standing(dynamics) === 'unset')
			pair.bases.dynamics.set(row.column, LOST);
		if (marketo.movedUnanswered && standing(marketo) === 'unset')
			pair.bases.marketo.set(row.field, LOST);
	}
	markStale(pair, row.column, dynamics);
	confirm(pair, row.field, marketo);
}

/** Nothing is to be written: what stands there is what both sides were compared at. */
async function leaveAsIs(
	pair: Pair,
	{ live, dynamics, marketo }: Compared,
	why: Extract<Verdict, { do: 'nothing' }>['why'],
): Promise<void> {
	const { page, bases, refusals } = pair;
	const { row } = live;
	if (dynamics.read) setKnown(bases.dynamics, row.column, dynamics.hash);
	setKnown(bases.marketo, row.field, marketo.hash);
	if (why === 'equal') await closeQuestion(pair, live, 'nobody yet', 'Both sides are equal again');
	if (refusals.length === 0) return;
	if (why === 'equal') await solveRefused(page, refusals, row);
	else if (why === 'unchanged') {
		// The refused value was taken back: both sides stand where they last agreed.
		const back = refusals.filter(({ side, source }) =>
			side === 'dynamics' ? source !== marketo.hash : dynamics.read && source !== dynamics.hash,
		);
		await solveRefused(page, back, row);
	}
}

/** R14: what the log has told once is not told again; from here on the base is compared like any other. */
function confirm({ page, bases }: Pair, field: string, marketo: FieldState): void {
	const base = baseOf(bases.marketo, field);
	if (base?.kind !== 'unconfirmed') return;
	if (marketo.storedForm) bases.marketo.set(field, known(marketo.hash));
	else if (marketo.logged || marketo.hash === base.hash) bases.marketo.set(field, known(base.hash));
	else if (base.suspect?.hash !== marketo.hash)
		bases.marketo.set(field, suspected(base.hash, marketo.hash, page.now));
}

/** R5: remember that the row at this version holds something else than the base. */
function markStale({ bases }: Pair, column: string, dynamics: FieldState): void {
	const base = baseOf(bases.dynamics, column);
	if (!base || !dynamics.read) return;
	if (base.hash === dynamics.hash) setKnown(bases.dynamics, column, base.hash);
	else bases.dynamics.set(column, stale(base.hash));
}

async function draftWrite(
	pair: Pair,
	compared: Compared,
	verdict: WriteVerdict,
	drafts: Drafts,
): Promise<void> {
	const { page, link, refusals, bases } = pair;
	const { live, dynamics, marketo } = compared;
	const { row } = live;
	const { to } = verdict;
	const target = to === 'dynamics' ? row.column : row.field;
	const column = to === 'dynamics' ? live.column : live.field;
	const source =
		to === 'dynamics'
			? { column: row.field, value: marketo.hash }
			: { column: row.column, value: dynamics.hash };
	if (drafts[to].has(target)) return;
	const before = refusals.find((one) => one.side === to && one.field === target && !one.isQuiet);
	// R24: nobody gets the address of somebody else.
	const isAddress = to === 'marketo' && target === twoWayOf(page.definition).email.field;
	const keeper = isAddress ? takenBy(page, pair.person, verdict.value) : null;
	if (keeper !== null) {
		const left = { source: source.value, stood: marketo.hash, waitsFor: keeper };
		await leaveBehind(page, link, to, live, left, addressTaken(keeper), pair.person.label);
		return;
	}
	if (before?.source === source.value && before.code !== ADDRESS_TAKEN) return;
	const hash = fingerprint(page.ledger.key, normalForm(column, to, verdict.value));
	if (to === 'dynamics' && !dynamics.read && hash === dynamics.base) {
		// The unread row is vouched for, and holds this very value.
		bases.marketo.set(row.field, known(marketo.hash));
		return;
	}
	const { cycle } = page.lane;
	const isEdited = {
		dynamics: standing(dynamics) === 'edited',
		marketo: standing(marketo) === 'edited',
	};
	const answers = answersOf(link.wrote, row, isEdited, cycle);
	if (isTugOfWar(answers)) {
		await stopTugOfWar(pair, compared, verdict, source.value);
		return;
	}
	if (isPingPong(link.wrote, to, target, hash, cycle)) {
		await stopPingPong(pair, compared, verdict, source.value);
		return;
	}
	if (verdict.contest) await recordContest(pair, live, dynamics, marketo, verdict.contest, false);
	else await closeQuestion(pair, live, to === 'dynamics' ? 'marketo' : 'dynamics', verdict.rule);
	drafts.shown[row.id] = dynamics.read
		? [dynamics.value, marketo.value]
		: [null, marketo.value, 'dynamics'];
	drafts[to].set(target, {
		row: row.id,
		column,
		value: verdict.value,
		old: (to === 'dynamics' ? dynamics : marketo).hash,
		source,
		rule: verdict.rule,
		winner: verdict.contest?.winner,
		answers,
	});
}

/** R18: the field stays as it is, and people are told who fights whom. */
async function stopPingPong(
	{ page, link, person }: Pair,
	{ live, dynamics, marketo }: Compared,
	{ to, value }: WriteVerdict,
	source: string,
): Promise<void> {
	const column = to === 'dynamics' ? live.column : live.field;
	const there = to === 'dynamics' ? dynamics : marketo;
	const refusal = {
		code: PING_PONG,
		reason: `The sync wrote "${show(value)}" to ${column.label} again and again, and something changes it back to "${show(there.value)}" each time`,
		remedy: 'Find the plug-in, flow or campaign that rewrites the field, or make this row one-way',
	};
	await leaveBehind(page, link, to, live, { source, stood: there.hash }, refusal, person.label);
}

/** R18: as above, where the value is another one each time. */
async function stopTugOfWar(
	{ page, link, person }: Pair,
	{ live, dynamics, marketo }: Compared,
	{ to, value }: WriteVerdict,
	source: string,
): Promise<void> {
	const column = to === 'dynamics' ? live.column : live.field;
	const there = to === 'dynamics' ? dynamics : marketo;
	const refusal = {
		code: PING_PONG,
		reason: `Whatever the sync writes to ${column.label} or to the field that it is synced with is changed again at once, ten times in a row so far; "${show(value)}" is no longer written over "${show(there.value)}"`,
		remedy:
			'Find the plug-ins, flows or campaigns that react to each other through this field, or make this row one-way; then choose Retry',
	};
	await leaveBehind(page, link, to, live, { source, stood: there.hash }, refusal, person.label);
	const { cycle } = page.lane;
	await changeLink(page.db, link, { wrote: stillPulled(link.wrote, live.row, cycle) });
}

const KEPT: Contest = { base: 'known', winner: 'marketo', rule: 'The row keeps what Marketo has' };

/**
 * R13: an edit that our write replaced unseen. It is put on record; unless Dynamics wins, it is also put
 * back, as the edit that it was: from there on the row goes its usual way. False where nothing is put
 * back: somebody has edited the field since, or Dynamics wins.
 */
async function putBack(
	pair: Pair,
	{ live, dynamics, marketo }: Compared,
	{ lost, verdict }: NonNullable<Compared['overwritten']>,
	drafts: Drafts,
): Promise<boolean> {
	const { row, field } = live;
	const contest = verdict.do === 'write' || verdict.do === 'ask' ? (verdict.contest ?? KEPT) : KEPT;
	const stands = standing(marketo) === 'same';
	await recordContest(pair, live, dynamics, lost, contest, verdict.do === 'ask' && stands);
	const back = convert(field, field, 'marketo', lost.value);
	if (!stands || writesTo('marketo', verdict) || !('value' in back)) return false;
	drafts.marketo.set(row.field, {
		row: PUT_BACK,
		column: field,
		value: back.value,
		old: marketo.hash,
		source: null,
		rule: 'Put back: the sync had overwritten it unseen',
	});
	return true;
}

function writesTo(side: Side, verdict: Verdict): boolean {
	return verdict.do === 'write' && verdict.to === side;
}
