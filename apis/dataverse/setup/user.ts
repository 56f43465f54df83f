import type { Dataverse } from '../client';
import { rowIn } from '../transport/answer';
import { call } from '../transport/call';

/** Somebody who can sign in. */
export interface User {
	name: string;
	/** False: a person, who may also edit by hand. */
	isApplication: boolean;
}

/** @throws DataverseProblem */
export async function readUser(client: Dataverse, userId: string): Promise<User> {
	const row = rowIn(
		await call(client, {
			method: 'GET',
			path: `systemusers(${userId})`,
			query: { $select: 'fullname,applicationid' },
			safety: 'repeatable',
		}),
	);
	return { name: String(row.fullname ?? userId), isApplication: Boolean(row.applicationid) };
}
