import type { AdminExtensions, TwinRequest, TwinResponse } from '../../chassis';
import type { Campaign } from '../campaigns/campaign';
import { isIds, withoutMy } from '../campaigns/campaignFrom';
import { findService, InstallFailure } from '../campaigns/installService';
import type { FlowService } from '../campaigns/service';
import { isRecord, positiveOr, recordOf, textsOf, type Loose } from '../campaigns/shape';
import { CONCURRENCY, everybody } from '../campaigns/runDefaults';
import type { MarketoService } from './service';

/** Under `/__twin/`: what an administrator and a marketer do at the screen with campaigns. */
export function campaignAdmin(service: MarketoService, now: () => number): AdminExtensions {
	const campaigns = () => service.instance.campaigns;
	return {
		'POST webhook': (request) => {
			const { id, name } = campaigns().putWebhook(bodyOf(request));
			return ok({ id, name });
		},
		'POST service': async (request) => await install(service, bodyOf(request), now),
		'GET services': () => ({
			status: 200,
			body: { services: campaigns().allServices().map(showService) },
		}),
		'POST campaign': (request) => {
			const { id, name } = campaigns().putCampaign(bodyOf(request), now());
			return ok({ id, name });
		},
		'POST run': (request) => startRun(service, request, now),
		'GET runs': () => ({
			status: 200,
			body: {
				runs: campaigns()
					.allRuns()
					.map((run) => run.summary()),
			},
		}),
		'GET runs/*': (request) => {
			const id = Number(request.path.split('/').pop());
			const run = campaigns().findRun(id);
			if (!run) throw new Error(`There is no run ${id}.`);
			const withPeople = request.query.get('people') !== 'false';
			return {
				status: 200,
				body: { ...run.summary(), ...(withPeople && { people: run.people() }) },
			};
		},
	};
}

function ok(more: object): TwinResponse {
	return { status: 200, body: { ok: true, ...more } };
}

function bodyOf(request: TwinRequest): Loose {
	return recordOf(request.json(), 'The body');
}

async function install(
	service: MarketoService,
	body: Loose,
	now: () => number,
): Promise<TwinResponse> {
	try {
		const { instance } = service;
		const found = await findService(body, instance.fields);
		const installed = instance.campaigns.install(body, found, now());
		const info = found.document.info as Loose;
		return ok({
			service: showService(installed),
			found: {
				document: {
					title: info.title,
					providerName: info['x-providerName'],
					version: info.version,
					schemaVersion: info['x-schemaVersion'],
					supportContact: info['x-supportContact'],
					security: found.scheme,
				},
				status: found.status,
				definition: found.definition,
				picklists: Object.fromEntries(found.picklists),
				pages: found.pages,
			},
			warnings: found.warnings,
		});
	} catch (error) {
		if (!(error instanceof InstallFailure)) throw error;
		return { status: 400, body: { ok: false, error: error.message, errors: error.reasons } };
	}
}

/** Without credentials and keys. */
function showService(service: FlowService): object {
	const names = (mapping: FlowService['callback']) =>
		Object.fromEntries([...mapping].map(([name, { field }]) => [name, field.name]));
	return {
		id: service.id,
		name: service.name,
		apiName: service.definition.apiName,
		url: service.url,
		baseUrl: service.baseUrl,
		activityTypeId: service.activityTypeId,
		mapping: { invocation: names(service.invocation), callback: names(service.callback) },
		log: service.log,
	};
}

function startRun(service: MarketoService, request: TwinRequest, now: () => number): TwinResponse {
	const body = bodyOf(request);
	const { instance } = service;
	const campaign = instance.campaigns.campaign(body.campaign);
	if (!campaign) throw new Error(`There is no campaign ${String(body.campaign)}.`);
	const people = peopleOf(body, campaign, service);
	const ratePerSecond = positiveOr(body.ratePerSecond, 'ratePerSecond', undefined);
	const chunkSize = positiveOr(body.chunkSize, 'chunkSize', undefined);
	const trigger = isRecord(body.trigger) ? body.trigger : {};
	const run = instance.campaigns.run(
		{
			campaign,
			people,
			tokens: withoutMy(textsOf(body.tokens, 'tokens')),
			trigger: {
				name: String(trigger.name ?? 'Contact us'),
				triggerName: String(trigger.triggerName ?? 'Fills Out Form'),
			},
			...(ratePerSecond !== undefined && { ratePerSecond }),
			...(chunkSize !== undefined && { chunkSize }),
			concurrency: positiveOr(body.concurrency, 'concurrency', CONCURRENCY),
			origin: request.origin,
		},
		now,
	);
	return ok({ run: run.id, people: people.length });
}

function peopleOf(
	body: Loose,
	campaign: Campaign,
	{ instance }: MarketoService,
): readonly number[] {
	if (body.people === undefined) {
		if (campaign.type === 'trigger') throw new Error('people is a list of ids.');
		return everybody(campaign, instance);
	}
	if (!isIds(body.people)) throw new Error('people is a list of ids.');
	const missing = body.people.find((id) => !instance.people.get(id));
	if (missing !== undefined) throw new Error(`There is no person ${missing}.`);
	return body.people;
}
