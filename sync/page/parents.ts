import type { LaneTable, StandsFor } from '../lanes/definition';
import { PARENT_TABLES, REFERENCES, referenceOf, type Reference } from '../lanes/references';
import type { Columns } from '../ledger/columns';
import { enqueue } from '../ledger/due';
import { tellAgain } from '../ledger/help';
import { findLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { linksOfPeople, linksOfRows, recordsOfRows, type Link } from '../ledger/links';
import { refusalsOf, solveRefusal } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { linkSubject, readSubject, recordSubject, subjectOf } from '../ledger/subject';
import {
	parentKey,
	readParentKey,
	requiredOf,
	takeWaiting,
	waitForParents,
	waitNoMore,
	type Waiting,
} from '../ledger/waiting';
import type { Refusal } from '../ports';
import type { RecordItem } from '../items';
import { isBlank, type Raw } from '../values';
import { COMPANY_KEY } from './companyFields';
import type { Page } from './page';
import { tableOf, type LiveRow, type MappedLane } from './tables';

/**
 * R39: a record does not wait for its parent, a reference does. It is written once Marketo has the company or sales
 * person that it names; everything else of the record goes first. Without a lane that writes such parents nobody
 * knows which there are, and references go as they are. A record that is none without its parents, such as an
 * opportunity role, waits as a whole.
 */

/** Parents that the references of a page's rows may name. */
export interface Parents {
	/** Lanes that write parents and have run. */
	lanes: ReadonlySet<string>;
	/** Those that Marketo has, with its ids of them. */
	there: ReadonlyMap<string, string>;
	/** Records of the page that have waited as a whole, and for whom. */
	waiting: ReadonlyMap<string, string[]>;
}

type Values = Readonly<Record<string, Raw>>;

const PARENT_MISSING = 'parentMissing';
const NO_SUCH_PARENT = {
	reason: 'Marketo does not find the company or owner that the record names',
	remedy:
		'Sync companies and owners, or correct the value in Dynamics; once it is there the field continues by itself',
};
const NO_SUCH_RECORD = {
	reason: 'Marketo does not find the person or company that the record belongs to',
	remedy:
		'It may have been deleted in Marketo: choose Sync Again for its lead, contact or account, or link the record with another one; once it is there the field continues by itself',
};
const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Which of the named parents are there; costs nothing where the lane and its mapping name none. */
export async function knownParents(
	db: Db,
	{ definition, tables }: Pick<MappedLane, 'definition' | 'tables'>,
	rows: readonly RecordItem[],
): Promise<Parents> {
	const named = new Map<string, Set<string>>();
	const name = (lane: string, id: string | null) => {
		const ids = named.get(lane) ?? new Set();
		named.set(lane, ids);
		if (id !== null) ids.add(id);
	};
	for (const row of rows) {
		for (const live of tables.get(row.table)?.live ?? []) {
			const lane = referenceOf(live.field)?.lane;
			if (lane === undefined || live.row.direction === 'toDynamics') continue;
			name(lane, idIn(live, row.values));
		}
		for (const { lane, dynamicsId } of standsFor(tables, row)?.parents ?? [])
			name(lane, dynamicsId);
	}
	const lanes = new Set<string>();
	const there = new Map<string, string>();
	for (const [lane, ids] of named) {
		if (((await findLane(db, lane))?.cycle ?? 0) === 0) continue;
		lanes.add(lane);
		for (const [id, record] of await recordsOfRows(db, lane, [...ids]))
			there.set(parentKey(lane, id), record);
	}
	const subjects = definition.twoWay ? [] : rows.map(recordSubject);
	return { lanes, there, waiting: await requiredOf(db, definition.id, subjects) };
}

/** What a row stands for; null: for nothing, or not all that says so is known; undefined where its id says it all. */
export function standsFor(
	tables: MappedLane['tables'],
	row: Pick<RecordItem, 'table' | 'id' | 'values' | 'deleted'>,
): StandsFor | null | undefined {
	const definition = tables.get(row.table)?.definition;
	if (!definition?.standsFor) return undefined;
	return row.deleted || unknownOf(definition, row).length > 0 ? null : definition.standsFor(row);
}

/** Whether a row that is there says that it stands for no record (any more). */
export function standsForNothing(tables: MappedLane['tables'], row: RecordItem): boolean {
	const definition = tables.get(row.table)?.definition;
	if (!definition || row.deleted || standsFor(tables, row) !== null) return false;
	return unknownOf(definition, row).length === 0;
}

/** Columns that say for what a row stands, and that did not come in. */
export function unknownOf(
	{ needed }: Pick<LaneTable, 'needed'>,
	{ values }: Pick<RecordItem, 'values'>,
): string[] {
	return needed.filter((column) => values[column] === undefined);
}

/** The key of the record for which a row stands, or the parents without which there is none yet. */
export function keyOf(
	{ parents }: Pick<Page, 'parents'>,
	{ key, parents: required }: StandsFor,
): { key: Record<string, Raw>; missing: string[] } {
	const whole: Record<string, Raw> = { ...key };
	const missing: string[] = [];
	for (const { field, lane, dynamicsId, by } of required) {
		const record = parents.there.get(parentKey(lane, dynamicsId));
		if (record === undefined) missing.push(parentKey(lane, dynamicsId));
		else whole[field] = by === 'row' ? dynamicsId : record;
	}
	return { key: whole, missing };
}

/** The parent that a row of the mapping would have Marketo look for in vain; null where it can be written. */
export function missingParent(
	{ parents }: Pick<Page, 'parents'>,
	live: LiveRow,
	values: Values,
): string | null {
	const { lane, by } = referenceOf(live.field) ?? {};
	if (lane === undefined || live.row.direction === 'toDynamics') return null;
	// Marketo's own id of a record is known of linked records alone.
	const id = parents.lanes.has(lane) || by === 'record' ? idIn(live, values) : null;
	if (id === null || parents.there.has(parentKey(lane, id))) return null;
	return parentKey(lane, id);
}

/** What a field gets that holds Marketo's own id of a parent, and what tells one parent from another. */
export interface Referred {
	value: Raw;
	told: Raw;
}

/**
 * What such a field gets; undefined for every other field, and for a row that names no parent. `waits`: its parent is
 * not there. Where another one was written before, it is taken out meanwhile (`wasSent`).
 */
export function referredTo(
	page: Pick<Page, 'parents'>,
	live: LiveRow,
	values: Values,
	wasSent: boolean,
): Referred | 'waits' | undefined {
	const { lane, by } = referenceOf(live.field) ?? {};
	const isMissing = missingParent(page, live, values) !== null;
	if (lane === undefined || by !== 'record') return isMissing ? 'waits' : undefined;
	const id = idIn(live, values);
	if (id === null) return undefined;
	if (isMissing) return wasSent ? { value: null, told: `${id} -` } : 'waits';
	const record = page.parents.there.get(parentKey(lane, id));
	// A parent that Marketo has made again is another one.
	return record === undefined ? undefined : { value: Number(record), told: `${id} ${record}` };
}

/** Whether a row has its person tied to a company with this write, if it is not yet. */
export function joinsCompany(
	page: Pick<Page, 'parents' | 'definition' | 'tables'>,
	{ table, values }: Pick<RecordItem, 'table' | 'values'>,
): boolean {
	return tableOf(page, table).live.some(
		(live) =>
			live.field.name === COMPANY_KEY &&
			live.row.direction !== 'toDynamics' &&
			!isBlank(named(live, values)) &&
			missingParent(page, live, values) === null,
	);
}

/** What of a row waits for its parents is kept, so that they can wake it. */
export async function noteMissingParents(page: Page, link: Link, values: Values): Promise<void> {
	const missing = tableOf(page, link.table).live.map((live) => missingParent(page, live, values));
	const parents = [...new Set(missing.filter((one) => one !== null))];
	await waitForParents(page.db, { lane: page.ref.lane, subject: linkSubject(link) }, parents);
}

/** What a record waits for as a whole is kept likewise; who needs help and is waited for is told again, with that. */
export async function noteRequired(page: Page, subject: string, missing: string[]): Promise<void> {
	const { db, ref, parents } = page;
	const before = parents.waiting.get(subject) ?? [];
	const news = missing.filter((parent) => !before.includes(parent));
	if (news.length === 0 && before.length === missing.length) return;
	const waiting = { lane: ref.lane, subject };
	await waitNoMore(db, waiting);
	await waitForParents(db, waiting, missing, true);
	for (const parent of news) {
		const { lane, dynamicsId } = readParentKey(parent);
		const tables = PARENT_TABLES[lane] ?? [];
		await tellAgain(
			db,
			lane,
			tables.map((table) => subjectOf(table, dynamicsId)),
		);
	}
}

/** These records are in Marketo now: whoever names one of them is looked at again. */
export async function wakeChildren(
	ledger: Ledger,
	db: Db,
	lane: string,
	arrived: readonly Link[],
	run: string,
): Promise<void> {
	const keys = arrived.map(({ dynamicsId }) => parentKey(lane, dynamicsId));
	const children = await takeWaiting(db, keys);
	await letGoOfReferences(db, children);
	for (const child of children)
		await enqueue(ledger, db, {
			...child,
			dueAt: ledger.clock.now(),
			code: 'parentArrived',
			reason: 'A record that it names is in Marketo now',
			run,
		});
}

/** A reference that was refused before there was a lane that writes its parent. */
async function letGoOfReferences(db: Db, children: Waiting[]): Promise<void> {
	for (const [lane, some] of Map.groupBy(children, (child) => child.lane)) {
		const links = await linksOfRows(
			db,
			lane,
			some.map(({ subject }) => readSubject(subject).id),
		);
		const refusals = await refusalsOf(
			db,
			links.map(({ id }) => id),
		);
		for (const one of [...refusals.values()].flat())
			if (one.code === PARENT_MISSING) await solveRefusal(db, one);
	}
}

/**
 * Marketo does not find what a reference of this write names: that one field may stay behind, until its parent is
 * made. Undefined where the write has no reference. `only`: the field at fault, where Marketo says so.
 */
export async function refusedReference(
	db: Db,
	waiting: Waiting,
	values: Values,
	columns: Columns,
	only?: string,
): Promise<Refusal | undefined> {
	for (const field of new Set([...REFERENCES.keys(), ...Object.keys(values)])) {
		const value = values[field] ?? null;
		const column = columns.get(field);
		const reference = column && referenceOf(column);
		if (!reference || isBlank(value) || (only !== undefined && field !== only)) continue;
		await waitForParents(db, waiting, await parentsMeant(db, reference, String(value)));
		return {
			field,
			code: PARENT_MISSING,
			...(reference.by === 'row' ? NO_SUCH_PARENT : NO_SUCH_RECORD),
		};
	}
	return undefined;
}

/** The rows that such a reference stands for. */
async function parentsMeant(db: Db, { lane, by }: Reference, value: string): Promise<string[]> {
	if (by === 'row') return [parentKey(lane, value.toLowerCase())];
	const links = await linksOfPeople(db, lane, [value]);
	return links.map(({ dynamicsId }) => parentKey(lane, dynamicsId));
}

/** As a lane that writes parents knows them: by the id of their row. */
function idIn(live: LiveRow, values: Values): string | null {
	const id = String(named(live, values) ?? '').toLowerCase();
	return GUID.test(id) ? id : null;
}

function named({ row: { transform = {} }, column }: LiveRow, values: Values): Raw {
	if (transform.constant !== undefined) return transform.constant;
	const value = values[column.name] ?? null;
	return isBlank(value) ? (transform.defaultWhenEmpty ?? null) : value;
}
