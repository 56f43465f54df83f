import type { Registry } from '../../shared/registry';
import { syncToDynamicsOperation } from './person/syncToDynamics.operation';
import { answerOperation } from './record/answer.operation';
import { explainOperation } from './record/explain.operation';
import { forgetOperation } from './record/forget.operation';
import { linkByHandOperation } from './record/linkByHand.operation';
import { retryOperation } from './record/retry.operation';
import { syncAgainOperation } from './record/syncAgain.operation';
import { unlinkOperation } from './record/unlink.operation';
import { adoptPresentStateOperation } from './sync/adoptPresentState.operation';
import { backUpOperation } from './sync/backUp.operation';
import { freeStuckRunOperation } from './sync/freeStuckRun.operation';
import { moveMemoryOperation } from './sync/moveMemory.operation';
import { pauseOperation } from './sync/pause.operation';
import { previewMappingOperation } from './sync/previewMapping.operation';
import { recordResultsOperation } from './sync/recordResults.operation';
import { rePointOperation } from './sync/rePoint.operation';
import { restoreOperation } from './sync/restore.operation';
import { resumeOperation } from './sync/resume.operation';
import { showStatusOperation } from './sync/showStatus.operation';
import { syncNowOperation } from './sync/syncNow.operation';
import { takeOverOperation } from './sync/takeOver.operation';
import { tellTheTeamOperation } from './sync/tellTheTeam.operation';

/** All resources and operations of the node. */
export const SYNC_OPERATIONS: Registry = {
	resources: [
		{ value: 'person', name: 'Person', defaultOperation: 'syncToDynamics' },
		{ value: 'record', name: 'Record', defaultOperation: 'explain' },
		{
			value: 'sync',
			name: 'Sync',
			defaultOperation: 'showStatus',
			defaultOperationOf1: 'recordResults',
		},
	],
	defaultResource: 'sync',
	operations: [
		adoptPresentStateOperation,
		answerOperation,
		backUpOperation,
		explainOperation,
		forgetOperation,
		freeStuckRunOperation,
		linkByHandOperation,
		moveMemoryOperation,
		pauseOperation,
		previewMappingOperation,
		recordResultsOperation,
		rePointOperation,
		restoreOperation,
		resumeOperation,
		retryOperation,
		showStatusOperation,
		syncAgainOperation,
		syncNowOperation,
		syncToDynamicsOperation,
		takeOverOperation,
		tellTheTeamOperation,
		unlinkOperation,
	],
};
