import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { inChunks } from '../../../../lists/inChunks';
import type { AnswerItem, PeopleTable } from '../../../../sync/items';
import type { PersonAction } from '../../../../sync/campaignActions/batch';
import { BATCH } from '../../../../sync/ledger/requests';
import { syncPeople } from '../../../../sync/campaignActions/syncPeople';
import type { Raw } from '../../../../sync/values';
import { failedItem } from '../../../shared/failedItem';
import { openNodeLedger } from '../../../shared/ledger';
import { connectDynamicsPort, connectMarketoPort, PEOPLE_LANE } from '../../../shared/syncPorts';
import type { OperationDefinition } from '../../../shared/operation';

const AS_ASKED = 'asAsked';
const OWNER =
	/^(?:(systemuser|team)\()?\{?([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})\}?\)?$/i;

interface Options {
	owner?: string;
	detectDuplicates?: boolean;
	onlyLinked?: boolean;
}

/** Items with the same of these are worked on together. */
type Manner = Required<Pick<Options, 'detectDuplicates' | 'onlyLinked'>>;

export const syncToDynamicsOperation: OperationDefinition = {
	value: 'syncToDynamics',
	name: 'Sync to Dynamics',
	action: () => 'Sync a person to Dynamics',
	description:
		'Create a lead or contact for a Marketo person at once, or link the existing one; nothing is done for a person who is already linked',
	resources: ['person'],
	properties: [
		{
			displayName: 'Person ID',
			name: 'personId',
			type: 'string',
			default: '={{ $json.id }}',
			required: true,
			description: 'The Marketo Unique ID of the person',
		},
		{
			displayName: 'Sync As',
			name: 'syncAs',
			type: 'options',
			options: [
				{
					name: 'As the Flow Step Says',
					value: AS_ASKED,
					description: 'A lead, unless the step or webhook says contact',
				},
				{ name: 'Contact', value: 'contact' },
				{ name: 'Lead', value: 'lead' },
			],
			default: AS_ASKED,
			description:
				'What to create if the person is not in Dynamics yet; a lead or contact with the same e-mail is linked instead',
		},
		{
			displayName: 'The field mapping of the people sync is used, as of its last run.',
			name: 'notice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Detect Duplicates',
					name: 'detectDuplicates',
					type: 'boolean',
					default: true,
					description:
						"Whether Dynamics' published duplicate detection rules may refuse the new record; people whom they refuse need help",
				},
				{
					displayName: 'Only Look',
					name: 'onlyLinked',
					type: 'boolean',
					default: false,
					description:
						'Whether to only look up who is linked: nobody is linked or created, and the item of a person without a lead or contact says so',
				},
				{
					displayName: 'Owner',
					name: 'owner',
					type: 'string',
					default: '={{ $json.values?.owner }}',
					placeholder: 'e.g. team(60c4e274-0d87-e711-80e5-00155db19e6d)',
					description:
						'Who owns a new record: the ID of a user, or systemuser(ID) or team(ID). Without this option, the owner named by the flow step; if it names none, the user of the credential.',
				},
			],
		},
	],
	execute: syncToDynamics,
};

async function syncToDynamics(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	const out: INodeExecutionData[] = [];
	const wanted = new Map<number, { action: PersonAction; manner: Manner }>();
	for (const [itemIndex, item] of items.entries()) {
		try {
			wanted.set(itemIndex, actionOf(context, item.json, itemIndex));
		} catch (cause) {
			const error = new NodeOperationError(context.getNode(), cause as Error, { itemIndex });
			// What one person's step says must not stop the others of a campaign.
			if (!isRequest(item.json) && !context.continueOnFail()) throw error;
			out.push(failedItem(context, { ...item.json, ...unreadable(error) }, error, itemIndex));
		}
	}
	if (wanted.size === 0) return out;
	const ledger = await openNodeLedger(context);
	const [dynamics, marketo] = await Promise.all([
		connectDynamicsPort(context, ledger),
		connectMarketoPort(context, ledger),
	]);
	const parts = { ledger, dynamics, marketo, definition: PEOPLE_LANE };
	const manners = new Map(
		[...wanted.values()].map(({ manner }) => [JSON.stringify(manner), manner]),
	);
	for (const [key, manner] of manners) {
		const alike = [...wanted].filter(([, one]) => JSON.stringify(one.manner) === key);
		for (const together of inChunks(alike, BATCH)) {
			const answers = await syncPeople(
				{ ...parts, ...manner },
				together.map(([, { action }]) => action),
			);
			for (const [at, [item]] of together.entries())
				out.push({ json: answers[at]! as AnswerItem & IDataObject, pairedItem: { item } });
		}
	}
	return out.sort((a, b) => itemOf(a) - itemOf(b));
}

function actionOf(
	context: IExecuteFunctions,
	json: IDataObject,
	itemIndex: number,
): { action: PersonAction; manner: Manner } {
	const refuse = (message: string, description: string) =>
		new NodeOperationError(context.getNode(), message, { description, itemIndex });
	const values = (
		typeof json.values === 'object' && json.values !== null ? json.values : {}
	) as Record<string, Raw>;
	const person = String(context.getNodeParameter('personId', itemIndex) ?? '').trim();
	if (!/^[1-9]\d{0,17}$/.test(person))
		throw refuse(
			`"${person}" is not the ID of a Marketo person`,
			'Enter the Marketo Unique ID: digits only, as shown on the person’s Summary',
		);
	const options = context.getNodeParameter('options', itemIndex, {}) as Options;
	const owner = String(options.owner ?? values.owner ?? '').trim();
	const parts = OWNER.exec(owner);
	if (owner && !parts)
		throw refuse(
			`"${owner}" is not an owner`,
			'Enter the ID of a user, or systemuser(ID) or team(ID)',
		);
	const chosen = String(context.getNodeParameter('syncAs', itemIndex) ?? '');
	const syncAs = tableOf(chosen, values);
	if (!syncAs)
		throw refuse(
			`"${chosen === AS_ASKED ? String(values.syncAs) : chosen}" is neither lead nor contact`,
			'Enter lead or contact as syncAs, or nothing, which means lead',
		);
	const action: PersonAction = {
		request: isRequest(json) ? String(json.request) : null,
		askedAt: isRequest(json) ? Date.parse(String(json.changedAt)) : undefined,
		person,
		syncAs,
		owner: parts ? `${(parts[1] ?? 'systemuser').toLowerCase()}(${parts[2]!.toLowerCase()})` : '',
		values,
	};
	return {
		action,
		manner: {
			detectDuplicates: options.detectDuplicates !== false,
			onlyLinked: options.onlyLinked === true,
		},
	};
}

/** A person whom a campaign sent; the campaign waits for an answer. */
function isRequest({ kind, request }: IDataObject): boolean {
	return kind === 'request' && typeof request === 'string';
}

/** What the steps behind can tell a campaign; expressions do not see an item's error. */
function unreadable({ message, description }: NodeOperationError): IDataObject {
	return {
		success: false,
		outcome: 'failed',
		errorCode: 'BAD_VALUE',
		reason: message,
		remedy: description ?? '',
	};
}

/** Undefined for what is neither: nobody guesses what to create. */
function tableOf(chosen: string, values: Record<string, Raw>): PeopleTable | undefined {
	const said = tidy(chosen === AS_ASKED ? values.syncAs : chosen) || 'lead';
	return said === 'lead' || said === 'contact' ? said : undefined;
}

function tidy(said: unknown): string {
	return String(said ?? '')
		.trim()
		.toLowerCase();
}

function itemOf({ pairedItem }: INodeExecutionData): number {
	return (pairedItem as { item: number }).item;
}
