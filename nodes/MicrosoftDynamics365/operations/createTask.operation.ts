import { randomUUID } from 'crypto';

import type { IExecuteFunctions } from 'n8n-workflow';

import { createTasks, type NewTask } from '../../../apis/dataverse/actions/createTasks';
import type { Person } from '../../../apis/dataverse/actions/people';
import { stableId } from '../../../apis/dataverse/actions/stableId';
import { refusal } from '../../../apis/dataverse/errors/refusal';
import { describe } from '../../../apis/dataverse/metadata/describe';
import { columnNamed } from '../../../apis/dataverse/values/body';
import { choiceValue } from '../../../apis/dataverse/values/choices';
import type { OperationDefinition } from '../../shared/operation';
import { PERSON_RESOURCES } from '../resources';
import { clientOf } from '../shared/client';
import { inBatches, type Plan } from '../shared/inBatches';
import { OWNER, ownerNamed } from '../shared/ownerReference';
import { PERSON, personOf } from '../shared/personReference';

const DAY_MS = 86_400_000;

interface TaskPlan extends Plan {
	task: NewTask;
}

export const createTaskOperation: OperationDefinition = {
	value: 'createTask',
	name: 'Create Task',
	action: (resource) => `Create a task about a ${resource.toLowerCase()}`,
	description: 'Create a task about a record, once per key',
	resources: [...PERSON_RESOURCES],
	properties: [
		...PERSON,
		{
			displayName: 'Subject',
			name: 'subject',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. Call back about the webinar',
		},
		{
			displayName: 'Description',
			name: 'description',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
		},
		{
			displayName: 'Due In (Days)',
			name: 'dueInDays',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 2 },
			default: 5,
			required: true,
			description: 'When the task is due, in days from now',
		},
		{
			displayName: 'Key',
			name: 'key',
			type: 'string',
			default: '={{ $json.request }}',
			placeholder: 'e.g. welcome call',
			description:
				'What this task is for. This node creates one task per record and key: running it again with the same key creates no second task. If empty, a new task is created every time.',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					...OWNER,
					description:
						'The user or team who does the task. Without one, the user of the credential.',
				},
				{
					displayName: 'Priority',
					name: 'priority',
					type: 'options',
					options: [
						{ name: 'High', value: 2 },
						{ name: 'Low', value: 0 },
						{ name: 'Normal', value: 1 },
					],
					default: 1,
				},
				{
					displayName: 'Status Reason Name or ID',
					name: 'statusReason',
					type: 'options',
					typeOptions: { loadOptionsMethod: 'getTaskStatusReasons' },
					default: '',
					description:
						'The first status reason of the task. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
				},
			],
		},
	],
	execute: inBatches<TaskPlan>(
		async (context, itemIndex) => {
			const person = personOf(context, itemIndex);
			return { row: person, task: await taskFor(context, itemIndex, person) };
		},
		async (context, plans) => {
			const created = await createTasks(
				await clientOf(context),
				plans.map(({ task }) => task),
			);
			return created.map((result, index) => {
				if ('problem' in result) return result;
				const { id, subject } = plans[index]!.task;
				return {
					taskId: id,
					taskSubject: subject,
					taskCreated: result.created,
					reason: `The task "${subject}" was ${result.created ? 'created' : 'already there'}`,
				};
			});
		},
	),
};

async function taskFor(
	context: IExecuteFunctions,
	itemIndex: number,
	regarding: Person,
): Promise<NewTask> {
	const text = (name: string) => String(context.getNodeParameter(name, itemIndex, '') ?? '').trim();
	const subject = text('subject');
	if (!subject) throw refusal('The subject of the task is missing', "Set 'Subject'");
	const days = Number(text('dueInDays') || Number.NaN);
	if (!(days >= 0 && days <= 36_500)) {
		throw refusal(
			`"${text('dueInDays')}" is not a number of days`,
			"Set 'Due In (Days)' to 0 or more",
		);
	}
	const owner = context.getNodeParameter('options.owner', itemIndex, '', { extractValue: true });
	const ownerGiven = typeof owner === 'string' ? owner.trim() : '';
	const priority = text('options.priority');
	const { wire } = await clientOf(context);
	return {
		id: taskId(context, text('key'), regarding),
		regarding,
		subject,
		description: text('description') || undefined,
		due: new Date(wire.now() + days * DAY_MS).toISOString(),
		statusReason: await statusReasonOf(context, text('options.statusReason')),
		priority: priority === '' ? undefined : priorityOf(priority),
		owner: ownerGiven ? await ownerNamed(context, ownerGiven) : undefined,
	};
}

/** Two nodes that get the same request each make their own task of it. */
function taskId(context: IExecuteFunctions, key: string, { table, id }: Person): string {
	return key ? stableId('task', context.getNode().id, key, table, id) : randomUUID();
}

async function statusReasonOf(
	context: IExecuteFunctions,
	given: string,
): Promise<number | undefined> {
	if (given === '') return undefined;
	if (/^\d+$/.test(given)) return Number(given);
	const table = await describe(await clientOf(context), 'task');
	return choiceValue(columnNamed(table, 'statuscode'), given);
}

function priorityOf(given: string): number {
	const named = ['low', 'normal', 'high'].indexOf(given.toLowerCase());
	if (named >= 0) return named;
	if (/^\d+$/.test(given)) return Number(given);
	throw refusal(`"${given}" is not a priority`, 'Use Low, Normal or High');
}
