import type { PageToken } from '../items';
import { laneAtPage, type Lane } from '../ledger/lanes';
import type { Db } from '../ledger/schema';
import type { Ledger } from '../ledger/ledger';
import { lostBy } from '../ledger/ownKey';

export interface PageRef {
	lane: string;
	run: string;
	page: number;
	ledger: string;
}

export function tokenOf(ref: PageRef): PageToken {
	return `${ref.lane}/${ref.run}/${ref.page}@${ref.ledger}`;
}

/** @throws NotThisPage when the text is no page token. */
export function readToken(token: unknown): PageRef {
	const found = /^([^/@]+)\/([^/@]+)\/(\d+)@([^/@]+)$/.exec(typeof token === 'string' ? token : '');
	if (!found) {
		throw new NotThisPage(
			'The items do not come from a sync run',
			'Connect this node as in the shipped workflow: its items come from the Marketo Dynamics Sync Trigger',
		);
	}
	return { lane: found[1]!, run: found[2]!, page: Number(found[3]), ledger: found[4]! };
}

/** A node was handed a page that is not (or no longer) its to work on (R2, R8). Nothing was changed. */
export class NotThisPage extends Error {
	constructor(
		message: string,
		readonly remedy: string,
	) {
		super(message);
		this.name = 'NotThisPage';
	}
}

/** n8n goes on with a trigger as it was started, whatever else of its workflow is published since. */
export const PUBLISH_ANEW =
	'Was this changed in a published workflow? Unpublish it, then publish it again: until then, n8n continues with the trigger as it was';

/** Refuses a page of another ledger (R2). */
export function assertSameLedger(ledger: Ledger, ref: PageRef) {
	if (ref.ledger !== ledger.id) {
		throw new NotThisPage(
			"The page belongs to another memory of the sync than this step's",
			`Enter the same name under Memory in Resolve Sync Conflict and in all steps that have one. ${PUBLISH_ANEW}`,
		);
	}
}

/** The lane, if the page is current: its run holds the lease, it is the page that is open, and the ledger's key is at hand (R44). */
export async function currentLane(db: Db, ledger: Ledger, ref: PageRef): Promise<Lane | null> {
	const lane = await laneAtPage(db, ref);
	if (!lane || lane.leaseUntil <= ledger.clock.now()) return null;
	return lostBy(ledger, lane.key) === undefined ? lane : null;
}

/** @throws NotThisPage when the page is not current any more. */
export async function assertCurrent(db: Db, ledger: Ledger, ref: PageRef): Promise<Lane> {
	const lane = await currentLane(db, ledger, ref);
	if (!lane) {
		throw new NotThisPage(
			'This execution of the sync is over',
			'Nothing was written. An old execution cannot be retried: start the sync again (Sync Now)',
		);
	}
	return lane;
}
