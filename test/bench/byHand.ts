import { setTimeout as sleep } from 'node:timers/promises';
import type { IConnections, INode, INodeParameters } from 'n8n-workflow';
import type { CredentialIds } from '../e2e/harness/credentialPicker';
import { startWorld, type World } from '../e2e/harness/world';
import { PeopleLane } from '../e2e/scenario/lane';
import { DynamicsVendor } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import type { Bench } from './main';
import { afterTheOverlap, BUDGET_WINDOW_MS, costOf, editLeads, type Cost } from './syncedLeads';

/** Of either vendor, added to every call. */
const LATENCY_MS = 100;
const HOUR_MS = 3_600_000;
const START = 'Start';

/**
 * The same leads edited in Dynamics, carried to Marketo three times: by this sync, by a workflow of n8n's own nodes
 * that asks for each lead, and by one that an expert writes with Code nodes, 300 people a call. Neither of them links,
 * compares, or says what became of a record.
 */
export async function byHand({ report, say, changes }: Bench): Promise<void> {
	const twins = ['--leads', String(changes), '--contacts', '0', '--people', '0'];
	const world = await startWorld({
		twins: [...twins, '--latency-ms', String(LATENCY_MS)],
		say,
	});
	try {
		const lane = await PeopleLane.of(world);
		say('The first run …');
		await world.n8n.publish(lane.workflow);
		await lane.runAfter(new Set(), HOUR_MS);
		await afterTheOverlap(world, lane);

		say('By this sync …');
		await editLeads(world, changes, 'Edited, ours');
		await sleep(BUDGET_WINDOW_MS);
		// The trigger has nothing else to do, and starts at once: the run itself is measured, as the others' are.
		const ours = await costOf(world, async () => {
			const run = await lane.oneRun(HOUR_MS);
			return run.ended_at! - run.started_at;
		});
		await check(world, 'Edited, ours', changes);
		await world.n8n.unpublish(lane.workflow);

		say("By n8n's own nodes, a request for each lead (some minutes) …");
		const perItem = await carriedBy(world, perItemWorkflow, 'Edited, per item', changes);
		say('By Code nodes, 300 people a call …');
		const expert = await carriedBy(world, expertWorkflow, 'Edited, expert', changes);

		const what = `by hand: ${changes} edited leads`;
		const ratios: Array<[string, number, string, number, string]> = [
			[
				'a request per lead ÷ this sync, time',
				perItem.milliseconds,
				'ms',
				ours.milliseconds,
				'>= 50',
			],
			['a request per lead ÷ this sync, calls', perItem.calls, 'calls', ours.calls, '>= 100'],
			[
				"this sync ÷ an expert's workflow, time",
				ours.milliseconds,
				'ms',
				expert.milliseconds,
				'<= 2',
			],
			["this sync ÷ an expert's workflow, calls", ours.calls, 'calls', expert.calls, ''],
		];
		for (const [name, value, unit, reference, goal] of ratios)
			report({
				name: `${what}, ${name}`,
				value,
				unit,
				reference,
				...(goal && { goal: `ratio ${goal}` }),
			});
	} finally {
		await world.stop();
	}
}

async function carriedBy(
	world: World,
	workflowOf: (world: World) => { nodes: INode[]; connections: IConnections },
	title: string,
	changes: number,
): Promise<Cost> {
	await editLeads(world, changes, title);
	await sleep(BUDGET_WINDOW_MS);
	const { id } = await world.n8n.importWorkflow(
		{ name: title, settings: { executionOrder: 'v1' }, ...workflowOf(world) },
		world.credentials,
	);
	const cost = await costOf(world, async () => {
		const { error } = (await world.n8n.runManually(id, START, { timeout: HOUR_MS })).data!
			.resultData;
		if (error) throw new Error(`${title}: ${error.message}`);
	});
	await check(world, title, changes);
	return cost;
}

/** What somebody builds who knows n8n's *HTTP Request* and reads what Marketo's limits are. */
function perItemWorkflow({ twins: { line }, credentials }: World) {
	return chain(credentials, [
		changedLeads(line.dynamics.url),
		{
			name: 'Each Lead',
			type: 'n8n-nodes-base.splitOut',
			typeVersion: 1,
			parameters: { fieldToSplitOut: 'value', options: {} },
		},
		marketoCall('Find the Person', {
			url: `=${line.marketo.url}/rest/v1/leads.json?filterType=dynamicsLeadId&fields=id&filterValues={{ $json.leadid }}`,
			options: WITHIN_THE_LIMIT,
		}),
		marketoCall('Update the Person', {
			method: 'POST',
			url: `${line.marketo.url}/rest/v1/leads.json`,
			sendBody: true,
			specifyBody: 'json',
			jsonBody:
				"={{ JSON.stringify({ action: 'updateOnly', lookupField: 'id', input: [{ id: $json.result[0].id, title: $('Each Lead').item.json.jobtitle }] }) }}",
			options: WITHIN_THE_LIMIT,
		}),
	]);
}

/** Marketo allows 100 calls in 20 seconds, and answers a call too many with HTTP 200: nothing shows that it did not do it. */
const WITHIN_THE_LIMIT = { batching: { batch: { batchSize: 10, batchInterval: 2_200 } } };

/** What somebody builds who writes code: as few calls as there can be, all at once. */
function expertWorkflow({ twins: { line }, credentials }: World) {
	return chain(credentials, [
		changedLeads(line.dynamics.url),
		code(
			'300 a Call',
			`const ids = $input.first().json.value.map(({ leadid }) => leadid);
const calls = [];
for (let at = 0; at < ids.length; at += 300) calls.push({ json: { form: 'filterType=dynamicsLeadId&fields=id,dynamicsLeadId&filterValues=' + ids.slice(at, at + 300).join(',') } });
return calls;`,
		),
		marketoCall('Find the People', {
			method: 'POST',
			url: `${line.marketo.url}/rest/v1/leads.json?_method=GET`,
			sendBody: true,
			contentType: 'raw',
			rawContentType: 'application/x-www-form-urlencoded',
			body: '={{ $json.form }}',
			options: {},
		}),
		code(
			'What to Write',
			`const titles = new Map($('Changed Leads').first().json.value.map(({ leadid, jobtitle }) => [leadid, jobtitle]));
const input = $input.all().flatMap(({ json }) => json.result).map(({ id, dynamicsLeadId }) => ({ id, title: titles.get(dynamicsLeadId) }));
const calls = [];
for (let at = 0; at < input.length; at += 300) calls.push({ json: { action: 'updateOnly', lookupField: 'id', input: input.slice(at, at + 300) } });
return calls;`,
		),
		marketoCall('Update the People', {
			method: 'POST',
			url: `${line.marketo.url}/rest/v1/leads.json`,
			sendBody: true,
			specifyBody: 'json',
			jsonBody: '={{ JSON.stringify($json) }}',
			options: {},
		}),
	]);
}

type Step = Pick<INode, 'name' | 'type' | 'typeVersion' | 'parameters'> & Partial<INode>;

function changedLeads(url: string): Step {
	return {
		name: 'Changed Leads',
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		parameters: {
			url: `${url}/api/data/v9.2/leads?$select=leadid,jobtitle&$filter=startswith(jobtitle,'Edited')`,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'microsoftDynamics365Api',
			options: {},
		},
	};
}

const marketoCall = (name: string, parameters: INodeParameters): Step => ({
	name,
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.2,
	parameters: {
		authentication: 'predefinedCredentialType',
		nodeCredentialType: 'marketoApi',
		...parameters,
	},
});

const code = (name: string, jsCode: string): Step => ({
	name,
	type: 'n8n-nodes-base.code',
	typeVersion: 2,
	parameters: { jsCode },
});

/** A workflow of these steps, one after the other, with the credentials of the package in n8n's own nodes. */
function chain(
	credentials: CredentialIds,
	steps: Step[],
): { nodes: INode[]; connections: IConnections } {
	const all: Step[] = [
		{ name: START, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
		...steps,
	];
	const nodes = all.map((step, at) => ({
		id: `step-${at}`,
		position: [at * 220, 0] as [number, number],
		...step,
		credentials: credentialOf(step, credentials),
	}));
	const connections = Object.fromEntries(
		all
			.slice(1)
			.map(({ name }, at) => [
				all[at]!.name,
				{ main: [[{ node: name, type: 'main' as const, index: 0 }]] },
			]),
	);
	return { nodes, connections };
}

function credentialOf({ parameters }: Step, credentials: CredentialIds): CredentialIds {
	const { nodeCredentialType: type } = parameters;
	return typeof type === 'string' ? { [type]: credentials[type]! } : {};
}

/** @throws Error where not everybody has the title: a workflow that did nothing would be the fastest */
async function check({ twins: { line } }: World, title: string, changes: number): Promise<void> {
	const leads = await new DynamicsVendor(line.dynamics).all('leads');
	const people = await new MarketoVendor(line.marketo).people(
		'dynamicsLeadId',
		leads.map(({ leadid }) => String(leadid)),
		['title'],
	);
	const carried = people.filter((person) => person.title === title).length;
	if (carried !== changes) throw new Error(`"${title}" reached ${carried} people of ${changes}`);
}
