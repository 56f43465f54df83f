import type { DynamicsTable } from '../items';
import { fingerprintOf } from '../fingerprint';
import { seen } from '../ledger/bases';
import { enqueue } from '../ledger/queue';
import type { Bases, Db, LinkRow, LinkState } from '../ledger/schema';
import { EMAIL_COLUMN, mailboxKey } from '../page/mailbox';
import { linkSubject } from '../page/pageState';
import { TABLES } from '../page/readDynamics';
import type { DynamicsRow } from '../ports';
import type { Raw } from '../values';
import { AT_ONCE, close, done, fail, linkedAlready, SOON_MS, wait, type Batch, type Candidate, type Result } from './batch';
import { keepClaims, knownIds } from './findRows';
import { rowIdFor } from './rowId';

/**
 * Decides for all people in one ledger transaction, which pages of the sync take turns with: linked
 * meanwhile, to be linked with a row that is there, ambiguous, or to be made under a reserved id (R20).
 */
export async function choose(batch: Batch): Promise<void> {
	await batch.ledger.db.transaction().execute(async (db) => {
		for (const [id, candidate] of [...batch.open]) {
			const result = await chooseOne(batch, db, candidate);
			if (result) close(batch, id, result);
		}
	});
}

/** Null: a row is to be made. */
async function chooseOne(batch: Batch, db: Db, candidate: Candidate): Promise<Result | null> {
	const { person } = candidate.action;
	const partner = await db.selectFrom('link').selectAll().where('marketo_id', '=', person).where('state', '=', 'active').executeTakeFirst();
	if (partner) return linkedAlready(candidate, partner);
	// Whoever was held up since may have lost the person to somebody who has reserved an id meanwhile.
	if (!(await keepClaims(batch, db, candidate))) return wait('Somebody else is working on this person', SOON_MS);
	candidate.reserved = (await reservedFor(db, person)) ?? null;
	const own = candidate.reserved && candidate.rows.find((row) => row.id === candidate.reserved!.dynamics_id);
	if (own) return await link(batch, db, candidate, own, 'created', `The ${own.table} was made`);
	const row = pick(batch, candidate);
	if (row && 'outcome' in row) return row;
	if (row) {
		if (candidate.reserved) await db.deleteFrom('link').where('id', '=', candidate.reserved.id).execute();
		return await link(batch, db, candidate, row, 'linked', `The ${row.table} was there already and is linked now; nothing was made`);
	}
	candidate.reserved ??= await reserve(batch, db, candidate);
	// Pages leave the person alone from now on, for as long as making a row may take.
	await db.updateTable('link').set({ updated_at: batch.ledger.clock.now() }).where('id', '=', candidate.reserved.id).execute();
	return null;
}

async function reservedFor(db: Db, person: string): Promise<LinkRow | undefined> {
	return await db.selectFrom('link').selectAll().where('marketo_id', '=', person).where('state', '=', 'reserved').executeTakeFirst();
}

/** The one row that is this person: by stored id, else by e-mail, a contact before a lead (R26, R27). */
function pick(batch: Batch, candidate: Candidate): DynamicsRow | Result | null {
	const { rows } = candidate;
	for (const table of TABLES) {
		const ids = knownIds(batch, candidate, table);
		const stored = rows.find((row) => row.table === table && ids.includes(row.id));
		if (stored) return stored;
	}
	for (const table of TABLES) {
		const alike = rows.filter((row) => row.table === table);
		if (alike.length > 1) {
			const names = alike.slice(0, 5).map((row) => row.id).join(', ');
			return fail('AMBIGUOUS', `${alike.length} ${table}s in Dynamics have this e-mail (${names})`, 'Merge them in Dynamics, or correct the e-mail of all but one, then choose Retry');
		}
	}
	return rows.find((row) => row.table === 'contact') ?? rows[0] ?? null;
}

/** The row is this person's, unless it is somebody else's. Its values flow with the next page, as at any first contact. */
async function link(batch: Batch, db: Db, candidate: Candidate, row: DynamicsRow, outcome: 'created' | 'linked', reason: string): Promise<Result> {
	const before = await db.selectFrom('link').selectAll().where('dynamics_id', '=', row.id).where('table_name', '=', row.table).executeTakeFirst();
	const mine = before?.marketo_id === candidate.action.person;
	if (before && !mine) {
		if (before.state === 'creating' || before.state === 'reserved') return (await stuck(db, before)) ?? wait('The sync is working on the row of Dynamics with this e-mail', SOON_MS);
		if (before.state === 'active' || before.state === 'secondary') {
			return fail('BELONGS_TO_ANOTHER', `The ${row.table} ${row.id} with this e-mail belongs to another person in Marketo (${before.marketo_id})`, 'Merge the two people in Marketo, then choose Retry');
		}
	}
	const saved = await saveLink(batch, db, candidate, row.table, row.id, { state: 'active', version: row.version, email: row.values[EMAIL_COLUMN] as string | null, bases: asSeen(batch, row.table, row.values) }, before);
	candidate.linked = { link: saved, createdOn: (row.values.createdon as string | undefined) ?? null };
	await lookAtBoth(batch, db, saved, candidate.label);
	return done(outcome, saved, reason);
}

/** The sync has given the row up until somebody helps: nobody waits for that. */
async function stuck(db: Db, link: LinkRow): Promise<Result | undefined> {
	const help = await db.selectFrom('queue').select(['reason', 'remedy']).where('subject', '=', linkSubject(link)).where('state', '=', 'help').executeTakeFirst();
	return help && fail('NEEDS_HELP', `The ${link.table_name} ${link.dynamics_id} with this e-mail needs help itself: ${help.reason}`, help.remedy);
}

/** The next page of the sync compares the two, as at any first contact. */
export async function lookAtBoth({ ledger }: Batch, db: Db, link: LinkRow, label: string): Promise<void> {
	await enqueue(ledger, db, { subject: linkSubject(link), dueAt: ledger.clock.now(), code: 'linked', reason: 'Linked by Sync Person to Dynamics', run: AT_ONCE, label });
}

async function reserve(batch: Batch, db: Db, candidate: Candidate): Promise<LinkRow> {
	const { person, syncAs } = candidate.action;
	const dead = await db.selectFrom('link').select('id').where('marketo_id', '=', person).where('table_name', '=', syncAs).where('state', '=', 'goneInDynamics').execute();
	for (let ordinal = dead.length; ; ordinal++) {
		const id = rowIdFor(batch.marketo.subscription, person, syncAs, ordinal);
		const taken = await db.selectFrom('link').select('id').where('dynamics_id', '=', id).executeTakeFirst();
		if (!taken) return await saveLink(batch, db, candidate, syncAs, id, { state: 'reserved', version: null, email: candidate.email });
	}
}

/** What the row held: without it, nobody could tell a user's edit of a row whose person is deleted before the next page. */
export function asSeen({ ledger, live }: Batch, table: DynamicsTable, values: Record<string, Raw>): Bases {
	const there = live[table].filter(({ row }) => values[row.column] !== undefined);
	return Object.fromEntries(there.map(({ row, column }) => [row.column, seen(fingerprintOf(ledger.key, column, 'dynamics', values[row.column]))]));
}

async function saveLink(
	batch: Batch,
	db: Db,
	candidate: Candidate,
	table: DynamicsTable,
	id: string,
	to: { state: LinkState; version: string | null; email: string | null; bases?: Bases },
	before?: LinkRow,
): Promise<LinkRow> {
	const { ledger } = batch;
	const now = ledger.clock.now();
	const values = {
		marketo_id: candidate.action.person,
		state: to.state,
		version: to.version,
		email_key: mailboxKey(ledger.key, to.email),
		bases_dynamics: JSON.stringify(to.bases ?? {}),
		bases_marketo: '{}',
		wrote: '{}',
		key_id: ledger.key.id,
		generation: before?.generation ?? 0,
		updated_at: now,
	};
	if (before) return await db.updateTable('link').set(values).where('id', '=', before.id).returningAll().executeTakeFirstOrThrow();
	return await db.insertInto('link').values({ ...values, table_name: table, dynamics_id: id, created_at: now }).returningAll().executeTakeFirstOrThrow();
}
