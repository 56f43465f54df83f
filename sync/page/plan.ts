import { fingerprint } from '../fingerprint';
import type { Side, Table, WriteItem } from '../items';
import type { LinkRow, PlannedFields, Verdict } from '../ledger/schema';
import { normalForm } from '../normalForm';
import type { Column, Raw } from '../values';
import type { PageState } from './pageState';
import { likeness } from './storedForm';

/** One field of a write, before it is stored as an intention. */
export interface DraftField {
	/** Mapping row, or `link`. */
	row: string;
	column: Column;
	value: Raw;
	old: string | null;
	source: { column: string; value: string } | null;
	rule: string;
}

export interface Draft {
	link: LinkRow;
	side: Side;
	operation: 'create' | 'update';
	table: Table;
	id: string;
	label: string;
	changedAt: string | null;
	version: string | null;
	fields: Map<string, DraftField>;
	/** Row -> both sides' values, for the history. */
	shown: Record<string, [Raw, Raw]>;
}

/** By rule; each rule is named once. */
function verdictsOf({ operation, fields }: Draft): Verdict[] {
	const verdicts = new Map<string, Verdict>();
	for (const [name, { row, rule }] of fields) {
		const isOwn = row === 'link';
		const key = `${isOwn} ${rule}`;
		const verdict = verdicts.get(key) ?? { rule, fields: [], ...(isOwn ? { own: true } : operation === 'create' ? {} : { rows: [] }) };
		verdict.fields.push(name);
		verdict.rows?.push(row);
		verdicts.set(key, verdict);
	}
	return [...verdicts.values()];
}

/** Stores the plan with its intentions and its verdicts (R6), and hands out the item to write. */
export async function planWrite(state: PageState, draft: Draft): Promise<void> {
	const { ledger, db } = state;
	const id = ledger.random.id();
	const planned: PlannedFields = {};
	const values: Record<string, Raw> = {};
	const stamp = state.personColumns.get(state.fields.lastSync);
	if (draft.side === 'marketo' && stamp) {
		const value = `${new Date(state.now).toISOString().slice(0, 19)}Z`;
		draft.fields.set(stamp.name, { row: 'link', column: stamp, value, old: null, source: null, rule: 'Last sync' });
	}
	for (const [name, field] of draft.fields) {
		values[name] = field.value;
		const like = draft.side === 'marketo' && field.row !== 'link' ? likeness(field.column, field.value) : null;
		planned[name] = {
			row: field.row,
			new: fingerprint(ledger.key, normalForm(field.column, draft.side, field.value)),
			old: field.old,
			source: field.source,
			...(like === null ? {} : { like: fingerprint(ledger.key, like) }),
		};
	}
	await db
		.insertInto('plan')
		.values({
			id,
			run: state.ref.run,
			page: state.ref.page,
			side: draft.side,
			link: draft.link.id,
			operation: draft.operation,
			state: 'planned',
			fields: JSON.stringify(planned),
			version: draft.version,
			created_at: state.now,
			sent_at: null,
			over_at: null,
		})
		.execute();
	await db
		.insertInto('history')
		.values({
			at: state.now,
			run: state.ref.run,
			page: state.ref.page,
			plan: id,
			link: draft.link.id,
			side: draft.side,
			operation: draft.operation,
			outcome: 'planned',
			verdicts: JSON.stringify(verdictsOf(draft)),
			shown: Object.keys(draft.shown).length > 0 ? JSON.stringify(draft.shown) : null,
			mapping_hash: state.mappingHash,
		})
		.execute();
	const item: WriteItem = {
		kind: 'write',
		page: state.token,
		side: draft.side,
		plan: id,
		operation: draft.operation,
		table: draft.table,
		id: draft.id,
		label: draft.label,
		changedAt: draft.changedAt,
		values,
		...(draft.side === 'dynamics' && draft.version ? { version: draft.version } : {}),
		readAt: state.readAt[draft.side],
		preview: state.preview,
	};
	state.out[draft.side].push(item);
}
