import type { OperationDefinition } from '../../shared/operation';
import { syncToDynamicsOperation } from './person/syncToDynamics.operation';
import { explainOperation } from './record/explain.operation';
import { forgetOperation } from './record/forget.operation';
import { retryOperation } from './record/retry.operation';
import { syncAgainOperation } from './record/syncAgain.operation';
import { adoptPresentStateOperation } from './sync/adoptPresentState.operation';
import { freeStuckRunOperation } from './sync/freeStuckRun.operation';
import { pauseOperation } from './sync/pause.operation';
import { recordResultsOperation } from './sync/recordResults.operation';
import { resumeOperation } from './sync/resume.operation';
import { showStatusOperation } from './sync/showStatus.operation';
import { syncNowOperation } from './sync/syncNow.operation';
import { takeOverOperation } from './sync/takeOver.operation';

/** Resources of the node, with the operation that each starts with. */
export const RESOURCES = [
	{ value: 'person', name: 'Person', defaultOperation: 'syncToDynamics' },
	{ value: 'record', name: 'Record', defaultOperation: 'explain' },
	{ value: 'sync', name: 'Sync', defaultOperation: 'recordResults' },
] as const;

/** All operations of the node: drop-downs, properties and execution come from this list alone. */
export const OPERATIONS: OperationDefinition[] = [
	adoptPresentStateOperation,
	explainOperation,
	forgetOperation,
	freeStuckRunOperation,
	pauseOperation,
	recordResultsOperation,
	resumeOperation,
	retryOperation,
	showStatusOperation,
	syncAgainOperation,
	syncNowOperation,
	syncToDynamicsOperation,
	takeOverOperation,
];

export function operationFor(resource: string, value: string): OperationDefinition | undefined {
	return OPERATIONS.find((operation) => operation.value === value && operation.resources.includes(resource));
}
