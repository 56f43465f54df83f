import type { INodeProperties } from 'n8n-workflow';

import { counted, moment } from '../../../../sync/operate/words';
import { restoreNodeLedger } from '../../../shared/ledger';
import type { RestoredCopy } from '../../../shared/ledgerRestore';
import type { OperationDefinition } from '../../../shared/operation';
import { perGuardedItem } from '../../shared/ledgerWork';

const COPY: INodeProperties = {
	displayName: 'Copy',
	name: 'copy',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'A copy that Back Up has made',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a copy...',
			typeOptions: { searchListMethod: 'searchCopies', searchable: true },
			hint: 'When it was made and how large it is; the newest first',
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. ledger-20260131T020000000Z-key-x1Y2z3.sqlite',
			hint: 'The name of the file in the folder backups',
		},
	],
};

export const restoreOperation: OperationDefinition = {
	value: 'restore',
	name: 'Restore',
	action: () => "Restore the sync's memory",
	description:
		"Replace the sync's memory with a copy, after copying the present one; not during a run",
	resources: ['sync'],
	properties: [COPY],
	execute: perGuardedItem(async (context, _ledger, itemIndex) => {
		const name = context.getNodeParameter('copy', itemIndex, '', { extractValue: true });
		const done = await restoreNodeLedger(context, String(name ?? ''));
		const { copy, linked, savedAs } = done;
		return {
			restored: copy.name,
			madeAt: copy.madeAt,
			linked,
			notes: said(done).join(' '),
			savedAs,
		};
	}),
};

/** What becomes of what has happened since (R42, R43). */
function said({ copy, linked, isBehind, isPaused }: RestoredCopy): string[] {
	const since = moment(Date.parse(copy.madeAt));
	return [
		`The sync's memory is as it was on ${since}, with ${counted(linked, 'linked pair')}.`,
		...(isBehind
			? [
					`The sync has stopped, so that it does not mistake what has happened since then for edits. Choose Adopt Present State: both systems stay as they are; everything is read once; records linked since then are found again by the IDs in Marketo; where the two sides of a pair differ, the rules of a first contact decide, and the difference is listed in Sync conflicts. Questions and refusals since then come up again.`,
				]
			: ['Nothing has happened since.']),
		'People whom campaigns have sent are not touched.',
		...(isPaused ? ['It is still paused: choose Resume after that.'] : []),
	];
}
