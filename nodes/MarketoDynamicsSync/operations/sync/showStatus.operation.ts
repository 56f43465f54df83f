import { showStatusAtLength } from '../../../../sync/operate/showStatus';
import { kindOfNodeLedger } from '../../../shared/ledger';
import type { OperationDefinition } from '../../../shared/operation';
import { previewsInWords } from '../../shared/allRecords';
import { perLedgerItem } from '../../shared/ledgerWork';
import { statusItem } from '../../shared/statusItem';

export const showStatusOperation: OperationDefinition = {
	value: 'showStatus',
	name: 'Show Status',
	action: () => 'Show the status of the sync',
	description:
		'Show in one row what the sync is doing, since when, and what is waiting or needs help',
	resources: ['sync'],
	properties: [],
	execute: perLedgerItem(async (context, ledger) =>
		(await showStatusAtLength(ledger, (lane) => previewsInWords(ledger, lane))).map(
			({ row, late }) => ({
				...statusItem(context, row),
				...(context.getNode().typeVersion >= 1.1 && {
					...late,
					memory: kindOfNodeLedger(context),
				}),
			}),
		),
	),
};
