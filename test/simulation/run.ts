import { adoptPresentState } from '../../sync/operate/adoptPresentState';
import { Campaigns } from './campaigns';
import { historyOf, type History, type Step } from './history';
import { judge } from './judge';
import { judgeOthers, judgeThoseOfPeople } from './judgeOthers';
import { N8n, type Beside } from './n8n';
import { OtherLanes } from './otherLanes';
import type { LaneName } from './world/lanes';
import { linkTwo, rePointTo, unlinkOne } from './world/life';
import { LedgerFile } from './world/ledgerFile';
import { World } from './world/world';

export interface Verdict {
	seed: number;
	violations: string[];
	story: string[];
	cycles: number;
}

let file: Promise<LedgerFile> | undefined;

/** Leaves nothing behind on a server. */
export async function closeLedger(): Promise<void> {
	await (await file)?.close();
}

/** Lives one history to its end and judges it. */
export async function live(
	history: History,
	{ verbose = false, lanes = [] }: { verbose?: boolean; lanes?: readonly LaneName[] } = {},
): Promise<Verdict> {
	file ??= LedgerFile.open();
	const ledger = await file;
	await ledger.empty('sim-ledger');
	const names = history.lanes ?? lanes;
	const habits = names.length > 0 ? numbered(history.habits) : { ...history.habits };
	const world = new World(habits, ledger, history.seed, verbose);
	const campaigns = new Campaigns(world, history.seed);
	const others =
		names.length > 0 ? new OtherLanes(world, history.seed, names, history.byHand) : null;
	const n8n = new N8n(world, others ? beside(campaigns, others) : campaigns);
	const kept: Kept = { copies: [] };
	try {
		for (const step of history.steps) {
			await take(world, n8n, campaigns, step, kept, others);
			await campaigns.someSteps();
			if (!history.byHand) await others?.passTime();
		}
		campaigns.wake();
		await campaigns.finish();
		await n8n.wakeZombies();
		if (others) await judgeOthers(others, n8n);
		await judge(world, n8n, campaigns, kept.restored ?? false);
		if (others) await judgeThoseOfPeople(others);
	} catch (error) {
		world.witness.accuse(`the simulation itself failed: ${String((error as Error).stack)}`);
	}
	return {
		seed: history.seed,
		violations: world.witness.violations,
		story: world.story,
		cycles: world.executions.length,
	};
}

/** What other lanes write names people by numbers. */
function numbered(habits: History['habits']): History['habits'] {
	return { ...habits, marketo: { ...habits.marketo, numbered: true } };
}

/** Whoever is at work does a little. */
function beside(...workers: Beside[]): Beside {
	return {
		get areAtWork() {
			return workers.some((one) => one.areAtWork);
		},
		someSteps: async () => {
			for (const one of workers) await one.someSteps();
		},
	};
}

interface Kept {
	copies: Array<Awaited<ReturnType<LedgerFile['copy']>>>;
	restored?: boolean;
}

async function take(
	world: World,
	n8n: N8n,
	campaigns: Campaigns,
	step: Step,
	kept: Kept,
	others: OtherLanes | null,
): Promise<void> {
	world.clock.advance(1000);
	switch (step.do) {
		case 'row':
			world.newRow(step.table, step.choices);
			return;
		case 'person':
			world.newPerson(step.choices);
			return;
		case 'both':
			world.newRow(step.table, step.row);
			world.newPerson(step.person);
			return;
		case 'edit':
			world.edit(step.which, step.field, step.choice);
			return;
		case 'editBoth':
			await world.editBoth(step.which, step.field, step.choices);
			return;
		case 'remove':
			world.remove(step.which);
			return;
		case 'pass':
			world.clock.advance(step.seconds * 1000);
			return;
		case 'cycle':
			world.say('--- cycle');
			await n8n.cycle(step.troubles);
			return;
		case 'ask':
			await campaigns.ask(step);
			return;
		case 'serve':
			await campaigns.serve();
			return;
		case 'wake':
			campaigns.wake();
			await n8n.wakeZombies();
			return;
		case 'retry':
			await n8n.retry(step.which, step.node);
			return;
		case 'hide':
			world.hide(step.which, step.asDelete);
			return;
		case 'close':
			world.close(step.field);
			return;
		case 'open':
			await world.openEyes();
			return;
		case 'merge':
			world.merge(step.which, step.into);
			return;
		case 'mergeRows':
			world.mergeRows(step.which, step.into);
			return;
		case 'takeBack':
			world.takeBack(step.which);
			return;
		case 'turn':
			world.turn(step.which);
			return;
		case 'qualify':
			world.qualify(step.which, step.into);
			return;
		case 'unlink':
			await unlinkOne(world, step.which);
			return;
		case 'linkByHand':
			await linkTwo(world, step.which, step.whom);
			return;
		case 'rePoint':
			await rePointTo(world, step.isOther);
			return;
		case 'filter':
			world.turnFilter(step.which);
			return;
		case 'switch':
			await world.switchCredential(step.side);
			return;
		case 'switchBack':
			await world.switchBack();
			return;
		case 'expire':
			world.say('change tracking positions expire');
			world.dynamics.expirePositions();
			return;
		case 'remap':
			world.remap(step);
			return;
		case 'rewind':
			await world.rewind(step.which);
			return;
		case 'keep':
			kept.copies.push(await world.file.copy());
			return;
		case 'restore': {
			const copy = kept.copies.at(-1);
			if (!copy) return;
			world.say('an old copy of the ledger is put back');
			await world.file.putBack(copy);
			kept.restored = true;
			return;
		}
		case 'other':
			others!.do(step.table, step);
			return;
		case 'run':
			world.say(`--- run of ${step.lane}`);
			await others!.run(step.lane, step.befalls);
			return;
		case 'adopt':
			world.say('the present state is adopted');
			await adoptPresentState(world.ledgerFor(), 'people');
	}
}

/** Leaves out whatever the violation does not need. */
export async function shrink(
	history: History,
	violation: string,
	how: { lanes?: readonly LaneName[] } = {},
): Promise<History> {
	const kind = violation.slice(0, 3);
	const fails = async (candidate: History) =>
		(await live(candidate, how)).violations.some((one) => one.startsWith(kind));
	let best = history;
	for (let changed = true; changed; ) {
		changed = false;
		for (const candidate of smaller(best)) {
			if (!(await fails(candidate))) continue;
			best = candidate;
			changed = true;
			break;
		}
	}
	return best;
}

function* smaller(history: History): Generator<History> {
	const { steps, habits } = history;
	for (let index = steps.length - 1; index >= 0; index--)
		yield { ...history, steps: steps.filter((_, at) => at !== index) };
	for (const [index, step] of steps.entries()) {
		if (step.do !== 'cycle' && step.do !== 'ask') continue;
		for (let trouble = 0; trouble < step.troubles.length; trouble++) {
			const fewer = { ...step, troubles: step.troubles.filter((_, at) => at !== trouble) };
			yield { ...history, steps: steps.map((one, at) => (at === index ? fewer : one)) };
		}
	}
	const calmer = [
		habits.marketo.lateness > 0 && { ...habits, marketo: { ...habits.marketo, lateness: 0 } },
		habits.marketo.untold !== undefined && {
			...habits,
			marketo: { ...habits.marketo, untold: undefined },
		},
		habits.marketo.strangers !== undefined && {
			...habits,
			marketo: { ...habits.marketo, strangers: undefined },
		},
		habits.marketo.skew !== 0 && { ...habits, marketo: { ...habits.marketo, skew: 0 } },
		habits.marketo.capitals && { ...habits, marketo: { ...habits.marketo, capitals: false } },
		habits.marketo.pagePeople < 1000 && {
			...habits,
			marketo: { ...habits.marketo, pagePeople: 1000 },
		},
		habits.dynamics.pageRows < 1000 && {
			...habits,
			dynamics: { ...habits.dynamics, pageRows: 1000 },
		},
		habits.dynamics.phonePlugIn && {
			...habits,
			dynamics: { ...habits.dynamics, phonePlugIn: false },
		},
		habits.dynamics.lateToken && { ...habits, dynamics: { ...habits.dynamics, lateToken: false } },
		habits.hostSkew !== 0 && { ...habits, hostSkew: 0 },
		habits.batch < 300 && { ...habits, batch: 300 },
		habits.pause > 0 && { ...habits, pause: 0 },
		habits.plugIn && { ...habits, plugIn: false },
		habits.insist && { ...habits, insist: false },
		habits.neverNow !== undefined && { ...habits, neverNow: undefined },
		habits.marketo.blocked !== undefined && {
			...habits,
			marketo: { ...habits.marketo, blocked: undefined },
		},
		habits.marketo.cutsTo !== undefined && {
			...habits,
			marketo: { ...habits.marketo, cutsTo: undefined },
		},
		habits.marketo.remembersOptOuts && {
			...habits,
			marketo: { ...habits.marketo, remembersOptOuts: false },
		},
		habits.taken !== undefined && { ...habits, taken: undefined },
		habits.refuses !== null && { ...habits, refuses: null },
	];
	for (const one of calmer) if (one) yield { ...history, habits: one };
}

export { historyOf };
