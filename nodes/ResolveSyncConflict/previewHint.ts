import type { WriteHead, WriteItem } from '../../sync/items';
import type { Resolved } from '../../sync/page/resolve';

type Decided = Pick<Resolved, 'toDynamics' | 'toMarketo' | 'conflicts' | 'needsHelp'>;

const RECORDS: Record<string, [one: string, more: string]> = {
	person: ['person', 'people'],
	lead: ['lead', 'leads'],
	contact: ['contact', 'contacts'],
};

/** What a previewed page would do, in two sentences. */
export function previewHint({ toDynamics, toMarketo, conflicts, needsHelp }: Decided): string {
	const writes = [...changesOf(toMarketo, 'Marketo'), ...changesOf(toDynamics, 'Dynamics 365')];
	const would = writes.length > 0 ? `would ${inOneList(writes)}` : 'would write nothing';
	const conflict = count(conflicts.length, ['conflict', 'conflicts']);
	const help = count(needsHelp.length, ['entry', 'entries']);
	return `Preview: this page ${would}. ${conflict} to review, ${help} under Needs Help. Nothing was written`;
}

function changesOf(items: Array<WriteHead | WriteItem>, system: string): string[] {
	const writes = items.filter((item): item is WriteItem => item.kind === 'write');
	return (['create', 'update'] as const).flatMap((operation) =>
		[...new Set(writes.map(({ table }) => table))].flatMap((table) => {
			const same = writes.filter((one) => one.operation === operation && one.table === table);
			const records = count(same.length, RECORDS[table] ?? [table, table]);
			return same.length > 0 ? `${operation} ${records} in ${system}` : [];
		}),
	);
}

function inOneList(parts: string[]): string {
	return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function count(number: number, [one, more]: [one: string, more: string]): string {
	return `${number} ${number === 1 ? one : more}`;
}
