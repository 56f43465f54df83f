import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { closeOpportunity, type Closing } from '../../../apis/dataverse/actions/closeOpportunity';
import { refusal } from '../../../apis/dataverse/errors/refusal';
import { guid } from '../../../apis/dataverse/transport/odata';
import type { OperationDefinition } from '../../shared/operation';
import { OPPORTUNITY } from '../resources';
import { clientOf } from './client';
import { perDynamicsItem } from './dynamicsError';
import { chosenRowId, ROW_PICKER } from './rowReference';

interface Options {
	description?: string;
	actualRevenue?: number;
	closeDate?: string;
}

/** What an operation that closes opportunities has of its own. */
interface Ending {
	outcome: Closing['outcome'];
	/** The status reason that Microsoft ships first. */
	statusReason: number;
	subject: string;
}

function properties({ statusReason, subject }: Ending): INodeProperties[] {
	return [
		ROW_PICKER,
		{
			displayName: 'Status Reason Name or ID',
			name: 'statusReason',
			type: 'options',
			typeOptions: { loadOptionsMethod: 'getClosingReasons' },
			default: statusReason,
			description:
				'Why it is closed; the reason must belong to this outcome. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
		{
			displayName: 'Subject',
			name: 'subject',
			type: 'string',
			default: subject,
			required: true,
			description: 'The subject of the activity that Dynamics creates for it',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Actual Revenue',
					name: 'actualRevenue',
					type: 'number',
					default: 0,
					description:
						'In the currency of the opportunity. Without it, the estimated revenue is used.',
				},
				{
					displayName: 'Close Date',
					name: 'closeDate',
					type: 'dateTime',
					default: '',
					description: 'The day on which it was closed. Without it, today.',
				},
				{
					displayName: 'Description',
					name: 'description',
					type: 'string',
					typeOptions: { rows: 3 },
					default: '',
					description: 'The text of the activity',
				},
			],
		},
	];
}

/** Properties and work of an operation that closes an opportunity. */
export function closing(
	ending: Ending,
): Pick<OperationDefinition, 'resources' | 'properties' | 'execute'> {
	return {
		resources: [OPPORTUNITY.value],
		properties: properties(ending),
		execute: perDynamicsItem(async (context, itemIndex): Promise<IDataObject> => {
			const id = guid(chosenRowId(context, itemIndex));
			const statusReason = Number(context.getNodeParameter('statusReason', itemIndex));
			await closeOpportunity(await clientOf(context), id, {
				outcome: ending.outcome,
				statusReason,
				subject: String(context.getNodeParameter('subject', itemIndex)),
				...given(context, itemIndex),
			});
			return { opportunityid: id, outcome: ending.outcome, statuscode: statusReason };
		}),
	};
}

/** The options that have a value. @throws DataverseProblem for a day that is none */
function given(context: IExecuteFunctions, itemIndex: number): Partial<Closing> {
	const options = context.getNodeParameter('options', itemIndex, {}) as Options;
	const { description, actualRevenue, closeDate } = options;
	const day = closeDate ? /^\d{4}-\d{2}-\d{2}/.exec(String(closeDate))?.[0] : undefined;
	if (closeDate && day === undefined) {
		throw refusal(`'${closeDate}' is not a date`, 'Write the close date as 2026-05-31');
	}
	return {
		...(description ? { description } : {}),
		...(actualRevenue === undefined ? {} : { actualRevenue: Number(actualRevenue) }),
		...(day === undefined ? {} : { closeDate: day }),
	};
}
