import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { lastLinked } from '../../../../sync/ledger/links';
import type { PageStart } from '../../../../sync/items';
import { tokenOf } from '../../../../sync/schedule/token';
import { PAGE_RECORDS } from '../../../../sync/page/readDynamics';
import { inOneLine, summaryOfAll } from '../../../../sync/operate/previewSummary';
import type { ChecklistLine } from '../../../shared/checklist';
import { WHAT_TO_SYNC } from '../../../shared/lanes';
import type { OperationDefinition } from '../../../shared/operation';
import { syncOptionsBehind } from '../../../shared/syncOptions';
import { laneOfNode, mappingBehind } from '../../../shared/mappingParameters';
import { ALL, maximumCalls, mostCallsOf, previewAll } from '../../shared/allRecords';
import { perLedgerItem } from '../../shared/ledgerWork';

/**
 * Starts a preview of records that are linked already. The steps of the sync do the work, with their own
 * credentials, and *Resolve Sync Conflict* shows what its mapping, as it is drafted, would do.
 */
export const previewMappingOperation: OperationDefinition = {
	value: 'previewMapping',
	name: 'Preview Mapping',
	action: () => 'Preview the field mapping',
	description:
		'Show what the drafted field mapping would do to linked records, in the output of Resolve Sync Conflict; nothing is written',
	resources: ['sync'],
	properties: [
		WHAT_TO_SYNC,
		{
			displayName:
				'Connect this step to Get Dynamics Changes, as in the shipped workflow. After a checklist of Validate Setup it starts only when nothing is left to do',
			name: 'previewNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Preview Of',
			name: 'previewOf',
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: 'All Records',
					value: ALL,
					description:
						'First count what the sync would do to all records, by a trial run that writes nothing; it reads as many records as a first run does',
				},
				{
					name: 'Some Records',
					value: 'some',
					description:
						'Those linked most recently; before the first run, the first page (up to 1,200 records)',
				},
			],
			default: 'some',
		},
		{
			displayName:
				'The trial run takes minutes to hours: <i>Show Status</i> says how far it is. Choose the credentials that the steps of the sync use',
			name: 'allNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { previewOf: [ALL] } },
		},
		maximumCalls('trial run', { previewOf: [ALL] }),
		{
			displayName: 'Linked Records',
			name: 'linkedRecords',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: PAGE_RECORDS, numberPrecision: 0 },
			default: 100,
			description:
				'How many to look at one by one, those linked most recently first. Before the first run, the first page is shown.',
		},
	],
	async execute(context, items) {
		refuseUntilDone(context, items);
		// One preview, however many lines the checklist has.
		return await start(context, items.slice(0, 1));
	},
};

/** The message names what is to do first: of an error n8n's notices show no more than that. */
function refuseUntilDone(context: IExecuteFunctions, items: INodeExecutionData[]): void {
	const lines = items.map(({ json }) => json as Partial<ChecklistLine>);
	const open = lines
		.filter(({ status }) => status === 'to do')
		.map(({ system, check, found, remedy }) => `${system}, ${check}: ${found}. ${remedy}`);
	if (open.length === 0) return;
	const others = open.length > 1 ? ` (and ${open.length - 1} more in the checklist)` : '';
	throw new NodeOperationError(
		context.getNode(),
		`To do before the sync can start: ${open[0]}${others}`,
		{ description: open.slice(1).join(' · ') },
	);
}

const start = perLedgerItem(async (context, ledger, itemIndex) => {
	const lane = laneOfNode(context);
	const mapping = mappingBehind(context, lane);
	const wanted = Number(context.getNodeParameter('linkedRecords', itemIndex, 100));
	const linkedRecords = Math.min(PAGE_RECORDS, Math.max(1, Math.trunc(wanted) || 1));
	const isAnybodyLinked = (await lastLinked(ledger.db, lane, 1)).length > 0;
	// Before the first run, and by "Execute step" in a step of the sync.
	if (!isAnybodyLinked)
		context.addExecutionHints({
			message: 'No record is linked yet: this is a preview of the first page',
			location: 'outputPane',
		});
	const page = tokenOf({ lane, run: 'preview', page: 1, ledger: ledger.id });
	const all =
		context.getNodeParameter('previewOf', itemIndex, 'some') === ALL
			? await previewAll(context, lane, mapping, {
					mostCalls: mostCallsOf(context, itemIndex),
					options: syncOptionsBehind(context, lane),
				})
			: undefined;
	const item: PageStart = {
		kind: 'start',
		page,
		preview: true,
		label: all
			? `Preview of all records. ${inOneLine(summaryOfAll(all))}`
			: 'Preview of the field mapping: nothing is written',
		...(isAnybodyLinked && { linkedRecords }),
		...(all && { all }),
	};
	return { ...item };
});
