import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Side } from '../../../../sync/items';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { keepValue, setValue } from '../../../../sync/operate/answer';
import { dynamicsDesk, marketoDesk, type Desk } from '../../../../sync/operate/desk';
import type { OperationDefinition } from '../../../shared/operation';
import { connectDynamicsPort, connectMarketoPort } from '../../../shared/syncPorts';
import { accessOf } from '../../shared/access';
import { perGuardedItem } from '../../shared/ledgerWork';

const ANOTHER = 'another';

const PROPERTIES: INodeProperties[] = [
	{
		displayName: 'Question',
		name: 'question',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		description:
			"A field that was changed in both systems and that the rule 'Ask' left as it is on both sides",
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Choose a question...',
				typeOptions: { searchListMethod: 'searchQuestions', searchable: true },
				hint: 'Name, field and both values; the oldest question first',
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. kq0vX2Yb1cA',
				hint: 'The conflictId of a row in the Data Table of conflicts',
			},
		],
	},
	{
		displayName: 'Answer',
		name: 'answer',
		type: 'options',
		options: [
			{ name: "Keep Dynamics' Value", value: 'dynamics' },
			{ name: "Keep Marketo's Value", value: 'marketo' },
			{
				name: 'Another Value',
				value: ANOTHER,
				description: 'Written at once to the system of the chosen credential',
			},
		],
		default: 'dynamics',
		description:
			'Which value both sides get; if somebody changes the field before the sync next runs, the question is asked again',
	},
	{
		displayName: 'Value',
		name: 'value',
		type: 'string',
		// Not required: n8n shows it, and would ask for it, wherever an expression says which answer it is.
		default: '',
		placeholder: 'e.g. Head of Sales',
		description:
			'The value for both sides, in the form of the system whose credential is chosen: a choice by its label, a date as 2026-01-31',
		displayOptions: { show: { answer: [ANOTHER] } },
	},
];

export const answerOperation: OperationDefinition = {
	value: 'answer',
	name: 'Answer a Question',
	action: () => 'Answer a question about a record',
	description:
		'Choose which value to keep where both systems changed a field and the sync asks: the one from Dynamics, the one from Marketo or another one',
	resources: ['record'],
	properties: PROPERTIES,
	execute: perGuardedItem(async (context, ledger, itemIndex) => {
		const key = String(
			context.getNodeParameter('question', itemIndex, '', { extractValue: true }) ?? '',
		);
		const answer = context.getNodeParameter('answer', itemIndex, 'dynamics') as
			| Side
			| typeof ANOTHER;
		if (answer !== ANOTHER) return { ...(await keepValue(ledger, key, answer)) };
		const value = String(context.getNodeParameter('value', itemIndex, '') ?? '');
		const by = { name: context.getNode().name, then: 'answer again' };
		return { ...(await setValue(ledger, key, value, await deskOf(context, ledger), by)) };
	}),
};

/** Another value is an edit in one of the systems, so that system's own rights decide who may make it. */
async function deskOf(context: IExecuteFunctions, ledger: Ledger): Promise<Desk> {
	switch (accessOf(context)) {
		case 'dynamics':
			return dynamicsDesk(await connectDynamicsPort(context, ledger));
		case 'marketo':
			return marketoDesk(await connectMarketoPort(context, ledger));
		default:
			throw new NodeOperationError(
				context.getNode(),
				'Another value needs a Dynamics 365 or Marketo credential: it is written there',
				{ description: "Set 'Access With' and choose the credential that the sync uses" },
			);
	}
}
