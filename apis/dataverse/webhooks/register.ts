import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { query } from '../rows/query';
import { rowIn, type Row } from '../transport/answer';
import { call } from '../transport/call';
import { guid, prefer, rowPath, textLiteral } from '../transport/odata';

/** What Dataverse tells a webhook about. */
export type Message = 'Create' | 'Update' | 'Delete';

/** One message to listen to. */
export interface Step {
	message: Message;
	/** Logical names; an update of none of them is not told. Empty: every update. Updates only. */
	onlyWhenTheseChange: string[];
	/** Logical names of the columns whose values before the change come along. Not for creations. */
	before: string[];
}

export interface Registration {
	/** Shown in Dynamics, at most 100 characters. */
	name: string;
	/** Where Dataverse posts to. It calls ports 80 and 443 only ("Use webhooks to create external handlers"). */
	url: string;
	/** Sent along with every post, as nothing else proves who posts. */
	secret: { header: string; value: string };
	/** Logical name. */
	table: string;
	steps: Step[];
}

/** A webhook as it stands in Dynamics. The secret cannot be read back. */
export interface Endpoint {
	id: string;
	name: string;
	url: string;
}

/** Name under which the values before a change come. */
export const BEFORE = 'before';

const WEBHOOK = 8;
const BY_HEADER = 5;
const JSON_FORMAT = 2;
const ASYNCHRONOUS = 1;
const AFTER_THE_OPERATION = 40;
const PRE_IMAGE = 0;

/**
 * Registers a webhook: the endpoint, one asynchronous step per message, and images where values before the
 * change are wanted. Where a part is refused, what was made before it is removed again. A synchronous step
 * is never made: its failure would keep people from saving.
 *
 * @returns id of the endpoint
 * @throws DataverseProblem, kind `setUp` with the missing privilege
 */
export async function registerWebhook(client: Dataverse, wanted: Registration): Promise<string> {
	const filters = await filtersOf(client, wanted);
	const { header, value } = wanted.secret;
	const endpoint = await make(client, 'serviceendpoints', 'serviceendpointid', {
		name: wanted.name,
		url: wanted.url,
		contract: WEBHOOK,
		authtype: BY_HEADER,
		authvalue: `<settings><setting name="${xml(header)}" value="${xml(value)}"/></settings>`,
		messageformat: JSON_FORMAT,
	});
	try {
		for (const step of wanted.steps) await addStep(client, wanted, endpoint, step, filters);
	} catch (error) {
		await removeWebhook(client, endpoint).catch(() => {});
		throw error;
	}
	return endpoint;
}

/** Webhooks with exactly this name. @throws DataverseProblem */
export async function webhooksNamed(client: Dataverse, name: string): Promise<Endpoint[]> {
	return await endpointsWhere(client, `contract eq ${WEBHOOK} and name eq ${textLiteral(name)}`);
}

/** A webhook by its id; undefined where it is gone. @throws DataverseProblem */
export async function webhookById(client: Dataverse, id: string): Promise<Endpoint | undefined> {
	const [found] = await endpointsWhere(client, `serviceendpointid eq ${guid(id)}`);
	return found;
}

/** The messages that a webhook listens to; steps that somebody has switched off do not count. */
export async function messagesOf(client: Dataverse, endpoint: string): Promise<string[]> {
	const steps = await stepsOf(client, endpoint, ['statecode'], 'sdkmessageid($select=name)');
	return steps
		.filter(({ statecode }) => statecode === 0)
		.map(({ sdkmessageid }) => String((sdkmessageid as Row | null)?.name));
}

/** Removes a webhook with its steps; what is gone already is fine. @throws DataverseProblem */
export async function removeWebhook(client: Dataverse, endpoint: string): Promise<void> {
	// Dataverse keeps an endpoint for as long as a step leads to it. Images go with their step.
	for (const step of await stepsOf(client, endpoint, ['sdkmessageprocessingstepid'])) {
		await removeRow(client, 'sdkmessageprocessingsteps', String(step.sdkmessageprocessingstepid));
	}
	await removeRow(client, 'serviceendpoints', endpoint);
}

async function addStep(
	client: Dataverse,
	{ name, table }: Registration,
	endpoint: string,
	step: Step,
	filters: Map<string, Filter>,
): Promise<void> {
	const filter = filters.get(step.message)!;
	// Navigation properties are lower case here; in Pascal case Dataverse answers 400.
	const id = await make(client, 'sdkmessageprocessingsteps', 'sdkmessageprocessingstepid', {
		name: `${name}: ${step.message} of ${table}`.slice(0, 256),
		mode: ASYNCHRONOUS,
		stage: AFTER_THE_OPERATION,
		rank: 1,
		supporteddeployment: 0,
		asyncautodelete: true,
		...(step.message === 'Update' &&
			step.onlyWhenTheseChange.length > 0 && {
				filteringattributes: step.onlyWhenTheseChange.join(','),
			}),
		'eventhandler_serviceendpoint@odata.bind': `/${rowPath('serviceendpoints', endpoint)}`,
		'sdkmessageid@odata.bind': `/${rowPath('sdkmessages', filter.message)}`,
		'sdkmessagefilterid@odata.bind': `/${rowPath('sdkmessagefilters', filter.id)}`,
	});
	if (step.message === 'Create' || step.before.length === 0) return;
	await make(client, 'sdkmessageprocessingstepimages', 'sdkmessageprocessingstepimageid', {
		name: BEFORE,
		entityalias: BEFORE,
		imagetype: PRE_IMAGE,
		messagepropertyname: 'Target',
		attributes: step.before.join(','),
		'sdkmessageprocessingstepid@odata.bind': `/${rowPath('sdkmessageprocessingsteps', id)}`,
	});
}

interface Filter {
	id: string;
	message: string;
}

/** The rows that stand for "this message of this table", by name of the message. */
async function filtersOf(
	client: Dataverse,
	{ table, steps }: Registration,
): Promise<Map<string, Filter>> {
	const messages = steps.map(({ message }) => `sdkmessageid/name eq ${textLiteral(message)}`);
	const found = await query(client, 'sdkmessagefilters', {
		select: ['sdkmessagefilterid'],
		expand: 'sdkmessageid($select=name,sdkmessageid)',
		filter: `primaryobjecttypecode eq ${textLiteral(table)} and (${messages.join(' or ')})`,
	});
	const filters = new Map<string, Filter>();
	for (const row of found) {
		const message = row.sdkmessageid as Row;
		filters.set(String(message.name), {
			id: String(row.sdkmessagefilterid),
			message: String(message.sdkmessageid),
		});
	}
	const missing = steps.find(({ message }) => !filters.has(message));
	if (!missing) return filters;
	throw new DataverseProblem({
		kind: 'setUp',
		status: 0,
		code: '',
		reason: `Dynamics 365 has no webhook for the message ${missing.message} of the table "${table}"`,
		remedy: 'Choose another table or other events, or watch by polling',
	});
}

async function endpointsWhere(client: Dataverse, filter: string): Promise<Endpoint[]> {
	const rows = await query(client, 'serviceendpoints', {
		select: ['serviceendpointid', 'name', 'url'],
		filter,
	});
	return rows.map((row) => ({
		id: String(row.serviceendpointid),
		name: String(row.name),
		url: String(row.url),
	}));
}

async function stepsOf(
	client: Dataverse,
	endpoint: string,
	select: string[],
	expand?: string,
): Promise<Row[]> {
	const filter = `_eventhandler_value eq ${guid(endpoint)}`;
	return await query(client, 'sdkmessageprocessingsteps', { select, expand, filter });
}

/** A creation is not repeated after a lost answer: it might be there twice. */
async function make(
	client: Dataverse,
	set: string,
	idColumn: string,
	body: object,
): Promise<string> {
	const answer = await call(client, {
		method: 'POST',
		path: set,
		query: { $select: idColumn },
		headers: prefer('return=representation'),
		body,
		safety: 'once',
	});
	return guid(String(rowIn(answer)[idColumn]));
}

async function removeRow(client: Dataverse, set: string, id: string): Promise<void> {
	try {
		await call(client, { method: 'DELETE', path: rowPath(set, id), safety: 'repeatable' });
	} catch (error) {
		if (!(error instanceof DataverseProblem) || error.kind !== 'missing') throw error;
	}
}

function xml(text: string): string {
	const signs: Record<string, string> = {
		'&': 'amp',
		'<': 'lt',
		'>': 'gt',
		'"': 'quot',
		"'": 'apos',
	};
	return text.replace(/[&<>"']/g, (sign) => `&${signs[sign]};`);
}
