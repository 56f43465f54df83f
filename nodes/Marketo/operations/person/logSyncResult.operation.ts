import type { INodeProperties } from 'n8n-workflow';

import {
	addSyncResults,
	type SyncResultEntry,
} from '../../../../apis/marketo/activities/syncResults';
import type { OperationDefinition } from '../../../shared/operation';
import { inBatches } from '../../shared/batch';
import { personId } from '../../shared/person.properties';
import { required, requiredId } from '../../shared/personInput';

const text = (
	displayName: string,
	name: string,
	description: string,
	more: Partial<INodeProperties> = {},
): INodeProperties => ({ displayName, name, type: 'string', default: '', description, ...more });

export const logSyncResult: OperationDefinition = {
	value: 'logSyncResult',
	name: 'Log Sync Result',
	action: (resourceName) => `Log sync result of ${resourceName.toLowerCase()}`,
	description:
		"Add an entry to the person's activity log that says what a sync did or could not do",
	resources: ['person'],
	properties: [
		{
			displayName:
				"Needs the activity type that resource 'Setup', operation 'Prepare' creates once",
			name: 'prepareNotice',
			type: 'notice',
			default: '',
		},
		personId,
		text('Subject', 'subject', 'What the entry is about; its headline in Marketo', {
			required: true,
			placeholder: 'e.g. Job Title',
		}),
		text('Outcome', 'outcome', 'A word or two, so that smart lists can filter by it', {
			placeholder: 'e.g. needs help',
		}),
		text('Reason', 'reason', 'What happened'),
		text('Remedy', 'remedy', 'What to do about it'),
		text('Field', 'field', 'The field it is about, if it is about one', {
			placeholder: 'e.g. title',
		}),
	],
	execute: inBatches<SyncResultEntry>({
		async prepare(context, itemIndex, marketo) {
			const optional = (name: string): string =>
				String(context.getNodeParameter(name, itemIndex, '') ?? '').trim();
			return {
				group: '',
				record: {
					personId: requiredId(context, itemIndex, 'personId'),
					subject: required(context, itemIndex, 'subject'),
					at: new Date(marketo.wire.now()).toISOString(),
					outcome: optional('outcome'),
					reason: optional('reason'),
					remedy: optional('remedy'),
					field: optional('field'),
				},
			};
		},
		write: async (marketo, _, entries) => await addSyncResults(marketo, entries),
		output: ({ id }, { personId: person }) => ({
			personId: Number(person),
			activityId: id,
			logged: true,
		}),
	}),
};
