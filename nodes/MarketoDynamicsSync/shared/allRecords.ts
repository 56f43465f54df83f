import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { CannotDo } from '../../../sync/cannotDo';
import type { AllRecords, PageOptions, Side } from '../../../sync/items';
import type { LaneMapping } from '../../../sync/mapping';
import { trialOf } from '../../../sync/operate/trial';
import { moment } from '../../../sync/operate/words';
import type { Ledger } from '../../../sync/ledger/ledger';
import { definitionOf } from '../../shared/lanes';
import { onCopyOfNodeLedger, onNewLedger, openNodeLedger } from '../../shared/ledger';
import { sleepIn } from '../../shared/send';
import {
	connectDynamicsPort,
	connectMarketoObjectPort,
	connectMarketoPort,
} from '../../shared/syncPorts';

/** Parameter of *Preview Mapping*, and its choices. */
export const PREVIEW_OF = 'previewOf';
export const SOME = 'some';
export const ALL = 'all';

/** A tenth of what Marketo usually allows a day; for some million records. */
const MOST_CALLS = 5000;

/** @param what makes them, in a sentence */
export const maximumCalls = (what: string, show: IDisplayOptions['show']): INodeProperties => ({
	displayName: 'Maximum Calls',
	name: 'mostCalls',
	type: 'number',
	typeOptions: { minValue: 1, numberPrecision: 0 },
	default: MOST_CALLS,
	displayOptions: { show },
	description: `How many calls to each system the ${what} may make. When they are used up, it ends and says how far it got. Marketo usually allows 50,000 a day for all programs together.`,
});

export function mostCallsOf(context: IExecuteFunctions, itemIndex: number): number {
	const most = Number(context.getNodeParameter('mostCalls', itemIndex, MOST_CALLS));
	return Math.max(1, Math.trunc(most) || MOST_CALLS);
}

/** Those that are on in this process, one for each sync of a memory. */
const underWay = new Map<string, { since: number; words: string }>();

/** How far a preview of all records is; nothing while none is on. */
export function previewsInWords({ id }: Ledger, lane: string): string[] {
	const found = underWay.get(`${id}/${lane}`);
	if (!found) return [];
	const { since, words } = found;
	return [`A preview of all records has been in progress since ${moment(since)}. ${words}.`];
}

export interface TrialOptions {
	/** Calls to either system that it may make. */
	mostCalls: number;
	/** Pages that it may work on. Without: all. */
	mostPages?: number;
	/** What its steps are set to besides the mapping. */
	options?: PageOptions;
	/** On a new memory in place of a copy: what a first run would do. */
	knowsNobody?: boolean;
}

/**
 * What the sync would do with all records under this mapping: by a trial run on a copy of its memory, with calls
 * that read and by the node's two credentials.
 *
 * @throws CannotDo, SetUpProblem, OtherSystem, NodeOperationError
 */
export async function previewAll(
	context: IExecuteFunctions,
	lane: string,
	mapping: LaneMapping,
	{ mostCalls, mostPages, options, knowsNobody = false }: TrialOptions,
): Promise<AllRecords> {
	const ledger = await openNodeLedger(context);
	const key = `${ledger.id}/${lane}`;
	if (underWay.has(key))
		throw new CannotDo(
			'A preview of all records is already in progress',
			'Show Status says how far it is; stop its execution to start another one',
		);
	const progress = { since: Date.now(), words: 'It has just begun' };
	underWay.set(key, progress);
	try {
		const definition = await definitionOf(ledger, lane, mapping);
		const calls: Record<Side, number> = { dynamics: 0, marketo: 0 };
		const count = (side: Side) => () => void calls[side]++;
		const dynamics = await connectDynamicsPort(context, ledger, count('dynamics'));
		const marketo = definition.twoWay
			? { people: await connectMarketoPort(context, ledger, { onCall: count('marketo') }) }
			: {
					objects: await connectMarketoObjectPort(
						context,
						ledger,
						definition.object,
						count('marketo'),
					),
				};
		const onLedger = knowsNobody ? onNewLedger : onCopyOfNodeLedger;
		return await onLedger(
			context,
			async (copy) =>
				await trialOf({
					copy,
					definition,
					mapping,
					...(options && { options }),
					dynamics,
					marketo,
					mostCalls,
					...(mostPages && { mostPages }),
					calls: () => calls,
					sleep: async (milliseconds) => await sleepIn(context, milliseconds),
					onProgress: (words) => void (progress.words = words),
				}),
		);
	} finally {
		underWay.delete(key);
	}
}
