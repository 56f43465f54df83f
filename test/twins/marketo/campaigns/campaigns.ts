import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { TypeDescription } from '../activities/standardTypes';
import type { MarketoInstance } from '../instance';
import type { Campaign } from './campaign';
import { campaignFrom, type StepParts } from './campaignFrom';
import { CampaignRun, type RunOrder } from './campaignRun';
import { InstallFailure, type FoundService } from './installService';
import { OpenChunks } from './openChunks';
import { activityTypeOf, type FlowService } from './service';
import { serviceLog } from './serviceLog';
import { textsOf, type Loose } from './shape';
import { webhookFrom, type Webhook } from './webhook';

const FIRST_CAMPAIGN_ID = 1001;
const FIRST_SERVICE_TYPE_ID = 200_001;
/** How often it is looked whether a scheduled campaign is due. */
const LOOK_EVERY_MS = 100;

/** A batch campaign with the time it was scheduled for. */
interface Scheduled {
	/** Twin time, milliseconds. */
	readonly runAt: number;
	readonly order: RunOrder;
}

/** The webhooks, services, campaigns and runs of one instance. */
export class Campaigns {
	readonly chunks = new OpenChunks();
	private readonly webhooks = new Map<string, Webhook>();
	private readonly services: FlowService[] = [];
	private readonly campaigns: Campaign[] = [];
	private readonly runs: CampaignRun[] = [];
	private scheduled: Scheduled[] = [];
	private lookout?: NodeJS.Timeout;
	private readonly stopping = new AbortController();

	/** How often a campaign was cloned, by day of the instance's zone. */
	private readonly clones = new Map<string, number>();

	constructor(private readonly instance: MarketoInstance) {
		// Every call and every wait listens.
		setMaxListeners(0, this.stopping.signal);
	}

	/** Defines a webhook; one of the same name is replaced and keeps its id. */
	putWebhook(body: Loose): Webhook {
		const known = this.webhooks.get(String(body.name));
		const webhook = webhookFrom(body, known?.id ?? this.webhooks.size + 1, this.instance.fields);
		if (known) return Object.assign(known, webhook);
		this.webhooks.set(webhook.name, webhook);
		return webhook;
	}

	/**
	 * Installs what was found. The same address again is refreshed and keeps its id.
	 * @throws InstallFailure when another service has the API name and no other name was given
	 */
	install(body: Loose, found: FoundService, now: number): FlowService {
		const url = String(body.url);
		const { apiName } = found.definition;
		const place = this.services.findIndex((one) => one.url === url);
		const taken = this.services.some(
			(one, index) => index !== place && one.definition.apiName === apiName,
		);
		if (taken && body.name === undefined) {
			throw new InstallFailure([
				`Another service has the apiName ${apiName}: give this one a name.`,
			]);
		}
		const id = place < 0 ? this.services.length + 1 : this.services[place]!.id;
		const globals = (body.globals ?? {}) as Readonly<Record<string, unknown>>;
		const service: FlowService = {
			id,
			name: String(body.name ?? (found.document.info as Loose).title),
			url,
			baseUrl: found.baseUrl,
			scheme: found.scheme,
			credentials: found.credentials,
			definition: found.definition,
			invocation: found.mapping.invocation,
			callback: found.mapping.callback,
			picklists: found.picklists,
			globals,
			headers: textsOf(body.headers, 'headers'),
			activityTypeId: FIRST_SERVICE_TYPE_ID + id - 1,
			callbackKey: place < 0 ? randomBytes(16).toString('hex') : this.services[place]!.callbackKey,
			log: place < 0 ? [] : this.services[place]!.log,
		};
		if (place < 0) this.services.push(service);
		else Object.assign(this.services[place]!, service);
		for (const line of found.warnings) serviceLog(service, 'WARN', line, now);
		return this.services[id - 1]!;
	}

	putCampaign(body: Loose, now: number): Campaign {
		const place = this.campaigns.findIndex((one) => one.name === body.name);
		const id = place < 0 ? FIRST_CAMPAIGN_ID + this.campaigns.length : this.campaigns[place]!.id;
		const campaign = campaignFrom(body, id, this.parts(), now);
		if (place < 0) this.campaigns.push(campaign);
		else this.campaigns[place] = campaign;
		return campaign;
	}

	/** A copy under a new program, as *Schedule Campaign* makes it. */
	cloneToProgram(campaign: Campaign, program: string, now: number): Campaign {
		const id = FIRST_CAMPAIGN_ID + this.campaigns.length;
		const clone = { ...campaign, id, program: { id, name: program }, createdAt: now };
		this.campaigns.push(clone);
		return clone;
	}

	/** Counts a clone in; says the how manieth of the day it is. */
	countClone(day: string): number {
		const count = (this.clones.get(day) ?? 0) + 1;
		this.clones.set(day, count);
		return count;
	}

	/** By id or name. */
	campaign(idOrName: unknown): Campaign | undefined {
		return this.campaigns.find((one) => one.id === idOrName || one.name === idOrName);
	}

	all(): readonly Campaign[] {
		return this.campaigns;
	}

	allServices(): readonly FlowService[] {
		return this.services;
	}

	/** The activity types that the services brought along. */
	activityTypes(): TypeDescription[] {
		return this.services.map(activityTypeOf);
	}

	/** Starts a run; it goes on by itself. */
	run(order: RunOrder, now: () => number): CampaignRun {
		const { instance, chunks } = this;
		const run = new CampaignRun(this.runs.length + 1, order, {
			instance,
			chunks,
			stop: this.stopping.signal,
			now,
		});
		this.runs.push(run);
		run.start();
		return run;
	}

	/** Runs later, by the twin's clock. */
	schedule(order: RunOrder, runAt: number, now: () => number): void {
		this.scheduled.push({ runAt, order });
		this.lookout ??= setInterval(() => this.runDue(now), LOOK_EVERY_MS).unref();
	}

	allRuns(): readonly CampaignRun[] {
		return this.runs;
	}

	findRun(id: number): CampaignRun | undefined {
		return this.runs[id - 1];
	}

	/** Ends all runs where they are. */
	stop(): void {
		this.stopping.abort();
		clearInterval(this.lookout);
	}

	private runDue(now: () => number): void {
		const due = this.scheduled.filter(({ runAt }) => runAt <= now());
		this.scheduled = this.scheduled.filter((one) => !due.includes(one));
		for (const { order } of due) this.run(order, now);
	}

	private parts(): StepParts {
		return {
			fields: this.instance.fields,
			webhook: (name) => this.webhooks.get(name),
			service: (name) =>
				this.services.find((one) => one.name === name || one.definition.apiName === name),
		};
	}
}
