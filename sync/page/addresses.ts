import { fingerprintOf } from '../fingerprint';
import type { RecordItem } from '../items';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import { baseOf } from '../ledger/bases';
import type { Ledger } from '../ledger/ledger';
import { basesOf, type Link } from '../ledger/links';
import { recordSubject } from '../ledger/subject';
import type { Refusal } from '../ports';
import type { Raw } from '../values';
import { compareOne } from './compare';
import { pairOf } from './knownPair';
import { mailbox } from './emailKey';
import { hasValues, type Page } from './page';
import { tableOf, type MappedTable } from './tables';
import { unansweredTooYoung } from './unanswered';

/** Why an e-mail address is not synced: another person has it. */
export const ADDRESS_TAKEN = 'addressTaken';

/**
 * The address that a linked row may give its person, where it is not the one last compared with this very person: it is
 * asked who has it.
 */
export function addressToBe(
	ledger: Ledger,
	definition: LaneDefinition,
	{ mapping, columns }: Pick<MappedTable, 'mapping' | 'columns'>,
	link: Link,
	row: RecordItem,
	meetsAnother = false,
): string | null {
	const { field } = twoWayOf(definition).email;
	const mapped = mapping.rows.find((one) => one.field === field && one.direction !== 'toDynamics');
	const column = mapped && columns.get(mapped.column);
	if (!column || row.deleted) return null;
	const value = row.values[column.name];
	const base = baseOf(basesOf(ledger, link, 'dynamics'), column.name);
	const hasMet = baseOf(basesOf(ledger, link, 'marketo'), field) !== null;
	const isAsBefore = hasMet && base?.hash === fingerprintOf(ledger.key, column, 'dynamics', value);
	return isAsBefore && row.because === 'feed' && !meetsAnother ? null : mailbox(value);
}

/**
 * R24: which people of the page get another address in it. Who wants one that somebody keeps, or that another one
 * gets, is left out; where two change places, both go.
 */
export function noteMoves(page: Page): void {
	const { moves } = page.addresses;
	for (const row of page.rows) {
		const to = newAddress(page, row);
		if (to) moves.set(to.person, to.address);
	}
	for (let before = -1; before !== moves.size; ) {
		before = moves.size;
		const given = new Set<string>();
		for (const [person, address] of moves) {
			if (address === null) continue;
			if (given.has(address) || keeperOf(page, person, address)) moves.delete(person);
			else given.add(address);
		}
	}
}

/** Who keeps an address from a person; null: nobody, and it is that person's from now on. */
export function takenBy(page: Page, person: RecordItem, value: Raw): string | null {
	const address = mailbox(value);
	if (address === null) return null;
	const { given } = page.addresses;
	const by = given.get(address) ?? person.id;
	const keeper = by === person.id ? keeperOf(page, person.id, address) : by;
	if (keeper === null) given.set(address, person.id);
	return keeper;
}

export function addressTaken(by: string): Refusal {
	return {
		code: ADDRESS_TAKEN,
		reason: `The Marketo person ${by} has this e-mail address`,
		remedy:
			'Merge the two people in Marketo, or correct the address of one; this field continues by itself',
	};
}

/** Whether somebody of this page is about to have the address. */
export function isAboutToBeGiven({ addresses }: Page, address: string): boolean {
	return addresses.given.has(address) || [...addresses.moves.values()].includes(address);
}

/** Somebody else who has the address and does not leave it in this page. */
function keeperOf({ people, definition, addresses }: Page, person: string, address: string) {
	const { byAddress, moves } = addresses;
	if (byAddress.size === 0) {
		const { field } = twoWayOf(definition).email;
		for (const one of people.values()) {
			const own = one.deleted ? null : mailbox(one.values[field]);
			if (own) byAddress.set(own, [...(byAddress.get(own) ?? []), one.id]);
		}
	}
	const others = (byAddress.get(address) ?? []).filter((id) => id !== person);
	return others.find((id) => !moves.has(id)) ?? null;
}

function newAddress(
	page: Page,
	row: RecordItem,
): { person: string; address: string | null } | null {
	const { field } = twoWayOf(page.definition).email;
	const link = page.known.links.get(recordSubject(row));
	const person = link?.state === 'active' ? page.people.get(link.marketoId!) : undefined;
	const live = tableOf(page, row.table).live.find((one) => one.row.field === field);
	if (!link || !person || !live || row.deleted || !hasValues(person)) return null;
	if (mailbox(row.values[live.row.column]) === mailbox(person.values[field])) return null;
	const plans = page.known.plans.get(link.id) ?? [];
	if (unansweredTooYoung(page, plans)) return null;
	const { verdict } = compareOne(pairOf(page, link, row, person, plans), live);
	const isWritten = verdict.do === 'write' && verdict.to === 'marketo';
	return isWritten ? { person: person.id, address: mailbox(verdict.value) } : null;
}
