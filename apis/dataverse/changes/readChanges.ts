import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { ownLinkOf } from '../rows/query';
import { linkIn, rowsIn, serverTimeOf, type Row } from '../transport/answer';
import { call } from '../transport/call';
import { prefer } from '../transport/odata';

export interface ChangedRows {
	rows: Row[];
	deletedIds: string[];
	/** Where to go on: a next link while there are more pages, then a delta link. */
	link: string;
	drained: boolean;
	/** Dataverse's clock when it answered, ISO 8601. */
	serverTime: string | null;
}

/**
 * One page of a table's change tracking. Without a link it starts anew and reads every row. Links hold the
 * columns they were made with, so other columns need a new start.
 *
 * @throws DataverseProblem, kind `cursorExpired` where the link is too old
 */
export async function readChanges(
	client: Dataverse,
	set: string,
	select: string[],
	link: string | null,
	pageSize: number,
): Promise<ChangedRows> {
	const answer = await call(client, {
		method: 'GET',
		path: link === null ? set : ownLinkOf(client, link),
		query: link === null ? { $select: select.join(',') } : undefined,
		// No annotations here: with them Dataverse has been seen to leave out the delta link.
		headers: prefer('odata.track-changes', `odata.maxpagesize=${pageSize}`),
		safety: 'repeatable',
	});
	const entries = rowsIn(answer);
	const deletedIds = entries.filter(isDeletion).map((entry) => String(entry.id).toLowerCase());
	const next = linkIn(answer, '@odata.nextLink');
	const delta = linkIn(answer, '@odata.deltaLink');
	const goOn = next ?? delta;
	if (goOn === undefined) {
		throw new DataverseProblem({
			kind: 'setUp',
			status: answer.status,
			code: '',
			reason: `Dynamics 365 gave no position to continue from after the changes of ${set}`,
			remedy:
				'Check that "Track changes" is switched on for the table, and that no proxy changes answers',
		});
	}
	return {
		rows: entries.filter((entry) => !isDeletion(entry)),
		deletedIds,
		link: ownLinkOf(client, goOn),
		drained: next === undefined,
		serverTime: serverTimeOf(answer),
	};
}

function isDeletion(entry: Row): boolean {
	const context = entry['@odata.context'];
	return typeof context === 'string' && context.endsWith('/$deletedEntity');
}
