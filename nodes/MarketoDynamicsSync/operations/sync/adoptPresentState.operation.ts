import { adoptPresentState, type Adopted } from '../../../../sync/operate/adoptPresentState';
import { statusOf } from '../../../../sync/operate/status';
import { counted } from '../../../../sync/operate/words';
import type { OperationDefinition } from '../../../shared/operation';
import { LANE_CHOICE } from '../../shared/laneChoice';
import { perGuardedLane } from '../../shared/ledgerWork';
import { statusItem } from '../../shared/statusItem';

export const adoptPresentStateOperation: OperationDefinition = {
	value: 'adoptPresentState',
	name: 'Adopt Present State',
	action: () => 'Adopt the present state of both systems',
	description:
		"Continue after the sync's memory or its key was lost, or an older copy of it was restored: links are kept, everything is compared as if for the first time",
	resources: ['sync'],
	properties: LANE_CHOICE,
	execute: perGuardedLane(async (context, ledger, lane) =>
		statusItem(context, await statusOf(ledger, lane, said(await adoptPresentState(ledger, lane)))),
	),
};

function said({ links, dropped, stopLifted }: Adopted): string[] {
	const notes = [
		`${counted(links, 'pair is', 'pairs are')} compared as if for the first time; all links are kept.`,
	];
	if (dropped > 0)
		notes.push(
			`${counted(dropped, 'decided write was', 'decided writes were')} dropped and ${dropped === 1 ? 'is' : 'are'} decided again.`,
		);
	if (stopLifted) notes.push('The sync continues by itself; the next run is due now.');
	return notes;
}
