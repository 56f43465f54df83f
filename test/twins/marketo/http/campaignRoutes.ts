import { ActivityType } from '../activities/activity';
import type { Campaign } from '../campaigns/campaign';
import { withoutMy } from '../campaigns/campaignFrom';
import { CONCURRENCY, everybody } from '../campaigns/runDefaults';
import { isRecord, type Loose } from '../campaigns/shape';
import { CallFailure, missing } from '../errors';
import { instanceDay, isoSeconds, parseDateTime } from '../fields/time';
import { jsonBody, listParameter, pageOf, toInteger, type Answer, type Call } from './call';
import type { Register } from './service';

const READ = ['Read-Only Campaign', 'Execute Campaign'] as const;
const EXECUTE = ['Execute Campaign'] as const;
const MAX_LEADS = 100;
const MAX_TOKENS = 100;
const MAX_CLONES_A_DAY = 20;
const FIVE_MINUTES_MS = 300_000;
const TWO_YEARS_MS = 2 * 365 * 86_400_000;

/** Smart campaigns: reading, requesting, scheduling. */
export function campaignRoutes(register: Register): void {
	register('GET', '/rest/v1/campaigns.json', READ, list);
	register('GET', '/rest/v1/campaigns/{id}.json', READ, (call) => ({
		result: [show(campaignIn(call))],
	}));
	register('POST', '/rest/v1/campaigns/{id}/trigger.json', EXECUTE, request);
	register('POST', '/rest/v1/campaigns/{id}/schedule.json', EXECUTE, schedule);
}

function campaignIn({ request, instance }: Call): Campaign {
	const { id } = request.params;
	const campaign = instance.campaigns.campaign(toInteger(id));
	if (!campaign) throw new CallFailure('1013', `Campaign '${id}' not found`);
	return campaign;
}

function show(campaign: Campaign): object {
	const time = isoSeconds(campaign.createdAt);
	return {
		id: campaign.id,
		name: campaign.name,
		...(campaign.description !== undefined && { description: campaign.description }),
		type: campaign.type,
		...(campaign.program && { programName: campaign.program.name, programId: campaign.program.id }),
		workspaceName: 'Default',
		createdAt: time,
		updatedAt: time,
		active: campaign.active,
	};
}

/** Pages have a token as long as there is more, and never `moreResult`. */
function list(call: Call): Answer {
	const ids = listParameter(call, 'id').map(toInteger);
	const filters: ReadonlyArray<readonly [string[], (campaign: Campaign) => string | undefined]> = [
		[listParameter(call, 'name'), ({ name }) => name],
		[listParameter(call, 'programName'), ({ program }) => program?.name],
		[listParameter(call, 'workspaceName'), () => 'Default'],
	];
	const triggerable = call.request.query.get('isTriggerable') === 'true';
	const wanted = call.instance.campaigns
		.all()
		.filter(({ id }) => ids.length === 0 || ids.includes(id))
		.filter((one) =>
			filters.every(([names, of]) => names.length === 0 || names.includes(of(one) ?? '')),
		)
		.filter((one) => !triggerable || (one.active && one.requestable));
	const scope = JSON.stringify([ids, filters.map(([names]) => names), triggerable]);
	const { page, nextPageToken } = pageOf(call, `campaigns ${scope}`, wanted);
	return { result: page.map(show), ...(nextPageToken !== undefined && { nextPageToken }) };
}

/** The flow begins at once for everybody in the call. */
function request(call: Call): Answer {
	const campaign = campaignIn(call);
	const input = inputOf(call);
	const { leads } = input;
	if (!Array.isArray(leads) || leads.length === 0) throw new CallFailure('1002', missing('leads'));
	if (leads.length > MAX_LEADS) {
		throw new CallFailure('1003', `Too many leads: ${leads.length}, at most ${MAX_LEADS}`);
	}
	const tokens = tokensOf(input);
	if (!campaign.active || !campaign.requestable) {
		throw new CallFailure(
			'1003',
			`Campaign '${campaign.id}' is not an active campaign that can be requested`,
		);
	}
	const people = leads.map((lead: unknown) => {
		const id = toInteger(isRecord(lead) ? lead.id : undefined);
		if (!call.instance.people.get(id)) throw new CallFailure('1004', `Lead '${id}' not found`);
		return id;
	});
	for (const leadId of people) logRequest(call, campaign, leadId);
	const trigger = { name: 'Web Service API', triggerName: 'Campaign is Requested' };
	const { origin } = call.request;
	const order = { campaign, people, tokens, trigger, concurrency: CONCURRENCY, origin };
	call.instance.campaigns.run(order, call.context.now);
	return { result: [{ id: campaign.id }], records: people.length };
}

function logRequest({ instance, now }: Call, campaign: Campaign, leadId: number): void {
	instance.log.add(
		{
			leadId,
			typeId: ActivityType.requestCampaign,
			date: now,
			primaryValueId: campaign.id,
			primaryValue: campaign.name,
			attributes: [{ name: 'Source', value: 'Web service API' }],
		},
		now,
	);
}

function schedule(call: Call): Answer {
	const { instance, now } = call;
	const input = inputOf(call, true);
	let campaign = campaignIn(call);
	if (campaign.type !== 'batch') {
		throw new CallFailure('1003', `Campaign '${campaign.id}' is not a batch campaign`);
	}
	const tokens = tokensOf(input);
	const runAt =
		input.runAt === undefined ? now + FIVE_MINUTES_MS : parseDateTime(String(input.runAt));
	if (runAt === undefined)
		throw new CallFailure('704', `Invalid date format '${String(input.runAt)}'`);
	if (runAt > now + TWO_YEARS_MS) throw new CallFailure('1042');
	// The time is given to the second: five minutes from now may look a moment less.
	if (runAt < now + FIVE_MINUTES_MS - 1000) {
		throw new CallFailure('1003', 'runAt is not at least five minutes in the future');
	}
	if (input.cloneToProgramName !== undefined) {
		const today = instance.campaigns.countClone(instanceDay(now));
		if (today > MAX_CLONES_A_DAY) throw new CallFailure('1020');
		campaign = instance.campaigns.cloneToProgram(campaign, String(input.cloneToProgramName), now);
	}
	const order = {
		campaign,
		people: everybody(campaign, instance),
		tokens,
		trigger: { name: '', triggerName: '' },
		concurrency: CONCURRENCY,
		origin: call.request.origin,
	};
	instance.campaigns.schedule(order, runAt, call.context.now);
	return { result: [{ id: campaign.id }] };
}

function inputOf(call: Call, optional = false): Loose {
	if (optional && call.request.body.length === 0) return {};
	const { input } = jsonBody(call);
	if (optional && input === undefined) return {};
	if (!isRecord(input)) throw new CallFailure('1002', missing('input'));
	return input;
}

/** My tokens of a call, by name without `my.`. */
function tokensOf({ tokens }: Loose): Record<string, string> {
	if (tokens === undefined || tokens === null) return {};
	if (!Array.isArray(tokens))
		throw new CallFailure('1001', "Invalid value for tokens. Required of type 'Array'");
	if (tokens.length > MAX_TOKENS) {
		throw new CallFailure('1003', `Too many tokens: ${tokens.length}, at most ${MAX_TOKENS}`);
	}
	return withoutMy(
		Object.fromEntries(
			tokens.map((token: unknown) => {
				const { name, value } = isRecord(token) ? token : {};
				if (!/^\{\{my\..+\}\}$/.test(String(name))) {
					throw new CallFailure('1003', `Invalid token name '${String(name)}'`);
				}
				return [String(name), String(value ?? '')];
			}),
		),
	);
}
