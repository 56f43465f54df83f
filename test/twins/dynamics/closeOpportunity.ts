import type { Database } from './database';
import { DataverseError, payloadError, queryError } from './errors';
import { parsePayload } from './payload';
import type { ApiAnswer, ApiCall, Session } from './session';
import type { Stored } from './store';
import { createRow, updateRow, type WriteOptions } from './write';

/** The state that each action ends an opportunity in. */
const STATES: Readonly<Record<string, number>> = { WinOpportunity: 1, LoseOpportunity: 2 };

/**
 * `WinOpportunity` and `LoseOpportunity`: close an opportunity and leave an activity about it; the
 * only way to close one. Undefined for a call about something else.
 */
export function answerClosing(
	database: Database,
	segment: string,
	call: ApiCall,
	session: Session,
	options: WriteOptions,
): ApiAnswer | undefined {
	const action = segment.replace(/^Microsoft\.Dynamics\.CRM\./, '');
	const state = STATES[action];
	if (state === undefined) return undefined;
	if (call.method !== 'POST') {
		throw new DataverseError(
			404,
			'',
			`No HTTP resource was found that matches the request URI '${action}'.`,
		);
	}
	const { Status: status, OpportunityClose: given } = bodyOf(call);
	if (given === null || typeof given !== 'object') throw missing('OpportunityClose', action);
	if (typeof status !== 'number') throw missing('Status', action);
	const closes = database.table('opportunityclose');
	const payload = parsePayload(
		database,
		closes,
		withLink(given as Record<string, unknown>),
		'create',
	);
	const link = payload.changes.opportunityid;
	if (link === null || typeof link !== 'object') throw missing('opportunityid', action);
	const table = database.table('opportunity');
	const row = database.row(link)!;
	if (row.values.statecode !== 0) {
		throw queryError('The opportunity is already closed.', '0x80040515');
	}
	const { actualrevenue = row.values.estimatedvalue ?? null, actualend } = payload.changes;
	const day = String(actualend ?? new Date(session.now).toISOString()).slice(0, 10);
	const closed = {
		statecode: state,
		statuscode: status,
		actualclosedate: day,
		actualvalue: actualrevenue as Stored | null,
	};
	updateRow(database, table, row, { changes: closed }, session, { ...options, closes: true });
	const activity = {
		...payload.changes,
		actualrevenue: actualrevenue as Stored | null,
		actualend: actualend ?? `${day}T00:00:00Z`,
		opportunitystatecode: state,
		opportunitystatuscode: status,
		statecode: 1,
		statuscode: 2,
	};
	createRow(database, closes, { ...payload, changes: activity }, session, options);
	return { status: 204, records: 1 };
}

/** The opportunity may stand in the activity as a link, or as a row with nothing but its id. */
function withLink(given: Record<string, unknown>): Record<string, unknown> {
	const { opportunityid: row, ...rest } = given;
	const id = (row as Record<string, unknown> | null | undefined)?.opportunityid;
	if (typeof id !== 'string') return given;
	return { ...rest, 'opportunityid@odata.bind': `/opportunities(${id})` };
}

function bodyOf(call: ApiCall): Record<string, unknown> {
	try {
		return JSON.parse(call.body) as Record<string, unknown>;
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw payloadError('', `Microsoft.OData.ODataException: ${message}`);
	}
}

function missing(field: string, action: string): DataverseError {
	return queryError(
		`Required field '${field}' is missing for unbound action '${action}'.`,
		'0x80040203',
	);
}
