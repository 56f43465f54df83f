import { waitFor } from '../harness/waiting';
import { INCOMING_KEY, type World } from '../harness/world';
import { TwinControl } from './twinControl';

/** The shipped workflows that campaigns call, by the value of the trigger's parameter *Action*. */
const FILES = {
	syncPerson: 'sync-person-to-dynamics.json',
	changeOwner: 'change-owner-in-dynamics.json',
	createTask: 'create-task-in-dynamics.json',
	addToCampaign: 'add-to-dynamics-campaign.json',
	removeFromCampaign: 'remove-from-dynamics-campaign.json',
};
export type FlowAction = keyof typeof FILES;
export const FLOW_ACTIONS = Object.keys(FILES) as FlowAction[];

export type Parameters = Record<string, string | number>;

/** How a campaign asks for an action: *Call Webhook*, or a Self-Service Flow Step. */
export type By = 'webhook' | 'flowStep';

/** What a campaign's run tells of one person at its only step. */
export interface Told {
	person: number;
	state: 'waiting' | 'done' | 'failed' | 'timed out';
	/** Milliseconds since 1970 of the call. */
	calledAt: number;
	/** Until the answer or the callback. */
	ms: number;
	success: boolean | undefined;
	errorCode: string;
	reason: string;
	dynamicsTable: string;
	dynamicsId: string;
}

export interface CampaignOptions {
	by: By;
	action: FlowAction;
	parameters?: Parameters;
	type?: 'trigger' | 'batch';
	/** My tokens of the program. */
	tokens?: Record<string, string>;
	/** Milliseconds that the run may take. */
	timeout?: number;
	ratePerSecond?: number;
	concurrency?: number;
	/** People of one invocation in a batch campaign. */
	chunkSize?: number;
}

interface RunReport {
	state: string;
	people: Array<{
		id: number;
		steps: Array<{
			state: Told['state'];
			calledAt: number;
			ms: number;
			answer?: unknown;
			error?: string;
		}>;
	}>;
}

/**
 * The shipped workflows of the flow actions in a real n8n, installed in the Marketo twin as an
 * administrator does it: a service by its address, a webhook by address, template and header.
 */
export class FlowActions {
	private readonly services = new Map<FlowAction, string>();
	private readonly templates = new Map<FlowAction, string>();
	private readonly urls = new Map<FlowAction, Record<By, string>>();
	private campaigns = 0;

	private constructor(
		private readonly world: World,
		private readonly marketo: TwinControl,
		private readonly address: string,
	) {}

	/**
	 * Publishes the workflows of these actions and installs them in Marketo.
	 *
	 * @param address where calls are taken; n8n's own unless told
	 */
	static async install(
		world: World,
		actions: FlowAction[] = FLOW_ACTIONS,
		address = world.n8n.url,
	): Promise<FlowActions> {
		const marketo = new TwinControl(world.twins.line.marketo.url);
		const installed = new FlowActions(world, marketo, address);
		for (const action of actions) await installed.install(action);
		return installed;
	}

	/** n8n's id of the workflow. */
	workflow(action: FlowAction): string {
		return this.world.workflows.find(({ file }) => file === FILES[action])!.id;
	}

	private async install(action: FlowAction): Promise<void> {
		const { n8n } = this.world;
		const id = this.workflow(action);
		await n8n.publish(id);
		const { nodes } = await n8n.workflow(id);
		const url = (by: By) => {
			const trigger = nodes.find(
				({ type, parameters }) => type.endsWith('.marketoTrigger') && parameters.service === by,
			);
			return `${this.address}/webhook/${trigger!.webhookId!}`;
		};
		this.urls.set(action, {
			webhook: `${url('webhook')}/person`,
			flowStep: `${url('flowStep')}/openapi.json`,
		});
		const { apiName } = (await this.marketo
			.post('service', {
				url: this.urls.get(action)!.flowStep,
				credentials: { apiKey: INCOMING_KEY.value },
			})
			.then(({ service }) => service)) as { apiName: string };
		this.services.set(action, apiName);
		const types = await n8n.nodeTypes();
		const { properties } = types.find(({ name }) => name.endsWith('.marketoTrigger'))!;
		this.templates.set(
			action,
			String(properties.find(({ name }) => name === `payloadTemplate_${action}`)!.default),
		);
	}

	/** Runs a campaign with one step for these people and waits until all have an answer. */
	async run(people: number[], options: CampaignOptions): Promise<Told[]> {
		return await this.end(await this.start(people, options), options.timeout);
	}

	/** Starts such a campaign; answers the run. */
	async start(people: number[], options: CampaignOptions): Promise<number> {
		return await this.begin(people, await this.campaign(options), options);
	}

	/** Runs several campaigns that begin at the same moment. */
	async runTogether(
		runs: Array<{ people: number[] } & Pick<CampaignOptions, 'by'>>,
		action: FlowAction,
	): Promise<Told[]> {
		const ready: Array<{ name: string; people: number[] }> = [];
		for (const { people, by } of runs)
			ready.push({ name: await this.campaign({ by, action }), people });
		const begun = await Promise.all(
			ready.map(async ({ name, people }) => await this.begin(people, name, {})),
		);
		return (await Promise.all(begun.map(async (run) => await this.end(run)))).flat();
	}

	private async begin(
		people: number[],
		campaign: string,
		{ type = 'trigger', ratePerSecond, concurrency, chunkSize }: Partial<CampaignOptions>,
	): Promise<number> {
		const trigger = { name: 'Contact Us', triggerName: 'Filled Out Form' };
		const order = {
			campaign,
			people,
			ratePerSecond,
			concurrency,
			chunkSize,
			...(type === 'trigger' && { trigger }),
		};
		return Number((await this.marketo.post('run', order)).run);
	}

	/** Makes a campaign of one step; answers its name. */
	private async campaign({
		by,
		action,
		parameters = {},
		type = 'trigger',
		tokens,
	}: CampaignOptions): Promise<string> {
		const name = `Campaign ${++this.campaigns}`;
		const step =
			by === 'webhook'
				? { webhook: await this.webhook(name, action, parameters) }
				: { service: this.services.get(action)!, parameters };
		await this.marketo.post('campaign', { name, type, steps: [step], ...(tokens && { tokens }) });
		return name;
	}

	async end(run: number, timeout = 120_000): Promise<Told[]> {
		const ended = await waitFor(
			async () => {
				const { state } = (await this.report(run, '?people=false')) as unknown as RunReport;
				return state === 'done' && ((await this.report(run)) as unknown as RunReport);
			},
			{ timeout, interval: 100, what: `the end of campaign run ${run}` },
		);
		return ended.people.map(toldOf);
	}

	private async report(run: number, query = ''): Promise<unknown> {
		const response = await fetch(`${this.world.twins.line.marketo.url}/__twin/runs/${run}${query}`);
		return await response.json();
	}

	/** The webhook with the template that the node shows, its values replaced as a marketer does. */
	private async webhook(name: string, action: FlowAction, parameters: Parameters): Promise<string> {
		let template = this.templates.get(action)!;
		for (const [parameter, value] of Object.entries(parameters)) {
			// The encoding puts quotes around a token.
			const written =
				typeof value === 'string' && /^\{\{.*\}\}$/.test(value) ? value : JSON.stringify(value);
			template = template.replace(
				new RegExp(`("${parameter}": ).*?(,?)$`, 'm'),
				(_line, start: string, comma: string) => start + written + comma,
			);
		}
		await this.marketo.post('webhook', {
			name,
			url: this.urls.get(action)!.webhook,
			template,
			encoding: 'json',
			headers: { [INCOMING_KEY.name]: INCOMING_KEY.value, 'Content-Type': 'application/json' },
		});
		return name;
	}
}

function toldOf({ id, steps: [step] }: RunReport['people'][number]): Told {
	const { state, calledAt, ms, answer, error } = step!;
	const given = (typeof answer === 'string' ? JSON.parse(answer) : answer) as
		| Record<string, unknown>
		| undefined;
	const said = (given?.activityData ?? given ?? {}) as Record<string, unknown>;
	const text = (name: string) => String(said[name] ?? '');
	return {
		person: id,
		state,
		calledAt,
		ms,
		success: said.success as boolean | undefined,
		errorCode: text('errorCode'),
		reason: text('reason') || (error ?? ''),
		dynamicsTable: text('dynamicsTable'),
		dynamicsId: text('dynamicsId'),
	};
}
