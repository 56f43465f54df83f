import type { Dataverse } from './client';
import { rowIn } from './transport/answer';
import { call } from './transport/call';

/** The signed-in user and the environment's ids. */
export interface WhoAmI {
	userId: string;
	businessUnitId: string;
	organizationId: string;
}

/** Who the credential signs in as (function `WhoAmI`). @throws DataverseProblem */
export async function whoAmI(client: Dataverse): Promise<WhoAmI> {
	const row = rowIn(await call(client, { method: 'GET', path: 'WhoAmI', safety: 'repeatable' }));
	return {
		userId: String(row.UserId),
		businessUnitId: String(row.BusinessUnitId),
		organizationId: String(row.OrganizationId),
	};
}
