import type { INode } from 'n8n-workflow';
import { TABLES, type Table } from '../../auditor/mapping';
import type { Row } from '../../vendors/dynamics';
import type { Person } from '../../vendors/marketo';
import type { Execution } from '../harness/n8nServer';
import { waitFor } from '../harness/waiting';
import { PeopleWorld, type Pair } from '../scenario/peopleWorld';
import type { Fault, TwinControl } from '../scenario/twinControl';

export const WRITE_PEOPLE = { method: 'POST', path: '/rest/v1/leads.json' };
export const WRITE_ROWS = { method: 'POST', path: '$batch' };

/** Edits to be made, and what has to be seen of them in the end. */
export interface Work {
	/** In a pause between two runs. */
	make(): Promise<void>;
	/** At once: where no run begins, since the sync is paused. */
	edit(): Promise<void>;
	/** Syncs until nothing is left: all is there, once, and the auditor finds nothing. */
	done(): Promise<void>;
}

/** One world that many scenarios share, one after the other: its start takes longer than they do. */
export class Scene {
	world!: PeopleWorld;
	/** Both systems before the first run. */
	rowsBefore!: Record<Table, Row[]>;
	peopleBefore!: Person[];
	private works = 0;
	private untouched: Record<Table, Pair[]> = { lead: [], contact: [] };

	async open(twins: string[]): Promise<void> {
		this.world = await PeopleWorld.start(twins);
		const { crm } = this.world;
		this.rowsBefore = { lead: await crm.all('leads'), contact: await crm.all('contacts') };
		this.peopleBefore = await this.world.everybody();
	}

	async close(): Promise<void> {
		await this.world?.stop();
	}

	/** The first run is over: its pairs may be edited, but for leads that are closed, which nothing is written to (R49). */
	useLinkedPairs(): void {
		const closed = new Set(
			this.rowsBefore.lead.filter(({ statecode }) => statecode !== 0).map(({ leadid }) => leadid),
		);
		for (const table of TABLES)
			this.untouched[table] = this.world.pairs(table).filter(({ id }) => !closed.has(id));
	}

	/** A pair that no scenario has touched yet. */
	take(table: Table): Pair {
		const pair = this.untouched[table].pop();
		if (!pair) throw new Error(`No ${table} is left for this scenario`);
		return pair;
	}

	/** Nothing of one scenario may strike the next. */
	async forgetFaults(): Promise<void> {
		for (const twin of [this.world.dynamics, this.world.marketo]) {
			await twin.forgetFaults();
			await twin.release();
		}
	}

	/** An edit in each direction, and a new lead. */
	work(): Work {
		const { world } = this;
		const [lead, contact] = [this.take('lead'), this.take('contact')];
		const number = ++this.works;
		const [here, there, lastname] = [`Here ${number}`, `There ${number}`, `Made${number}`];
		let made = '';
		const edit = async () => {
			await world.editRow(lead, { jobtitle: here });
			await world.editPerson(contact, { title: there });
			made = await world.crm.create('leads', {
				lastname,
				subject: 'Made once',
				emailaddress1: `${lastname.toLowerCase()}@once.example`,
			});
		};
		return {
			edit,
			make: async () => {
				await world.betweenRuns();
				await edit();
			},
			done: async () => {
				await world.sync();
				expect(await world.person(lead, 'title')).toMatchObject({ title: here });
				expect(await world.row(contact)).toMatchObject({ jobtitle: there });
				expect(await world.peopleOf('lead', made)).toHaveLength(1);
				const named = (await world.everybody()).filter((person) => person.lastName === lastname);
				expect(named).toHaveLength(1);
				await world.expectClean();
			},
		};
	}

	/** Makes the edits, and waits until the sync has made a call that gets no answer. */
	async heldAt(twin: TwinControl, fault: Fault, make: () => Promise<void>): Promise<void> {
		await make();
		await Promise.all([this.world.forgetCalls(), twin.fail({ ...fault, hold: true })]);
		await waitFor(
			async () => {
				const { log } = await twin.calls();
				const struck = (await twin.faultsLeft()) === 0;
				return (
					struck && log.some(({ path, status }) => path.includes(fault.match.path!) && status === 0)
				);
			},
			{ interval: 50, what: 'a call being held' },
		);
	}

	/** Changes the workflow as a person does in the editor, and publishes it. */
	async change(how: (nodes: Map<string, INode>) => void): Promise<void> {
		const workflow = await this.world.workflow();
		how(new Map(workflow.nodes.map((node) => [node.name, node])));
		await this.save(workflow);
	}

	async save(workflow: Awaited<ReturnType<Scene['world']['workflow']>>): Promise<void> {
		const { n8n, lane } = this.world;
		await n8n.unpublish(lane.workflow);
		await n8n.updateWorkflow(lane.workflow, workflow);
		await n8n.publish(lane.workflow);
	}

	/** Executions of the workflow that ended with an error, the newest first. */
	async failed(): Promise<Execution[]> {
		const { n8n, lane } = this.world;
		return await n8n.executions({ workflowId: lane.workflow, status: 'error', limit: 250 });
	}

	/** What a failed execution ended with, as n8n shows it. */
	async errorOf({ id }: Execution): Promise<string> {
		const { data } = await this.world.n8n.execution(id);
		const error = data!.resultData.error;
		return `${error?.message} ${error?.description ?? ''}`;
	}

	/** Presses *Retry with currently saved workflow* in the list of executions; answers how it ended. */
	async retry({ id }: Execution): Promise<Execution> {
		const { n8n } = this.world;
		const body = { loadWorkflow: true };
		const retried = await n8n.client.rest<{ id: string }>('POST', `/executions/${id}/retry`, body);
		return await n8n.executionEnd(retried.id);
	}
}
