import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
} from 'n8n-workflow';

/** One operation of a node: its own file, its own properties, its own work. */
export interface OperationDefinition {
	/** Internal name, e.g. `createOrUpdate`. */
	value: string;
	/** Title Case, e.g. `Create or Update`. */
	name: string;
	/** Sentence case with the resource, e.g. `Create or update a lead`. One per resource. */
	action: (resourceName: string) => string;
	description: string;
	/** Resource values that offer it. */
	resources: string[];
	/** Properties without `displayOptions` on resource and operation; the registry adds these. */
	properties: INodeProperties[];
	/** Works on all items of the run. Throws only what should end the node. */
	execute(context: IExecuteFunctions, items: INodeExecutionData[]): Promise<INodeExecutionData[]>;
}

/** Turns work on one item into work on all: pairs items, honors "On Error", names the item. */
export function perItem(
	work: (context: IExecuteFunctions, itemIndex: number) => Promise<IDataObject | IDataObject[]>,
): OperationDefinition['execute'] {
	return async (context, items) => {
		const out: INodeExecutionData[] = [];
		for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
			try {
				const result = await work(context, itemIndex);
				for (const json of Array.isArray(result) ? result : [result]) {
					out.push({ json, pairedItem: { item: itemIndex } });
				}
			} catch (cause) {
				const error =
					cause instanceof NodeApiError || cause instanceof NodeOperationError
						? cause
						: new NodeOperationError(context.getNode(), cause as Error, { itemIndex });
				if (!context.continueOnFail()) throw error;
				out.push({ json: items[itemIndex]!.json, error, pairedItem: { item: itemIndex } });
			}
		}
		return out;
	};
}
