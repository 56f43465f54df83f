import type { World } from '../e2e/harness/world';
import type { PeopleLane } from '../e2e/scenario/lane';
import { TwinControl, type Calls } from '../e2e/scenario/twinControl';
import { DynamicsVendor, type Row } from '../vendors/dynamics';

/** Longer than the window of Marketo's budget: what went before does not slow down what is measured. */
export const BUDGET_WINDOW_MS = 21_000;
/** Longer than the overlap in which Marketo's log is read twice. */
const OVERLAP_S = 960;
/** Edits that are under way at a time. */
const AT_ONCE = 10;
const SIGN_IN = /\/oauth2?\//;

function controls({ twins: { line } }: World) {
	return {
		dynamics: new TwinControl(line.dynamics.url),
		marketo: new TwinControl(line.marketo.url),
	};
}

/** Calls that are no sign-ins. */
export async function callsOf(
	world: World,
	work: () => Promise<unknown>,
): Promise<{ dynamics: number; marketo: number }> {
	const { dynamics, marketo } = controls(world);
	await Promise.all([dynamics.forgetCalls(), marketo.forgetCalls()]);
	await work();
	const count = ({ total, log }: Calls) =>
		total - log.filter(({ path }) => SIGN_IN.test(path)).length;
	return { dynamics: count(await dynamics.calls()), marketo: count(await marketo.calls()) };
}

/** What the first run has written is read again no more. */
export async function afterTheOverlap(world: World, lane: PeopleLane): Promise<void> {
	const { dynamics, marketo } = controls(world);
	await Promise.all([dynamics.advanceClock(OVERLAP_S), marketo.advanceClock(OVERLAP_S)]);
	await lane.oneRun(600_000);
}

/** A user edits so many leads, whom it answers. */
export async function editLeads(
	{ twins: { line } }: World,
	edited: number,
	jobtitle: string,
): Promise<Row[]> {
	const crm = new DynamicsVendor(line.dynamics);
	const leads = (await crm.all('leads')).slice(0, edited);
	for (let from = 0; from < leads.length; from += AT_ONCE) {
		await Promise.all(
			leads
				.slice(from, from + AT_ONCE)
				.map(async ({ leadid }) => await crm.update('leads', String(leadid), { jobtitle })),
		);
	}
	return leads;
}
