import { sendEach } from '../batch/sendEach';
import type { Dataverse } from '../client';
import type { DataverseProblem } from '../errors/problem';
import { rowPath } from '../transport/odata';
import { ownerLink, type Owner } from './owner';
import { PERSON_TABLES, type Person } from './people';

export interface NewTask {
	/** Chosen by the caller: the same task always has the same GUID. */
	id: string;
	regarding: Person;
	subject: string;
	description?: string;
	/** ISO 8601 with a time zone. */
	due: string;
	/** Status reason; without one Dataverse takes "Not Started". */
	statusReason?: number;
	/** 0 low, 1 normal, 2 high. */
	priority?: number;
	/** Without one, the user of the credential. */
	owner?: Owner;
}

/** `created` is false where the task was there already. */
export type TaskCreated = { created: boolean } | { problem: DataverseProblem };

/**
 * Creates tasks about leads and contacts, one outcome per task in their order, one call per 100. A task
 * whose id is taken is left as it is (`If-None-Match: *`), so repeating creates nothing more and does not
 * undo what somebody did with the task meanwhile.
 *
 * @throws Cancelled
 */
export async function createTasks(client: Dataverse, tasks: NewTask[]): Promise<TaskCreated[]> {
	const done = await sendEach(
		client,
		tasks.map((task) => ({
			method: 'PATCH',
			path: rowPath('tasks', task.id),
			headers: { 'If-None-Match': '*' },
			body: bodyOf(task),
		})),
	);
	return done.map((outcome) => {
		if (!('problem' in outcome)) return { created: true };
		return outcome.problem.kind === 'exists' ? { created: false } : outcome;
	});
}

function bodyOf(task: NewTask): Record<string, string | number> {
	const { table, id } = task.regarding;
	return {
		subject: task.subject,
		scheduledend: task.due,
		// A lookup to several tables has one navigation property for each of them.
		[`regardingobjectid_${table}_task@odata.bind`]: `/${rowPath(PERSON_TABLES[table].set, id)}`,
		...(task.description ? { description: task.description } : {}),
		...(task.statusReason === undefined ? {} : { statuscode: task.statusReason }),
		...(task.priority === undefined ? {} : { prioritycode: task.priority }),
		...(task.owner ? { 'ownerid@odata.bind': ownerLink(task.owner) } : {}),
	};
}
