import { inChunks } from '../../../lists/inChunks';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { noSuchRow } from '../errors/refusal';
import { assertOpen, ensureCampaignList } from './campaignList';
import { PEOPLE_PER_LOOK, readCampaignState, type CampaignState } from './campaignState';
import { changeMembers, type MemberResult } from './listMembers';
import type { PersonTable } from './people';

/** `changed` is false for somebody who was (or was not) in the list already. */
export type Membership = { listId: string; changed: boolean } | { problem: DataverseProblem };

/**
 * Puts people of one kind into a campaign, by way of one static marketing list per campaign and kind. The
 * list is made and put into the campaign when the first person comes. One outcome per id, in their order;
 * a repetition changes nothing. Two calls per 1,000 people, two more for the first.
 *
 * @throws DataverseProblem where the campaign is not active or the list takes nobody; Cancelled
 */
export async function addToCampaign(
	client: Dataverse,
	campaign: string,
	table: PersonTable,
	ids: string[],
): Promise<Membership[]> {
	return await inLooks(ids, async (some) => {
		const state = await readCampaignState(client, campaign, table, some);
		const open = [...new Set(some)].filter((id) => state.present.has(id) && !state.members.has(id));
		if (open.length > 0) await ensureCampaignList(client, state);
		const { listId } = state;
		const done = await changeMembers(client, 'AddListMembersList', listId, table, open);
		return some.map((id) =>
			state.present.has(id) ? outcome(state, done.get(id)) : { problem: noSuchRow() },
		);
	});
}

/**
 * Takes people out of our list of a campaign. Lists that people made are left alone, so whoever came into
 * the campaign another way stays in it. One outcome per id, in their order; a repetition changes nothing.
 * Two calls per 1,000 people.
 *
 * @throws DataverseProblem where the campaign is not active or the list takes no changes; Cancelled
 */
export async function removeFromCampaign(
	client: Dataverse,
	campaign: string,
	table: PersonTable,
	ids: string[],
): Promise<Membership[]> {
	return await inLooks(ids, async (some) => {
		const state = await readCampaignState(client, campaign, table, some);
		const open = [...new Set(some)].filter((id) => state.members.has(id));
		if (state.list && open.length > 0) assertOpen(state.list);
		const { listId } = state;
		const done = await changeMembers(client, 'RemoveListMembersList', listId, table, open);
		return some.map((id) => outcome(state, done.get(id)));
	});
}

async function inLooks(
	ids: string[],
	work: (some: string[]) => Promise<Membership[]>,
): Promise<Membership[]> {
	const results: Membership[] = [];
	for (const some of inChunks(ids, PEOPLE_PER_LOOK)) results.push(...(await work(some)));
	return results;
}

function outcome({ listId }: CampaignState, result: MemberResult | undefined): Membership {
	if (result instanceof DataverseProblem) return { problem: result };
	return { listId, changed: result === 'done' };
}
