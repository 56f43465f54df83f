import { usage as readUsage } from '../../../../apis/marketo/usage';
import type { OperationDefinition } from '../../../shared/operation';
import { once } from '../../shared/once';

export const usage: OperationDefinition = {
	value: 'usage',
	name: 'Get API Usage',
	action: () => 'Get API usage',
	description: 'Count the API calls of the subscription, by day and by user',
	resources: ['setup'],
	properties: [
		{
			displayName: 'Days',
			name: 'days',
			type: 'options',
			options: [
				{ name: 'Last 7 Days', value: 'week' },
				{ name: 'Today', value: 'today' },
			],
			default: 'today',
			description: 'Days end at midnight US Central time',
		},
	],
	execute: once(async (context, marketo) => {
		const days = context.getNodeParameter('days', 0, 'today') as 'today' | 'week';
		return (await readUsage(marketo, days)).map(({ date, total, users }) => ({
			date,
			total,
			users,
		}));
	}),
};
