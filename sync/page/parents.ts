import { REFERENCES } from '../lanes/references';
import { enqueue } from '../ledger/due';
import { findLane } from '../ledger/lanes';
import type { Ledger } from '../ledger/ledger';
import { linkedRows, linksOfRows, type Link } from '../ledger/links';
import { refusalsOf, solveRefusal } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { linkSubject, readSubject } from '../ledger/subject';
import { parentKey, takeWaiting, waitForParents, type Waiting } from '../ledger/waiting';
import type { Refusal } from '../ports';
import type { RecordItem } from '../items';
import { isBlank, type Raw } from '../values';
import { COMPANY_KEY } from './companyFields';
import type { Page } from './page';
import { tableOf, type LiveRow, type MappedLane } from './tables';

/**
 * R39: a record never waits for its parent, a reference does. It is written once Marketo has the company or sales
 * person that it names; everything else of the record goes first. Without a lane that writes such parents nobody
 * knows which there are, and references go as they are.
 */

/** Parents that the references of a page's rows may name. */
export interface Parents {
	/** Lanes that write parents and have run. */
	lanes: ReadonlySet<string>;
	/** Those that Marketo has. */
	there: ReadonlySet<string>;
}

type Values = Readonly<Record<string, Raw>>;

const PARENT_MISSING = 'parentMissing';
const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Which of the named parents are there; costs nothing where the mapping names none. */
export async function knownParents(
	db: Db,
	{ tables }: Pick<MappedLane, 'tables'>,
	rows: readonly RecordItem[],
): Promise<Parents> {
	const named = new Map<string, Set<string>>();
	for (const row of rows) {
		for (const live of tables.get(row.table)?.live ?? []) {
			const lane = REFERENCES.get(live.field.name);
			if (lane === undefined || live.row.direction === 'toDynamics') continue;
			const ids = named.get(lane) ?? new Set();
			named.set(lane, ids);
			const id = idIn(live, row.values);
			if (id !== null) ids.add(id);
		}
	}
	const lanes = new Set<string>();
	const there = new Set<string>();
	for (const [lane, ids] of named) {
		if (((await findLane(db, lane))?.cycle ?? 0) === 0) continue;
		lanes.add(lane);
		for (const id of await linkedRows(db, lane, [...ids])) there.add(parentKey(lane, id));
	}
	return { lanes, there };
}

/** The parent that a row of the mapping would have Marketo look for in vain; null where it can be written. */
export function missingParent(
	{ parents }: Pick<Page, 'parents'>,
	live: LiveRow,
	values: Values,
): string | null {
	const lane = REFERENCES.get(live.field.name);
	if (lane === undefined || live.row.direction === 'toDynamics') return null;
	const id = parents.lanes.has(lane) ? idIn(live, values) : null;
	if (id === null || parents.there.has(parentKey(lane, id))) return null;
	return parentKey(lane, id);
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
			reason: 'The company or owner that it names is in Marketo now',
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
 * made. Undefined where the write has no reference.
 */
export async function refusedReference(
	db: Db,
	waiting: Waiting,
	values: Values,
): Promise<Refusal | undefined> {
	for (const [field, lane] of REFERENCES) {
		const value = values[field] ?? null;
		if (isBlank(value)) continue;
		await waitForParents(db, waiting, [parentKey(lane, String(value).toLowerCase())]);
		return {
			field,
			code: PARENT_MISSING,
			reason: 'Marketo does not find the company or owner that the record names',
			remedy:
				'Sync companies and owners, or correct the value in Dynamics; once it is there the field goes on by itself',
		};
	}
	return undefined;
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
