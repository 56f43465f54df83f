import { fingerprintOf } from '../fingerprint';
import { known, LOST } from '../ledger/bases';
import { closeQuestionsOf } from '../ledger/conflicts';
import { changeLink, copiedBases, type Link, type LinkChange } from '../ledger/links';
import { dropPlansOf, OWN_FIELD, type Plan } from '../ledger/plans';
import { restRefusalsOf, solveRefusalsOf } from '../ledger/refusals';
import { lastKnown } from './comeBack';
import { NOT_KEPT } from './notKept';
import type { Page } from './page';

/** R29: the link says from now on who is gone. `bases`: what else than usual stays known. */
export async function tombstone(
	page: Page,
	link: Link,
	to: 'goneInDynamics' | 'goneInMarketo',
	bases = to === 'goneInMarketo' ? ofTheRow(page, link) : ofBoth(page, link),
) {
	const { db, now } = page;
	page.out.counts.gone++;
	await endLink(page, link, { state: to, bases, updatedAt: now }, 'The record was deleted');
	// Whether a write arrived at a row that is still there has to be seen.
	await dropPlansOf(
		db,
		link.id,
		['unknown', 'echo'],
		to === 'goneInMarketo' ? 'marketo' : undefined,
	);
}

/**
 * No values flow any more: what is planned, was refused or asked waits for nobody. Of a record that may go on with its
 * bases (R29, R54) what was not kept is known still: neither side differs from its base, and nothing else would tell.
 */
export async function endLink({ db }: Pick<Page, 'db'>, link: Link, to: LinkChange, why: string) {
	await changeLink(db, link, to);
	await dropPlansOf(db, link.id, ['planned']);
	const mayGoOn = to.state === 'goneInDynamics' || to.state === 'leftOut';
	await (mayGoOn ? restRefusalsOf(db, link.id, NOT_KEPT) : solveRefusalsOf(db, link.id));
	await closeQuestionsOf(db, link.id, why);
}

/** What the row held stays known: only a user's edit of it lifts the tombstone. */
export const ofTheRow = (page: Page, link: Link): Link['bases'] => ({
	dynamics: lastKnown(page, link),
	marketo: new Map(),
});

/**
 * R29, R54: a row that is restored, or takes part again, goes on where it stopped. What became of writes that nobody has seen arrive is lost, but
 * where nothing was written: that has no other form (R14).
 */
export function ofBoth({ ledger, known: inHand, fields }: Page, link: Link): Link['bases'] {
	const bases = copiedBases(ledger, link);
	for (const [name, base] of bases.marketo) {
		if (base.kind !== 'unconfirmed') continue;
		const field = fields.get(name);
		const isNothing = field && base.hash === fingerprintOf(ledger.key, field, 'marketo', null);
		bases.marketo.set(name, isNothing ? known(base.hash) : LOST);
	}
	loseUnanswered(bases, inHand.plans.get(link.id) ?? []);
	return bases;
}

/** R15: whether a value arrived nobody will see. What ends a record, if it does, sends none. */
export function loseUnanswered(bases: Link['bases'], plans: Plan[]): void {
	for (const { side, state, fields } of plans)
		for (const [name, { row }] of Object.entries(fields))
			if (state === 'unknown' && row !== OWN_FIELD) bases[side].set(name, LOST);
}
