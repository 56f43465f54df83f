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
import type { PageOptions, PeopleTable } from '../../sync/items';
import { conditionsOf } from './mappingParameters';

/** What people have set in *Get Dynamics Changes*: it holds for a run, and for what a preview says of one. */

interface Options {
	fillSince?: string;
	leadFilter?: { condition?: Condition[] };
	leadMatch?: Conditions['match'];
	contactFilter?: { condition?: Condition[] };
	contactMatch?: Conditions['match'];
	syncColumn?: 'heed' | 'ignore';
	whenLeft?: WhenLeft;
	whenMerged?: WhenMerged;
	whenPeopleMerged?: WhenPeopleMerged;
}

/** Nothing of what is as shipped. @throws NodeOperationError for what cannot be used */
export function syncOptionsOf(context: IExecuteFunctions, options: IDataObject): PageOptions {
	const { whenMerged, whenPeopleMerged } = options as Options;
	const fillSince = fillSinceOf(context, options);
	const filter = filterOf(options);
	return {
		...(fillSince && { fillSince }),
		...(filter && { filter }),
		...(whenMerged === 'merge' && { whenMerged }),
		...(whenPeopleMerged === 'merge' && { whenPeopleMerged }),
	};
}

/** What *Get Dynamics Changes*, which follows, is set to. */
export function syncOptionsBehind(context: IExecuteFunctions): PageOptions {
	const behind = context.getChildNodes(context.getNode().name, { includeNodeParameters: true });
	const reader = behind.find(
		({ type, parameters }) =>
			type.endsWith('.microsoftDynamics365') && parameters?.operation === 'getChanges',
	);
	return syncOptionsOf(context, (reader?.parameters?.options ?? {}) as IDataObject);
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

/** Who takes part; null: as in Adobe's sync. */
export function filterOf(parameters: IDataObject): SyncFilter | null {
	const options = parameters as Options;
	const table = (name: PeopleTable): Conditions | undefined => {
		const conditions = conditionsOf(options[`${name}Filter`]?.condition);
		return conditions.length > 0
			? { conditions, match: options[`${name}Match`] ?? 'all' }
			: undefined;
	};
	const filter: SyncFilter = {
		tables: { lead: table('lead'), contact: table('contact') },
		heedsColumn: options.syncColumn !== 'ignore',
		whenLeft: options.whenLeft ?? NATIVE_FILTER.whenLeft,
	};
	const isNative = !filter.tables.lead && !filter.tables.contact && filter.heedsColumn;
	return isNative && filter.whenLeft === 'leave' ? null : filter;
}
