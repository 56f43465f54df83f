import type { OperationDefinition } from '../../shared/operation';
import { closing } from '../shared/closing';
import { aRow } from '../shared/words';

export const loseOperation: OperationDefinition = {
	value: 'lose',
	name: 'Lose',
	action: (resource) => `Lose ${aRow(resource)}`,
	description: 'Close an opportunity as lost',
	...closing({ outcome: 'lost', statusReason: 4, subject: 'Opportunity lost' }),
};
