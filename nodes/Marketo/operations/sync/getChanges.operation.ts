import { readMarketoPage } from '../../../../sync/page/readMarketo';
import { openNodeLedger } from '../../../shared/ledger';
import { mappingBehind } from '../../../shared/mappingParameters';
import type { OperationDefinition } from '../../../shared/operation';
import { asItems, inPage, jsonOf, pageStart } from '../../../shared/syncPage';
import { connectMarketoPort, PEOPLE_LANE } from '../../../shared/syncPorts';

/** One page of what changed in Marketo, and the partners of the Dynamics records that came in. */
export const getChanges: OperationDefinition = {
	value: 'getChanges',
	name: 'Get Changes',
	action: () => 'Get changes of people',
	description:
		'Get the people who changed since the last sync, and those whom the incoming Dynamics records are linked with',
	resources: ['sync'],
	properties: [],
	async execute(context, items) {
		const start = pageStart(context, items);
		const ledger = await openNodeLedger(context);
		const mapping = mappingBehind(context);
		const [out] = await inPage(context, ledger, start.page, async () => {
			const port = await connectMarketoPort(context, ledger);
			return [
				asItems(await readMarketoPage(ledger, PEOPLE_LANE, start, jsonOf(items), mapping, port)),
			];
		});
		return out!;
	},
};
