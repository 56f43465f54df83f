import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Marketo } from '../../../apis/marketo/client';
import type { RecordOutcome } from '../../../apis/marketo/transport/outcomes';
import { Cancelled } from '../../../apis/wire/wire';
import { connectMarketo } from '../../shared/marketoConnection';
import { marketoError, outcomeError } from './marketoError';

/** One record to write, made of one item. */
export interface Job<Record_> {
	record: Record_;
	/** Records with equal text here go out together: same action, same lookup field. */
	group: string;
	/** Two records with one key must not be in one call, or Marketo makes two people of them. */
	key?: string;
}

/** How an operation writes many items in few calls. */
export interface BatchOperation<Record_> {
	/** Reads one item's parameters. Throws what is wrong with this item. */
	prepare(context: IExecuteFunctions, itemIndex: number, marketo: Marketo): Promise<Job<Record_>>;
	/** Writes records of one group; one outcome each, in order. */
	write(marketo: Marketo, group: string, records: Record_[]): Promise<RecordOutcome[]>;
	/** What to say of a record that is not in Marketo, and what to do; left out: the words for people. */
	missing?: [message: string, description: string];
	/** What the node gives out for a record that was written. */
	output(outcome: RecordOutcome & { kind: 'ok' }, record: Record_): IDataObject;
}

interface Prepared<Record_> extends Job<Record_> {
	itemIndex: number;
}

type Result = { json: IDataObject } | { error: ReturnType<typeof marketoError> };

/**
 * Writes all items in as few calls as Marketo allows (300 records each), and gives each item its own
 * outcome: its place, its pair, and "On Error" as if it had been written alone. Without "Continue" the
 * first refusal ends the node, after everything that shared its calls has been written.
 */
export function inBatches<Record_>(operation: BatchOperation<Record_>) {
	return async (
		context: IExecuteFunctions,
		items: INodeExecutionData[],
	): Promise<INodeExecutionData[]> => {
		const results = await resultsOf(context, items, operation);
		return items.map(({ json: input }, itemIndex) => {
			const result = results[itemIndex]!;
			const pairedItem = { item: itemIndex };
			if ('json' in result) return { json: result.json, pairedItem };
			if (!context.continueOnFail()) throw result.error;
			return { json: input, error: result.error, pairedItem };
		});
	};
}

async function resultsOf<Record_>(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	operation: BatchOperation<Record_>,
): Promise<Result[]> {
	const results = new Array<Result>(items.length);
	const marketo = await connectMarketo(context).catch((cause: unknown) => {
		throw marketoError(context, cause);
	});
	const jobs: Array<Prepared<Record_>> = [];
	for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
		try {
			jobs.push({ ...(await operation.prepare(context, itemIndex, marketo)), itemIndex });
		} catch (cause) {
			// An item that is wrong by itself ends the node before anything has been written.
			if (!context.continueOnFail()) throw marketoError(context, cause, itemIndex);
			results[itemIndex] = { error: marketoError(context, cause, itemIndex) };
		}
	}
	for (const wave of waves(jobs)) await writeWave(context, marketo, operation, wave, results);
	return results;
}

async function writeWave<Record_>(
	context: IExecuteFunctions,
	marketo: Marketo,
	operation: BatchOperation<Record_>,
	wave: Array<Prepared<Record_>>,
	results: Result[],
): Promise<void> {
	const records = wave.map(({ record }) => record);
	let outcomes: RecordOutcome[];
	try {
		outcomes = await operation.write(marketo, wave[0]!.group, records);
	} catch (cause) {
		if (cause instanceof Cancelled || !context.continueOnFail()) {
			throw marketoError(context, cause, wave[0]!.itemIndex);
		}
		for (const { itemIndex } of wave) {
			results[itemIndex] = { error: marketoError(context, cause, itemIndex) };
		}
		return;
	}
	wave.forEach(({ itemIndex, record }, at) => {
		const outcome = outcomes[at]!;
		const error = outcomeError(context, outcome, itemIndex, operation.missing);
		results[itemIndex] = error
			? { error }
			: { json: operation.output(outcome as RecordOutcome & { kind: 'ok' }, record) };
	});
}

/** Jobs that may share calls: one group each, and no key twice, so that later items come after. */
function waves<Record_>(jobs: Array<Prepared<Record_>>): Array<Array<Prepared<Record_>>> {
	const found = new Map<string, Array<Prepared<Record_>>>();
	const seen = new Map<string, number>();
	for (const job of jobs) {
		const key = job.key === undefined ? undefined : JSON.stringify([job.group, job.key]);
		const turn = key === undefined ? 0 : (seen.get(key) ?? 0);
		if (key !== undefined) seen.set(key, turn + 1);
		const name = JSON.stringify([turn, job.group]);
		const wave = found.get(name);
		if (wave) wave.push(job);
		else found.set(name, [job]);
	}
	return [...found.values()];
}
