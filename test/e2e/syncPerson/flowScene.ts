import type { INodeParameters } from 'n8n-workflow';
import type { Row } from '../../vendors/dynamics';
import { waitFor } from '../harness/waiting';
import { FlowActions } from '../scenario/flowActions';
import { inLedger } from '../scenario/lane';
import { PeopleWorld } from '../scenario/peopleWorld';

const LONG_MS = 600_000;

/** One world for all scenarios of the flow actions: the people sync has run, the workflows are in service. */
export class FlowScene {
	world!: PeopleWorld;
	actions!: FlowActions;
	private readonly started = new Date();
	private made = 0;

	async open(twins: string[]): Promise<void> {
		this.world = await PeopleWorld.start(twins);
		await this.world.publish();
		this.actions = await FlowActions.install(this.world.world);
	}

	async close(): Promise<void> {
		await this.world?.stop();
	}

	/** A person at Marketo's screen whom Dynamics does not know. */
	async newPerson(values: Row = {}): Promise<number> {
		const one = ++this.made;
		const { id } = await this.world.marketo.post('create', {
			values: {
				firstName: 'Flow',
				lastName: `Person ${one}`,
				company: 'Flow Ltd',
				email: `flow${one}@flow.example`,
				...values,
			},
		});
		return Number(id);
	}

	async newPeople(count: number): Promise<number[]> {
		const people: number[] = [];
		for (let at = 0; at < count; at++) people.push(await this.newPerson());
		return people;
	}

	/** Leads and contacts with an e-mail address. */
	async rowsWith(email: string): Promise<Row[]> {
		const filter = `$filter=emailaddress1 eq '${email}'`;
		const [leads, contacts] = [
			await this.world.crm.all(`leads?${filter}`),
			await this.world.crm.all(`contacts?${filter}`),
		];
		return [...leads, ...contacts];
	}

	/** Rows of Dynamics with the e-mail address of a person. */
	async rowsOf(person: number): Promise<Row[]> {
		const { email } = await this.world.person({ person }, 'email');
		return await this.rowsWith(String(email));
	}

	/** What the sync wrote into a person's activity log. */
	async logOf(person: number): Promise<string[]> {
		const { people } = this.world;
		const types = await people.get<{ id: number; apiName: string }>(
			'activities/external/types.json',
		);
		const type = types.find(({ apiName }) => apiName.startsWith('dynamicsSyncResult'))!;
		const found = await people.activities(type.id, [person], this.started);
		return found.map((entry) => JSON.stringify(entry));
	}

	/** What stands in *Sync needs help* about the action that a campaign asked for. */
	async helpOf(person: number): Promise<Row[]> {
		const rows = await this.world.n8n.dataTableRows('Sync needs help');
		return rows.filter(({ recordKey }) => recordKey === `action:${person}`);
	}

	/** Waits until so many requests of campaigns wait in the ledger. */
	async waiting(count: number): Promise<void> {
		const { lane } = this.world;
		await waitFor(() => lane.count("request where state = 'waiting'") >= count, {
			what: `${count} requests waiting`,
		});
	}

	/** Keeps the background sync quiet, so that only the flow action is seen. */
	async withoutRuns<T>(work: () => Promise<T>): Promise<T> {
		await waitFor(
			() => {
				this.inLane(
					"update lane set next_due = ? where name = 'people' and run is null",
					Date.now() + LONG_MS,
				);
				const { run, next_due } = this.world.lane.state();
				return run === null && next_due > Date.now() + LONG_MS / 2;
			},
			{ interval: 100, what: 'the background sync being quiet' },
		);
		try {
			return await work();
		} finally {
			this.inLane("update lane set next_due = ? where name = 'people'", Date.now());
		}
	}

	/** Waits until every fault of the Dynamics twin has struck. */
	async struck(): Promise<void> {
		await waitFor(async () => (await this.world.dynamics.faultsLeft()) === 0, {
			interval: 50,
			what: 'the fault',
		});
	}

	/** Chooses options of *Sync Person to Dynamics* as somebody does in the editor, and publishes. */
	async setOptions(options: INodeParameters): Promise<void> {
		const { n8n } = this.world;
		const id = this.actions.workflow('syncPerson');
		const workflow = await n8n.workflow(id);
		const node = workflow.nodes.find(({ type }) => type.endsWith('.marketoDynamicsSync'))!;
		node.parameters = { ...node.parameters, options };
		await n8n.unpublish(id);
		await n8n.updateWorkflow(id, workflow);
		await n8n.publish(id);
	}

	/** The background sync has nothing to write, bases agree, both sides are equal. */
	async expectSettled(): Promise<void> {
		await this.world.sync();
		await this.world.forgetCalls();
		await this.world.lane.oneRun();
		expect(await this.world.writeCalls()).toEqual([]);
		await this.world.expectClean();
	}

	private inLane(sql: string, value: number): void {
		inLedger(this.world.n8n, (ledger) => ledger.prepare(sql).run(value), false);
	}
}
