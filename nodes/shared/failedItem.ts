import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';

/**
 * What goes on of an item that failed. n8n puts the message in the place of all values of an item that
 * carries an error, and with them goes the request that a campaign waits for; so an item carries one only
 * where n8n needs it to find the way to the error output.
 */
export function failedItem(
	context: Pick<IExecuteFunctions, 'getNode'>,
	json: IDataObject,
	error: NodeApiError | NodeOperationError,
	item: number,
): INodeExecutionData {
	const hasErrorOutput = context.getNode().onError === 'continueErrorOutput';
	return { json, ...(hasErrorOutput && { error }), pairedItem: { item } };
}
