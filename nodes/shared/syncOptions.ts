import { DateTime } from 'luxon';
import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import type { Condition, Conditions } from '../../sync/condition';
import {
	NATIVE_FILTER,
	type SyncFilter,
	type WhenLeft,
	type WhenMerged,
	type WhenPeopleMerged,
} from '../../sync/filter';
import type { DynamicsTable, PageOptions } from '../../sync/items';
import { customTableOf } from '../../sync/lanes/customTables';
import { conditionsOf } from './mappingParameters';

/** What people have set in *Get Dynamics Changes*: it holds for a run, and for what a preview says of one. */

/** What a filter is for, as its parameters begin. */
type Filtered = 'lead' | 'contact' | 'account' | 'opportunity' | 'custom';

interface Options
	extends Partial<Record<`${Filtered}Filter`, { condition?: Condition[] }>>,
		Partial<Record<`${Filtered}Match`, Conditions['match']>> {
	fillSince?: string;
	syncColumn?: 'heed' | 'ignore';
	whenLeft?: WhenLeft;
	whenMerged?: WhenMerged;
	whenPeopleMerged?: WhenPeopleMerged;
}

/** Nothing of what is as shipped. @throws NodeOperationError for what cannot be used */
export function syncOptionsOf(
	context: IExecuteFunctions,
	options: IDataObject,
	lane: string,
): PageOptions {
	const { whenMerged, whenPeopleMerged } = options as Options;
	const fillSince = fillSinceOf(context, options);
	const filter = filterOf(options, lane);
	return {
		...(fillSince && { fillSince }),
		...(filter && { filter }),
		...(whenMerged === 'merge' && { whenMerged }),
		...(whenPeopleMerged === 'merge' && { whenPeopleMerged }),
	};
}

/** What *Get Dynamics Changes*, which follows, is set to. */
export function syncOptionsBehind(context: IExecuteFunctions, lane: string): PageOptions {
	const behind = context.getChildNodes(context.getNode().name, { includeNodeParameters: true });
	const reader = behind.find(
		({ type, parameters }) =>
			type.endsWith('.microsoftDynamics365') && parameters?.operation === 'getChanges',
	);
	return syncOptionsOf(context, (reader?.parameters?.options ?? {}) as IDataObject, lane);
}

/** *Fill Only Records Changed Since*, ISO 8601; null where it is not set. The day is meant in the workflow's time zone. */
function fillSinceOf(context: IExecuteFunctions, options: IDataObject): string | null {
	const { fillSince = '' } = options as Options;
	if (!fillSince) return null;
	const day = DateTime.fromISO(String(fillSince), { zone: context.getTimezone() });
	if (day.isValid) return day.toUTC().toISO();
	throw new NodeOperationError(context.getNode(), `"${fillSince}" is not a date`, {
		description: 'Choose a day in Fill Only Records Changed Since, or remove the option',
	});
}

/** Who takes part in a sync; null: as in Adobe's sync. */
export function filterOf(parameters: IDataObject, lane: string): SyncFilter | null {
	const options = parameters as Options;
	const custom = customTableOf(lane);
	const tables: Array<[DynamicsTable, Filtered]> = custom
		? [[custom.table, 'custom']]
		: FILTERED.map((table) => [table, table]);
	const filter: SyncFilter = {
		tables: {},
		heedsColumn: options.syncColumn !== 'ignore',
		whenLeft: options.whenLeft ?? NATIVE_FILTER.whenLeft,
	};
	for (const [table, name] of tables) {
		const conditions = conditionsOf(options[`${name}Filter`]?.condition);
		if (conditions.length > 0)
			filter.tables[table] = { conditions, match: options[`${name}Match`] ?? 'all' };
	}
	const isNative = Object.keys(filter.tables).length === 0 && filter.heedsColumn;
	return isNative && filter.whenLeft === 'leave' ? null : filter;
}

const FILTERED = ['lead', 'contact', 'account', 'opportunity'] as const;
