import type { ConflictItem, HelpItem, Side, WantedItem } from '../items';
import { OWN_FIELD } from '../ledger/plans';
import { KEY, STAMP, type Draft, type DraftField } from '../page/plan';
import type { Resolved } from '../page/resolve';
import { fieldName, recordLink, show, valueInWords } from '../page/show';
import type { PerCall } from './effort';
import { sourceOfTable } from './lanes';
import {
	inOneLine as allInOne,
	isWanted,
	NOTHING_WRITTEN,
	summaryOf,
	summaryOfAll,
} from './previewSummary';
import { isBlank } from '../values';
import { counted, systemName, tableName } from './words';

/** One line of a preview: what people read comes first, what the nodes after it go by comes last. */
export interface PreviewItem {
	name: string;
	/** `Job Title (title)`, as the written side calls it. */
	field: string;
	oldValue: string;
	newValue: string;
	/** Where both sides had changed the field. */
	winner: string;
	reason: string;
	/** `Summary`, `Create`, `Update`, or `Link` where nothing but the sync's own fields is written. */
	change: string;
	dynamicsLink: string;
	dynamicsId: string;
	marketoId: string;
	/** The first item takes the place of the head of a page's writes. */
	kind: 'page' | 'preview';
	page: string;
	preview: true;
}

/** What *Resolve Sync Conflict* hands out in a preview: the same page, for people. Of writes there are none in it. */
export interface Previewed {
	/** Also the first item of both sides. */
	summary: string;
	toDynamics: PreviewItem[];
	toMarketo: PreviewItem[];
	conflicts: object[];
	needsHelp: object[];
}

/** A page that was decided and taken back, as people read it. */
export function previewed(resolved: Resolved, page: string, perCall: PerCall): Previewed {
	const summary = resolved.all ? summaryOfAll(resolved.all) : summaryOf(resolved, perCall);
	const { would, effort, conflicts, needsHelp } = summary;
	// Spread over the columns: n8n makes each of them narrow.
	const first: PreviewItem = {
		...NOTHING,
		name: 'Summary',
		field: would,
		oldValue: NONE,
		newValue: needsHelp,
		winner: conflicts,
		reason: [...(effort ? [effort] : []), NOTHING_WRITTEN].join('. '),
		change: 'Summary',
		kind: 'page',
		page,
	};
	const linesTo = (side: Side) => [
		first,
		...resolved.drafts
			.filter((draft) => draft.side === side)
			.flatMap((draft) => linesOf(draft, resolved.address, page)),
		...(side === 'dynamics' ? resolved.toDynamics.filter(isWanted).map(lineOf) : []),
	];
	return {
		summary: allInOne(summary),
		toDynamics: linesTo('dynamics'),
		toMarketo: linesTo('marketo'),
		conflicts: resolved.conflicts.map(conflictLine),
		needsHelp: resolved.needsHelp.map(helpLine),
	};
}

/** What becomes of a record whose row is gone. */
const REMOVED = {
	marketo: { delete: 'deleted in Marketo', mark: 'marked as deleted', deactivate: '' },
	dynamics: { delete: 'deleted in Dynamics', mark: '', deactivate: 'deactivated in Dynamics' },
} as const;

/** In place of nothing: n8n writes "empty" in red, which is right for a value alone. */
const NONE = '—';

const NOTHING: PreviewItem = {
	name: '',
	field: '',
	oldValue: '',
	newValue: '',
	winner: NONE,
	reason: '',
	change: '',
	dynamicsLink: '',
	dynamicsId: '',
	marketoId: '',
	kind: 'preview',
	page: '',
	preview: true,
};

/** One line for a new record; else one for each field, and one for those that the sync keeps on the person. */
function linesOf(draft: Draft, address: string, page: string): PreviewItem[] {
	const { link, side, operation, label } = draft;
	const fields = [...draft.fields].filter(([, { rule }]) => rule !== STAMP && rule !== KEY);
	const mapped = fields.filter(([, { row }]) => row !== OWN_FIELD);
	const own = fields.filter(([, { row }]) => row === OWN_FIELD);
	const about: PreviewItem = {
		...NOTHING,
		name: label,
		dynamicsLink: recordLink(address, sourceOfTable(link.table), link.dynamicsId),
		dynamicsId: link.dynamicsId,
		marketoId: link.marketoId ?? '',
		page,
	};
	if (operation === 'delete' || operation === 'mark' || operation === 'deactivate')
		return [
			{
				...about,
				field: `${tableName(draft.table)}: ${REMOVED[side][operation]}`,
				oldValue: NONE,
				newValue: NONE,
				reason:
					side === 'dynamics'
						? 'Its person was deleted in Marketo'
						: 'The row was deleted in Dynamics, or belongs to another record',
				change: operation === 'delete' ? 'Delete' : 'Update',
			},
		];
	if (operation === 'merge')
		return [
			{
				...about,
				field: `${tableName(draft.table)}: merged into that of the ${side === 'marketo' ? 'record that' : 'person who'} stays`,
				oldValue: NONE,
				newValue: NONE,
				reason: own[0]?.[1].rule ?? '',
				change: 'Merge',
			},
		];
	if (operation === 'create')
		return [
			{
				...about,
				field: `New ${tableName(draft.table).toLowerCase()} with ${counted(mapped.length, 'field')}`,
				oldValue: NONE,
				newValue: inOneLine(mapped),
				reason: mapped[0]?.[1].rule ?? '',
				change: 'Create',
			},
		];
	const kept: PreviewItem = {
		...about,
		field: "Sync's own fields of the person",
		oldValue: NONE,
		newValue: inOneLine(own),
		reason: own[0]?.[1].rule ?? '',
		change: 'Link',
	};
	return [
		...(own.length > 0 ? [kept] : []),
		...mapped.map(([name, { row, column, value, rule, winner }]) => ({
			...about,
			field: fieldName(column, name),
			oldValue: valueInWords(draft.shown[row]?.[side === 'dynamics' ? 0 : 1], column),
			newValue: valueInWords(value, column),
			winner: winner ? systemName(winner) : NONE,
			reason: rule,
			change: 'Update',
		})),
	];
}

/** R59: whether Dynamics has one is asked right before it is made. */
function lineOf({ label, table, id, values, page }: WantedItem): PreviewItem {
	const held = Object.values(values).filter((value) => !isBlank(value)).length;
	return {
		...NOTHING,
		name: label,
		field: `New ${tableName(table).toLowerCase()}`,
		oldValue: NONE,
		newValue: `From a person with ${counted(held, 'value')}`,
		reason: 'New in Marketo: created if Dynamics has none with this e-mail or ID, otherwise linked',
		change: 'Create',
		marketoId: id,
		page,
	};
}

function inOneLine(fields: Array<[string, DraftField]>): string {
	return show(
		fields
			.map(([name, { column, value }]) => [column.label || name, valueInWords(value, column)])
			.filter(([, value]) => value !== '')
			.map(([name, value]) => `${name}: ${value}`)
			.join(' · '),
	);
}

function conflictLine({ label, winner, rule, table, ...rest }: ConflictItem): object {
	const { field, dynamicsValue, marketoValue, dynamicsLink, kind, page, ...others } = rest;
	return {
		name: label,
		field,
		dynamicsValue,
		marketoValue,
		winner: winner === 'nobody yet' ? 'Nobody yet' : systemName(winner),
		reason: rule,
		record: tableName(table),
		dynamicsLink,
		...others,
		kind,
		page,
	};
}

function helpLine({ label, table, remedy, ...rest }: HelpItem): object {
	const { field, reason, dynamicsLink, kind, page, ...others } = rest;
	return {
		name: label,
		field,
		reason,
		toDo: remedy,
		record: tableName(table),
		dynamicsLink,
		...others,
		kind,
		page,
	};
}
