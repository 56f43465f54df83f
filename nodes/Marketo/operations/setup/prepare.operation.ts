import { NodeOperationError } from 'n8n-workflow';

import { prepareResultType } from '../../../../apis/marketo/activities/syncResults';
import type { Marketo } from '../../../../apis/marketo/client';
import { DEFAULT_MAPPING_FIELDS } from '../../../../apis/marketo/fields/defaultMappingFields';
import {
	PERSON_FIELD_TYPES,
	PERSON_LINK_FIELDS,
	type LinkField,
} from '../../../../apis/marketo/fields/linkFields';
import { personFields } from '../../../../apis/marketo/fields/personFields';
import { prepareFields, type Prepared } from '../../../../apis/marketo/fields/prepareFields';
import { ownSubscription } from '../../../../sync/schedule/systems';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { describeAnew } from '../../../../sync/page/columnCache';
import { openNodeLedger } from '../../../shared/ledger';
import { toColumn } from '../../../shared/marketoColumns';
import type { OperationDefinition } from '../../../shared/operation';
import { assertNames, newFields, newFieldsProperty } from '../../shared/newFields';
import { once } from '../../shared/once';

export const prepare: OperationDefinition = {
	value: 'prepare',
	name: 'Prepare',
	action: () => 'Prepare Marketo for the sync',
	description:
		'Create whatever the sync needs in Marketo and is missing there; can be run again at any time',
	resources: ['setup'],
	properties: [
		{
			displayName: 'What to Prepare',
			name: 'parts',
			type: 'multiOptions',
			options: [
				{
					name: 'Activity Type',
					value: 'activityType',
					description: "'Dynamics Sync Result', for entries in people's activity logs",
				},
				{
					name: 'Fields of the Default Mapping',
					value: 'mappingFields',
					description:
						'Microsoft Address 2, Microsoft Topic and others that the shipped field mapping uses',
				},
				{
					name: 'Person Fields',
					value: 'fields',
					description: 'Dynamics Lead ID, Dynamics Contact ID, Microsoft Type and others',
				},
			],
			default: ['fields', 'mappingFields', 'activityType'],
			description: 'What already exists is left alone',
		},
		newFieldsProperty(PERSON_FIELD_TYPES, {
			displayName: 'Fields of Your Own',
			name: 'ownFields',
			description:
				'Person fields for columns of Dynamics that nothing in Marketo exists for yet. Name and type cannot be changed by the sync later; a long text is created in Marketo (Admin, Field Management).',
		}),
	],
	execute: once(async (context, marketo) => {
		const parts = context.getNodeParameter('parts', 0, []) as string[];
		const prepared: Array<Prepared & { kind: string }> = [];
		const own = newFields<LinkField['dataType']>(context, 'ownFields');
		const wanted: LinkField[] = [
			...(parts.includes('fields') ? Object.values(PERSON_LINK_FIELDS) : []),
			...(parts.includes('mappingFields') ? DEFAULT_MAPPING_FIELDS : []),
			...own.map((field) => ({ ...field, description: 'Synced with Dynamics 365' })),
		];
		assertNames(
			context,
			wanted.map(({ name }) => name),
			'those of What to Prepare',
		);
		// Before anything is made: where the sync cannot keep its ledger, its fields are of no use.
		const ledger = wanted.length > 0 ? await openNodeLedger(context) : undefined;
		for (const field of await prepareFields(marketo, wanted)) {
			prepared.push({ kind: 'person field', ...field });
		}
		const unready = prepared.filter(({ outcome }) => outcome !== 'there' && outcome !== 'created');
		if (parts.includes('activityType')) {
			prepared.push({ kind: 'activity type', ...(await prepareResultType(marketo)) });
		}
		if (unready.length > 0) {
			throw new NodeOperationError(
				context.getNode(),
				`Marketo is not ready: ${unready.map(({ label }) => label).join(', ')}`,
				{ description: unready.map(({ label, message }) => `${label}: ${message}`).join('. ') },
			);
		}
		if (ledger) await keepFields(ledger, marketo);
		return prepared.map(({ kind, name, label, outcome, message }) => ({
			kind,
			name,
			label,
			outcome,
			message,
		}));
	}),
};

/** For the lists of the field mapping, before anything has run. What is another subscription's is left out. */
async function keepFields(ledger: Ledger, marketo: Marketo): Promise<void> {
	const own = await ownSubscription(ledger.db);
	if (own !== undefined && own !== marketo.subscription) return;
	await describeAnew(ledger, 'person', async () => (await personFields(marketo)).map(toColumn));
}
