import type { Database } from './database';
import { DataverseError, notFound, payloadError, queryError } from './errors';
import type { Table } from './schema';
import type { ApiAnswer, ApiCall, Session } from './session';
import type { Reference, Row, Stored } from './store';
import { isGuid } from './text';
import { createRow, updateRow, type WriteOptions } from './write';

type Json = Record<string, unknown>;

/** What a new row takes over from the lead under the same name, as Microsoft's shipped field mappings say. */
const TAKEN_OVER: Readonly<Record<string, readonly string[]>> = {
	account: ['telephone1', 'fax', 'websiteurl', 'numberofemployees', 'sic', 'revenue', 'ownerid'],
	contact: [
		...['firstname', 'middlename', 'lastname', 'jobtitle', 'emailaddress1', 'emailaddress2'],
		...['telephone1', 'telephone2', 'telephone3', 'mobilephone', 'fax', 'websiteurl'],
		...['donotbulkemail', 'donotemail', 'donotphone', 'donotpostalmail', 'donotfax', 'donotsendmm'],
		...['preferredcontactmethodcode', 'description', 'ownerid'],
	],
	opportunity: ['description', 'campaignid', 'transactioncurrencyid', 'ownerid'],
};
const ADDRESS = ['line1', 'line2', 'line3', 'city', 'stateorprovince', 'postalcode', 'country'];

/**
 * `QualifyLead` of a lead (Microsoft: "QualifyLead Action"): makes the account, contact and opportunity that are asked
 * for, has them and the lead name each other, and closes the lead as qualified. A contact or account that the lead names
 * already becomes theirs. Undefined for a call about something else.
 */
export function answerQualify(
	database: Database,
	segments: readonly string[],
	call: ApiCall,
	session: Session,
	options: WriteOptions,
): ApiAnswer | undefined {
	const [first = '', second = ''] = segments;
	const id = /^leads\(([^)]+)\)$/.exec(first)?.[1]?.toLowerCase();
	if (id === undefined || second !== 'Microsoft.Dynamics.CRM.QualifyLead') return undefined;
	if (call.method !== 'POST')
		throw new DataverseError(405, '0x0', `QualifyLead does not support '${call.method}'.`);
	const leads = database.table('lead');
	const lead = isGuid(id) ? database.store(leads).get(id) : undefined;
	if (!lead) throw notFound('lead', id);
	database.sight.demandRow(leads, lead, 'WriteAccess');
	const body = bodyOf(call);
	const wants = (name: string) => {
		if (typeof body[name] === 'boolean') return body[name];
		throw missing(name);
	};
	const [account, contact, opportunity] = ['Account', 'Contact', 'Opportunity'].map((what) =>
		wants(`Create${what}`),
	);
	if (typeof body.Status !== 'number') throw missing('Status');
	if (lead.values.statecode !== 0) throw queryError('The lead is already closed.', '0x80040519');
	const made: Row[] = [];
	const tables: Table[] = [];
	const make = (table: string, values: Record<string, Stored | null | undefined>) => {
		const row = makeFrom(database, lead, table, values, session, options);
		made.push(row);
		tables.push(database.table(table));
		return { id: row.id, table };
	};
	const { values } = lead;
	const parentaccountid = account
		? make('account', { name: values.companyname ?? values.fullname })
		: (values.parentaccountid ?? null);
	const parentcontactid = contact
		? make('contact', { parentcustomerid: parentaccountid })
		: (values.parentcontactid ?? null);
	const given = (name: string) => referenceOf(body[name]);
	const qualifyingopportunityid = opportunity
		? make('opportunity', {
				name: values.subject ?? values.fullname,
				parentaccountid,
				parentcontactid,
				customerid: given('OpportunityCustomerId') ?? parentaccountid ?? parentcontactid,
				transactioncurrencyid: given('OpportunityCurrencyId'),
				campaignid: given('SourceCampaignId'),
				estimatedvalue: values.estimatedamount,
			})
		: null;
	const changes = {
		statecode: 1,
		statuscode: body.Status,
		parentaccountid,
		parentcontactid,
		qualifyingopportunityid,
	};
	updateRow(database, leads, lead, { changes }, session, options);
	return {
		status: 200,
		records: made.length + 1,
		body: {
			'@odata.context': `${session.root}$metadata#Collection(Microsoft.Dynamics.CRM.crmbaseentity)`,
			value: made.map((row, at) => ({
				'@odata.type': `#Microsoft.Dynamics.CRM.${tables[at]!.name}`,
				[tables[at]!.id]: row.id,
			})),
		},
	};
}

function makeFrom(
	database: Database,
	lead: Row,
	name: string,
	given: Record<string, Stored | null | undefined>,
	session: Session,
	options: WriteOptions,
): Row {
	const table = database.table(name);
	const taken = [...TAKEN_OVER[name]!, ...ADDRESS.map((part) => `address1_${part}`)];
	const changes: Record<string, Stored | null> = {
		originatingleadid: { id: lead.id, table: 'lead' },
	};
	for (const column of taken)
		if (table.column(column) && lead.values[column] !== undefined)
			changes[column] = lead.values[column]!;
	for (const [column, value] of Object.entries(given))
		if (value !== undefined && value !== null) changes[column] = value;
	return createRow(database, table, { changes }, session, options);
}

/** `{"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": "…"}` */
function referenceOf(given: unknown): Reference | undefined {
	const { '@odata.type': type, ...rest } = (given ?? {}) as Json;
	const table = /(\w+)$/.exec(String(type ?? ''))?.[1];
	const id = Object.values(rest).find((value) => typeof value === 'string' && isGuid(value));
	return table && id ? { table, id: String(id).toLowerCase() } : undefined;
}

function missing(name: string): DataverseError {
	return queryError(
		`Required field '${name}' is missing for bound action 'QualifyLead'.`,
		'0x80040203',
	);
}

function bodyOf(call: ApiCall): Json {
	try {
		return JSON.parse(call.body) as Json;
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw payloadError('leads', `Microsoft.OData.ODataException: ${message}`);
	}
}
