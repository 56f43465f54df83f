import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { audit, unexcused, type AuditReport } from '../../auditor/audit';
import { writeAsFile } from '../../auditor/ledgerInPostgres';
import { mappingIn, oneWayLanesIn } from '../../auditor/mapping';
import { PEOPLE_PASSWORD, personName } from '../../twins/dynamics/principals';
import { DynamicsVendor } from '../../vendors/dynamics';
import { MarketoVendor } from '../../vendors/marketo';
import type { Postgres } from '../harness/postgres';
import { waitFor } from '../harness/waiting';
import { startWorld, type World, type WorldOptions } from '../harness/world';
import { TwinControl } from './twinControl';

export const DATABASE = 'n8n';
const SCHEMA = 'marketo_dynamics';

/** Starts all beside servers that are there; where it does not start, these end as well. */
export async function startBeside(
	servers: Array<{ stop(): Promise<void> }>,
	options: WorldOptions,
): Promise<World> {
	return await startWorld(options).catch(async (cause: unknown) => {
		await Promise.all(servers.map(async (server) => await server.stop()));
		throw cause;
	});
}

/** An n8n whose tables are in PostgreSQL, and with them the sync's memory, in a schema of its own. */
export class PostgresWorld {
	readonly crm: DynamicsVendor;
	readonly people: MarketoVendor;
	readonly dynamics: TwinControl;
	readonly marketo: TwinControl;

	constructor(
		readonly world: World,
		readonly postgres: Postgres,
	) {
		const { line } = world.twins;
		const person = { name: personName(1), password: PEOPLE_PASSWORD };
		this.crm = new DynamicsVendor({ ...line.dynamics, person });
		this.people = new MarketoVendor({
			...line.marketo,
			clientId: 'human',
			clientSecret: 'secret-human',
		});
		this.dynamics = new TwinControl(line.dynamics.url);
		this.marketo = new TwinControl(line.marketo.url);
	}

	async stop(): Promise<void> {
		await this.world.stop();
		await this.postgres.stop();
	}

	workflow(file: string): string {
		return this.world.workflows.find((one) => one.file === file)!.id;
	}

	/** Publishes a workflow and waits until each of these lanes has ended a run that has read everything. */
	async publish(file: string, lanes: string[]): Promise<void> {
		await this.world.n8n.publish(this.workflow(file));
		for (const lane of lanes)
			await waitFor(
				async () => (await this.count(`run where lane = '${lane}' and outcome = 'done'`)) > 0,
				{ timeout: 240_000, what: `the first run of ${lane}` },
			);
	}

	async ask(sql: string): Promise<string[]> {
		return await this.postgres.query(`set search_path to ${SCHEMA}; ${sql}`, DATABASE).then(
			// What `set` says for itself.
			([, ...rows]) => rows,
		);
	}

	async count(what: string): Promise<number> {
		return Number((await this.ask(`select count(*) from ${what}`))[0]);
	}

	/** Active links of a table: id in Dynamics, id in Marketo. */
	async links(table: string): Promise<Array<[string, number]>> {
		const rows = await this.ask(
			`select dynamics_id || ' ' || marketo_id from link
			where table_name = '${table}' and state = 'active' order by id`,
		);
		return rows.map((row) => row.split(' ')).map(([row, other]) => [row!, Number(other)]);
	}

	/** Nothing is being written, nothing is due, and a run that began after this call has written nothing. */
	async calm(lane = 'people', timeout = 180_000): Promise<void> {
		const last = `select coalesce(max(started_at), 0) from run where lane = '${lane}'`;
		const [before] = await this.ask(last);
		const open = `select (select count(*) from plan where state <> 'echo' and lane = '${lane}')
			+ (select count(*) from queue where state = 'due' and lane = '${lane}')
			+ (select count(*) from request where state <> 'answered')`;
		const quiet = `run where lane = '${lane}' and outcome = 'done' and started_at > ${before}
			and coalesce((counts::json->>'toDynamics')::int, 0) + coalesce((counts::json->>'toMarketo')::int, 0) = 0`;
		await waitFor(async () => (await this.ask(open))[0] === '0' && (await this.count(quiet)) > 0, {
			timeout,
			interval: 500,
			what: `${lane} having nothing left to do`,
		});
	}

	/** What the auditor finds, who reads both systems by himself and the ledger out of its schema. */
	async audit(): Promise<AuditReport> {
		const folder = await mkdtemp(path.join(os.tmpdir(), 'audit-'));
		const { n8n, twins } = this.world;
		const { host, port, user, password } = this.postgres;
		try {
			const ledgerFile = path.join(folder, 'ledger.sqlite');
			await writeAsFile({ host, port, user, password, database: DATABASE }, SCHEMA, ledgerFile);
			return await audit({
				dynamics: new DynamicsVendor(twins.line.dynamics),
				marketo: this.people,
				mapping: mappingIn(await n8n.workflow(this.workflow('people-sync.json'))),
				oneWay: oneWayLanesIn(await n8n.workflow(this.workflow('companies-and-owners-sync.json'))),
				ledgerFile,
			});
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	}

	/** The auditor finds nothing that is the sync's fault. */
	async expectClean(): Promise<void> {
		const report = await this.audit();
		expect({ differences: unexcused(report), problems: report.problems }).toEqual({
			differences: [],
			problems: [],
		});
		expect(report.pairs).toBeGreaterThan(0);
	}
}
