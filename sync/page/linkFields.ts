import type { RecordItem } from '../items';
import { twoWayOf } from '../lanes/definition';
import type { Link } from '../ledger/links';
import { OWN_FIELD } from '../ledger/plans';
import { normalForm } from '../normalForm';
import type { Raw } from '../values';
import type { DraftField } from './plan';
import { tableOf, type MappedLane } from './tables';

/**
 * What sync itself keeps on the person (native: Microsoft Type, Created Date, is Deleted; and the ids).
 * `createdOn` null: not known here.
 */
export function linkFields(
	lane: Pick<MappedLane, 'definition' | 'tables'>,
	link: Pick<Link, 'table' | 'dynamicsId'>,
	createdOn: Raw,
): Array<[string, Raw]> {
	const { type, isDeleted, createdDate } = twoWayOf(lane.definition).marks;
	const { label, idField } = tableOf(lane, link.table).definition;
	const own: Array<[string, Raw]> = [
		[idField, link.dynamicsId],
		[type, label],
		[isDeleted, false],
	];
	if (createdOn) own.push([createdDate, createdOn]);
	return own;
}

/** The id of a row that a person carries, in lower case; empty where it carries none. */
export function storedId(
	values: Readonly<Record<string, Raw>> | undefined,
	idField: string,
): string {
	return String(values?.[idField] ?? '').toLowerCase();
}

/** A time as *Last sync* has it: whole seconds, UTC. */
export function syncTime(now: number): string {
	return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** The link fields of a person, as they are to be written; without those that are as they should be. */
export function draftLinkFields(
	lane: Pick<MappedLane, 'definition' | 'tables' | 'fields'>,
	link: Link,
	row: RecordItem | null,
	person: RecordItem | null,
): Array<[string, DraftField]> {
	const { leftOut } = twoWayOf(lane.definition).marks;
	const own = linkFields(lane, link, row?.values.createdon ?? null);
	// R54: the flag of one that was left out before.
	if (leftOut && person?.values[leftOut] === true) own.push([leftOut, false]);
	return own.flatMap(([field, value]) => {
		const column = lane.fields.get(field);
		if (!column || (person && person.values[field] === undefined)) return [];
		const wanted = normalForm(column, 'marketo', value);
		if (person && normalForm(column, 'marketo', person.values[field]) === wanted) return [];
		return [[field, { row: OWN_FIELD, column, value, old: null, source: null, rule: 'Link' }]];
	});
}
