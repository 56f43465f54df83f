import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { refusal } from '../errors/refusal';
import { create } from '../rows/create';
import type { Row } from '../transport/answer';
import { call } from '../transport/call';
import { rowPath } from '../transport/odata';
import type { CampaignState } from './campaignState';
import type { PersonTable } from './people';

/** `createdfromcode` of a list: what its members are. */
const MEMBER_TYPE: Readonly<Record<PersonTable, number>> = { contact: 2, lead: 4 };

/** Name of our list, as Adobe's native sync names such lists. */
export function campaignListName(campaign: string, table: PersonTable): string {
	return `Mkto-${table}s-${campaign.toLowerCase()}`;
}

/**
 * Makes our list and puts it into the campaign, as far as that is still to be done.
 *
 * @throws DataverseProblem where that is refused, or where the list is locked or inactive
 */
export async function ensureCampaignList(client: Dataverse, state: CampaignState): Promise<void> {
	const { campaign, table, listId } = state;
	const list = state.list ?? (await createList(client, campaign, table, listId));
	assertOpen(list);
	if (!state.inCampaign) await putIntoCampaign(client, campaign, listId);
}

/** @throws DataverseProblem where members of the list cannot be changed */
export function assertOpen(list: Row): void {
	const name = String(list.listname ?? '');
	if (list.lockstatus === true) {
		throw refusal(
			`The marketing list "${name}" is locked`,
			'Set "Locked" to "No" in the marketing list in Dynamics 365',
		);
	}
	if (list.statecode === 1) {
		throw refusal(
			`The marketing list "${name}" is inactive`,
			'Activate the marketing list in Dynamics 365',
		);
	}
}

async function createList(
	client: Dataverse,
	campaign: string,
	table: PersonTable,
	listId: string,
): Promise<Row> {
	return await create(client, 'lists', listId, {
		body: {
			listname: campaignListName(campaign, table),
			createdfromcode: MEMBER_TYPE[table],
			// A static list: its members are added one by one.
			type: false,
			description: 'Members are kept by a workflow. Do not add this list to another campaign.',
		},
		select: ['listname', 'lockstatus', 'statecode'],
	});
}

/** Links between lists and campaigns are made by an action: "Associate" is not for every such link. */
async function putIntoCampaign(client: Dataverse, campaign: string, listId: string): Promise<void> {
	try {
		await call(client, {
			method: 'POST',
			path: `${rowPath('lists', listId)}/Microsoft.Dynamics.CRM.AddItemCampaign`,
			body: {
				Campaign: { campaignid: campaign, '@odata.type': 'Microsoft.Dynamics.CRM.campaign' },
			},
			safety: 'repeatable',
		});
	} catch (error) {
		// Somebody else has done it meanwhile.
		if (error instanceof DataverseProblem && error.kind === 'exists') return;
		throw error;
	}
}
