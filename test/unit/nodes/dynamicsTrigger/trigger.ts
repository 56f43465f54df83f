import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { HookContext, PollContext, WebhookContext } from 'n8n-core';
import type { IDataObject, IHookFunctions, IPollFunctions, IWebhookFunctions } from 'n8n-workflow';

import type { ChangeItem } from '../../../../nodes/MicrosoftDynamics365Trigger/item';
import { MicrosoftDynamics365Trigger } from '../../../../nodes/MicrosoftDynamics365Trigger/MicrosoftDynamics365Trigger.node';
import type { DynamicsTwin } from '../../../twins/dynamics';
import { surroundings, type ContextOptions, type StoredCredential } from '../support/n8nContext';

type Mode = 'manual' | 'trigger';

/** One trigger node in a published workflow, as n8n drives it. */
export class Trigger {
	private readonly node = new MicrosoftDynamics365Trigger();
	private readonly around: ReturnType<typeof surroundings>;
	private server: Server | undefined;
	/** What posts to its webhook made, in their order. */
	readonly received: ChangeItem[] = [];
	/** HTTP statuses that posts were answered with. */
	readonly answers: number[] = [];
	readonly warnings: string[] = [];

	constructor(credential: StoredCredential, parameters: ContextOptions['parameters']) {
		const table = { __rl: true, mode: 'list', value: 'lead' };
		this.around = surroundings({
			nodeType: this.node,
			credential,
			parameters: { watch: 'polling', table, ...parameters },
		});
	}

	/** What the workflow keeps of this node. */
	get memory(): IDataObject {
		return this.around.workflow.getStaticData('node', this.around.node);
	}

	set parameters(parameters: ContextOptions['parameters']) {
		Object.assign(this.around.node.parameters, parameters);
	}

	async poll(mode: Mode = 'trigger'): Promise<ChangeItem[]> {
		const { workflow, node, additionalData } = this.around;
		const context = this.watched(
			new PollContext(workflow, node, additionalData, mode, 'activate') as IPollFunctions,
		);
		const output = await this.node.poll.call(context);
		return (output?.[0] ?? []).map(({ json }) => json as ChangeItem);
	}

	/** As n8n does when the workflow is published: registers unless that has been done. */
	async publish(url = ''): Promise<'was there' | 'made'> {
		const context = await this.hook(url || (await this.listen()));
		const { checkExists, create } = this.node.webhookMethods.default;
		if (await checkExists.call(context)) return 'was there';
		await create.call(context);
		return 'made';
	}

	async unpublish(): Promise<void> {
		await this.node.webhookMethods.default.delete.call(await this.hook(await this.listen()));
	}

	async close(): Promise<void> {
		this.server?.closeAllConnections();
		await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
	}

	/** Waits until so many posts have been answered and worked on. */
	async posts(count: number): Promise<ChangeItem[]> {
		const until = Date.now() + 5_000;
		while (this.done < count && Date.now() < until)
			await new Promise((resolve) => setTimeout(resolve, 5));
		return this.received;
	}

	private done = 0;

	/** The address of the webhook. */
	async listen(): Promise<string> {
		if (!this.server) {
			this.server = createServer((request, response) => {
				const chunks: Buffer[] = [];
				request.on('data', (chunk: Buffer) => chunks.push(chunk));
				request.on('end', () => {
					void this.receive(request.headers, Buffer.concat(chunks), (status) => {
						this.answers.push(status);
						response.writeHead(status).end();
					});
				});
			});
			await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
		}
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhook`;
	}

	private async receive(
		headers: object,
		body: Buffer,
		answer: (status: number) => void,
	): Promise<void> {
		const { workflow, node } = this.around;
		const request: { rawBody?: Buffer; [key: string]: unknown } = { headers };
		request.readRawBody = async () => {
			request.rawBody = body;
		};
		let status = 200;
		const response = {
			status: (given: number) => {
				status = given;
				return response;
			},
			end: () => answer(status),
		};
		const additionalData = {
			...this.around.additionalData,
			httpRequest: request,
			httpResponse: response,
		} as never;
		const context = new WebhookContext(
			workflow,
			node,
			additionalData,
			'webhook',
			{} as never,
			[],
			null,
		);
		const output = await this.node.webhook.call(
			this.watched(context as unknown as IWebhookFunctions),
		);
		const items = output.workflowData?.[0] ?? [];
		this.received.push(...items.map(({ json }) => json as ChangeItem));
		this.done++;
	}

	private async hook(url: string): Promise<IHookFunctions> {
		const { workflow, node, additionalData } = this.around;
		const context = new HookContext(
			workflow,
			node,
			additionalData,
			'trigger',
			'activate',
			{} as never,
		);
		context.getNodeWebhookUrl = () => url;
		return this.watched(context as unknown as IHookFunctions);
	}

	private watched<Context extends IPollFunctions | IHookFunctions | IWebhookFunctions>(
		context: Context,
	): Context {
		for (const level of ['warn', 'error'] as const) {
			jest.spyOn(context.logger, level).mockImplementation((text) => void this.warnings.push(text));
		}
		return context;
	}
}

/** The twin's own endpoints. */
export async function twinSays(
	twin: DynamicsTwin,
	method: string,
	name: string,
	body?: unknown,
): Promise<IDataObject> {
	const answer = await fetch(`${twin.url}/__twin/${name}`, {
		method,
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	return (await answer.json()) as IDataObject;
}
