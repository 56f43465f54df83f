import type { PageStart, Side } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import { forgetWhenDescribed } from '../ledger/columns';
import { changeLaneInRun, type Lane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { metaValues, setMeta } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import type { DynamicsPort, MarketoPort } from '../ports';
import { assertCurrent, assertSameLedger, readToken, type PageRef } from './token';
import { COMMITS, hasCommitted } from './restoreGuard';

/**
 * R44: a ledger belongs to one pair of systems: its ids mean strangers in any other. The pages that fill it bind
 * it when they first read, for good once one of them was taken in; ever after, whoever uses it together with a system compares first.
 */

/** A step as it is called on the canvas, and what people do once its credential is right again. */
export interface Step {
	name: string;
	then: string;
}

/** A system, as a credential reached it. */
export interface System {
	side: Side;
	/** What tells it from all others. */
	id: string;
	/** What the ledger keeps beside it, by name; this may change. */
	facts: Record<string, string>;
}

/** The same, by the credential of a step. */
export interface Reached extends System {
	by: Step;
}

const ID: Record<Side, string> = {
	dynamics: 'dynamics.organization',
	marketo: 'marketo.subscription',
};
const ADDRESS = 'dynamics.url';
/** R16: our user. */
export const OWN_USER = 'dynamics.me';

const RESUME = 'choose Resume in the Marketo Dynamics Sync node';
const PREVIEW_AGAIN = 'preview again';

/** The ledger is another system's. There, nothing was written. */
export class OtherSystem extends Error {
	readonly remedy: string;

	constructor(own: string, reached: string, { name, then }: Step) {
		super(`This sync belongs to ${own}, but ${name} reached ${reached}. Nothing was written there`);
		this.name = 'OtherSystem';
		this.remedy = `Choose the former credential in ${name} again, or correct its URL, then ${then}. To sync these two systems from now on, use "Re-Point" in the Marketo Dynamics Sync node. To sync both pairs of systems, import the workflow again and enter a name under Memory in its Resolve Sync Conflict`;
	}
}

export function reachedMarketo(
	{ subscription }: Pick<MarketoPort, 'subscription'>,
	by: Step,
): Reached {
	return { by, side: 'marketo', id: subscription, facts: {} };
}

/** @throws ComeBackLater, SetUpProblem */
export async function reachedDynamics(port: DynamicsPort, by: Step): Promise<Reached> {
	const { user, organization } = await port.whoAmI();
	return {
		by,
		side: 'dynamics',
		id: organization,
		facts: factsOf({ url: port.url, user }),
	};
}

/** Of Dynamics: its address, and who signed in. */
export function factsOf({ url, user }: { url: string; user: string }): Record<string, string> {
	return { [ADDRESS]: url, [OWN_USER]: user };
}

/** Of a page's step. */
export function stepOf(name: string, preview: boolean): Step {
	return { name, then: preview ? PREVIEW_AGAIN : RESUME };
}

/** Compares; a ledger that is not bound yet, or into which no page was ever taken, may be anybody's. @throws OtherSystem */
export async function assertOwn(db: Db, ...all: Reached[]): Promise<void> {
	compare(await keptSystems(db), all);
}

/** What the ledger knows of its systems, and whether a page was ever taken in. */
async function keptSystems(db: Db): Promise<Map<string, string>> {
	return await metaValues(db, [COMMITS, ...Object.values(ID), ADDRESS, OWN_USER]);
}

function compare(kept: Map<string, string>, all: Reached[]): void {
	if (!kept.has(COMMITS)) return;
	for (const { by, side, id, facts } of all) {
		const own = kept.get(ID[side]);
		if (own !== undefined && own !== id)
			throw new OtherSystem(
				inWords(side, own, kept.get(ADDRESS)),
				inWords(side, id, facts[ADDRESS]),
				by,
			);
	}
}

/** Whether the ledger belongs to a pair of systems, and so holds something of theirs. */
export async function isBound(db: Db): Promise<boolean> {
	return (await hasCommitted(db)) && (await metaValues(db, Object.values(ID))).size > 0;
}

/**
 * Whether a system is one of the two that the ledger belongs to. An organization's id is easily made up by
 * whoever answers, so the answer has to come from the address that is known, too.
 */
export async function isOwn(db: Db, { side, id, facts }: System): Promise<boolean> {
	const kept = await metaValues(db, [ID[side], ADDRESS]);
	return kept.get(ID[side]) === id && (side === 'marketo' || kept.get(ADDRESS) === facts[ADDRESS]);
}

/** Where people of Dynamics open a record; undefined before the first page. */
export async function dynamicsAddress(db: Db): Promise<string | undefined> {
	return (await metaValues(db, [ADDRESS])).get(ADDRESS);
}

/** The subscription that the ledger belongs to; undefined before the first page. */
export async function ownSubscription(db: Db): Promise<string | undefined> {
	return (await metaValues(db, [ID.marketo])).get(ID.marketo);
}

/** The two systems of the ledger as people know them; of one that it is not bound to, undefined. */
export async function ownSystems(db: Db): Promise<Record<Side, string | undefined>> {
	const kept = await metaValues(db, [...Object.values(ID), ADDRESS]);
	const words = (side: Side) => {
		const id = kept.get(ID[side]);
		return id === undefined ? undefined : inWords(side, id, kept.get(ADDRESS));
	};
	return { dynamics: words('dynamics'), marketo: words('marketo') };
}

/** A system as people know it. */
export function nameOf({ side, id, facts }: System): string {
	return inWords(side, id, facts[ADDRESS]);
}

/** Which of these the ledger does not belong to, by what tells it from all others. */
export async function otherThanOwn(db: Db, systems: readonly System[]): Promise<Set<Side>> {
	const kept = await metaValues(db, Object.values(ID));
	return new Set(
		systems.filter(({ side, id }) => kept.get(ID[side]) !== id).map(({ side }) => side),
	);
}

/** The ledger belongs to these from now on. Whatever it knew of others is to be forgotten in the same transaction. */
export async function bindTo(db: Db, systems: readonly System[]): Promise<void> {
	for (const { side, id, facts } of systems)
		for (const [name, value] of Object.entries({ [ID[side]]: id, ...facts }))
			await setMeta(db, name, value);
}

/**
 * A page begins to read a system: the page is current (R2), and the system is the ledger's, or becomes it. Of a
 * preview nothing is kept.
 * @throws NotThisPage; OtherSystem, with the lane stopped
 */
export async function beginRead(
	ledger: Ledger,
	definition: LaneDefinition,
	{ page, preview }: PageStart,
	name: string,
	reach: (by: Step) => Promise<Reached> | Reached,
): Promise<{ ref: PageRef; lane: Lane | null }> {
	const ref = readToken(page);
	assertSameLedger(ledger, ref);
	const reached = await reach(stepOf(name, preview));
	const look = async (db: Db) => {
		const lane = preview ? null : await assertCurrent(db, ledger, ref);
		const kept = await keptSystems(db);
		compare(kept, [reached]);
		return { lane, news: newsIn(reached, kept) };
	};
	return await stopAtOthers(ledger, ref, async () => {
		const { lane, news } = await look(ledger.db);
		// Hardly ever: most pages only look.
		if (lane && news.size > 0)
			await ledger.db.transaction().execute(async (db) => {
				await keep(db, definition, reached, (await look(db)).news);
			});
		return { ref, lane };
	});
}

/** Does a page's work. At another system the lane stops, in words; a preview has none to stop. */
export async function stopAtOthers<Result>(
	ledger: Ledger,
	ref: PageRef,
	work: () => Promise<Result>,
): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof OtherSystem) {
			const stopped = `${error.message}. ${error.remedy}`;
			await changeLaneInRun(ledger.db, ref.lane, ref.run, { stopped });
		}
		throw error;
	}
}

async function keep(
	db: Db,
	{ tables, object }: LaneDefinition,
	{ side }: Reached,
	news: Map<string, string>,
): Promise<void> {
	// What a preview or Prepare has described before may be another system's.
	if (news.has(ID[side]))
		await forgetWhenDescribed(db, side === 'marketo' ? [object] : tables.map(({ name }) => name));
	for (const [name, value] of news) await setMeta(db, name, value);
}

/** What is to be kept of a system that is another than before, or new. */
function newsIn({ side, id, facts }: Reached, kept: Map<string, string>): Map<string, string> {
	const present = Object.entries({ [ID[side]]: id, ...facts });
	return new Map(present.filter(([name, value]) => kept.get(name) !== value));
}

function inWords(side: Side, id: string, url: string | undefined): string {
	if (side === 'marketo') return `the Marketo subscription ${id}`;
	return url
		? `the Dynamics environment ${url} (organization ${id})`
		: `the Dynamics organization ${id}`;
}
