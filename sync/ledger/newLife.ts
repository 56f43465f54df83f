import type { Side } from '../items';
import type { Db, LedgerTables } from './schema';

/**
 * What becomes of a table when the ledger gets another pair of systems (R44): `goes` where its rows name records of a
 * system, positions in it, or how it is described; `ofMarketo` where they are Marketo's alone; `stays` where they name none.
 */
const TABLES: Record<keyof LedgerTables, 'goes' | 'ofMarketo' | 'stays'> = {
	meta: 'stays',
	lane: 'stays',
	edition: 'stays',
	base_field: 'stays',
	mapping: 'stays',
	call: 'stays',
	request: 'ofMarketo',
	chunk: 'ofMarketo',
	run: 'goes',
	page: 'goes',
	feed: 'goes',
	link: 'goes',
	plan: 'goes',
	held: 'goes',
	queue: 'goes',
	conflict: 'goes',
	history: 'goes',
	claim: 'goes',
	waiting: 'goes',
	seen: 'goes',
	edit: 'goes',
	catalogue: 'goes',
	log: 'goes',
	file: 'goes',
};

/** Of what the ledger knows of itself all that is not listed goes: names of lanes come after these. */
const STAYS = ['ledger', 'key', 'key.check', 'key.sealed', 'commits', 'commits.remembered'];
const STAYS_OF_LANES = /^(told|run\.by)\./;

/**
 * Forgets all records, in the caller's transaction; ids of links are not used a second time. Campaigns' people stay where
 * their Marketo does, so do today's calls of a system.
 *
 * @param other the systems that are others from now on
 */
export async function forgetRecords(db: Db, other: ReadonlySet<Side>): Promise<void> {
	for (const [table, fate] of Object.entries(TABLES))
		if (fate === 'goes' || (fate === 'ofMarketo' && other.has('marketo')))
			await db.deleteFrom(table as keyof LedgerTables).execute();
	const names = (await db.selectFrom('meta').select('name').execute()).map(({ name }) => name);
	const stays = (name: string) =>
		STAYS.includes(name) ||
		STAYS_OF_LANES.test(name) ||
		(['dynamics', 'marketo'] as const).some(
			(side) => (name === `calls.${side}` || name.startsWith(`calls.${side}.`)) && !other.has(side),
		);
	for (const name of names.filter((name) => !stays(name)))
		await db.deleteFrom('meta').where('name', '=', name).execute();
}

/** People whom campaigns have sent and who have no answer yet. */
export async function countUnanswered(db: Db, lane: string): Promise<number> {
	const { people } = await db
		.selectFrom('request')
		.select((e) => e.fn.countAll().as('people'))
		.where('lane', '=', lane)
		.where('state', 'in', ['waiting', 'taken'])
		.executeTakeFirstOrThrow();
	return Number(people);
}
