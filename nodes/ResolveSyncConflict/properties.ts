import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { EMPTY_RULES, WINNERS } from './choices';
import { MAPPING_CHECKS } from './mappingChecks';
import { WHAT_TO_SYNC } from '../shared/lanes';
import { mappingGroups } from './mappingGroups';
import { specialRules } from './specialRules';
import { TABLES, type TableWords } from './tables';

const winners = (native: string): INodePropertyOptions[] => [
	{ name: `As in Adobe's Sync (${native})`, value: 'native' },
	...WINNERS,
];

function section({ table, many }: TableWords): INodeProperties {
	return {
		displayName: many,
		name: `${table}Section`,
		type: 'notice',
		typeOptions: { sectionHeader: true },
		default: '',
	};
}

/** Where nothing goes from Marketo to Dynamics there is nothing to choose. */
function policies({ table, many, native }: TableWords): INodeProperties[] {
	if (native === null) return [];
	return [
		{
			displayName: `${many}, If Both Changed`,
			name: `${table}IfBothChanged`,
			type: 'options',
			noDataExpression: true,
			options: winners(native),
			default: 'native',
			description:
				'Which value stands when the same field was changed on both sides since they last agreed',
		},
		{
			displayName: `${many}, Empty Values`,
			name: `${table}EmptyValues`,
			type: 'options',
			noDataExpression: true,
			options: EMPTY_RULES,
			default: 'copy',
			description: 'What happens on the other side when a field is emptied',
		},
	];
}

/**
 * Mapping and policies of what is synced. Of that, all is always displayed: the editor forgets the values
 * of whatever it stops displaying, so that a switch between the tables would lose one's mapping.
 */
export const PROPERTIES: INodeProperties[] = [
	{
		...WHAT_TO_SYNC,
		description:
			'The same as in the trigger. Each has a field mapping of its own: changing this empties the one below.',
	},
	...MAPPING_CHECKS,
	...TABLES.flatMap((words) =>
		[section(words), ...policies(words), ...mappingGroups(words), specialRules(words)].map(
			(property) => ({ ...property, displayOptions: { show: { lane: [words.lane] } } }),
		),
	),
];
