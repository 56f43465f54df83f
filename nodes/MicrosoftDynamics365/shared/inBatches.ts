import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import { Cancelled } from '../../../apis/wire/wire';
import type { OperationDefinition } from '../../shared/operation';
import { failedItem } from '../../shared/failedItem';
import { dynamicsError } from './dynamicsError';

/** What is to be done for one item. */
export interface Plan {
	row: PlannedRow;
}

/** The row that an item is about. */
interface PlannedRow {
	/** Logical name. */
	table: string;
	/** A GUID, lower case. */
	id: string;
}

/**
 * Work on the rows of all items at once, so that many of them share one call. Every item gets its own
 * outcome: what it came with, and what was done. With "On Error: Continue" an item that fails does not
 * stop the others; otherwise nothing is sent when an item cannot be read, and the first failure ends the
 * node after the others were worked on. Items that failed say `success: false` with code, reason and remedy.
 *
 * @param plan what is to be done for one item
 * @param work does it for all, one result per plan in their order; throws where nobody's can be done
 */
export function inBatches<Planned extends Plan>(
	plan: (context: IExecuteFunctions, itemIndex: number) => Promise<Planned>,
	work: (
		context: IExecuteFunctions,
		plans: Planned[],
	) => Promise<Array<IDataObject | { problem: DataverseProblem }>>,
): OperationDefinition['execute'] {
	return async (context, items) => {
		const failed = new Map<number, unknown>();
		const plans = new Map<number, Planned>();
		for (const itemIndex of items.keys()) {
			try {
				plans.set(itemIndex, await plan(context, itemIndex));
			} catch (error) {
				const ends = error instanceof Cancelled || !context.continueOnFail();
				if (ends) throw shown(context, error, itemIndex);
				failed.set(itemIndex, error);
			}
		}
		const results = new Map<number, IDataObject>();
		const order = [...plans.keys()];
		const outcomes = await workOn(context, [...plans.values()], work);
		for (const [at, itemIndex] of order.entries()) {
			const outcome = outcomes[at]!;
			if (isProblem(outcome))
				failed.set(itemIndex, about(plans.get(itemIndex)!.row, outcome.problem));
			else results.set(itemIndex, outcome);
		}
		const first = Math.min(...failed.keys());
		if (failed.size > 0 && !context.continueOnFail())
			throw shown(context, failed.get(first), first);
		return [...items.keys()].map((itemIndex): INodeExecutionData => {
			const { json } = items[itemIndex]!;
			if (failed.has(itemIndex)) {
				const error = shown(context, failed.get(itemIndex), itemIndex);
				return failedItem(
					context,
					{ ...json, ...failure(failed.get(itemIndex), error) },
					error,
					itemIndex,
				);
			}
			const planned = plans.get(itemIndex)!;
			const { table, id } = planned.row;
			return {
				json: { ...json, dynamicsTable: table, dynamicsId: id, ...results.get(itemIndex)! },
				pairedItem: { item: itemIndex },
			};
		});
	};
}

async function workOn<Planned>(
	context: IExecuteFunctions,
	plans: Planned[],
	work: (
		context: IExecuteFunctions,
		plans: Planned[],
	) => Promise<Array<IDataObject | { problem: DataverseProblem }>>,
): Promise<Array<IDataObject | { problem: DataverseProblem }>> {
	if (plans.length === 0) return [];
	return await work(context, plans).catch((error: unknown) => {
		if (error instanceof DataverseProblem) return plans.map(() => ({ problem: error }));
		throw error;
	});
}

function isProblem(
	outcome: IDataObject | { problem: DataverseProblem },
): outcome is { problem: DataverseProblem } {
	return outcome.problem instanceof DataverseProblem;
}

/** What the steps behind can tell a campaign; expressions do not see an item's error. */
function failure(
	cause: unknown,
	{ message, description }: NodeApiError | NodeOperationError,
): IDataObject {
	const errorCode =
		cause instanceof DataverseProblem && cause.status > 0 ? 'REFUSED_BY_DYNAMICS' : 'NOT_DONE';
	return { success: false, errorCode, reason: message, remedy: description ?? '' };
}

/** Many records share a call, so the message has to say which one it is about. */
function about({ table, id }: PlannedRow, problem: DataverseProblem): DataverseProblem {
	return new DataverseProblem({ ...problem, reason: `The ${table} ${id}: ${problem.reason}` });
}

function shown(
	context: IExecuteFunctions,
	error: unknown,
	itemIndex: number,
): NodeApiError | NodeOperationError {
	const asNode = dynamicsError(context.getNode(), error, itemIndex);
	return asNode instanceof NodeApiError || asNode instanceof NodeOperationError
		? asNode
		: new NodeOperationError(context.getNode(), asNode as Error, { itemIndex });
}
