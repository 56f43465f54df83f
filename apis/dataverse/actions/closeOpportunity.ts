import type { Dataverse } from '../client';
import { call } from '../transport/call';
import { rowPath } from '../transport/odata';

/** How an opportunity ends. */
export interface Closing {
	outcome: 'won' | 'lost';
	/** Status reason; it must belong to the outcome. */
	statusReason: number;
	/** Subject of the activity that tells about it. */
	subject: string;
	description?: string;
	/** In the opportunity's currency; left out: the estimate stands. */
	actualRevenue?: number;
	/** `2026-05-31`; left out: today. */
	closeDate?: string;
}

/**
 * Wins or loses an opportunity, which a plain write may not (0x80100005). Dynamics leaves an activity
 * *Opportunity Close* behind it.
 *
 * @throws DataverseProblem, also where the opportunity is closed already (0x80040515)
 */
export async function closeOpportunity(
	client: Dataverse,
	id: string,
	closing: Closing,
): Promise<void> {
	const { outcome, statusReason, subject, description, actualRevenue, closeDate } = closing;
	await call(client, {
		method: 'POST',
		path: outcome === 'won' ? 'WinOpportunity' : 'LoseOpportunity',
		body: {
			Status: statusReason,
			OpportunityClose: {
				subject,
				'opportunityid@odata.bind': `/${rowPath('opportunities', id)}`,
				...(description === undefined ? {} : { description }),
				...(actualRevenue === undefined ? {} : { actualrevenue: actualRevenue }),
				...(closeDate === undefined ? {} : { actualend: closeDate }),
			},
		},
		// A second time it would be refused as closed, although it was we who closed it.
		safety: 'once',
	});
}
