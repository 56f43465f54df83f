import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { EMPTY_RULES, WINNERS } from './choices';
import { MAPPING_CHECKS } from './mappingChecks';
import { mappingGroups } from './mappingGroups';
import { specialRules } from './specialRules';
import { TABLES, type TableWords } from './tables';

const winners = (native: string): INodePropertyOptions[] => [
	{ name: `As in Adobe's Sync (${native})`, value: 'native' },
	...WINNERS,
];

function policies({ table, many, native }: TableWords): INodeProperties[] {
	return [
		{
			displayName: many,
			name: `${table}Section`,
			type: 'notice',
			typeOptions: { sectionHeader: true },
			default: '',
		},
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
 * Mapping and policies of both tables. All of it is always displayed: the editor forgets the values
 * of whatever it stops displaying, so that a switch between the tables would lose one's mapping.
 */
export const PROPERTIES: INodeProperties[] = [
	...MAPPING_CHECKS,
	...TABLES.flatMap((words) => [...policies(words), ...mappingGroups(words), specialRules(words)]),
];
