import { baseOf } from '../ledger/bases';
import { setMeta } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import type { Compared } from './compare';
import type { Pair } from './knownPair';
import type { Page } from './page';

/** Rows in one run that another sync seems to have written, and their share of all that our user seems to have saved. */
const MOST = 20;
const SHARE = 0.5;
/** What was saved before then was looked at by a person. */
export const LOOKED_AT = 'otherSync.lookedAt';

/** How every stop of this kind begins: *Resume* takes what there is by then as known. */
const OTHERS = 'Another sync seems to be at work on the same systems';

/**
 * R41, R42: another n8n, another ledger or an older copy of this one, told by what only a sync does: a row that our
 * user saved last, though no plan of this ledger did, has left its base for the very value that Marketo has come to
 * as well. A plug-in or a flow that runs as our user changes rows, but not both systems alike.
 */
export function noteOtherSync({ page, link, row, bases }: Pair, compared: Compared[]): void {
	const { me, othersLookedAt, out } = page;
	if (!row || row.changedBy !== me || link.version === null || link.version === row.version) return;
	if (othersLookedAt !== null && (row.changedAt ?? '') <= othersLookedAt) return;
	const news = compared.filter(({ live, dynamics }) => {
		const base = baseOf(bases.dynamics, live.row.column);
		return live.row.direction !== 'toMarketo' && base !== null && base.hash !== dynamics.hash;
	});
	if (news.length === 0) return;
	out.counts.savedByUs++;
	const isAlike = news.some(({ live, marketo, verdict }) => {
		const base = baseOf(bases.marketo, live.row.field);
		const isEqual = verdict.do === 'nothing' && verdict.why === 'equal';
		return isEqual && base !== null && base.hash !== marketo.hash;
	});
	if (isAlike) out.counts.savedByOthers++;
}

/** @throws OtherSync */
export function stopAtOtherSync({ run, out }: Page): void {
	if (!run || out.counts.savedByOthers === 0) return;
	const before = run.counts;
	const others = before.savedByOthers + out.counts.savedByOthers;
	const all = before.savedByUs + out.counts.savedByUs;
	if (others > MOST && others > all * SHARE) throw new OtherSync(others);
}

/** A person has looked: only what is saved from now on counts. */
export async function othersWereLookedAt(db: Db, now: number): Promise<void> {
	await setMeta(db, LOOKED_AT, new Date(now).toISOString());
}

export function isOtherSyncStop(stopped: string | null): boolean {
	return stopped?.startsWith(OTHERS) ?? false;
}

/** The lane stops before anything of this page is written. */
export class OtherSync extends Error {
	constructor(others: number) {
		super(
			`${OTHERS}: ${others} records of this run were saved in Dynamics by the sync's own user with the same values as in Marketo, but not by this sync. Is there another n8n, or a copy of this one, that syncs them? Stop one of the two, then resume the sync. Was an older copy of the sync's memory restored? Then choose Adopt Present State in the Marketo Dynamics Sync node`,
		);
		this.name = 'OtherSync';
	}
}
