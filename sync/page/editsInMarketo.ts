import { fingerprintOf } from '../fingerprint';
import type { DynamicsTable, RecordItem } from '../items';
import type { LaneDefinition } from '../lanes/definition';
import { baseOf } from '../ledger/bases';
import { conflictById } from '../ledger/conflicts';
import type { Ledger } from '../ledger/ledger';
import { basesOf, changeLink, linksOfRows, noBases, type Link } from '../ledger/links';
import { metaValue, setMeta } from '../ledger/meta';
import type { Db } from '../ledger/schema';
import { readSubject } from '../ledger/subject';
import type { LaneMapping } from '../mapping';
import { normalForm } from '../normalForm';
import { isByKey, type MarketoObjectPort } from '../ports';
import type { Raw } from '../values';
import { conflictId, recordContest } from './conflicts';
import { valueForCreate } from './decide';
import { notKept } from './notKept';
import type { Page } from './page';
import { referredTo } from './parents';
import { leaveBehind } from './refusedField';
import { sweepOn, type Swept } from './sweep';
import { mappedFields, tableOf, type LiveRow } from './tables';

/**
 * R55: of what goes one way, by choice, edits in Marketo are looked for: link by link the row and its record are read
 * and compared, within the budget of R51. What somebody has edited is listed, and written again as Dynamics has it.
 */

const NOTHING: Swept = { upTo: 0, begunAt: 0, at: 0 };
const RULE = 'Dynamics always wins';

/** How far a lane was compared stands beside its feeds: it is no matter if it is lost. */
const nameOf = (lane: string) => `swept.${lane}`;

/** The rows to be compared in this page; null where nobody has asked for it, or nothing is due. */
export async function nextToCompare(
	ledger: Ledger,
	{ id: lane, tables }: LaneDefinition,
	mapping: LaneMapping,
): Promise<{ rows: Map<DynamicsTable, string[]>; swept: Swept } | null> {
	const asked = tables.filter(({ name }) => mapping[name]?.findEdits);
	if (asked.length === 0) return null;
	const kept = await metaValue(ledger.db, nameOf(lane));
	const before = kept === undefined ? NOTHING : (JSON.parse(kept) as Swept);
	const { pairs, swept } = await sweepOn(ledger, lane, before);
	if (swept === before) return null;
	const named = pairs.map(({ row }) => readSubject(row));
	const some = named.filter(({ table }) => asked.some(({ name }) => name === table));
	const rows = Map.groupBy(some, ({ table }) => table);
	return {
		rows: new Map([...rows].map(([table, of]) => [table, of.map(({ id }) => id)])),
		swept,
	};
}

/** With the page that was worked on. */
export async function keepSwept(db: Db, lane: string, swept: Swept): Promise<void> {
	await setMeta(db, nameOf(lane), JSON.stringify(swept));
}

/** What Marketo has of the rows that are compared: by their key, or by Marketo's own id of what is told apart by more. */
export async function readCompared(
	{ db }: Ledger,
	{ id: lane, object, tables }: LaneDefinition,
	page: string,
	rows: readonly RecordItem[],
	mapping: LaneMapping,
	known: (field: string) => boolean,
	port: MarketoObjectPort,
): Promise<RecordItem[]> {
	const compared = rows.filter(({ because, deleted }) => because === 'sweep' && !deleted);
	const fields = mappedFields(mapping).filter(known);
	const found: Array<{ id: string; values: Record<string, Raw> }> = [];
	for (const { name, idField, standsFor } of tables) {
		const ids = compared.flatMap(({ table, id }) => (table === name ? id : []));
		if (ids.length === 0) continue;
		if (standsFor) {
			const links = (await linksOfRows(db, lane, ids)).filter(({ table }) => table === name);
			const records = links.flatMap(({ marketoId }) =>
				marketoId === null || isByKey(marketoId) ? [] : marketoId,
			);
			found.push(...(await port.readById(records, fields)));
		} else found.push(...(await port.readByKey(idField, ids, [...new Set([idField, ...fields])])));
	}
	return found.map(({ id, values }) => ({
		kind: 'record',
		page,
		table: object,
		id,
		label: id,
		changedAt: null,
		values,
		because: 'sweep',
	}));
}

/**
 * Lists what of a record somebody has edited in Marketo, and has it written again: what was sent last of it is known
 * no more. A value that Marketo has put in place of ours a second time is left there, and people are told. A record that
 * only ties two others is made again where it is gone: no edit of its row would ever bring it back.
 */
export async function takeBackEdits(page: Page, link: Link, row: RecordItem): Promise<void> {
	if (row.because !== 'sweep' || (page.known.plans.get(link.id) ?? []).length > 0) return;
	const record = recordOf(page, link, row);
	if (!record) {
		if (tableOf(page, link.table).definition.standsFor)
			await changeLink(page.db, link, { bases: noBases(), marketoId: null });
		return;
	}
	let isFound = false;
	for (const live of tableOf(page, link.table).live) {
		const edited = editOf(page, link, row, record, live);
		if (!edited) continue;
		const { sent, source, there } = edited;
		const shown = {
			dynamics: { value: row.values[live.column.name] ?? null, hash: source },
			marketo: { value: there, hash: fingerprintOf(page.ledger.key, live.field, 'marketo', there) },
		};
		const contest = { base: 'known', winner: 'dynamics', rule: RULE } as const;
		const id = conflictId(page, link, live, shown, contest);
		if (await conflictById(page.db, id)) {
			const refusal = notKept(live.field, 'marketo', sent, there);
			const left = { source, stood: shown.marketo.hash };
			if (refusal) await leaveBehind(page, link, 'marketo', live, left, refusal, row.label);
			continue;
		}
		const pair = { page, link, row, person: record };
		await recordContest(pair, live, shown.dynamics, shown.marketo, contest, false);
		link.bases.dynamics.delete(live.column.name);
		isFound = true;
	}
	if (isFound) await changeLink(page.db, link, { bases: link.bases });
}

/** R56: of what came by a file Marketo's own id is not known; it is the record with the row's key. */
function recordOf(page: Page, { marketoId, table }: Link, { id }: RecordItem) {
	if (marketoId === null || !isByKey(marketoId)) return page.people.get(marketoId ?? '');
	const { idField } = tableOf(page, table).definition;
	return [...page.people.values()].find(({ values }) => values[idField] === id);
}

/** What stands in Marketo in place of what was sent last; undefined where that stands there, or more than that is to be done. */
function editOf(
	page: Page,
	link: Link,
	row: RecordItem,
	record: RecordItem,
	live: LiveRow,
): { sent: Raw; source: string; there: Raw } | undefined {
	const { column, field } = live;
	const [value, there] = [row.values[column.name], record.values[field.name]];
	if (value === undefined || there === undefined) return undefined;
	const base = baseOf(basesOf(page.ledger, link, 'dynamics'), column.name);
	const referred = referredTo(page, live, row.values, base !== null);
	if (referred === 'waits') return undefined;
	const sent = referred ?? valueForCreate(live.row, column, field, value);
	if (!sent || 'refusal' in sent) return undefined;
	const source = fingerprintOf(page.ledger.key, column, 'dynamics', referred?.told ?? value);
	const refusals = page.known.refusals.get(link.id) ?? [];
	if (base?.hash !== source || refusals.some((one) => one.field === field.name)) return undefined;
	const isSame = normalForm(field, 'marketo', sent.value) === normalForm(field, 'marketo', there);
	return isSame || !notKept(field, 'marketo', sent.value, there)
		? undefined
		: { sent: sent.value, source, there };
}
