import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { Marketo } from '../../../apis/marketo/client';
import { connectMarketo } from '../../shared/marketoConnection';
import type { OperationDefinition } from '../../shared/operation';
import { marketoError } from './marketoError';

/** Work that concerns the subscription, not the items: done once, however many items come in. */
export function once(
	work: (context: IExecuteFunctions, marketo: Marketo) => Promise<IDataObject[]>,
): OperationDefinition['execute'] {
	return async (context, items) => {
		const pairedItem = items.map((_, item) => ({ item }));
		try {
			const rows = await work(context, await connectMarketo(context));
			return rows.map((json) => ({ json, pairedItem }));
		} catch (cause) {
			const error = marketoError(context, cause, 0);
			if (!context.continueOnFail()) throw error;
			return [{ json: items[0]?.json ?? {}, error, pairedItem }];
		}
	};
}
