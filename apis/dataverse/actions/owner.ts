import { withQuery } from '../../wire/queryString';
import type { WireAnswer } from '../../wire/wire';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { readProblem } from '../errors/readProblem';
import { refusal } from '../errors/refusal';
import { rowIn, rowsIn, type Row } from '../transport/answer';
import { guid, isGuid, rowPath, textLiteral } from '../transport/odata';

/** Whoever can own a row. */
export interface Owner {
	table: 'systemuser' | 'team';
	/** A GUID, lower case. */
	id: string;
	name: string;
}

const USER = 'systemuserid,fullname,isdisabled';
const TEAM = 'teamid,name,teamtype';

/** A team that only shares rows; Microsoft: "owner teams" and group teams can own, access teams cannot. */
const ACCESS_TEAM = 1;

/**
 * The user or team that is meant: `systemuser(GUID)`, `team(GUID)`, a bare GUID of either, or an e-mail
 * address (for a user also the sign-in name). One call.
 *
 * @throws DataverseProblem where there is none, more than one, or one who cannot own rows
 */
export async function findOwner(client: Dataverse, given: string): Promise<Owner> {
	const text = given.trim();
	const typed = /^(systemuser|team)s?\s*\(\s*([^)]+?)\s*\)$/i.exec(text);
	const bare = text.replace(/^\{(.*)\}$/, '$1');
	if (typed) {
		const table = typed[1]!.toLowerCase() === 'team' ? 'team' : 'systemuser';
		return chosen(await byId(client, guid(typed[2]!), [table]), text);
	}
	if (isGuid(bare)) return chosen(await byId(client, guid(bare), ['systemuser', 'team']), text);
	if (text.includes('@')) return chosen(await byMail(client, text), text);
	throw refusal(
		text ? `"${text.slice(0, 100)}" is not an owner` : 'The owner is missing',
		'Choose a user or team from the list, or give its GUID or e-mail address',
	);
}

/** The link by which a row is given to an owner. */
export function ownerLink(owner: Owner): string {
	return `/${rowPath(owner.table === 'team' ? 'teams' : 'systemusers', owner.id)}`;
}

interface Candidate extends Owner {
	/** Why rows cannot be given to it. */
	unfit?: string;
}

async function byId(
	client: Dataverse,
	id: string,
	tables: Array<Owner['table']>,
): Promise<Candidate[]> {
	const answers = await sendBatch(
		client,
		tables.map((table) => ({
			method: 'GET' as const,
			path:
				table === 'team'
					? withQuery(rowPath('teams', id), { $select: TEAM })
					: withQuery(rowPath('systemusers', id), { $select: USER }),
		})),
		'repeatable',
	);
	return answers.flatMap((answer, index) => {
		const checked = assertRead(client, answer);
		return checked ? [candidate(tables[index]!, rowIn(checked))] : [];
	});
}

async function byMail(client: Dataverse, mail: string): Promise<Candidate[]> {
	const wanted = textLiteral(mail);
	const [users, teams] = await sendBatch(
		client,
		[
			{
				method: 'GET',
				path: withQuery('systemusers', {
					$select: USER,
					$filter: `internalemailaddress eq ${wanted} or domainname eq ${wanted}`,
				}),
			},
			{
				method: 'GET',
				path: withQuery('teams', { $select: TEAM, $filter: `emailaddress eq ${wanted}` }),
			},
		],
		'repeatable',
	);
	const rows = (answer: WireAnswer | undefined) => {
		const checked = assertRead(client, answer);
		return checked ? rowsIn(checked) : [];
	};
	return [
		...rows(users).map((row) => candidate('systemuser', row)),
		...rows(teams).map((row) => candidate('team', row)),
	];
}

function candidate(table: Owner['table'], row: Row): Candidate {
	if (table === 'team') {
		const unfit =
			row.teamtype === ACCESS_TEAM ? 'is an access team, which cannot own rows' : undefined;
		return { table, id: guid(String(row.teamid)), name: String(row.name ?? ''), unfit };
	}
	const unfit = row.isdisabled === true ? 'is disabled in Dynamics 365' : undefined;
	return { table, id: guid(String(row.systemuserid)), name: String(row.fullname ?? ''), unfit };
}

/** Somebody who left may have the address of somebody who came. */
function chosen(found: Candidate[], given: string): Owner {
	const fit = found.filter(({ unfit }) => unfit === undefined);
	const [only, other] = fit;
	if (only && other) {
		throw refusal(
			`Several users or teams match "${given}": ${fit.map(({ name }) => name).join(', ')}`,
			'Choose one from the list, or give its GUID',
		);
	}
	if (only) return { table: only.table, id: only.id, name: only.name };
	const [first] = found;
	if (first) {
		const what = first.table === 'team' ? 'team' : 'user';
		throw refusal(`The ${what} "${first.name}" ${first.unfit}`, 'Choose another owner');
	}
	throw refusal(
		`There is no user or team "${given}" in Dynamics 365`,
		'Choose one from the list; users need an account in this environment',
	);
}

function assertRead(client: Dataverse, answer: WireAnswer | undefined): WireAnswer | undefined {
	if (answer?.status === 200) return answer;
	if (answer?.status === 404) return undefined;
	throw readProblem(answer ?? { status: 502, headers: {}, body: '' }, client.wire.now());
}
