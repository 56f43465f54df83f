import { fingerprint, fingerprintOf } from '../fingerprint';
import type { Operation, RecordItem, Side, Table, WriteItem } from '../items';
import { remember, type DecidedFields, type ShownValues } from '../ledger/history';
import type { Link } from '../ledger/links';
import { OWN_FIELD, storePlan, type PlannedFields } from '../ledger/plans';
import { normalForm } from '../normalForm';
import type { Column, Raw } from '../values';
import { syncTime } from './linkFields';
import type { Page } from './page';
import { likeness } from './storedForm';
import { tableOf } from './tables';

/** One field of a write, before it is stored as an intention. */
export interface DraftField {
	/** Mapping row, or `OWN_FIELD`. */
	row: string;
	column: Column;
	value: Raw;
	old: string | null;
	source: { column: string; value: string } | null;
	rule: string;
	/** Where both sides had changed it. */
	winner?: Side | null;
	/** R18. */
	answers?: number;
}

export interface Draft {
	link: Link;
	side: Side;
	operation: Operation;
	table: Table;
	id: string;
	label: string;
	changedAt: string | null;
	version: string | null;
	fields: Map<string, DraftField>;
	/** For the history. */
	shown: ShownValues;
}

/** Why *Last Sync* is written: with any write of the person. */
export const STAMP = 'Last sync';
/** Why the field is written by which Marketo finds the record, of what goes one way. */
export const KEY = 'Key';
/** Why the field is written that says of a record whether its row was deleted. */
export const MARK = 'Whether it was deleted in Dynamics';

/** A field that sync keeps on the record itself, if the record has it. */
export function own(
	{ fields: columns }: Pick<Page, 'fields'>,
	fields: Map<string, DraftField>,
	name: string,
	value: Raw,
	rule: string,
): void {
	const column = columns.get(name);
	if (column) fields.set(name, { row: OWN_FIELD, column, value, old: null, source: null, rule });
}

/** What a person holds, as fields of a write that ends them: they are not ended if somebody has edited them since (R12). */
export function asHeld(page: Page, link: Link, person: RecordItem, rule: string) {
	const fields = new Map<string, DraftField>();
	for (const { field } of tableOf(page, link.table).live) {
		const value = person.values[field.name];
		if (value === undefined) continue;
		const old = fingerprintOf(page.ledger.key, field, 'marketo', value);
		fields.set(field.name, { row: OWN_FIELD, column: field, value, old, source: null, rule });
	}
	return fields;
}

/** Of a person who is none afterwards, nothing is stamped. */
const ENDS: readonly Operation[] = ['delete', 'merge'];

/** By rule; each rule is named once. What sync itself keeps goes along with any write, and is told where nothing else is. */
function decidedOf({ operation, fields }: Draft): DecidedFields[] {
	const all = [...fields];
	const mapped = all.filter(([, { row }]) => row !== OWN_FIELD);
	const isOwn = mapped.length === 0;
	const decided = new Map<string, DecidedFields>();
	for (const [name, { row, rule }] of isOwn ? all : mapped) {
		const alike = decided.get(rule) ?? {
			rule,
			fields: [],
			...(isOwn ? { own: true } : operation === 'create' ? {} : { rows: [] }),
		};
		alike.fields.push(name);
		alike.rows?.push(row);
		decided.set(rule, alike);
	}
	return [...decided.values()];
}

/** Sets one of sync's own yes/no marks on a person, apart from any value (*Microsoft is Deleted*, *Dynamics Left Out*). */
export async function planMark(
	page: Page,
	link: Link,
	person: RecordItem,
	name: string,
	rule: string,
): Promise<void> {
	const fields = new Map<string, DraftField>();
	own(page, fields, name, true, rule);
	await planWrite(page, {
		link,
		side: 'marketo',
		operation: 'update',
		table: page.definition.object,
		id: person.id,
		label: person.label,
		changedAt: null,
		version: null,
		fields,
		shown: {},
	});
	page.out.counts.toMarketo++;
}

/** Stores the plan with its intentions and its verdicts (R6), and hands out the item to write. */
export async function planWrite(page: Page, draft: Draft): Promise<void> {
	const { ledger, db } = page;
	const id = ledger.random.id();
	const planned: PlannedFields = {};
	const values: Record<string, Raw> = {};
	const lastSync = page.definition.twoWay?.marks.lastSync;
	const stamp = lastSync === undefined ? undefined : page.fields.get(lastSync);
	if (draft.side === 'marketo' && !ENDS.includes(draft.operation) && stamp) {
		draft.fields.set(stamp.name, {
			row: OWN_FIELD,
			column: stamp,
			value: syncTime(page.now),
			old: null,
			source: null,
			rule: STAMP,
		});
	}
	for (const [name, field] of draft.fields) {
		values[name] = field.value;
		const like =
			draft.side === 'marketo' && field.row !== OWN_FIELD
				? likeness(field.column, field.value)
				: null;
		planned[name] = {
			row: field.row,
			new: fingerprint(ledger.key, normalForm(field.column, draft.side, field.value)),
			old: field.old,
			source: field.source,
			...(like === null ? {} : { like: fingerprint(ledger.key, like) }),
			...(field.answers ? { answers: field.answers } : {}),
		};
	}
	const { lane, run, page: number } = page.ref;
	const about = {
		run,
		page: number,
		side: draft.side,
		link: draft.link.id,
		operation: draft.operation,
	};
	await storePlan(db, {
		...about,
		id,
		lane,
		fields: planned,
		version: draft.version,
		createdAt: page.now,
	});
	await remember(db, {
		...about,
		at: page.now,
		plan: id,
		outcome: 'planned',
		decided: decidedOf(draft),
		shown: draft.shown,
		mappingHash: page.mappingHash,
	});
	const item: WriteItem = {
		kind: 'write',
		page: page.token,
		side: draft.side,
		plan: id,
		operation: draft.operation,
		table: draft.table,
		id: draft.id,
		label: draft.label,
		changedAt: draft.changedAt,
		values,
		...(draft.side === 'dynamics' && draft.version ? { version: draft.version } : {}),
		readAt: page.readAt[draft.side],
		preview: page.preview,
	};
	page.out.writes[draft.side].push(item);
	if (page.preview) page.out.drafts.push(draft);
}
