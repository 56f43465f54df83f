import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
} from 'n8n-workflow';

import type { Ledger } from '../../../../sync/ledger/ledger';
import { answerRequests, callbackState, type Answer } from '../../../../sync/ledger/answers';
import { requestsById } from '../../../../sync/ledger/requests';
import type { Raw } from '../../../../sync/values';
import { sendDueCallbacks } from '../../../shared/flowStepCallback';
import { openNodeLedger } from '../../../shared/ledger';
import type { OperationDefinition } from '../../../shared/operation';
import { ANSWERED, notify } from '../../../shared/signals';

/** Callbacks of one execution; the trigger sends what is left. */
const MOST_CALLBACKS = 100;

const text = (
	displayName: string,
	name: string,
	from: string,
	description: string,
): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: `={{ $json.${from} }}`,
	description,
});

/** What an item says of its request. */
interface Told {
	request: string;
	/** Null: not known yet. */
	success: boolean | null;
	answer: Answer;
}

export const complete: OperationDefinition = {
	value: 'complete',
	name: 'Complete',
	action: (resourceName) => `Complete ${resourceName.toLowerCase()}`,
	description:
		'Tell Marketo the results for the people whom a campaign sent through the Marketo Trigger',
	resources: ['flowStep'],
	properties: [
		text(
			'Request ID',
			'requestId',
			'request',
			'The request ID from the Marketo Trigger; an item without one passes through',
		),
		text(
			'Success',
			'success',
			'success',
			'True or false; an item where it is empty is skipped, because its result follows by itself',
		),
		text(
			'Error Code',
			'errorCode',
			'errorCode',
			'For a failure, in capital letters, e.g. DUPLICATE_IN_CRM',
		),
		text('Reason', 'reason', 'reason', 'What happened, in words'),
		text(
			'Dynamics Table',
			'dynamicsTable',
			'dynamicsTable',
			'Lead or contact, if there is a record',
		),
		text('Dynamics ID', 'dynamicsId', 'dynamicsId', 'ID of the record'),
		{
			displayName: 'More Answers',
			name: 'moreAnswers',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Answer',
			default: {},
			description: "More values, for a flow step that declares them under 'Step Answers'",
			options: [
				{
					displayName: 'Row',
					name: 'row',
					values: [
						{ displayName: 'Name', name: 'name', type: 'string', default: '' },
						{ displayName: 'Value', name: 'value', type: 'string', default: '' },
					],
				},
			],
		},
	],
	async execute(context, items) {
		const ledger = await openNodeLedger(context);
		const told = items.map((_, itemIndex) => toldBy(context, itemIndex));
		const known = told.filter((one): one is Told => typeof one !== 'string' && one.request !== '');
		await answerRequests(
			ledger,
			known
				.filter(({ success }) => success !== null)
				.map(({ request, answer }) => ({ request, answer })),
		);
		notify(ANSWERED);
		const states = await callBack(
			context,
			ledger,
			known.map(({ request }) => request),
		);
		return told.map(
			(one, item): INodeExecutionData => ({ json: outcome(one, states), pairedItem: { item } }),
		);
	},
};

/** What the parameters say of an item; a text is why they cannot be read. */
function toldBy(context: IExecuteFunctions, itemIndex: number): Told | string {
	try {
		const read = (name: string): string =>
			String(context.getNodeParameter(name, itemIndex, '') ?? '').trim();
		const success = successOf(read('success'));
		if (success === undefined) return "'Success' must be true, false or empty";
		const more = (context.getNodeParameter('moreAnswers', itemIndex, {}) as IDataObject).row as
			| IDataObject[]
			| undefined;
		const values: Array<[string, Raw]> = [
			['dynamicsTable', read('dynamicsTable')],
			['dynamicsId', read('dynamicsId')],
			...(more ?? []).map(({ name, value }): [string, Raw] => [String(name), value as Raw]),
		];
		const answer: Answer = {
			success: success === true,
			errorCode: success === true ? '' : read('errorCode'),
			reason: read('reason'),
			values: Object.fromEntries(values.filter(([name]) => name !== '' && name !== '__proto__')),
		};
		return { request: read('requestId'), success, answer };
	} catch (error) {
		return (error as Error).message;
	}
}

/** Undefined for what is neither. */
function successOf(given: string): boolean | null | undefined {
	if (given === '' || given === 'null' || given === 'undefined') return null;
	if (/^true$/i.test(given)) return true;
	return /^false$/i.test(given) ? false : undefined;
}

interface RequestState {
	answered: boolean;
	/** Null for what no flow step sent: nobody is called back. */
	chunk: { state: string; reason: string } | null;
}

/** Sends what is due of the receivers of these requests; then, how each of them stands. */
async function callBack(
	context: IExecuteFunctions,
	ledger: Ledger,
	ids: string[],
): Promise<Map<string, RequestState>> {
	const rows = await requestsById(ledger.db, ids);
	const receivers = new Set(
		rows.filter(({ chunk }) => chunk !== null).map(({ receiver }) => receiver),
	);
	for (const receiver of receivers)
		await sendDueCallbacks(context, ledger, receiver, MOST_CALLBACKS);
	const chunks = new Map<string, { state: string; reason: string }>();
	for (const id of new Set(rows.flatMap(({ chunk }) => chunk ?? []))) {
		const chunk = await callbackState(ledger.db, id);
		if (chunk) chunks.set(id, chunk);
	}
	return new Map(
		rows.map((row) => [
			row.id,
			{
				answered: row.state === 'answered',
				chunk: row.chunk === null ? null : (chunks.get(row.chunk) ?? null),
			},
		]),
	);
}

function outcome(told: Told | string, states: Map<string, RequestState>): IDataObject {
	const put = (callback: string, message: string): IDataObject => ({
		request: typeof told === 'string' ? null : told.request || null,
		success: typeof told === 'string' ? null : told.success,
		callback,
		message,
	});
	if (typeof told === 'string') return put('failed', told);
	if (told.request === '') return put('none', 'No campaign is waiting for this person');
	const state = states.get(told.request);
	if (!state) return put('none', 'This request is no longer known');
	if (!state.answered) return put('waiting', 'Not known yet; the result follows by itself');
	if (!state.chunk) return put('none', 'Answered');
	switch (state.chunk.state) {
		case 'done':
			return put('sent', 'Marketo has the result');
		case 'failed':
			return put('failed', `${state.chunk.reason}. Marketo does not get the result`);
		case 'open':
			return put('waiting', 'Marketo gets the result once the others in its group have one');
		default:
			return put(
				'waiting',
				state.chunk.reason
					? `${state.chunk.reason}. Marketo is told again later`
					: 'The result is being sent to Marketo',
			);
	}
}
