import { counted } from '../../../../sync/operate/words';
import { moveNodeLedger, previewMoveOfNodeLedger } from '../../../shared/ledger';
import type { Move } from '../../../shared/ledgerMove';
import { perItem, type OperationDefinition } from '../../../shared/operation';
import { assertAccess } from '../../shared/access';
import { ledgerError } from '../../shared/ledgerWork';

export const moveMemoryOperation: OperationDefinition = {
	value: 'moveMemory',
	name: "Move the Sync's Memory",
	action: () => "Move the sync's memory",
	description:
		"Move the sync's memory from the file to PostgreSQL, or back; nothing is lost. Not during a run.",
	resources: ['sync'],
	properties: [
		{
			displayName: 'Move To',
			name: 'moveTo',
			type: 'options',
			options: [
				{
					name: 'PostgreSQL',
					value: 'postgres',
					description:
						'The database that the variable MARKETO_DYNAMICS_LEDGER names, or the one that n8n itself uses',
				},
				{ name: 'File', value: 'file', description: "The file ledger.sqlite in n8n's data folder" },
			],
			default: 'postgres',
			description: 'Where to move the memory',
		},
		{
			displayName: 'Only Show What Would Be Moved',
			name: 'onlyShow',
			type: 'boolean',
			default: true,
			description: 'Whether to only show what would be moved, and change nothing',
		},
	],
	execute: perItem(async (context, itemIndex) => {
		const to = context.getNodeParameter('moveTo', itemIndex, 'postgres') as 'postgres' | 'file';
		const onlyShow = context.getNodeParameter('onlyShow', itemIndex, true) as boolean;
		try {
			const mayMove = async (ledger: Parameters<typeof assertAccess>[1]) =>
				await assertAccess(context, ledger);
			if (onlyShow)
				return inWords(false, await previewMoveOfNodeLedger(context, to, mayMove), [
					'Nothing was moved yet. Pause the sync, wait until Show Status says Paused, switch off Only Show What Would Be Moved, and execute this step again.',
				]);
			const { keptAs, ...move } = await moveNodeLedger(context, to, mayMove);
			return {
				...inWords(true, move, [
					'Each table was compared row by row and is the same as before. The sync continues with the memory in its new place.',
					`The old memory is kept as ${keptAs} and is no longer used. Delete it once you have a backup of the new one.`,
				]),
				keptAs,
			};
		} catch (error) {
			throw ledgerError(context.getNode(), error, itemIndex);
		}
	}),
};

function inWords(moved: boolean, { from, to, rows }: Move, notes: string[]) {
	const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
	const first = `${counted(all, 'row')} ${moved ? (all === 1 ? 'was moved' : 'were moved') : 'would be moved'}, including ${counted(rows.link ?? 0, 'link')}.`;
	return {
		moved,
		from,
		to,
		rows: all,
		links: rows.link ?? 0,
		tables: rows,
		notes: [first, ...notes].join(' '),
	};
}
