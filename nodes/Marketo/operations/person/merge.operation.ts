import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { LOSERS_PER_CALL, mergePeople } from '../../../../apis/marketo/people/mergePeople';
import type { RecordOutcome } from '../../../../apis/marketo/transport/outcomes';
import type { OperationDefinition } from '../../../shared/operation';
import { inBatches } from '../../shared/batch';
import { personId } from '../../shared/person.properties';
import { isPersonId, requiredId } from '../../shared/personInput';

interface Merge {
	winner: string;
	losers: string[];
}

export const merge: OperationDefinition = {
	value: 'merge',
	name: 'Merge',
	action: () => 'Merge people',
	description: 'Merge people into another person permanently; their activities move along',
	resources: ['person'],
	properties: [
		{
			...personId,
			description:
				'The Marketo ID of the person to keep. A field that is empty there takes a value from the others.',
		},
		{
			displayName: 'IDs of People to Merge',
			name: 'loserIds',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 1002346, 1002347',
			description: `The Marketo IDs of the people to merge into that person, separated by commas. One call merges up to ${LOSERS_PER_CALL}.`,
		},
	],
	execute: inBatches<Merge>({
		prepare: async (context, itemIndex) => {
			const winner = requiredId(context, itemIndex, 'personId');
			const losers = loserIds(context, itemIndex);
			if (losers.includes(winner))
				throw new NodeOperationError(
					context.getNode(),
					'The person to keep cannot also be merged',
					{
						description: `Remove ${winner} from 'IDs of People to Merge'`,
						itemIndex,
					},
				);
			return { record: { winner, losers }, group: `${itemIndex}` };
		},
		write: async (marketo, _, merges) => {
			const outcomes: RecordOutcome[] = [];
			for (const { winner, losers } of merges)
				outcomes.push(await mergePeople(marketo, winner, losers));
			return outcomes;
		},
		output: (_, { winner, losers }) => ({ id: Number(winner), merged: losers.map(Number) }),
	}),
};

/** @throws NodeOperationError where there is none, or one that is no number */
function loserIds(context: IExecuteFunctions, itemIndex: number): string[] {
	const given = context.getNodeParameter('loserIds', itemIndex, '') as unknown;
	const list: unknown[] = Array.isArray(given) ? given : String(given ?? '').split(/[,;\s]+/);
	const ids = list.map((id) => String(id ?? '').trim()).filter((id) => id !== '');
	const wrong = ids.find((id) => !isPersonId(id));
	if (ids.length > 0 && wrong === undefined) return [...new Set(ids)];
	const message =
		wrong === undefined ? "'IDs of People to Merge' is empty" : `'${wrong}' is not a Marketo ID`;
	throw new NodeOperationError(context.getNode(), message, {
		description: 'Enter whole numbers, as in the URL of a person in Marketo',
		itemIndex,
	});
}
