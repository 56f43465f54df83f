import { sendEach } from '../batch/sendEach';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { call } from '../transport/call';
import { readMembers } from './campaignState';
import { PERSON_TABLES, type PersonTable } from './people';

/** What became of one member: done, or why not. */
export type MemberResult = 'done' | DataverseProblem;

type Action = 'AddListMembersList' | 'RemoveListMembersList';

/**
 * Adds people to a static marketing list, or takes them out, all in one call. That call does all or
 * nothing; where it is refused, those for whom it is still to be done are sent one by one, in one batch
 * per 100, so that one of them does not stand in the way of the others.
 *
 * @throws DataverseProblem where nobody's turn would come either; Cancelled
 */
export async function changeMembers(
	client: Dataverse,
	action: Action,
	listId: string,
	table: PersonTable,
	ids: string[],
): Promise<Map<string, MemberResult>> {
	if (ids.length === 0) return new Map();
	try {
		await call(client, {
			method: 'POST',
			path: action,
			body: bodyOf(listId, table, ids),
			safety: 'repeatable',
		});
		return new Map(ids.map((id) => [id, 'done']));
	} catch (error) {
		if (!(error instanceof DataverseProblem) || !isAboutMembers(error)) throw error;
		return await oneByOne(client, action, listId, table, ids);
	}
}

async function oneByOne(
	client: Dataverse,
	action: Action,
	listId: string,
	table: PersonTable,
	ids: string[],
): Promise<Map<string, MemberResult>> {
	// The call may have had its effect before its repetition was refused.
	const members = await readMembers(client, listId, table, ids);
	const results = new Map<string, MemberResult>();
	const open = ids.filter((id) => members.has(id) !== (action === 'AddListMembersList'));
	for (const id of ids) results.set(id, 'done');
	const done = await sendEach(
		client,
		open.map((id) => ({ method: 'POST', path: action, body: bodyOf(listId, table, [id]) })),
	);
	for (const [index, id] of open.entries()) {
		const outcome = done[index]!;
		if ('problem' in outcome) results.set(id, outcome.problem);
	}
	return results;
}

function bodyOf(listId: string, table: PersonTable, ids: string[]): object {
	const { idColumn } = PERSON_TABLES[table];
	return {
		List: { listid: listId, '@odata.type': 'Microsoft.Dynamics.CRM.list' },
		Members: ids.map((id) => ({
			[idColumn]: id,
			'@odata.type': `Microsoft.Dynamics.CRM.${table}`,
		})),
	};
}

function isAboutMembers({ kind }: DataverseProblem): boolean {
	return ['refused', 'missing', 'exists', 'duplicate', 'tooLarge'].includes(kind);
}
