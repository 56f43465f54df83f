import { inChunks } from '../../../lists/inChunks';
import { withQuery } from '../../wire/queryString';
import type { WireAnswer } from '../../wire/wire';
import { sendBatch, type BatchRequest } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { readProblem } from '../errors/readProblem';
import { refusal } from '../errors/refusal';
import { idIn } from '../rows/filter';
import { rowIn, rowsIn, type Row } from '../transport/answer';
import { rowPath } from '../transport/odata';
import { PERSON_TABLES, type PersonTable } from './people';
import { stableId } from './stableId';

/** What there is about one campaign and some people of one kind. */
export interface CampaignState {
	/** Id of the campaign. */
	campaign: string;
	table: PersonTable;
	/** Id of our list, whether it is there or not. */
	listId: string;
	list?: Row;
	/** Whether our list belongs to the campaign. */
	inCampaign: boolean;
	/** Ids of those who have a row. */
	present: Set<string>;
	/** Ids of those who are in our list. */
	members: Set<string>;
}

/** Ids per filter: keeps one URL well below the 64 KB that a batch allows. */
const IDS_PER_FILTER = 100;

/** People in one look: their filters stay far below the 1,000 requests that a batch may have. */
export const PEOPLE_PER_LOOK = 1_000;

/**
 * Id of the marketing list by which we put people of one kind into one campaign. It follows from both, so
 * that two who make it at once make one.
 */
export function campaignListId(campaign: string, table: PersonTable): string {
	return stableId('campaign list', campaign.toLowerCase(), table);
}

/**
 * Looks at a campaign, at our list in it and at up to 1,000 people, in one call.
 *
 * @throws DataverseProblem where there is no such campaign, or it is not active
 */
export async function readCampaignState(
	client: Dataverse,
	campaign: string,
	table: PersonTable,
	ids: string[],
): Promise<CampaignState> {
	const listId = campaignListId(campaign, table);
	const { set, idColumn } = PERSON_TABLES[table];
	const groups = inChunks([...new Set(ids)], IDS_PER_FILTER);
	const requests = [
		get(rowPath('campaigns', campaign), { $select: 'name,statecode' }),
		get(rowPath('lists', listId), { $select: 'listname,lockstatus,statecode' }),
		get(`${rowPath('campaigns', campaign)}/campaignlist_association`, {
			$select: 'listid',
			$filter: `listid eq ${listId}`,
		}),
		...groups.map((group) => get(set, { $select: idColumn, $filter: idIn(idColumn, group) })),
		...groups.map((group) => membersAmong(listId, table, group)),
	];
	const answers = await sendBatch(client, requests, 'repeatable');
	assertActive(client, campaign, answers[0]);
	const list = answers[1]?.status === 404 ? undefined : rowIn(read(client, answers[1]));
	const people = answers.slice(3, 3 + groups.length);
	const members = list ? answers.slice(3 + groups.length) : [];
	return {
		campaign,
		table,
		listId,
		...(list ? { list } : {}),
		inCampaign: rowsIn(read(client, answers[2])).length > 0,
		present: idsIn(client, people, idColumn),
		members: idsIn(client, members, idColumn),
	};
}

/** Who of some people is in a list. */
export async function readMembers(
	client: Dataverse,
	listId: string,
	table: PersonTable,
	ids: string[],
): Promise<Set<string>> {
	const requests = inChunks(ids, IDS_PER_FILTER).map((group) => membersAmong(listId, table, group));
	const answers = await sendBatch(client, requests, 'repeatable');
	return idsIn(client, answers, PERSON_TABLES[table].idColumn);
}

function assertActive(client: Dataverse, campaign: string, answer: WireAnswer | undefined): void {
	if (answer?.status === 404) {
		throw new DataverseProblem({
			kind: 'missing',
			status: 404,
			code: '0x80040217',
			reason: `There is no campaign with the ID ${campaign}`,
			remedy: 'Choose a campaign from the list; it may have been deleted',
		});
	}
	const { name, statecode } = rowIn(read(client, answer));
	if (statecode === 0) return;
	throw refusal(
		`The campaign "${String(name)}" is not active`,
		'Activate the campaign in Dynamics 365, or choose another one',
	);
}

/** Members are read as the people they are: the table of the links has no columns of its own worth reading. */
function membersAmong(listId: string, table: PersonTable, ids: string[]): BatchRequest {
	const { idColumn } = PERSON_TABLES[table];
	return get(`${rowPath('lists', listId)}/list${table}_association`, {
		$select: idColumn,
		$filter: idIn(idColumn, ids),
	});
}

function get(path: string, query: Record<string, string>): BatchRequest {
	return { method: 'GET', path: withQuery(path, query) };
}

function idsIn(
	client: Dataverse,
	answers: Array<WireAnswer | undefined>,
	column: string,
): Set<string> {
	const rows = answers.flatMap((answer) => rowsIn(read(client, answer)));
	return new Set(
		rows.flatMap((row) => (typeof row[column] === 'string' ? [row[column].toLowerCase()] : [])),
	);
}

function read(client: Dataverse, answer: WireAnswer | undefined): WireAnswer {
	if (answer?.status === 200) return answer;
	if (answer) throw readProblem(answer, client.wire.now());
	throw new DataverseProblem({
		kind: 'again',
		status: 0,
		code: '',
		reason: 'The answer of Dynamics 365 was cut off',
		remedy: 'Run it again: what was done already is not done twice',
	});
}
