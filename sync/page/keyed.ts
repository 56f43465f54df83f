import { fingerprint, type Fingerprint } from '../fingerprint';
import type { RecordItem } from '../items';
import type { StandsFor } from '../lanes/definition';
import { changeLink, linksOfKeys, type Link } from '../ledger/links';
import { linkSubject, recordSubject } from '../ledger/subject';
import { idByKey, isByKey } from '../ports';
import type { Raw } from '../values';
import { DONE, type Fate } from './accounts';
import { linkOf, send } from './oneWayWrite';
import type { Page } from './page';
import { keyOf, noteRequired, standsFor, unknownOf } from './parents';
import { removeRecord, rowGone, wakeBehind } from './removed';
import { tableOf } from './tables';

/**
 * Rows whose record is told apart by more than the row's id, such as an opportunity role: by its parents and its
 * name. Such a record is made once its parents are there (R39), moves by being made anew, and is one for all rows
 * that stand for the same.
 */

/** Which link holds the record of a key. */
export type KeyHolders = Map<Fingerprint, Link>;

/** Of the keys that the rows of this page stand for; nothing is asked where the row's id says it all. */
export async function keyHolders(page: Page): Promise<KeyHolders> {
	const prints = page.rows.flatMap((row) => {
		const stands = standsFor(page.tables, row);
		return stands ? [printOf(page, stands)] : [];
	});
	const links = await linksOfKeys(page.db, page.ref.lane, [...new Set(prints)]);
	const holders: KeyHolders = new Map();
	for (const link of links) {
		// What this page changes of a link is to be seen here as well.
		const known = page.known.links.get(linkSubject(link)) ?? link;
		if (isHolder(known) && !holders.has(known.emailKey!)) holders.set(known.emailKey!, known);
	}
	return holders;
}

function isHolder({ state, emailKey, marketoId }: Link): boolean {
	if (emailKey === null) return false;
	// One that is to be deleted holds its record until it is.
	return state === 'active' || state === 'creating' || marketoId !== null;
}

/** By names and not by Marketo's ids of the parents: they are known before these are. */
function printOf({ ledger }: Page, { key, parents }: StandsFor): Fingerprint {
	const named = parents.map(({ field, dynamicsId }) => [field, dynamicsId]);
	const spelled = Object.entries(key).map(([field, value]) => [
		field,
		typeof value === 'string' ? value.normalize('NFC').toLowerCase() : value,
	]);
	return fingerprint(ledger.key, JSON.stringify([spelled, named]));
}

/** Whether a record stands for what its row does no more, or for nobody (R39). */
function isOther(
	page: Page,
	{ marketoId, keyId, emailKey, state }: Link,
	print: Fingerprint,
	key: Record<string, Raw>,
	missing: string[],
): boolean {
	if (missing.length > 0) return true;
	// What was sent without an answer may name another person.
	if (isByKey(marketoId!)) return marketoId !== idByKey(key);
	// What was to be deleted goes, though the row is back.
	return state !== 'active' || (keyId === page.ledger.key.id && emailKey !== print);
}

/** The way of such a row. `stands` null: for nothing, or nobody knows. */
export async function workKeyed(
	page: Page,
	holders: KeyHolders,
	link: Link | undefined,
	row: RecordItem,
	stands: StandsFor | null,
): Promise<Fate> {
	if (!stands) {
		const [unknown] = unknownOf(tableOf(page, row.table).definition, row);
		if (unknown !== undefined)
			return {
				do: 'retry',
				code: 'notSeen',
				reason: `The value of ${unknown} cannot be read`,
				remedy:
					'Give the sync user the right to read accounts, contacts, leads and connection roles, then choose Retry',
			};
		await noteRequired(page, recordSubject(row), []);
		return link ? await rowGone(page, link, row.label) : DONE;
	}
	const print = printOf(page, stands);
	const { key, missing } = keyOf(page, stands);
	await noteRequired(page, recordSubject(row), missing);
	// Its key never changes in Marketo: the record of the old one goes first, the next page makes the new one.
	if (link?.marketoId != null && isOther(page, link, print, key, missing))
		return await removeRecord(page, link, row.label, 'creating');
	if (link?.emailKey != null && link.emailKey !== print) {
		if (holders.get(link.emailKey)?.id === link.id) holders.delete(link.emailKey);
		await wakeBehind(page, link);
	}
	const holder = holders.get(print);
	if (holder && isHolder(holder) && holder.id !== link?.id) {
		const behind = link?.state === 'secondary' ? link : await linkOf(page, link, row);
		await changeLink(page.db, behind, { state: 'secondary', emailKey: print });
		return DONE;
	}
	const present = link?.state === 'active' ? link : await linkOf(page, link, row);
	holders.set(print, present);
	if (missing.length === 0) return await send(page, present, row, key, print);
	await changeLink(page.db, present, {
		state: 'creating',
		emailKey: print,
		generation: page.generations.get(row.table) ?? present.generation,
	});
	return DONE;
}
