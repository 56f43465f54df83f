import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IWorkflowBase } from 'n8n-workflow';
import { audit, unexcused, type AuditReport } from '../../auditor/audit';
import { mappingIn, type Table } from '../../auditor/mapping';
import { PEOPLE_PASSWORD, personName } from '../../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../../vendors/dynamics';
import { MarketoVendor, type Person } from '../../vendors/marketo';
import { waitFor } from '../harness/waiting';
import { startWorld, type World } from '../harness/world';
import { PeopleLane } from './lane';
import { TwinControl, type LoggedCall } from './twinControl';

/** A lead or contact and its person. */
export interface Pair {
	table: Table;
	id: string;
	person: number;
}

/** A row of the Data Tables *Sync conflicts* and *Sync needs help*. */
export type TableRow = Record<string, unknown>;

const LINK_FIELDS = { lead: 'dynamicsLeadId', contact: 'dynamicsContactId' } as const;
/** Until the next run by itself: room for edits on both sides. */
const QUIET_MS = 2_500;

/** By which *Validate Setup* learns what the role may: a write of nothing. */
const isProbe = ({ body }: LoggedCall) => ['{"input":[]}', '{}'].includes(JSON.stringify(body));

const isRead = (call: LoggedCall) => {
	const { method, path: address, query, parts } = call;
	return (
		method === 'GET' ||
		isProbe(call) ||
		/\/token|\/oauth/.test(address) ||
		query.includes('_method=GET') ||
		(parts !== undefined && parts.every((part) => part.method === 'GET'))
	);
};

/**
 * The shipped workflow in a real n8n beside both twins, and the hands and eyes of the people who use
 * the two systems: they sign in as somebody else than the sync.
 */
export class PeopleWorld {
	readonly dynamics: TwinControl;
	readonly marketo: TwinControl;
	/** Dynamics, as a sales person. */
	readonly crm: DynamicsVendor;
	/** Marketo, as another service. */
	readonly people: MarketoVendor;

	private constructor(
		readonly world: World,
		readonly lane: PeopleLane,
	) {
		const { line } = world.twins;
		this.dynamics = new TwinControl(line.dynamics.url);
		this.marketo = new TwinControl(line.marketo.url);
		const person = { name: personName(1), password: PEOPLE_PASSWORD };
		this.crm = new DynamicsVendor({ ...line.dynamics, person });
		const human = { clientId: 'human', clientSecret: 'secret-human' };
		this.people = new MarketoVendor({ ...line.marketo, ...human });
	}

	/** Starts everything in fast mode; the workflow is not published yet. */
	static async start(twins: string[]): Promise<PeopleWorld> {
		const world = await startWorld({ fast: true, twins });
		try {
			return new PeopleWorld(world, await PeopleLane.of(world));
		} catch (cause) {
			await world.stop();
			throw cause;
		}
	}

	async stop(): Promise<void> {
		await this.world.stop();
	}

	get n8n() {
		return this.world.n8n;
	}

	/** Publishes the workflow and waits until its first run has left nothing to do. */
	async publish(): Promise<void> {
		await this.n8n.publish(this.lane.workflow);
		await this.lane.runAfter(new Set());
		await this.lane.calm();
	}

	/** Runs until nothing is left to do. */
	async sync(): Promise<void> {
		// Marketo's log shows an edit up to a second late.
		await sleep(1_100);
		await this.lane.calm();
	}

	/** Waits until no run is on and the next is far enough for edits to fall into one cycle. */
	async betweenRuns(): Promise<void> {
		await waitFor(
			() => {
				const { run, next_due } = this.lane.state();
				return run === null && next_due - Date.now() > QUIET_MS;
			},
			{ interval: 50, what: 'a pause between two runs' },
		);
	}

	/** Edits that the next run finds together, and the sync until nothing is left. */
	async together(...edits: (() => Promise<unknown>)[]): Promise<void> {
		await this.betweenRuns();
		const runs = this.lane.runs().length;
		for (const edit of edits) await edit();
		if (this.lane.runs().length !== runs) throw new Error('A run began between the edits');
		await this.sync();
	}

	/** Linked pairs, as the ledger has them. */
	pairs(table: Table, state = 'active'): Pair[] {
		return this.lane
			.ask<{ dynamics_id: string; marketo_id: string }>(
				`select dynamics_id, marketo_id from link
				where table_name = '${table}' and state = '${state}' order by id`,
			)
			.map((link) => ({ table, id: link.dynamics_id, person: Number(link.marketo_id) }));
	}

	async row({ table, id }: Pick<Pair, 'table' | 'id'>): Promise<Row> {
		return await this.crm.get(`${table}s(${id})`);
	}

	async person({ person }: Pick<Pair, 'person'>, ...fields: string[]): Promise<Person> {
		const [found] = await this.people.people('id', [person], ['id', ...fields]);
		if (!found) throw new Error(`There is no person ${person}`);
		return found;
	}

	/** The people that carry a row's id. */
	async peopleOf(table: Table, id: string, ...fields: string[]): Promise<Person[]> {
		return await this.people.people(LINK_FIELDS[table], [id], ['id', ...fields]);
	}

	async editRow({ table, id }: Pick<Pair, 'table' | 'id'>, values: Row): Promise<void> {
		await this.crm.update(`${table}s`, id, values);
	}

	async editPerson({ person }: Pick<Pair, 'person'>, values: Row): Promise<void> {
		await this.people.write('updateOnly', 'id', [{ id: person, ...values }]);
	}

	/** All people of the instance, with all their values. */
	async everybody(): Promise<Person[]> {
		const found: Person[] = [];
		for (;;) {
			const address = `${this.world.twins.line.marketo.url}/__twin/people?limit=500&offset=${found.length}`;
			const { people } = (await (await fetch(address)).json()) as { people: Person[] };
			if (people.length === 0) return found;
			found.push(...people);
		}
	}

	/** Forgets the calls counted so far. */
	async forgetCalls(): Promise<void> {
		await Promise.all([this.dynamics.forgetCalls(), this.marketo.forgetCalls()]);
	}

	/** Calls since then that may have changed something. */
	async writeCalls(): Promise<LoggedCall[]> {
		const [dynamics, marketo] = [await this.dynamics.calls(), await this.marketo.calls()];
		return [...dynamics.log, ...marketo.log].filter((call) => !isRead(call));
	}

	/** Rows of a Data Table about one record. */
	async tableRows(name: 'Sync conflicts' | 'Sync needs help', id: string): Promise<TableRow[]> {
		const rows = await this.n8n.dataTableRows(name);
		return rows.filter((row) => row.dynamicsId === id || String(row.recordKey).includes(id));
	}

	/** The workflow as it stands in n8n. */
	async workflow(): Promise<IWorkflowBase> {
		return await this.n8n.workflow(this.lane.workflow);
	}

	/** What the auditor has to say. */
	async audit(): Promise<AuditReport> {
		return await audit({
			dynamics: new DynamicsVendor(this.world.twins.line.dynamics),
			marketo: this.people,
			mapping: mappingIn(await this.workflow()),
			ledgerFile: path.join(this.n8n.folder, '.n8n/marketo-dynamics/ledger.sqlite'),
		});
	}

	/** The auditor finds nothing that is the sync's fault. */
	async expectClean(): Promise<AuditReport> {
		const report = await this.audit();
		expect({ differences: unexcused(report), problems: report.problems }).toEqual({
			differences: [],
			problems: [],
		});
		expect(report.pairs).toBeGreaterThan(0);
		return report;
	}
}
