import { inChunks } from '../../lists/inChunks';
import type { World } from '../e2e/harness/world';
import type { PeopleLane } from '../e2e/scenario/lane';
import { TwinControl, type Calls } from '../e2e/scenario/twinControl';
import { DynamicsVendor, type Row } from '../vendors/dynamics';

/** Longer than the window of Marketo's budget: what went before does not slow down what is measured. */
export const BUDGET_WINDOW_MS = 21_000;
/** Longer than the overlap in which Marketo's log is read twice. */
const OVERLAP_S = 960;
/** Rows that Dynamics updates by one call, at most. */
const ROWS_AT_ONCE = 1_000;
const SIGN_IN = /\/oauth2?\//;

export function controls({ twins: { line } }: World) {
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

export interface Cost {
	milliseconds: number;
	calls: number;
}

/** Milliseconds by the clock, unless the work says. */
export async function costOf(world: World, work: () => Promise<number | void>): Promise<Cost> {
	let milliseconds = NaN;
	const { dynamics, marketo } = await callsOf(world, async () => {
		const begun = performance.now();
		milliseconds = (await work()) ?? performance.now() - begun;
	});
	return { milliseconds, calls: dynamics + marketo };
}

/** What was written until now is read again no more. */
export async function afterTheOverlap(
	world: World,
	lane: PeopleLane,
	timeout = 600_000,
): Promise<void> {
	const { dynamics, marketo } = controls(world);
	await Promise.all([dynamics.advanceClock(OVERLAP_S), marketo.advanceClock(OVERLAP_S)]);
	await lane.oneRun(timeout);
}

/** A user edits so many leads, whom it answers. */
export async function editLeads(world: World, edited: number, jobtitle: string): Promise<Row[]> {
	const crm = new DynamicsVendor(world.twins.line.dynamics);
	const leads = (await crm.all('leads')).slice(0, edited);
	await editTitles(
		crm,
		leads.map(({ leadid }) => String(leadid)),
		jobtitle,
	);
	return leads;
}

export async function editTitles(
	crm: DynamicsVendor,
	leads: string[],
	jobtitle: string,
): Promise<void> {
	for (const some of inChunks(leads, ROWS_AT_ONCE)) {
		const Targets = some.map((leadid) => ({
			'@odata.type': 'Microsoft.Dynamics.CRM.lead',
			leadid,
			jobtitle,
		}));
		await crm.act('leads/Microsoft.Dynamics.CRM.UpdateMultiple', { Targets });
	}
}
