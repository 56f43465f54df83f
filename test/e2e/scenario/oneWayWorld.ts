import { PEOPLE_PASSWORD, personName } from '../../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../../vendors/dynamics';
import { waitFor } from '../harness/waiting';
import { startWorld, type World } from '../harness/world';
import { TwinControl } from './twinControl';

/** A real n8n between both twins, as the tests of lanes that go one way look at it. */
export interface OneWayWorld {
	world: World;
	/** Dynamics, as a person edits it. */
	crm: DynamicsVendor;
	/** Both twins, as an administrator sets them. */
	dynamics: TwinControl;
	marketo: TwinControl;
	/** All records of an object of Marketo. */
	objects(name: string): Promise<Row[]>;
	/** Id of a shipped workflow, by its file. */
	workflowOf(file: string): string;
	statusOf(lane: string): Promise<Row | undefined>;
	/** *Check the Setup* of a workflow, pressed. */
	checklist(workflow: string): Promise<Row[]>;
	soon(what: string, isSo: () => Promise<boolean>): Promise<void>;
}

/** Starts it with so many records; `patience`: milliseconds that `soon` waits at most; `fast`: intervals and leases are short. */
export async function startOneWayWorld(
	size: { leads: number; contacts: number; people: number },
	patience = 30_000,
	fast = true,
): Promise<OneWayWorld> {
	const twins = Object.entries(size).flatMap(([name, count]) => [`--${name}`, String(count)]);
	const world = await startWorld({ fast, twins });
	const { line } = world.twins;
	const marketo = new TwinControl(line.marketo.url);
	return {
		world,
		crm: new DynamicsVendor({
			...line.dynamics,
			person: { name: personName(1), password: PEOPLE_PASSWORD },
		}),
		dynamics: new TwinControl(line.dynamics.url),
		marketo,
		objects: async (name) =>
			(await marketo.get<{ records: Row[] }>(`objects/${name}?limit=10000`)).records,
		workflowOf: (file) => world.workflows.find((one) => one.file === file)!.id,
		statusOf: async (lane) =>
			(await world.n8n.dataTableRows('Sync status')).find((row) => row.lane === lane),
		checklist: async (workflow) => {
			const { data } = await world.n8n.runManually(workflow, 'Check the Setup');
			const items = data!.resultData.runData.Checklist![0]!.data!.main![0]!;
			return items.map(({ json }) => json as Row);
		},
		soon: async (what, isSo) =>
			void (await waitFor(isSo, { timeout: patience, interval: 200, what })),
	};
}
