import { setTimeout as sleep } from 'node:timers/promises';
import { DynamicsVendor } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { describeLong } from './harness/long';
import { startWorld, type World } from './harness/world';
import { PeopleLane } from './scenario/lane';
import { TwinControl, type Calls } from './scenario/twinControl';

/** As many records as one page may hold. */
const EDITED = 1000;
const SIGN_IN = /\/oauth2?\//;

interface Linked {
	dynamics_id: string;
	marketo_id: string;
}

/** Calls of one or more runs, as the twins counted them. */
interface Cost {
	/** Requests to Marketo that are not sign-ins; `writes` and `reads` of people among them. */
	marketo: number;
	writes: number;
	reads: number;
	dynamics: number;
	signIns: number;
	byEndpoint: Record<string, number>;
}

const signIns = ({ log }: Calls) => log.filter(({ path }) => SIGN_IN.test(path)).length;

/** Calls that read people, or write them. Very long questions are sent as a form. */
const peopleCalls = ({ log }: Calls, what: 'read' | 'write') =>
	log.filter(({ method, path, query }) => {
		const isRead = method === 'GET' || query.includes('_method=GET');
		return path === '/rest/v1/leads.json' && isRead === (what === 'read');
	}).length;

describeLong('what a sync costs, with the timings of everyday use', () => {
	let world: World;
	let lane: PeopleLane;
	let dynamics: TwinControl;
	let marketo: TwinControl;
	let crm: DynamicsVendor;
	let people: MarketoVendor;
	let linked: Linked[];

	/** What the runs of `work` cost. */
	const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
		await Promise.all([dynamics.forgetCalls(), marketo.forgetCalls()]);
		await work();
		const [atDynamics, atMarketo] = [await dynamics.calls(), await marketo.calls()];
		return {
			marketo: atMarketo.total - signIns(atMarketo),
			writes: peopleCalls(atMarketo, 'write'),
			reads: peopleCalls(atMarketo, 'read'),
			dynamics: atDynamics.total - signIns(atDynamics),
			signIns: signIns(atDynamics) + signIns(atMarketo),
			byEndpoint: { ...atDynamics.byEndpoint, ...atMarketo.byEndpoint },
		};
	};

	const report = (what: string, cost: Cost) =>
		console.info(`${what}: ${JSON.stringify(cost, undefined, '\t')}`);

	/** The overlap in which Marketo's log is read twice has passed. */
	const afterTheOverlap = async () => {
		await Promise.all([dynamics.advanceClock(960), marketo.advanceClock(960)]);
		await lane.oneRun();
	};

	beforeAll(async () => {
		world = await startWorld({
			// A few more, since some records of the seed need help.
			twins: ['--leads', String(EDITED + 10), '--contacts', '20', '--people', '20'],
		});
		const { line } = world.twins;
		[dynamics, marketo] = [new TwinControl(line.dynamics.url), new TwinControl(line.marketo.url)];
		[crm, people] = [new DynamicsVendor(line.dynamics), new MarketoVendor(line.marketo)];
		lane = await PeopleLane.of(world);
		report(
			'the first run',
			await costOf(async () => {
				await world.n8n.publish(lane.workflow);
				await lane.runAfter(new Set(), 300_000);
			}),
		);
		await afterTheOverlap();
		linked = lane
			.ask<Linked>(
				"select dynamics_id, marketo_id from link where table_name = 'lead' and state = 'active'",
			)
			.slice(0, EDITED);
		expect(linked).toHaveLength(EDITED);
	});
	afterAll(async () => await world?.stop());

	it('costs at most three Marketo requests, and one per Dynamics table, while nothing changes', async () => {
		const cost = await costOf(async () => await lane.oneRun());
		report('an idle run', cost);
		expect(cost.marketo).toBeLessThanOrEqual(3);
		expect(cost.dynamics).toBeLessThanOrEqual(2);
	});

	it('writes 1,000 leads edited in Dynamics with four writes and four reads', async () => {
		for (const part of inParts(linked, 50)) {
			const edit = { jobtitle: 'Edited in Dynamics' };
			await Promise.all(part.map(({ dynamics_id: id }) => crm.update('leads', id, edit)));
		}
		const cost = await costOf(async () => await lane.oneRun());
		report('1,000 leads edited in Dynamics', cost);
		expect(JSON.parse(lane.runs()[0]!.counts)).toMatchObject({ toMarketo: EDITED, toDynamics: 0 });
		expect(cost.writes).toBeLessThanOrEqual(4);
		expect(cost.reads).toBeLessThanOrEqual(4);
		expect(cost.marketo).toBeLessThanOrEqual(3 + 8);
		expect(cost.dynamics).toBeLessThanOrEqual(2 + 1);

		await sleep(1_100);
		const echo = await costOf(async () => await lane.oneRun());
		report('the run that sees the echoes of 1,000 writes to Marketo', echo);
		expect(echo.writes).toBe(0);
		expect(echo.reads).toBe(0);
		await afterTheOverlap();
	});

	it('writes 1,000 people edited in Marketo with four requests to Dynamics', async () => {
		for (const part of inParts(linked, 4)) {
			const edits = part.map(({ marketo_id: id }) => ({
				id: Number(id),
				title: 'Edited in Marketo',
			}));
			await people.write('updateOnly', 'id', edits);
		}
		await sleep(1_100);
		const cost = await costOf(async () => await lane.oneRun());
		report('1,000 people edited in Marketo', cost);
		expect(JSON.parse(lane.runs()[0]!.counts)).toMatchObject({ toMarketo: 0, toDynamics: EDITED });
		expect(cost.marketo).toBeLessThanOrEqual(3 + 8);
		expect(cost.dynamics).toBeLessThanOrEqual(2 + 4);

		const echo = await costOf(async () => await lane.oneRun());
		report('the run that sees the echoes of 1,000 writes to Dynamics', echo);
		expect(echo.writes).toBe(0);
		expect(echo.reads).toBe(0);
	});
});

function inParts<One>(list: One[], parts: number): One[][] {
	const size = Math.ceil(list.length / parts);
	return Array.from({ length: parts }, (_, index) => list.slice(index * size, (index + 1) * size));
}
