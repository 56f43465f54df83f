import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import type { FeedItem, PageStart } from '../../sync/items';
import { OtherSystem } from '../../sync/schedule/systems';
import { NotThisPage, readToken } from '../../sync/schedule/token';
import type { Ledger } from '../../sync/ledger/ledger';
import { waitFor } from '../../sync/page/turnedAway';
import { ComeBackLater, SetUpProblem } from '../../sync/ports';

/** The start of the page in a node's input: the trigger's item, or the feed item that carries it on. */
export function pageStart(context: IExecuteFunctions, items: INodeExecutionData[]): PageStart {
	const found = items
		.map(({ json }) => json as unknown as PageStart | FeedItem)
		.find(({ kind }) => kind === 'start' || kind === 'page');
	if (found) {
		const { page, preview, label } = found;
		const { linkedRecords, all } = found as PageStart;
		return {
			kind: 'start',
			page,
			preview,
			label,
			...(linkedRecords && { linkedRecords }),
			...(all && { all }),
		};
	}
	throw new NodeOperationError(context.getNode(), 'No sync is due here', {
		description:
			'This operation works only as part of a sync run. Start it from the Marketo Dynamics Sync Trigger, as in the shipped workflow',
	});
}

export function jsonOf(items: INodeExecutionData[]): unknown[] {
	return items.map(({ json }) => json);
}

/** The engine's items as n8n's. They answer the page as a whole, so each is paired with the first item. */
export function asItems(list: object[]): INodeExecutionData[] {
	return list.map((one) => ({ json: forTables(one as IDataObject), pairedItem: { item: 0 } }));
}

/** What only the nodes go by stands last: n8n's tables begin with the first keys. */
const LAST = ['kind', 'page', 'side', 'plan', 'preview', 'bookkeeping'];

function forTables(item: IDataObject): IDataObject {
	const last = LAST.filter((name) => name in item).map((name) => [name, item[name]] as const);
	const named = 'label' in item ? { label: item.label } : {};
	const { ...rest } = item;
	for (const name of LAST) delete rest[name];
	return { ...named, ...rest, ...Object.fromEntries(last) };
}

/** A step that writes says in a preview why it hands out nothing. */
export function sayPreviewed(context: IExecuteFunctions): void {
	context.addExecutionHints({
		message: 'Preview: nothing was written. Resolve Sync Conflict shows what would be written',
		location: 'outputPane',
	});
}

/**
 * Runs one step of a page. Where a vendor asks to come back later, the step hands out nothing and the
 * lane says when it goes on; everything else becomes an error in plain words.
 */
export async function inPage(
	context: IExecuteFunctions,
	ledger: Ledger,
	page: string,
	work: () => Promise<INodeExecutionData[][]>,
	outputs = 1,
): Promise<INodeExecutionData[][]> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof ComeBackLater) {
			await waitFor(ledger, readToken(page), error);
			context.addExecutionHints({
				message: `${error.message}. The sync continues by itself`,
				location: 'outputPane',
			});
			return Array.from({ length: outputs }, () => []);
		}
		if (error instanceof SetUpProblem) {
			await waitFor(ledger, readToken(page), error);
			throw new NodeOperationError(context.getNode(), error.message, { description: error.remedy });
		}
		if (error instanceof NotThisPage || error instanceof OtherSystem) {
			throw new NodeOperationError(context.getNode(), error.message, { description: error.remedy });
		}
		throw error instanceof NodeOperationError
			? error
			: new NodeOperationError(context.getNode(), error as Error);
	}
}
