import { setTimeout as sleep } from 'node:timers/promises';
import { inChunks } from '../../lists/inChunks';
import { startWorld, type World } from '../e2e/harness/world';
import { PeopleLane } from '../e2e/scenario/lane';
import { DynamicsVendor } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { hostWatch } from './host';
import type { Bench } from './main';
import { METRICS, strainOf } from './n8nStrain';
import { PlainProgram } from './plainProgram';
import {
	afterTheOverlap,
	BUDGET_WINDOW_MS,
	callsOf,
	controls,
	costOf,
	editTitles,
	type Cost,
} from './syncedLeads';

/** What the vendors take to answer, milliseconds. For each row that is written Dynamics takes 20, and works on four of a call at a time. */
const LATENCY = {
	marketo: { callMs: 300, recordMs: 2 },
	dynamics: { callMs: 100, writtenMs: 20 / 4 },
};
const AT_ONCE = { callMs: 0, recordMs: 0, writtenMs: 0 };
/** Calls of a round that finds nothing, to both. */
const IDLE = 5;
/** Calls that 1,000 changes take besides: pages of 1,000 that are read, 300 people a call that are read and written. */
const FEWEST = 9;
const DAY_MS = 24 * 3_600_000;
const PEOPLE_A_LOOK = 1_000;
/** What was edited in Marketo stays away from leads that are closed (R49): six in a hundred of the twin's. */
const WITH_CLOSED = 1.1;

/** Ids of two who belong together. */
interface Link {
	lead: string;
	person: string;
}

/**
 * So many edited leads carried to Marketo, then as many edited people to Dynamics: by the sync in a real n8n, and by a
 * plain program that makes the same calls. Both vendors take their time for each call and for each record.
 */
export async function eachWay({ report, say, leads }: Bench): Promise<void> {
	const made = Math.ceil(leads * WITH_CLOSED);
	const twins = ['--leads', String(made), '--contacts', '0', '--people', '0'];
	const world = await startWorld({ twins, env: METRICS, say });
	const { line } = world.twins;
	const { dynamics, marketo } = controls(world);
	const crm = new DynamicsVendor(line.dynamics);
	let links: Link[] = [];
	const editInDynamics = async (title: string) =>
		await editTitles(
			crm,
			links.map(({ lead }) => lead),
			title,
		);
	const editInMarketo = async (title: string) => {
		const human = { ...line.marketo, clientId: 'human', clientSecret: 'secret-human' };
		const vendor = new MarketoVendor(human);
		for (const some of inChunks(links, 300))
			await vendor.write(
				'updateOnly',
				'id',
				some.map(({ person }) => ({ id: Number(person), title })),
			);
	};
	/** What carrying edits costs that were made before, with vendors that take their time. */
	const measured = async (
		edit: (title: string) => Promise<void>,
		title: string,
		carry: () => Promise<number | void>,
	): Promise<Cost> => {
		say(`${title} …`);
		await edit(title);
		await sleep(BUDGET_WINDOW_MS);
		await Promise.all([
			dynamics.post('latency', LATENCY.dynamics),
			marketo.post('latency', LATENCY.marketo),
		]);
		const host = hostWatch();
		const cost = await costOf(world, carry);
		await Promise.all([dynamics.post('latency', AT_ONCE), marketo.post('latency', AT_ONCE)]);
		say(
			`${(cost.milliseconds / 1000).toFixed(1)} s, ${cost.calls} calls; the host took ${(100 * host.stolen()).toFixed(0)} %`,
		);
		await check(world, title, made, leads);
		return cost;
	};
	try {
		const lane = await PeopleLane.of(world);
		say(`The first run over ${made} leads …`);
		await world.n8n.publish(lane.workflow);
		await lane.runAfter(new Set(), DAY_MS);
		say('The run after it …');
		await afterTheOverlap(world, lane, DAY_MS);
		const linked = lane.ask<Link>(
			"select dynamics_id as lead, marketo_id as person from link where state = 'active'",
		);
		const open = new Set(
			(await crm.all('leads?$select=leadid&$filter=statecode eq 0')).map(({ leadid }) => leadid),
		);
		links = linked.filter(({ lead }) => open.has(lead)).slice(0, leads);
		if (links.length < leads) throw new Error(`Only ${links.length} open leads are linked`);

		const processor = { toMarketo: 0, toDynamics: 0 };
		const ours = async (way: keyof typeof processor) => {
			const before = (await strainOf(world.n8n)).processor;
			const { started_at, ended_at, outcome } = await lane.oneRun(DAY_MS);
			if (outcome !== 'done') throw new Error(`The run ended as ${outcome}`);
			processor[way] = (await strainOf(world.n8n)).processor - before;
			return ended_at! - started_at;
		};
		const toMarketo = await measured(
			editInDynamics,
			'To Marketo, by the sync',
			async () => await ours('toMarketo'),
		);
		say('The round after, which reads what was written in the log …');
		const echo = await callsOf(world, async () => await afterTheOverlap(world, lane, DAY_MS));
		const toDynamics = await measured(
			editInMarketo,
			'To Dynamics, by the sync',
			async () => await ours('toDynamics'),
		);
		await world.n8n.unpublish(lane.workflow);

		const program = new PlainProgram(line);
		await program.start();
		const plainToMarketo = await measured(
			editInDynamics,
			'To Marketo, by a plain program',
			async () => await program.toMarketo(),
		);
		const { now } = await marketo.get<{ now: string }>('clock');
		const plainToDynamics = await measured(
			editInMarketo,
			'To Dynamics, by a plain program',
			async () => await program.toDynamics(new Date(now)),
		);

		const ways: Array<[string, Cost, Cost, number]> = [
			['to Marketo', toMarketo, plainToMarketo, processor.toMarketo],
			['to Dynamics', toDynamics, plainToDynamics, processor.toDynamics],
		];
		for (const [way, by, plain, seconds] of ways) {
			const what = `each way: ${leads} changes ${way}`;
			report({
				name: `${what}, by the sync ÷ by a plain program`,
				value: by.milliseconds / 1000,
				unit: 's',
				reference: plain.milliseconds / 1000,
				goal: 'ratio <= 1.25',
			});
			report({ name: `${what}, calls`, value: by.calls, unit: 'calls', reference: plain.calls });
			report({
				name: `${what}, calls per 1,000 beyond an idle round's ÷ the fewest`,
				value: ((by.calls - IDLE) / leads) * 1000,
				unit: 'calls',
				reference: FEWEST,
				goal: 'ratio <= 1.1',
			});
			report({
				name: `${what}, n8n's processor time per 1,000`,
				value: (seconds / leads) * 1000,
				unit: 's',
			});
		}
		report({
			name: `each way: calls per 1,000 of the round after, which reads in the log what was written to Marketo`,
			value: ((echo.marketo + echo.dynamics - IDLE) / leads) * 1000,
			unit: 'calls',
		});
	} finally {
		await world.stop();
	}
}

/** @throws Error where not everybody has the title, on either side: who carries nothing would be the fastest */
async function check(world: World, title: string, made: number, expected: number): Promise<void> {
	const leads = await new DynamicsVendor(world.twins.line.dynamics).all('leads?$select=jobtitle');
	const rows = leads.filter(({ jobtitle }) => jobtitle === title).length;
	let carried = 0;
	for (let offset = 0; offset < made; offset += PEOPLE_A_LOOK) {
		const page = `people?offset=${offset}&limit=${PEOPLE_A_LOOK}`;
		const { people } = await controls(world).marketo.get<{ people: Array<{ title?: string }> }>(
			page,
		);
		carried += people.filter((person) => person.title === title).length;
	}
	if (rows !== expected || carried !== expected)
		throw new Error(`"${title}": ${rows} leads and ${carried} people of ${expected}`);
}
