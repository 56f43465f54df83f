import { lastLinked } from '../../../../sync/ledger/links';
import type { PageStart } from '../../../../sync/items';
import { tokenOf } from '../../../../sync/schedule/token';
import { WHAT_TO_SYNC } from '../../../shared/lanes';
import type { OperationDefinition } from '../../../shared/operation';
import { mappingBehind } from '../../../shared/mappingParameters';
import { laneOf, perLedgerItem } from '../../shared/ledgerWork';

/** A page of the sync; more would be a second one. */
const MOST = 1000;

/**
 * Starts a preview of records that are linked already. The steps of the sync do the work, with their own
 * credentials, and *Resolve Sync Conflict* shows what its mapping, as it is drafted, would do.
 */
export const previewMappingOperation: OperationDefinition = {
	value: 'previewMapping',
	name: 'Preview Mapping',
	action: () => 'Preview the field mapping',
	description:
		'Show what the field mapping as it is drafted would do to linked records, in the output of Resolve Sync Conflict; nothing is written',
	resources: ['sync'],
	properties: [
		WHAT_TO_SYNC,
		{
			displayName: 'Connect this step to Get Dynamics Changes, as in the shipped workflow',
			name: 'previewNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Linked Records',
			name: 'linkedRecords',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: MOST, numberPrecision: 0 },
			default: 100,
			description: 'How many to look at; those that were linked last are taken',
		},
	],
	execute: perLedgerItem(async (context, ledger, itemIndex) => {
		const lane = laneOf(context, itemIndex);
		mappingBehind(context, lane);
		const wanted = Number(context.getNodeParameter('linkedRecords', itemIndex, 100));
		const linkedRecords = Math.min(MOST, Math.max(1, Math.trunc(wanted) || 1));
		const isAnybodyLinked = (await lastLinked(ledger.db, lane, 1)).length > 0;
		// "Execute step" in a step of the sync may start here as well, also before the first run.
		if (!isAnybodyLinked)
			context.addExecutionHints({
				message: 'No record is linked yet: this is a preview of the first page',
				location: 'outputPane',
			});
		const page = tokenOf({ lane, run: 'preview', page: 1, ledger: ledger.id });
		const start: PageStart = {
			kind: 'start',
			page,
			preview: true,
			label: 'Preview of the field mapping: nothing is written',
			...(isAnybodyLinked && { linkedRecords }),
		};
		return { ...start };
	}),
};
