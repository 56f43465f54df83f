import type { Dataverse } from '../../../apis/dataverse/client';
import { query } from '../../../apis/dataverse/rows/query';
import { strictJson } from '../receive/jsonAsSent';
import { Refused } from '../receive/refused';
import type { Choice, ChoiceSource, FlowAction } from './actions';

/** As many choices as Marketo takes. */
const MOST_CHOICES = 1_000;
const LONGEST_VALUE = 255;

/**
 * The choices of a parameter of the step (Adobe, Self-Service Flow Steps 1.0, `getPicklist`).
 *
 * @throws Refused 400 where the parameter has none
 */
export async function picklist(
	action: FlowAction,
	body: string,
	dynamics: (() => Promise<Dataverse>) | undefined,
): Promise<object> {
	const asked = request(body);
	const attribute =
		asked.type === 'flow' ? action.attributes.find(({ name }) => name === asked.name) : undefined;
	const source = attribute?.choices;
	if (source === undefined || (typeof source === 'string' && !dynamics)) {
		throw new Refused(400, 'There are no choices for this parameter');
	}
	const choices =
		typeof source === 'string' ? await fromDynamics(source, await dynamics!()) : source;
	return {
		choices: choices.slice(0, MOST_CHOICES).map(({ shown, value }) => ({
			displayValue: { en_US: shown.slice(0, LONGEST_VALUE) },
			submittedValue: value,
		})),
	};
}

function request(body: string): { name?: unknown; type?: unknown } {
	const asked = strictJson(body);
	if (asked === undefined) throw new Refused(400, 'The body is not JSON');
	return Object(asked) as { name?: unknown; type?: unknown };
}

async function fromDynamics(
	source: Exclude<ChoiceSource, Choice[]>,
	client: Dataverse,
): Promise<Choice[]> {
	if (source === 'campaigns') {
		const rows = await query(client, 'campaigns', {
			select: ['campaignid', 'name'],
			filter: 'statecode eq 0',
			orderBy: 'name asc',
			limit: MOST_CHOICES,
		});
		return rows.map((row) => ({
			shown: String(row.name ?? row.campaignid),
			value: String(row.campaignid),
		}));
	}
	const teams = await query(client, 'teams', {
		// Owner teams; only these own records by themselves.
		select: ['teamid', 'name'],
		filter: 'teamtype eq 0',
		orderBy: 'name asc',
		limit: MOST_CHOICES,
	});
	const users = await query(client, 'systemusers', {
		select: ['systemuserid', 'fullname', 'internalemailaddress'],
		filter: 'isdisabled eq false',
		orderBy: 'fullname asc',
		limit: MOST_CHOICES,
	});
	// Teams are few: a thousand users do not push them out.
	return [
		...users.slice(0, Math.max(0, MOST_CHOICES - teams.length)).map((row) => ({
			shown: userLabel(row.fullname, row.internalemailaddress),
			value: `systemuser(${String(row.systemuserid)})`,
		})),
		...teams.map((row) => ({
			shown: `Team ${String(row.name)}`,
			value: `team(${String(row.teamid)})`,
		})),
	];
}

function userLabel(name: unknown, email: unknown): string {
	const parts = [name, email].filter((part) => typeof part === 'string' && part !== '');
	return parts.join(' · ') || 'User without a name';
}
