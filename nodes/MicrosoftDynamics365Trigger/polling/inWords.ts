import { NodeApiError, NodeOperationError, type IPollFunctions } from 'n8n-workflow';

import { dynamicsError } from '../../MicrosoftDynamics365/shared/dynamicsError';

/** Does the work of a poll; what goes wrong is said as n8n shows it. */
export async function inWords<Result>(
	context: IPollFunctions,
	work: () => Promise<Result>,
): Promise<Result> {
	return await work().catch((problem: unknown) => {
		const error = dynamicsError(context.getNode(), problem);
		throw error instanceof NodeApiError || error instanceof NodeOperationError
			? error
			: new NodeOperationError(context.getNode(), error as Error);
	});
}
