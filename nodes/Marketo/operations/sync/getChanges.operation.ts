import { readObjectPage } from '../../../../sync/page/oneWay';
import { readMarketoPage } from '../../../../sync/page/readMarketo';
import { definitionOf, laneOfPage } from '../../../shared/lanes';
import { openNodeLedger } from '../../../shared/ledger';
import { mappingBehind } from '../../../shared/mappingParameters';
import type { OperationDefinition } from '../../../shared/operation';
import { asItems, inPage, jsonOf, pageStart } from '../../../shared/syncPage';
import { connectMarketoObjectPort, connectMarketoPort } from '../../../shared/syncPorts';

/** One page of what changed in Marketo, and the partners of the Dynamics records that came in. */
export const getChanges: OperationDefinition = {
	value: 'getChanges',
	name: 'Get Changes',
	action: () => 'Get changes of people',
	description:
		'Get the people who changed since the last sync, and those linked with the incoming Dynamics records',
	resources: ['sync'],
	properties: [],
	async execute(context, items) {
		const start = pageStart(context, items);
		const ledger = await openNodeLedger(context);
		const lane = laneOfPage(context.getNode(), start.page);
		const mapping = mappingBehind(context, lane);
		const definition = await definitionOf(ledger, lane);
		const [out] = await inPage(context, ledger, start.page, async () => {
			const rows = jsonOf(items);
			if (definition.twoWay) {
				const port = await connectMarketoPort(context, ledger);
				return [asItems(await readMarketoPage(ledger, definition, start, rows, mapping, port))];
			}
			const port = await connectMarketoObjectPort(context, ledger, definition.object);
			return [asItems(await readObjectPage(ledger, definition, start, rows, mapping, port))];
		});
		return out!;
	},
};
