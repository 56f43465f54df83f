import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type JsonObject,
} from 'n8n-workflow';

import { DataverseProblem } from '../../../apis/dataverse/errors/problem';
import { isSignInFailed } from '../../../apis/wire/signIn';
import { perItem, type OperationDefinition } from '../../shared/operation';

/** `perItem` for work on Dynamics, whose problems become n8n errors: what happened, and how to mend it. */
export function perDynamicsItem(
	work: (context: IExecuteFunctions, itemIndex: number) => Promise<IDataObject | IDataObject[]>,
): OperationDefinition['execute'] {
	return perItem(
		async (context, itemIndex) =>
			await work(context, itemIndex).catch((error: unknown) => {
				throw dynamicsError(context.getNode(), error, itemIndex);
			}),
	);
}

/** A problem of Dynamics as n8n shows it; every other error as it is. */
export function dynamicsError(node: INode, error: unknown, itemIndex?: number): unknown {
	if (isSignInFailed(error)) {
		return new NodeOperationError(node, error.reason, { description: error.remedy, itemIndex });
	}
	if (!(error instanceof DataverseProblem)) return error;
	const more =
		error.original && error.original !== error.reason ? ` (Dynamics 365: ${error.original})` : '';
	const texts = { message: error.reason, description: `${error.remedy}.${more}`, itemIndex };
	if (error.status === 0) return new NodeOperationError(node, error.reason, texts);
	const details: JsonObject = { code: error.code, message: error.original ?? error.reason };
	return new NodeApiError(node, details, { ...texts, httpCode: String(error.status) });
}
