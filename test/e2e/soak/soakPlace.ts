import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamicsVendor } from '../../vendors/dynamics';
import type { MarketoVendor } from '../../vendors/marketo';
import { Postgres } from '../harness/postgres';
import type { World } from '../harness/world';
import { ledgerFile } from '../scenario/lane';
import { PeopleWorld } from '../scenario/peopleWorld';
import { DATABASE, PostgresWorld, startBeside } from '../scenario/postgresWorld';
import type { TwinControl } from '../scenario/twinControl';

/** What may happen to where the sync's memory is. Each is over when it answers. */
export type Harm = Record<string, () => Promise<void>>;

/** The sync between both systems, on one of the two kinds of database. */
export interface SoakPlace {
	world: World;
	crm: DynamicsVendor;
	people: MarketoVendor;
	dynamics: TwinControl;
	marketo: TwinControl;
	harms: Harm;
	publish(): Promise<void>;
	/** Active links of a table: id in Dynamics, id in Marketo. */
	links(table: string): Promise<Array<[string, number]>>;
	/** What needs help: the record, and why. */
	help(): Promise<string[]>;
	calm(timeout: number): Promise<void>;
	expectClean(): Promise<unknown>;
	stop(): Promise<void>;
}

export const KINDS = ['file', 'postgres'] as const;
export type Kind = (typeof KINDS)[number];

export const startPlace = async (kind: Kind, twins: string[]) =>
	await (kind === 'file' ? onFile(twins) : onPostgres(twins));

const HELP = `select subject || ', ' || code || ': ' || reason as it from queue where state = 'help'`;

/** A backup or a virus scanner has a lock on the file that keeps all others from writing, or from reading too. */
async function lockFile(file: string, lock: 'immediate' | 'exclusive', ms: number) {
	const other = new DatabaseSync(file, { timeout: 10_000 });
	try {
		other.exec(`begin ${lock}`);
		await sleep(ms);
		other.exec('rollback');
	} finally {
		other.close();
	}
}

async function onFile(twins: string[]): Promise<SoakPlace> {
	const place = await PeopleWorld.start(twins);
	const { world, crm, people, dynamics, marketo, lane } = place;
	const file = ledgerFile(place.n8n);
	return {
		...{ world, crm, people, dynamics, marketo },
		harms: {
			'the file is locked for a moment': async () => await lockFile(file, 'immediate', 2_000),
			'the file is locked for half a minute': async () => await lockFile(file, 'exclusive', 25_000),
		},
		publish: async () => await place.publish(),
		links: async (table) =>
			await Promise.resolve(
				place.pairs(table as 'lead').map(({ id, person }): [string, number] => [id, person]),
			),
		help: async () => await Promise.resolve(lane.ask<{ it: string }>(HELP).map(({ it }) => it)),
		calm: async (timeout) => await lane.calm(timeout),
		expectClean: async () => await place.expectClean(),
		stop: async () => await place.stop(),
	};
}

async function onPostgres(twins: string[]): Promise<SoakPlace> {
	const postgres = await Postgres.start();
	const world = await startBeside([postgres], {
		fast: true,
		twins,
		postgres: await postgres.createDatabase(DATABASE),
	});
	const place = new PostgresWorld(world, postgres);
	const { crm, people, dynamics, marketo } = place;
	return {
		...{ world, crm, people, dynamics, marketo },
		harms: {
			'all connections to the database are cut': async () => await postgres.cutAll(DATABASE),
			'the database server restarts': async () => await postgres.restart('SIGINT', 500),
			'the database server crashes': async () => await postgres.restart('SIGQUIT', 500),
			'the database server is gone for 20 s': async () => await postgres.restart('SIGINT', 20_000),
			'the database server is gone for 70 s': async () => await postgres.restart('SIGINT', 70_000),
		},
		publish: async () => {
			await place.publish('people-sync.json', ['people']);
			await place.calm();
		},
		links: async (table) => await place.links(table),
		help: async () => await place.ask(HELP),
		calm: async (timeout) => await place.calm('people', timeout),
		expectClean: async () => await place.expectClean(),
		stop: async () => await place.stop(),
	};
}
