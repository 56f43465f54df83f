import { isObject } from '../../wire/json';
import type { Dataverse } from '../client';
import { call } from '../transport/call';
import { rowPath } from '../transport/odata';

/** Whom a lead becomes: somebody new, a row that is there (a GUID), or nobody. */
export type Becomes = 'new' | 'none' | { existing: string };

export interface Qualification {
	account: Becomes;
	contact: Becomes;
	opportunity: 'new' | 'none';
	/** Status reason; it must belong to *Qualified*. */
	statusReason: number;
	/** The currency of the opportunity; left out: the lead's. A GUID. */
	currency?: string;
	/** The campaign of the opportunity; left out: the lead's. A GUID. */
	campaign?: string;
}

/** The rows that belong to a lead once it is qualified; null: there is none. */
export interface Qualified {
	account: string | null;
	contact: string | null;
	opportunity: string | null;
}

/**
 * Qualifies a lead (Microsoft: `QualifyLead`): closes it and makes what is asked for. An account or contact that is there
 * is named on the lead first, as the form of Dynamics does.
 *
 * @throws DataverseProblem, also where the lead is closed already (0x80040519)
 */
export async function qualifyLead(
	client: Dataverse,
	lead: string,
	{ account, contact, opportunity, statusReason, currency, campaign }: Qualification,
): Promise<Qualified> {
	const path = rowPath('leads', lead);
	const named = {
		...link('parentaccountid', 'accounts', account),
		...link('parentcontactid', 'contacts', contact),
	};
	if (Object.keys(named).length > 0)
		await call(client, {
			method: 'PATCH',
			path,
			headers: { 'If-Match': '*' },
			body: named,
			safety: 'repeatable',
		});
	const answer = await call(client, {
		method: 'POST',
		path: `${path}/Microsoft.Dynamics.CRM.QualifyLead`,
		body: {
			CreateAccount: account === 'new',
			CreateContact: contact === 'new',
			CreateOpportunity: opportunity === 'new',
			Status: statusReason,
			...reference('OpportunityCurrencyId', 'transactioncurrency', currency),
			...reference('SourceCampaignId', 'campaign', campaign),
		},
		// A second time it would be refused as closed, although it was we who closed it.
		safety: 'once',
	});
	const made = madeIn(answer.body);
	return {
		account: made.get('accountid') ?? existing(account),
		contact: made.get('contactid') ?? existing(contact),
		opportunity: made.get('opportunityid') ?? null,
	};
}

function link(column: string, set: string, becomes: Becomes): Record<string, string> {
	const id = existing(becomes);
	return id === null ? {} : { [`${column}@odata.bind`]: `/${rowPath(set, id)}` };
}

function existing(becomes: Becomes): string | null {
	return typeof becomes === 'object' ? becomes.existing : null;
}

function reference(parameter: string, table: string, id: string | undefined): object {
	if (id === undefined) return {};
	return { [parameter]: { '@odata.type': `Microsoft.Dynamics.CRM.${table}`, [`${table}id`]: id } };
}

/** Ids of the rows that were made, by their id columns. */
function madeIn(body: unknown): Map<string, string> {
	const rows = isObject(body) && Array.isArray(body.value) ? (body.value as unknown[]) : [];
	const found = new Map<string, string>();
	for (const row of rows.filter(isObject))
		for (const column of ['accountid', 'contactid', 'opportunityid'])
			if (typeof row[column] === 'string') found.set(column, row[column].toLowerCase());
	return found;
}
