import { createHash } from 'node:crypto';

import { NodeOperationError, type INode } from 'n8n-workflow';

import type { Dataverse } from '../../apis/dataverse/client';
import { describe } from '../../apis/dataverse/metadata/describe';
import type { DataverseColumn, DataverseTable } from '../../apis/dataverse/metadata/table';
import { columnNamed } from '../../apis/dataverse/values/body';
import { usualColumns } from '../MicrosoftDynamics365/shared/usualColumns';
import { CREDENTIAL } from '../MicrosoftDynamics365/shared/client';

export type EventName = 'created' | 'updated' | 'deleted';

/** What the node is set to. */
export interface Setting {
	table: DataverseTable;
	events: ReadonlySet<EventName>;
	/** What comes with each row. */
	columns: DataverseColumn[];
	/** Updates of none of these are left out; empty: none is. Webhook only. */
	onlyWhen: DataverseColumn[];
	ignoreOwn: boolean;
	ignoreTag: string;
	readAgain: boolean;
}

/** How an n8n context gives the parameters of a trigger. */
interface Parameters {
	getNode(): INode;
	getNodeParameter(name: string, fallback?: unknown, options?: { extractValue?: boolean }): unknown;
}

/** Columns and tables change seldom; a poll every minute must not read them every time. */
const TRUSTED_MS = 60 * 60_000;

/**
 * Reads the parameters against the table as it is.
 *
 * @throws DataverseProblem where table or columns are not there; NodeOperationError
 */
export async function settingOf(
	context: Parameters,
	client: Dataverse,
	{ fresh = false }: { fresh?: boolean } = {},
): Promise<Setting> {
	const name = String(context.getNodeParameter('table', '', { extractValue: true })).trim();
	if (!name) {
		throw new NodeOperationError(context.getNode(), "No 'Table' is chosen", {
			description: 'Choose the table whose rows are to be watched',
		});
	}
	const events = listIn(context.getNodeParameter('events', [])) as EventName[];
	if (events.length === 0) {
		throw new NodeOperationError(context.getNode(), "Nothing is chosen in 'Trigger On'", {
			description: 'Choose at least one event',
		});
	}
	const table = await describe(client, name.toLowerCase(), { fresh, maxAgeMs: TRUSTED_MS });
	const chosen = listIn(context.getNodeParameter('columns', []));
	const more = context.getNodeParameter('more', {}) as Partial<Setting>;
	const watched = events.includes('updated')
		? listIn(context.getNodeParameter('onlyWhen', []))
		: [];
	return {
		table,
		events: new Set(events),
		columns:
			chosen.length > 0 ? chosen.map((column) => columnNamed(table, column)) : usualColumns(table),
		onlyWhen: watched.map((column) => columnNamed(table, column)),
		ignoreOwn: more.ignoreOwn ?? true,
		ignoreTag: (more.ignoreTag ?? '').trim(),
		readAgain: more.readAgain ?? true,
	};
}

/** What a position or a registration was made for; with another scope it is worth nothing. */
export function scopeOf(
	node: INode,
	client: Dataverse,
	setting: Setting,
	...more: string[]
): string {
	const parts = [
		node.credentials?.[CREDENTIAL]?.id ?? '',
		client.origin,
		setting.table.name,
		setting.columns
			.map(({ name }) => name)
			.sort()
			.join(','),
		...more,
	];
	return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

function listIn(value: unknown): string[] {
	const list = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
	return list.map((name) => name.trim()).filter(Boolean);
}
