import { setTimeout as sleep } from 'node:timers/promises';
import { startWorld, type World } from '../e2e/harness/world';
import { PeopleLane } from '../e2e/scenario/lane';
import { DynamicsVendor, type Row } from '../vendors/dynamics';
import { MarketoVendor, type Person } from '../vendors/marketo';
import type { Bench } from './main';
import { afterTheOverlap, BUDGET_WINDOW_MS, callsOf, editLeads } from './syncedLeads';

const EDITED = 1000;
/** The steps of a page, by the nodes that take them. */
const STEPS: Record<string, string[]> = {
	read: ['Get Dynamics Changes', 'Get Marketo Changes'],
	resolve: ['Resolve Sync Conflict'],
	write: ['Update Dynamics', 'Update Marketo'],
	'tell people of': [
		'Make Sure the Conflicts Table Is There',
		'Conflicts to Review',
		'Make Sure the Help Table Is There',
		'Records That Need Help',
		'Record Results',
		'Make Sure the Status Table Is There',
		'Sync Status',
	],
};

/** A run over 1,000 edited leads in a real n8n, step by step, and what a run costs that finds nothing. */
export async function cycle({ report, say }: Bench): Promise<void> {
	const world = await startWorld({
		twins: ['--leads', String(EDITED + 10), '--contacts', '0', '--people', '0'],
		say,
	});
	try {
		await keepExecutions(world);
		const lane = await PeopleLane.of(world);
		say('The first run …');
		await world.n8n.publish(lane.workflow);
		await lane.runAfter(new Set(), 600_000);
		await afterTheOverlap(world, lane);

		say('A run that finds nothing …');
		const idle = await callsOf(world, async () => await lane.oneRun());
		report({
			name: 'cycle: calls to Marketo while nothing changes',
			value: idle.marketo,
			unit: 'calls',
			reference: 3,
			goal: 'ratio <= 1',
		});
		report({
			name: 'cycle: calls to Dynamics while nothing changes',
			value: idle.dynamics,
			unit: 'calls',
			reference: 2,
			goal: 'ratio <= 1',
		});

		say(`A run over ${EDITED} edited leads …`);
		const leads = await editLeads(world, EDITED, 'Edited');
		await sleep(BUDGET_WINDOW_MS);
		const known = new Set(
			(await world.n8n.executions({ workflowId: lane.workflow })).map(({ id }) => id),
		);
		const run = await lane.oneRun(600_000);
		const steps = await stepsOf(world, lane.workflow, known);
		const bare = await bareCost(world, leads);
		for (const [step, value] of Object.entries(steps)) {
			report({
				name: `cycle: ${step} ${EDITED} edited leads${step in bare ? ' (reference: the same calls by a plain program)' : ''}`,
				value,
				unit: 'ms',
				reference: bare[step],
			});
		}
		const whole = Object.values(bare).reduce((sum, one) => sum + one, 0);
		report({
			name: 'cycle: the whole run (reference: the same calls by a plain program)',
			value: run.ended_at! - run.started_at,
			unit: 'ms',
			reference: whole,
		});
	} finally {
		await world.stop();
	}
}

/** The shipped workflow keeps no executions that went well; this one does, since they say what each node took. */
async function keepExecutions({ n8n, workflows }: World): Promise<void> {
	const { id } = workflows.find(({ file }) => file === 'people-sync.json')!;
	const workflow = await n8n.workflow(id);
	await n8n.updateWorkflow(id, {
		...workflow,
		settings: { ...workflow.settings, saveDataSuccessExecution: 'all' },
	});
}

/** Milliseconds per step, over all pages of a run. */
async function stepsOf(
	{ n8n }: World,
	workflowId: string,
	before: Set<string>,
): Promise<Record<string, number>> {
	const took = Object.fromEntries(Object.keys(STEPS).map((step) => [step, 0]));
	for (const { id } of await n8n.executions({ workflowId })) {
		if (before.has(id)) continue;
		const { runData } = (await n8n.execution(id)).data!.resultData;
		for (const [step, nodes] of Object.entries(STEPS)) {
			took[step]! += nodes
				.flatMap((node) => runData[node] ?? [])
				.reduce((sum, { executionTime }) => sum + executionTime, 0);
		}
	}
	return took;
}

/** What the vendors' own answers take: the same rows and people read and written by nothing but HTTP calls. */
async function bareCost({ twins: { line } }: World, leads: Row[]): Promise<Record<string, number>> {
	const [crm, marketo] = [new DynamicsVendor(line.dynamics), new MarketoVendor(line.marketo)];
	const columns = Object.keys(leads[0]!)
		.filter((name) => !name.includes('@'))
		.slice(0, 35);
	const fields = [
		'email',
		'firstName',
		'lastName',
		'title',
		'phone',
		'company',
		'city',
		'country',
		'dynamicsLeadId',
		'microsoftType',
	];
	// Signed in beforehand, as n8n is.
	await crm.get('leads?$top=1');
	const ids = (
		await marketo.people(
			'dynamicsLeadId',
			leads.map(({ leadid }) => leadid),
			['id'],
		)
	).map(({ id }) => id);
	let people: Person[] = [];
	const read = await wallTime(async () => {
		await crm.get(`leads?$select=${columns.join(',')}`, { prefer: `odata.maxpagesize=${EDITED}` });
		people = await marketo.people('id', ids, fields);
	});
	const write = await wallTime(async () => {
		for (let from = 0; from < people.length; from += 300) {
			await marketo.write(
				'updateOnly',
				'id',
				people
					.slice(from, from + 300)
					.map(({ id }) => ({ id, title: 'Edited by a plain program' })),
			);
		}
	});
	return { read, write };
}

async function wallTime(work: () => Promise<unknown>): Promise<number> {
	const started = performance.now();
	await work();
	return performance.now() - started;
}
