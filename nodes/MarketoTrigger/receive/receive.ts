import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { dataverse } from '../../../apis/dataverse/client';
import { isMunchkinId } from '../../../apis/marketo/transport/endpoint';
import type { RequestItem } from '../../../sync/items';
import { ownSubscription } from '../../../sync/schedule/systems';
import type { Ledger } from '../../../sync/ledger/ledger';
import { answerOf } from '../../../sync/ledger/answers';
import { acceptRequests, type Incoming } from '../../../sync/ledger/requests';
import { openNodeLedger } from '../../shared/ledger';
import { createWire } from '../../shared/send';
import { accepted, ANSWERED, notify, timesNotified, waitFor } from '../../shared/signals';
import { DYNAMICS_API } from '../../shared/syncPorts';
import { collectorOf } from '../collector';
import { serviceDefinition } from '../flowStep/definition';
import { openApiDocument } from '../flowStep/openApi';
import { ICON, providerInstructions } from '../flowStep/pages';
import { picklist } from '../flowStep/picklist';
import { actionOf, canAskDynamics, endpointOf, receiverOf, secretOf } from '../setting';
import { readBody, type Request } from './body';
import { isCallbackUrl } from './callbackUrl';
import { isKnownCaller } from './caller';
import { Gate, GATE_LIMITS } from './gate';
import { chunkId, invocationOf } from './invocation';
import { webhookPerson } from './payload';
import { Refused } from './refused';
import { replyTo, sendReply, type Reply, type Response } from './reply';
import { FLOW_STEP_ROUTES, OPEN_API, PERSON } from './routes';

const WEBHOOK_LIMIT = 1024 * 1024;
const FLOW_STEP_LIMIT = 10 * WEBHOOK_LIMIT;

/** Calls that may wait for a result at once; more are answered "queued" at once. */
const MOST_HELD = 200;
/** Looks into the ledger for an answer that another process gave. */
const ANSWER_LOOK_MS = 500;
const QUEUED = { status: 'queued' };

/** One for all nodes: a flood meets the process, not a node. */
const gate = new Gate(GATE_LIMITS, () => Date.now());
let held = 0;

interface Taken {
	/** A call that waits for its result is replied to after n8n has let go of it: n8n sets up an expression engine for each call that it still holds. */
	reply: Reply | Promise<Reply>;
	/** Of a test in the editor: goes straight to the execution. */
	items?: INodeExecutionData[];
}

/** Takes one call of Marketo: whatever comes, it is answered, and what is answered 2xx is kept. */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const response = context.getResponseObject() as unknown as Response;
	let leave = () => {};
	try {
		const { reply, items } = await takeCall(context, (out) => (leave = out));
		if (reply instanceof Promise) void reply.then((late) => sendReply(response, late));
		else sendReply(response, reply);
		return { noWebhookResponse: true, ...(items && { workflowData: [items] }) };
	} catch (error) {
		if (error instanceof Refused) {
			sendReply(response, replyTo(error));
		} else {
			// Nothing of the call itself: it may hold people's data.
			context.logger.error(
				`Marketo Trigger: a call could not be accepted: ${(error as Error).name}`,
			);
			sendReply(response, {
				status: 500,
				body: { error: 'The call could not be stored; send it again' },
			});
		}
		return { noWebhookResponse: true };
	} finally {
		leave();
	}
}

/** What is to be called when a call that was let in is over. */
type Entered = (leave: () => void) => void;

async function takeCall(context: IWebhookFunctions, entered: Entered): Promise<Taken> {
	const { method, path: whole } = requestOf(context);
	const path =
		whole
			.split('/')
			.filter((part) => part !== '')
			.pop() ?? '';
	return context.getNodeParameter('service') === 'flowStep'
		? await takeFlowStepCall(context, path, method, entered)
		: await takeWebhookCall(context, path, entered);
}

async function takeWebhookCall(
	context: IWebhookFunctions,
	path: string,
	entered: Entered,
): Promise<Taken> {
	if (path !== PERSON) throw new Refused(404, 'There is nothing here');
	await letIn(context, entered);
	const body = await readBody(requestOf(context), WEBHOOK_LIMIT);
	const query = context.getQueryData() as Record<string, unknown>;
	const { incoming, munchkinId } = webhookPerson(contentType(context), body, query);
	if (munchkinId !== '') assertSubscription(context, munchkinId);
	if (context.getMode() === 'manual')
		return { reply: { status: 200, body: QUEUED }, items: testItems([incoming]) };
	const ledger = await openNodeLedger(context);
	if (munchkinId !== '') await assertOwnSubscription(context, ledger, munchkinId);
	const receiver = receiverOf(context);
	const id = await collectorOf(ledger, receiver).keep(incoming);
	if (id === undefined) throw tooManyWait();
	notify(accepted(receiver));
	const seconds = secondsToHold(context);
	return seconds === 0 ? ok(QUEUED) : { reply: resultOrQueued(ledger, id, seconds) };
}

async function takeFlowStepCall(
	context: IWebhookFunctions,
	path: string,
	method: string,
	entered: Entered,
): Promise<Taken> {
	const route = FLOW_STEP_ROUTES.find((one) => one.path === path);
	if (!route) throw new Refused(404, 'There is nothing here');
	if (route.method !== method) throw new Refused(405, `Use ${route.method}`);
	if (!route.open) await letIn(context, entered);
	switch (path) {
		case OPEN_API:
			return ok(openApiDocument(actionOf(context), await secretOf(context), baseUrl(context)));
		case 'getServiceDefinition':
			return ok(serviceDefinition(actionOf(context), canAskDynamics(context)));
		case 'status':
			return ok({ info: [], warnings: [], errors: [] });
		case 'getPicklist':
			return ok(await choices(context));
		case 'providerInstructions':
			return {
				reply: {
					status: 200,
					body: providerInstructions(actionOf(context)),
					type: 'text/html; charset=utf-8',
				},
			};
		case 'submitAsyncAction':
			return await takeInvocation(context);
		default:
			return { reply: { status: 200, body: ICON, type: 'image/svg+xml' } };
	}
}

async function takeInvocation(context: IWebhookFunctions): Promise<Taken> {
	const body = await readBody(requestOf(context), FLOW_STEP_LIMIT);
	const invocation = invocationOf(contentType(context), body);
	assertSubscription(context, invocation.callback.munchkinId);
	if (!isCallbackUrl(invocation.callback.url, await endpointOf(context))) {
		throw new Refused(400, 'callbackUrl is not an address of Marketo');
	}
	const taken: Taken = { reply: { status: 201, body: { status: 'accepted' } } };
	if (context.getMode() === 'manual') return { ...taken, items: testItems(invocation.incoming) };
	if (invocation.incoming.length === 0) return taken;
	const ledger = await openNodeLedger(context);
	await assertOwnSubscription(context, ledger, invocation.callback.munchkinId);
	const receiver = receiverOf(context);
	const chunk = {
		id: chunkId(ledger.key.secret, receiver, invocation),
		callback: invocation.callback,
	};
	if ('full' in (await acceptRequests(ledger, receiver, invocation.incoming, chunk)))
		throw tooManyWait();
	notify(accepted(receiver));
	return taken;
}

/** @throws Refused 401 without the secret, 429 when its bearer calls too often, 500 where n8n cannot read its own (Marketo repeats that) */
async function letIn(context: IWebhookFunctions, entered: Entered): Promise<void> {
	const secret = await secretOf(context);
	if (!isKnownCaller(secret, requestOf(context).headers)) throw new Refused(401, 'Unauthorized');
	entered(gate.enter());
}

function assertSubscription(context: IWebhookFunctions, munchkinId: string): void {
	const own = String(context.getNodeParameter('munchkinId', '')).trim();
	if (own !== '' && !isSame(own, munchkinId)) throw anotherSubscription();
}

/**
 * R44: what the actions know of people is the ledger's, and the same ids are strangers' in another subscription.
 * An action of one's own may have nothing to do with it.
 */
async function assertOwnSubscription(
	context: IWebhookFunctions,
	{ db }: Ledger,
	munchkinId: string,
): Promise<void> {
	if (context.getNodeParameter('flowAction', 'syncPerson') === 'custom') return;
	const own = await ownSubscription(db);
	if (own !== undefined && isMunchkinId(own) && !isSame(own, munchkinId))
		throw anotherSubscription();
}

const isSame = (one: string, other: string) =>
	one.trim().toUpperCase() === other.trim().toUpperCase();

const anotherSubscription = () =>
	new Refused(403, 'Calls from this subscription are not accepted here');

function requestOf(context: IWebhookFunctions): Request {
	return context.getRequestObject() as unknown as Request;
}

const tooManyWait = () => new Refused(429, 'Too many people are waiting already', 10);

const ok = (body: object): Taken => ({ reply: { status: 200, body } });

function contentType(context: IWebhookFunctions): string {
	return String(requestOf(context).headers['content-type'] ?? '');
}

/** Address of the service, from that of its document. */
function baseUrl(context: IWebhookFunctions): string {
	return (context.getNodeWebhookUrl('setup') ?? '').replace(/\/[^/]*$/, '');
}

async function choices(context: IWebhookFunctions): Promise<object> {
	const body = await readBody(requestOf(context), WEBHOOK_LIMIT);
	const connect = async () => {
		const { environmentUrl } = await context.getCredentials<{ environmentUrl: string }>(
			DYNAMICS_API,
		);
		return dataverse(await createWire(context, DYNAMICS_API), environmentUrl);
	};
	return await picklist(actionOf(context), body, canAskDynamics(context) ? connect : undefined);
}

/** How long the call is to wait for its result; 0 when it is not. */
function secondsToHold(context: IWebhookFunctions): number {
	if (context.getNodeParameter('answer', 'atOnce') !== 'withResult' || held >= MOST_HELD) return 0;
	return Math.min(25, Math.max(1, Number(context.getNodeParameter('timeLimit', 20)) || 20));
}

/** The answer for response mappings, if it comes in time; else that it is queued. */
async function resultOrQueued(ledger: Ledger, request: string, seconds: number): Promise<Reply> {
	const until = ledger.clock.now() + seconds * 1000;
	held++;
	try {
		for (;;) {
			const times = timesNotified(ANSWERED);
			const answer = await answerOf(ledger.db, request);
			if (answer) {
				const { success, errorCode, reason, values } = answer;
				const { dynamicsTable = '', dynamicsId = '' } = values;
				return {
					status: 200,
					body: {
						status: success ? 'done' : 'failed',
						success,
						dynamicsTable,
						dynamicsId,
						errorCode,
						reason,
					},
				};
			}
			const left = until - ledger.clock.now();
			if (left <= 0) break;
			await waitFor(ANSWERED, times, Math.min(left, ANSWER_LOOK_MS));
		}
	} catch {
		// The person is kept; only the look failed.
	} finally {
		held--;
	}
	return { status: 200, body: QUEUED };
}

/** As they come out of the inbox, but for the id: nothing of a test is kept. */
function testItems(incoming: Incoming[]): INodeExecutionData[] {
	return incoming.map(({ service, person, campaign, parameters }) => {
		const item: RequestItem = {
			kind: 'request',
			request: '',
			table: 'person',
			id: person,
			label: `Person ${person}`,
			changedAt: new Date().toISOString(),
			service,
			campaign,
			values: parameters,
		};
		return { json: { ...item } };
	});
}
