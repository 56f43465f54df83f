import type { OperationDefinition } from '../../shared/operation';
import { closing } from '../shared/closing';
import { aRow } from '../shared/words';

export const winOperation: OperationDefinition = {
	value: 'win',
	name: 'Win',
	action: (resource) => `Win ${aRow(resource)}`,
	description: 'Close an opportunity as won',
	...closing({ outcome: 'won', statusReason: 3, subject: 'Opportunity won' }),
};
