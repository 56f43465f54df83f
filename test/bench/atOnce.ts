import { setTimeout as sleep } from 'node:timers/promises';
import { startWorld, type World } from '../e2e/harness/world';
import { FlowActions, type Told } from '../e2e/scenario/flowActions';
import { waitFor } from '../e2e/harness/waiting';
import { PeopleLane } from '../e2e/scenario/lane';
import { TwinControl, type Calls, type LoggedCall } from '../e2e/scenario/twinControl';
import { MarketoVendor } from '../vendors/marketo';
import type { Bench } from './main';
import { hostWatch } from './host';
import { MB } from './measure';
import { METRICS, strainOf } from './n8nStrain';

/** Of either vendor, added to every call. */
const LATENCY_MS = 100;
const SECONDS = 30;
/** Calls that may wait for their answer: more than ever do, so that the rate is kept. */
const UNDER_WAY = 300;
/** The window of Marketo's limit of calls. */
const WINDOW_MS = 20_000;
const HOUR_MS = 3_600_000;

interface Scene extends Pick<Bench, 'report' | 'say' | 'perSecond'> {
	world: World;
	lane: PeopleLane;
	actions: FlowActions;
}

/** From Marketo's call to the row in Dynamics, while campaigns send people; and one batch campaign. */
export async function atOnce({
	report,
	say,
	people: inBatch,
	perSecond,
	rounds,
	engine,
}: Bench): Promise<void> {
	const twins = [
		'--leads',
		'60',
		'--contacts',
		'40',
		'--people',
		'60',
		'--latency-ms',
		String(LATENCY_MS),
	];
	const world = await startWorld({ twins, say, env: { ...METRICS, ...engine } });
	try {
		const lane = await PeopleLane.of(world);
		say('The first run …');
		await world.n8n.publish(lane.workflow);
		await lane.runAfter(new Set(), 600_000);
		const actions = await FlowActions.install(world, ['syncPerson']);
		await warmUp(world, actions);
		const scene = { world, lane, actions, report, say, perSecond };
		for (let round = 1; round <= rounds; round++) {
			for (const by of ['webhook', 'flowStep'] as const) {
				say(`Round ${round}: ${perSecond} calls a second for ${SECONDS} s by ${by} …`);
				await callByCall(scene, by);
			}
		}
		if (inBatch > 0) await batchCampaign(scene, inBatch);
	} finally {
		await world.stop();
	}
}

/** Trigger campaigns: a call for each person. */
async function callByCall(
	{ world, lane, actions, report, say, perSecond }: Scene,
	by: 'webhook' | 'flowStep',
): Promise<void> {
	const people = await makePeople(world, perSecond * SECONDS);
	await sleep(WINDOW_MS + 1_000);
	const before = await strainOf(world.n8n);
	const host = hostWatch();
	const { told, dynamics, marketo } = await counted(
		world,
		async () =>
			await actions.run(people, {
				by,
				action: 'syncPerson',
				ratePerSecond: perSecond,
				concurrency: UNDER_WAY,
				timeout: HOUR_MS,
			}),
	);
	const stolen = host.stolen();
	const { processor, rss } = await strainOf(world.n8n);
	// Marketo gives up a webhook after 30 s; the person is kept all the same.
	await waitFor(() => lane.count("request where state != 'answered'") === 0, {
		timeout: HOUR_MS,
		what: 'all people being answered',
	});
	sayWhy(told, say);
	const waits = waitsForRow(
		told,
		lane,
		await new TwinControl(world.twins.line.dynamics.url).calls(),
	);
	report({
		name: `at once, ${by}: what the host took of the processors meanwhile`,
		value: stolen * 100,
		unit: '%',
	});
	report({
		name: `at once, ${by}: people who got a row`,
		value: waits.length,
		unit: 'people',
		reference: people.length,
		goal: 'ratio = 1',
	});
	for (const share of [0.5, 0.95, 1]) {
		report({
			name: `at once, ${by}: from the call to the row, ${named(share)}`,
			value: quantile(waits, share),
			unit: 'ms',
			...(share === 0.95 && { reference: 2_000, goal: 'ratio <= 1' }),
		});
	}
	report({
		name: `at once, ${by}: from the call to the answer, p95`,
		value: quantile(
			told.map(({ ms }) => ms),
			0.95,
		),
		unit: 'ms',
	});
	report({
		name: `at once, ${by}: most calls to Marketo in 20 s`,
		value: busiest(marketo.log),
		unit: 'calls',
		reference: 50,
		goal: 'ratio <= 1',
	});
	report({
		name: `at once, ${by}: processor time of n8n per person`,
		value: ((processor - before.processor) * 1000) / people.length,
		unit: 'ms',
	});
	report({
		name: `at once, ${by}: resident memory of n8n`,
		value: rss / MB,
		unit: 'MB',
		reference: before.rss / MB,
	});
	report({ name: `at once, ${by}: calls to Dynamics`, value: dynamics.total, unit: 'calls' });
}

/** One batch campaign: chunks of people, written in bulk. */
async function batchCampaign(
	{ world, lane, actions, report, say }: Scene,
	inBatch: number,
): Promise<void> {
	say(`A batch campaign of ${inBatch} people …`);
	const people = await makePeople(world, inBatch);
	await sleep(WINDOW_MS + 1_000);
	const started = Date.now();
	const { told, dynamics, marketo } = await counted(world, async () => {
		const run = await actions.start(people, {
			by: 'flowStep',
			action: 'syncPerson',
			type: 'batch',
		});
		// The next round is due when somebody asks for it; here at once.
		await lane.startNow();
		return await actions.end(run, HOUR_MS);
	});
	sayWhy(told, say);
	report({
		name: `batch of ${inBatch}: until the last answer`,
		value: (Date.now() - started) / 1000,
		unit: 's',
	});
	report({
		name: `batch of ${inBatch}: answered well`,
		value: told.filter(({ success }) => success).length,
		unit: 'people',
		reference: inBatch,
		goal: 'ratio = 1',
	});
	report({
		name: `batch of ${inBatch}: rows made`,
		value: madeAt(dynamics).size,
		unit: 'rows',
		reference: inBatch,
		goal: 'ratio = 1',
	});
	report({ name: `batch of ${inBatch}: calls to Dynamics`, value: dynamics.total, unit: 'calls' });
	report({ name: `batch of ${inBatch}: calls to Marketo`, value: marketo.total, unit: 'calls' });
	report({
		name: `batch of ${inBatch}: most calls to Marketo in 20 s`,
		value: busiest(marketo.log),
		unit: 'calls',
		reference: 50,
		goal: 'ratio <= 1',
	});
}

/** The first executions load code and sign in; that is not what is measured. */
async function warmUp(world: World, actions: FlowActions): Promise<void> {
	for (const by of ['webhook', 'flowStep'] as const) {
		const people = await makePeople(world, 5);
		for (const person of people) await actions.run([person], { by, action: 'syncPerson' });
	}
}

let made = 0;

async function makePeople({ twins: { line } }: World, count: number): Promise<number[]> {
	const marketo = new MarketoVendor(line.marketo);
	const people: number[] = [];
	while (people.length < count) {
		const input = Array.from({ length: Math.min(300, count - people.length) }, () => ({
			firstName: 'At',
			lastName: `Once ${++made}`,
			company: 'Bench Ltd',
			email: `at-once-${made}@bench.example`,
			title: 'Reader',
			phone: '+49 30 123',
			city: 'Berlin',
			country: 'Germany',
		}));
		people.push(...(await marketo.write('createOnly', 'email', input)));
	}
	return people;
}

async function counted(
	world: World,
	work: () => Promise<Told[]>,
): Promise<{ told: Told[]; dynamics: Calls; marketo: Calls }> {
	const [dynamics, marketo] = [
		new TwinControl(world.twins.line.dynamics.url),
		new TwinControl(world.twins.line.marketo.url),
	];
	await Promise.all([dynamics.forgetCalls(), marketo.forgetCalls()]);
	const told = await work();
	return { told, dynamics: await dynamics.calls(), marketo: await marketo.calls() };
}

/** When each row was made, milliseconds since 1970, by its id: the twin notes a call on its arrival and works on it later. */
function madeAt({ log }: Calls): Map<string, number> {
	const rows = new Map<string, number>();
	for (const { at, parts = [] } of log) {
		for (const { method, path, status } of parts) {
			const id = /\/(?:leads|contacts)\(([\da-f-]{36})\)/.exec(path)?.[1];
			if (id && method === 'PATCH' && status >= 200 && status < 300)
				rows.set(id, Date.parse(at) + LATENCY_MS);
		}
	}
	return rows;
}

function waitsForRow(told: Told[], lane: PeopleLane, dynamics: Calls): number[] {
	const rows = madeAt(dynamics);
	const links = lane.ask<{ person: string; row: string }>(
		'select marketo_id as person, dynamics_id as row from link',
	);
	const rowOf = new Map(links.map(({ person, row }) => [person, rows.get(row)]));
	return told.flatMap(({ person, calledAt }) => {
		const at = rowOf.get(String(person));
		return at === undefined ? [] : [at - calledAt];
	});
}

/** What became of those who were not answered well, in words. */
function sayWhy(told: Told[], say: (text: string) => void): void {
	const count = new Map<string, number>();
	for (const { success, state, errorCode, reason } of told) {
		if (success) continue;
		const why = `${state} ${errorCode} ${reason}`.slice(0, 150);
		count.set(why, (count.get(why) ?? 0) + 1);
	}
	for (const [why, people] of count) say(`  ${people}: ${why}`);
}

function quantile(values: number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function named(share: number): string {
	return share === 1 ? 'longest' : `p${share * 100}`;
}

/** The most calls of any 20 seconds; sign-ins do not count in Marketo's limit. */
function busiest(log: LoggedCall[]): number {
	const times = log.filter(({ path }) => path.startsWith('/rest/')).map(({ at }) => Date.parse(at));
	return Math.max(
		0,
		...times.map((from) => times.filter((at) => at >= from && at < from + WINDOW_MS).length),
	);
}
