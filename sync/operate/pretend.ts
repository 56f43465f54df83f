import type { DynamicsTable, PeopleTable, Side, Table } from '../items';
import { twoWayOf, type LaneDefinition } from '../lanes/definition';
import type { Pretended } from '../ledger/pretended';
import type {
	DynamicsMaker,
	DynamicsPort,
	DynamicsRow,
	MarketoObjectPort,
	MarketoPort,
	Person,
	WriteOutcome,
} from '../ports';
import type { Raw } from '../values';

/**
 * Both systems as a trial run sees them: it reads what is there, and what it writes is kept aside and read again
 * with it. Nothing is changed in either system: each port is put together by its members, so that a way to write
 * which comes later is missing here and not let through.
 */

/** Told of each write call that was not made. */
export type OnCall = (side: Side) => void;

/** Fields by whose values people are looked up (R26). */
export function lookedUpFields({ tables, twoWay }: LaneDefinition): string[] {
	return [...(twoWay ? [twoWay.email.field] : []), ...tables.map(({ idField }) => idField)];
}

/** What the sync keeps on the Marketo record for itself: where nothing else is written people see no change. */
function ownFields({ tables, twoWay }: LaneDefinition): Set<string> {
	return new Set([...tables.map(({ idField }) => idField), ...Object.values(twoWay?.marks ?? {})]);
}

/** What changes nothing, and is not changed by a write. */
function readsOf(port: DynamicsPort) {
	const { url, batchSize, timeoutMs, countRows, getReady } = port;
	return {
		url,
		batchSize,
		timeoutMs,
		whoAmI: async () => await port.whoAmI(),
		describe: async (table: DynamicsTable, along?: readonly DynamicsTable[]) =>
			await port.describe(table, along),
		...(getReady && {
			getReady: async (tables: DynamicsTable[]) => await getReady.call(port, tables),
		}),
		closedColumns: async (table: DynamicsTable) => await port.closedColumns(table),
		...(countRows && {
			countRows: async (tables: DynamicsTable[]) => await countRows.call(port, tables),
		}),
	};
}

/** Of a row that nobody has. */
const MADE = 'W/"0"';
const NEVER = new Date(0).toISOString();

/** Dynamics, whose updates are pretended. */
export function pretendedDynamics(
	port: DynamicsMaker,
	pretended: Pretended,
	onCall: OnCall,
): DynamicsMaker {
	const seen = (rows: DynamicsRow[], columns: string[]): DynamicsRow[] =>
		rows.map((row) => {
			const kept = pretended.kept('dynamics', row.table, row.id);
			return kept ? { ...row, values: { ...row.values, ...ofThese(kept, columns) } } : row;
		});
	/** Rows that the trial has created. */
	const made = (table: DynamicsTable, columns: string[], ids: string[]): DynamicsRow[] =>
		ids.flatMap((id) => {
			const kept = pretended.kept('dynamics', table, id);
			if (!kept) return [];
			const values = columns.map((name) => [name, kept[name] ?? null]);
			const row = { table, id, version: MADE, modifiedOn: NEVER, modifiedBy: null };
			return [{ ...row, values: Object.fromEntries(values) as DynamicsRow['values'] }];
		});
	return {
		...readsOf(port),
		readChanges: async (table, columns, ...from) => {
			const changes = await port.readChanges(table, columns, ...from);
			return { ...changes, rows: seen(changes.rows, columns) };
		},
		readModifiedSince: async (table, columns, ...from) => {
			const changes = await port.readModifiedSince(table, columns, ...from);
			return { ...changes, rows: seen(changes.rows, columns) };
		},
		readBySavedParent: async (table, columns, ...from) => {
			const changes = await port.readBySavedParent(table, columns, ...from);
			return { ...changes, rows: seen(changes.rows, columns) };
		},
		readByIds: async (table, columns, ids) => {
			const rows = seen(await port.readByIds(table, columns, ids), columns);
			const there = new Set(rows.map(({ id }) => id));
			return [
				...rows,
				...made(
					table,
					columns,
					ids.filter((id) => !there.has(id)),
				),
			];
		},
		readEach: async (table, columns, ids) => {
			const each = await port.readEach(table, columns, ids);
			return { ...each, rows: seen(each.rows, columns) };
		},
		readByMailbox: async (columns, mailboxes, onRefused) => {
			const found = await port.readByMailbox(columns, mailboxes, onRefused);
			return found.flatMap((row) => seen([row], columns[row.table as PeopleTable]));
		},
		create: async (creates) => {
			onCall('dynamics');
			pretended.write(
				creates.map(({ table, id, values }) => ({
					...updated('dynamics', table, id, values, true),
					operation: 'create',
				})),
			);
			return creates.map(
				({ id, values }): WriteOutcome => ({ kind: 'ok', id, values, created: true }),
			);
		},
		merge: async ({ table, subordinate }) => {
			onCall('dynamics');
			pretended.write([
				{ ...updated('dynamics', table, subordinate, {}, true), operation: 'merge' },
			]);
			return { kind: 'ok', id: subordinate };
		},
		update: async (updates) => {
			onCall('dynamics');
			pretended.write(
				updates.map(({ table, id, values }) => updated('dynamics', table, id, values, true)),
			);
			return updates.map(({ id }): WriteOutcome => ({ kind: 'ok', id }));
		},
		remove: async (removals) => {
			onCall('dynamics');
			pretended.write(removals.map(({ table, id }) => removed('dynamics', table, id)));
			return removals.map(({ id }): WriteOutcome => ({ kind: 'ok', id }));
		},
	};
}

/** Marketo's people, likewise; whom the trial has created are found as if they were there. */
export function pretendedMarketo(
	port: MarketoPort,
	definition: LaneDefinition,
	pretended: Pretended,
	onCall: OnCall,
): MarketoPort {
	const { object } = definition;
	const own = ownFields(definition);
	const lookedUp = lookedUpFields(definition);
	const { email } = twoWayOf(definition);
	const isSeen = (values: Record<string, Raw>) =>
		Object.keys(values).some((name) => !own.has(name));
	const isNew = (id: string) => pretended.isNewId(id);
	const made = (id: string, fields: string[]): Person[] => {
		const kept = pretended.kept('marketo', object, id);
		if (!kept) return [];
		const values = fields.map((name) => [name, name === 'id' ? id : (kept[name] ?? null)]);
		return [{ id, values: Object.fromEntries(values) as Person['values'] }];
	};
	const { subscription, batchSize, mergeSize, timeoutMs } = port;
	return {
		subscription,
		batchSize,
		mergeSize,
		timeoutMs,
		describe: async () => await port.describe(),
		readChanges: async (...asked) => await port.readChanges(...asked),
		readBy: async (filterField, values, fields, onRefused) => {
			const given = lookedUp.includes(filterField) ? pretended.idsBy(filterField, values) : [];
			const asked = filterField === 'id' ? values.filter((id) => !isNew(id)) : values;
			const found =
				asked.length > 0 ? await port.readBy(filterField, asked, fields, onRefused) : [];
			const there = new Set(found.map(({ id }) => id));
			const moved = given.filter((id) => !isNew(id) && !there.has(id));
			if (moved.length > 0) found.push(...(await port.readBy('id', moved, fields, onRefused)));
			const newOnes = [...(filterField === 'id' ? values : []), ...given].filter(isNew);
			const people = found.flatMap((person) => {
				const kept = pretended.kept('marketo', object, person.id);
				if (!kept) return [person];
				// Found by what a write has taken away.
				if (filterField in kept && !given.includes(person.id)) return [];
				return [{ ...person, values: { ...person.values, ...ofThese(kept, fields) } }];
			});
			return [...people, ...newOnes.flatMap((id) => made(id, fields))];
		},
		update: async (updates) => {
			onCall('marketo');
			pretended.write(
				updates.map(({ id, values }) => updated('marketo', object, id, values, isSeen(values))),
			);
			return updates.map(({ id }): WriteOutcome => ({ kind: 'ok', id }));
		},
		create: async (people, lookupField) => {
			onCall('marketo');
			return people.map((values): WriteOutcome => {
				const [known] = pretended.idsBy(lookupField, [String(values[lookupField] ?? '')]);
				if (known !== undefined && lookupField === email.field)
					return { kind: 'exists', reason: 'A person with this e-mail address exists' };
				const id = known ?? pretended.newId();
				pretended.write([{ ...updated('marketo', object, id, values, true), operation: 'create' }]);
				return { kind: 'ok', id, created: known === undefined };
			});
		},
		remove: async (ids) => {
			onCall('marketo');
			pretended.write(ids.map((id) => removed('marketo', object, id)));
			return ids.map((id): WriteOutcome => ({ kind: 'ok', id }));
		},
		merge: async (winner, losers) => {
			onCall('marketo');
			pretended.write(
				losers.map((id) => ({
					...updated('marketo', object, id, {}, true),
					operation: 'merge' as const,
				})),
			);
			return { kind: 'ok', id: winner };
		},
		logResults: async (entries) => {
			onCall('marketo');
			return entries.map((): WriteOutcome => ({ kind: 'ok', id: '' }));
		},
	};
}

/** What a lane that goes one way writes to, likewise. */
export function pretendedObjects(
	port: MarketoObjectPort,
	pretended: Pretended,
	onCall: OnCall,
): MarketoObjectPort {
	const { subscription, batchSize, timeoutMs } = port;
	const written = async (records: unknown[]): Promise<WriteOutcome[]> => {
		onCall('marketo');
		return records.map(() => ({ kind: 'ok', id: pretended.newId() }));
	};
	return {
		subscription,
		batchSize,
		timeoutMs,
		describe: async () => await port.describe(),
		readByKey: async (...asked) => await port.readByKey(...asked),
		readById: async (...asked) => await port.readById(...asked),
		upsert: written,
		update: written,
		remove: written,
	};
}

function updated(
	side: Side,
	table: Table | DynamicsTable,
	id: string,
	values: Record<string, Raw>,
	isSeen: boolean,
) {
	return { side, table, id, values, operation: 'update' as const, isSeen };
}

function removed(side: Side, table: Table | DynamicsTable, id: string) {
	return { ...updated(side, table, id, {}, true), operation: 'delete' as const };
}

/** Only what was asked for. */
function ofThese(kept: Record<string, Raw>, asked: string[]): Record<string, Raw> {
	return Object.fromEntries(Object.entries(kept).filter(([name]) => asked.includes(name)));
}
