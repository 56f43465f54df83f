import { fingerprintOf, type Fingerprint } from '../fingerprint';
import type { FieldEdit, RecordItem } from '../items';
import { baseOf, known, LOST, type Bases } from '../ledger/bases';
import { closeQuestionsOf } from '../ledger/conflicts';
import { basesOf, changeLink, type Link, type LinkChange } from '../ledger/links';
import { dropPlansOf } from '../ledger/plans';
import { solveRefusalsOf } from '../ledger/refusals';
import { linkSubject } from '../ledger/subject';
import type { Raw } from '../values';
import { account, DONE, type Fate } from './accounts';
import { becomeSecondary, behind, isBefore, twoRowsOnePerson } from './behind';
import { keepTombstone } from './deletes';
import { addEdits, hasValues, type Page } from './page';
import { wakeRivals } from './rivals';

/** R28: the last one of a chain of merges; null where nobody is left, or nothing was merged. */
export function survivorOf({ people }: Page, person: RecordItem): string | null {
	const met = new Set([person.id]);
	let id = person.mergedInto;
	while (id !== undefined && !met.has(id)) {
		const next = people.get(id);
		if (!next?.deleted) return id;
		met.add(id);
		id = next.mergedInto;
	}
	return null;
}

/** R28, R49: the person lives on as another one; rows and pending edits go along. */
export async function personMerged(page: Page, loser: RecordItem, survivor: string): Promise<Fate> {
	const lives = page.people.get(survivor);
	// What nobody has judged yet is the survivor's now, as in Marketo's own log.
	if (lives) addEdits(lives, loser.edits ?? []);
	for (const link of page.known.links.values()) {
		if (link.marketoId !== loser.id) continue;
		const partner = page.known.partners.get(survivor);
		// The delete of a merged person may have been logged before the merge.
		if (link.state === 'active' || (link.state === 'goneInMarketo' && !partner))
			await follow(page, link, loser, survivor, partner);
		else if (link.state === 'secondary' || link.state === 'reserved')
			await changeLink(page.db, link, { marketoId: survivor, updatedAt: page.now });
		// R29: whoever was to follow their row lives on as somebody else.
		else if (link.state === 'goneInDynamics' && link.deletion) {
			await keepTombstone(page, link);
			await account(page, linkSubject(link), undefined, DONE);
		}
		// R54: the two meet as here once the row takes part again.
		else if (link.state === 'leftOut')
			await changeLink(page.db, link, {
				...survivesAs(page, link, loser, survivor),
				updatedAt: page.now,
			});
	}
	page.known.partners.delete(loser.id);
	return DONE;
}

async function follow(
	page: Page,
	link: Link,
	loser: RecordItem,
	survivor: string,
	partner: Link | undefined,
): Promise<void> {
	const { db, known: inHand, people, now, came, accounts } = page;
	const lives = people.get(survivor);
	const subject = linkSubject(link);
	// R13, R15: what was written to the merged one is seen in what the survivor has.
	await dropPlansOf(db, link.id, ['planned']);
	await dropPlansOf(db, link.id, ['unknown', 'echo'], 'marketo');
	const left = (inHand.plans.get(link.id) ?? []).filter(
		({ side, state }) => side === 'dynamics' && state !== 'planned',
	);
	inHand.plans.set(link.id, left);
	await solveRefusalsOf(db, link.id);
	inHand.refusals.delete(link.id);
	await wakeRivals(page, link);
	await closeQuestionsOf(db, link.id, 'The person was merged in Marketo');
	inHand.conflicts.delete(link.id);
	await changeLink(db, link, {
		...survivesAs(page, link, loser, survivor),
		state: partner && !isBefore(page, link.table, partner.table) ? 'secondary' : 'active',
		deletion: null,
		wrote: {},
		editTimes: {},
		updatedAt: now,
	});
	if (link.state === 'secondary') {
		const isSame = partner!.table === link.table;
		// R49: a row that was merged as well, or is closed, is in nobody's way.
		const fate = link.isInactive
			? DONE
			: isSame
				? duplicate(page, link, partner!)
				: behind(partner!.dynamicsId, link.emailKey);
		await account(page, subject, lives?.label, fate);
		return;
	}
	if (partner) await becomeSecondary(page, partner);
	inHand.partners.set(survivor, link);
	if (came.has(subject)) return;
	// Row and survivor are compared in the next page, with all that either has to say.
	accounts.withRow.add(survivor);
	if (lives) accounts.unjudged.add(survivor);
	const reason = 'Its person was merged in Marketo; both sides are read together';
	await account(page, subject, lives?.label, { do: 'wait', until: now, code: 'merged', reason });
}

/** Named, or looked at with its values, to be merged (`mergeRows.ts`). */
function duplicate(page: Page, link: Link, partner: Link): Fate {
	if (page.whenPeopleMerged !== 'merge') return twoRowsOnePerson(page, link, partner.dynamicsId);
	const reason = 'Its person was merged in Marketo; it is merged in Dynamics, too';
	return { do: 'wait', until: page.now, code: 'merged', reason };
}

/** Whose link it is now, and with what bases. One who was not read was merged once more, or deleted: the log will tell. */
function survivesAs(page: Page, link: Link, loser: RecordItem, survivor: string): LinkChange {
	const lives = page.people.get(survivor);
	return {
		marketoId: survivor,
		...(lives && hasValues(lives)
			? { bases: basesWith(page, link, lives, loser.changedAt), keyId: page.ledger.key.id }
			: {}),
	};
}

/**
 * R28: a base is kept where the survivor has that value, or somebody has edited or emptied it from there on. Elsewhere the
 * survivor's value and the row's, which is the merged person's, are two edits.
 */
function basesWith(
	page: Page,
	link: Link,
	survivor: RecordItem,
	mergedAt: string | null,
): Record<'dynamics' | 'marketo', Bases> {
	const kept: Bases = new Map();
	for (const [name] of link.bases.marketo) {
		const base = baseOf(basesOf(page.ledger, link, 'marketo'), name);
		const field = page.fields.get(name);
		if (!base || !field || survivor.values[name] === undefined) continue;
		const print = (value: Raw) => fingerprintOf(page.ledger.key, field, 'marketo', value);
		const now = print(survivor.values[name]);
		const edits = (survivor.edits ?? []).filter((edit) => edit.field === name);
		// Marketo gives one who has nothing what the other had: somebody has emptied it, before the merge or since.
		const isEmptied = base.kind === 'known' && now === print(null);
		// Unless it had a value of its own: who emptied that has never met the row's, and the policy decides (R15).
		const hadAnother = edits.some(
			({ oldValue }) => ![base.hash, print(null)].includes(print(oldValue)),
		);
		if (isEmptied && hadAnother) kept.set(name, LOST);
		else if (now === base.hash || isEmptied || isEditedFrom(edits, base.hash, now, print, mergedAt))
			kept.set(name, known(base.hash));
	}
	return { dynamics: new Map(basesOf(page.ledger, link, 'dynamics')), marketo: kept };
}

/**
 * Somebody has edited what the merged person had: since the merge; or before it, and the survivor was given what came
 * of that, having nothing. Else it is the survivor's own edit from before, which began with the same value.
 */
function isEditedFrom(
	edits: FieldEdit[],
	from: Fingerprint,
	to: Fingerprint,
	print: (value: Raw) => Fingerprint,
	mergedAt: string | null,
): boolean {
	const nothing = print(null);
	const isSince = ({ at }: FieldEdit) =>
		mergedAt === null || Date.parse(at) >= Date.parse(mergedAt);
	const isGiven = edits.some((edit) => isSince(edit) && print(edit.oldValue) === nothing);
	return (
		edits.some((edit) => print(edit.oldValue) === from && (isGiven || isSince(edit))) &&
		edits.some(({ newValue }) => print(newValue) === to)
	);
}
