import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type { Dataverse } from '../../../apis/dataverse/client';
import { describe } from '../../../apis/dataverse/metadata/describe';
import { listTables } from '../../../apis/dataverse/metadata/listTables';
import type { DataverseTable } from '../../../apis/dataverse/metadata/table';
import { condition, conditions } from '../../../apis/dataverse/rows/filter';
import { query } from '../../../apis/dataverse/rows/query';
import { columnNamed } from '../../../apis/dataverse/values/body';
import { clientOf } from '../shared/client';
import { forEditor, offeredTable } from './offered';

/** As many as one looks through; the search narrows it down. */
const SHOWN = 50;

/** Columns in which people look for a person or a company. */
const SEARCHED = ['emailaddress1', 'internalemailaddress', 'companyname'];

/** Rows of the chosen table, by name or e-mail address. */
export async function searchRows(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await forEditor(this, async () => {
		const client = await clientOf(this);
		const found = await rowsNamed(client, await offeredTable(this), filter);
		return { results: found.map(({ id, shown }) => ({ name: shown, value: id })) };
	});
}

/** Rows that the lookup column next to the picker may point to, of all its tables. */
export async function searchLookup(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await forEditor(this, async () => {
		const name = this.getCurrentNodeParameter('&column') as string | undefined;
		if (!name) return { results: [] };
		const client = await clientOf(this);
		const column = columnNamed(await offeredTable(this), name);
		const bindings = column.bindings ?? [];
		const results: INodeListSearchResult['results'] = [];
		for (const { table } of bindings) {
			const found = await rowsNamed(client, await describe(client, table), filter);
			for (const { id, shown } of found) {
				const where = bindings.length > 1 ? ` · ${table}` : '';
				results.push({ name: shown + where, value: `${table}(${id})` });
			}
		}
		return { results };
	});
}

/** Users and teams that rows can be given to. */
export async function searchOwners(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await forEditor(this, async () => {
		const client = await clientOf(this);
		const results: INodeListSearchResult['results'] = [];
		// Access teams only share rows.
		for (const [table, only] of [
			['systemuser', []],
			['team', ['teamtype ne 1']],
		] as const) {
			const found = await rowsNamed(client, await describe(client, table), filter, only);
			const what = table === 'team' ? ' · team' : '';
			for (const { id, shown } of found)
				results.push({ name: shown + what, value: `${table}(${id})` });
		}
		return { results };
	});
}

/** Active campaigns. */
export async function searchCampaigns(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await forEditor(this, async () => {
		const client = await clientOf(this);
		const found = await rowsNamed(client, await describe(client, 'campaign'), filter, [
			'statecode eq 0',
		]);
		return { results: found.map(({ id, shown }) => ({ name: shown, value: id })) };
	});
}

/** Tables of the environment, by name or label. */
export async function searchTables(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return await forEditor(this, async () => {
		const wanted = (filter ?? '').toLowerCase();
		const results = (await listTables(await clientOf(this)))
			.map(({ name, label }) => ({ name: `${label} (${name})`, value: name }))
			.filter(({ name }) => name.toLowerCase().includes(wanted))
			.sort((a, b) => a.name.localeCompare(b.name));
		return { results };
	});
}

async function rowsNamed(
	client: Dataverse,
	table: DataverseTable,
	filter: string | undefined,
	/** Conditions that rows have to meet as well. */
	only: readonly string[] = [],
): Promise<Array<{ id: string; shown: string }>> {
	const columns = [table.nameColumn, ...SEARCHED].filter((name) =>
		table.columns.some((column) => column.name === name && column.type === 'String'),
	);
	const text = filter?.trim();
	const people = table.columns.some(({ name }) => name === 'isdisabled')
		? ['isdisabled eq false']
		: [];
	const search = text
		? conditions(
				columns.map((name) => condition(columnNamed(table, name), 'contains', text)),
				'or',
			)
		: undefined;
	const rows = await query(client, table.set, {
		select: [table.idColumn, ...columns],
		filter: conditions([...only, ...people, ...(search ? [search] : [])], 'and'),
		orderBy: columns.includes(table.nameColumn) ? `${table.nameColumn} asc` : undefined,
		limit: SHOWN,
	});
	return rows.map((row) => {
		const parts = columns
			.map((name) => row[name])
			.filter((value) => typeof value === 'string' && value);
		const id = String(row[table.idColumn]);
		return { id, shown: parts.slice(0, 2).join(' · ') || id };
	});
}
