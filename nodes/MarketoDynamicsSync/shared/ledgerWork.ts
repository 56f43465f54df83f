import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
} from 'n8n-workflow';

import { SetUpProblem } from '../../../sync/ports';
import { OtherSystem } from '../../../sync/schedule/systems';
import { NotThisPage } from '../../../sync/schedule/token';
import type { Ledger } from '../../../sync/ledger/ledger';
import { CannotDo } from '../../../sync/cannotDo';
import { lanesOf } from '../../../sync/operate/lanes';
import { CUSTOM_TABLE } from '../../shared/lanes';
import { openNodeLedger } from '../../shared/ledger';
import { customLaneId, customTableOf } from '../../../sync/lanes/customTables';
import { perItem, type OperationDefinition } from '../../shared/operation';
import { assertAccess } from './access';

type Work = (
	context: IExecuteFunctions,
	ledger: Ledger,
	itemIndex: number,
) => Promise<IDataObject | IDataObject[]>;

/** `perItem` for work on the ledger, whose refusals become n8n errors: what is in the way, and what to do. */
export function perLedgerItem(work: Work): OperationDefinition['execute'] {
	return perItem(async (context, itemIndex) => {
		const ledger = await openNodeLedger(context);
		return await work(context, ledger, itemIndex).catch((error: unknown) => {
			throw ledgerError(context.getNode(), error, itemIndex);
		});
	});
}

/** The same for what shows people's data or steers the sync: not for everybody in a shared n8n. */
export function perGuardedItem(work: Work): OperationDefinition['execute'] {
	return perLedgerItem(async (context, ledger, itemIndex) => {
		await assertAccess(context, ledger);
		return await work(context, ledger, itemIndex);
	});
}

type LaneWork = (
	context: IExecuteFunctions,
	ledger: Ledger,
	lane: string,
	itemIndex: number,
) => Promise<IDataObject | IDataObject[]>;

/** `perGuardedItem` for what steers one sync: the one that *What to Sync* names. */
export function perGuardedLane(work: LaneWork): OperationDefinition['execute'] {
	return perLedgerItem(async (context, ledger, itemIndex) => {
		const lane = await laneOf(context, ledger, itemIndex);
		await assertAccess(context, ledger, lane);
		return await work(context, ledger, lane, itemIndex);
	});
}

/**
 * What an operation is about.
 *
 * @throws NodeOperationError for a custom table that was never looked at: a name with a typo pauses nothing
 */
export async function laneOf(
	context: IExecuteFunctions,
	{ db }: Ledger,
	itemIndex: number,
): Promise<string> {
	const lane = context.getNodeParameter('lane', itemIndex, 'people') as string;
	if (lane !== CUSTOM_TABLE) return lane;
	const given = context.getNodeParameter('customLane', itemIndex, '', { extractValue: true });
	const text = String(given ?? '').trim();
	const typed = /^(\w+)\s+to\s+(\w+)$/i.exec(text);
	const named = typed ? customLaneId({ table: typed[1]!.toLowerCase(), object: typed[2]! }) : text;
	const custom = customTableOf(named);
	if (custom && (await lanesOf(db)).includes(named)) return named;
	if (custom)
		throw new NodeOperationError(
			context.getNode(),
			`"${custom.table} to ${custom.object}" has not been synced with this memory`,
			{ description: 'Choose one from the list, or publish its workflow first', itemIndex },
		);
	throw new NodeOperationError(context.getNode(), 'No custom table is chosen', {
		description:
			'Choose one from the list, or enter table and object like this: new_subscription to subscription_c',
		itemIndex,
	});
}

/** A refusal of the ledger as n8n shows it; every other error as it is. */
export function ledgerError(node: INode, error: unknown, itemIndex?: number): unknown {
	const isKnown = [CannotDo, NotThisPage, OtherSystem, SetUpProblem].some(
		(kind) => error instanceof kind,
	);
	if (!isKnown) return error;
	const { message, remedy } = error as CannotDo;
	return new NodeOperationError(node, message, { description: remedy, itemIndex });
}
