import type { DynamicsTable } from '../items';
import { assertOwn, reachedDynamics, reachedMarketo, type Step } from '../schedule/systems';
import { claimKey, renewKey } from '../ledger/claims';
import { linksOfPeople } from '../ledger/links';
import type { Db } from '../ledger/schema';
import { twoWayOf } from '../lanes/definition';
import { EMAIL_COLUMN, PEOPLE } from '../lanes/people';
import { mailbox, mailboxKey } from '../page/emailKey';
import { storedId } from '../page/linkFields';
import { tableOf } from '../page/tables';
import type { DynamicsRow } from '../ports';
import {
	close,
	closeAll,
	fail,
	linkedAlready,
	NOT_LINKED,
	SOON_MS,
	wait,
	type Batch,
	type Candidate,
} from './batch';

const BY: Step = { name: 'Sync to Dynamics', then: 'choose Retry' };

/**
 * Native: where the person is linked already, nothing is done. That goes by Marketo's ids, which are strangers' in
 * another subscription (R44). There people fail, but the lane goes on: it may be the credential of this workflow
 * alone. Nor do they bind a ledger: pages do, before anybody can be linked at once.
 * @throws OtherSystem
 */
export async function leaveLinked(batch: Batch): Promise<void> {
	const reached = [reachedMarketo(batch.marketo, BY), await reachedDynamics(batch.dynamics, BY)];
	const links = await batch.ledger.db.transaction().execute(async (db) => {
		await assertOwn(db, ...reached);
		return await linksOfPeople(db, PEOPLE, [...batch.open.keys()], ['active', 'reserved']);
	});
	for (const link of links) {
		const candidate = batch.open.get(link.marketoId!);
		if (!candidate) continue;
		if (link.state === 'reserved') candidate.reserved = link;
		else close(batch, link.marketoId!, linkedAlready(candidate, link));
	}
	if (batch.onlyLinked)
		closeAll(
			batch,
			fail(
				NOT_LINKED,
				'The person is not in Dynamics as far as the sync knows; nothing was done',
				'Nothing to do; to have it made there, use Sync to Dynamics',
			),
		);
}

/** R24: one at a time works on a person. */
export async function claimPeople(batch: Batch): Promise<void> {
	await claimOrWait(batch, personKey, 'Somebody else is working on this person');
}

/** All people in one call. */
export async function readPeople(batch: Batch): Promise<void> {
	const { definition, fields } = batch;
	const { email, marks } = twoWayOf(definition);
	const emailField = email.field;
	const mapped = [...batch.tables.values()].flatMap(({ live }) => live.map(({ row }) => row.field));
	const wanted = [
		...mapped,
		emailField,
		marks.isDeleted,
		'firstName',
		'lastName',
		...definition.tables.map(({ idField }) => idField),
	].filter((name) => fields.has(name));
	const people = await batch.marketo.readBy(
		'id',
		[...batch.open.keys()],
		['id', ...new Set(wanted)],
	);
	for (const person of people) {
		const candidate = batch.open.get(person.id);
		if (!candidate) continue;
		candidate.person = person;
		candidate.email = mailbox(person.values[emailField]);
		candidate.label =
			[person.values.firstName, person.values.lastName].filter(Boolean).join(' ') ||
			candidate.email ||
			candidate.label;
	}
	for (const [id, candidate] of batch.open) {
		if (!candidate.person)
			close(
				batch,
				id,
				fail(
					'PERSON_NOT_FOUND',
					`Marketo has no person ${id}`,
					'Was the person deleted or merged meanwhile? Then there is nothing to do',
				),
			);
	}
	refuseSharedMailboxes(batch);
}

/** Two people with one e-mail at the same moment: which of them is the row? Nobody is guessed at (R27). */
function refuseSharedMailboxes(batch: Batch): void {
	const byEmail = new Map<string, string[]>();
	for (const [id, { email }] of batch.open)
		if (email) byEmail.set(email, [...(byEmail.get(email) ?? []), id]);
	for (const ids of byEmail.values()) {
		if (ids.length < 2) continue;
		for (const id of ids)
			close(
				batch,
				id,
				fail(
					'DUPLICATE_PERSON',
					`${ids.length} people in Marketo have this e-mail (ids ${ids.join(', ')})`,
					'Merge them in Marketo, then choose Retry',
				),
			);
	}
}

/** R24: at most one create per e-mail, pages of the sync included. */
export async function claimMailboxes(batch: Batch): Promise<void> {
	await claimOrWait(
		batch,
		(candidate) => emailKey(batch, candidate),
		'Another record with this e-mail is being written',
	);
}

/** True while nobody else may work on this person or e-mail: whoever is held up loses both after a while. */
export async function keepClaims(batch: Batch, db: Db, candidate: Candidate): Promise<boolean> {
	for (const key of [personKey(candidate), emailKey(batch, candidate)]) {
		if (key && !(await renewKey(batch.ledger, db, key, batch.holder))) return false;
	}
	return true;
}

function personKey({ action }: Candidate): string {
	return `person:${action.person}`;
}

function emailKey({ ledger }: Batch, { email }: Candidate): string | null {
	return email ? `email:${mailboxKey(ledger.key, email)}` : null;
}

/** Rows that may be these people: by reserved or stored id, and by e-mail. At most three calls for all of them. */
export async function findRows(batch: Batch): Promise<void> {
	const columns = { lead: columnsToRead(batch, 'lead'), contact: columnsToRead(batch, 'contact') };
	const found: DynamicsRow[] = [];
	batch.lookedAt = batch.ledger.clock.now();
	for (const { name: table } of batch.definition.tables) {
		const ids = new Set(
			[...batch.open.values()].flatMap((candidate) => knownIds(batch, candidate, table)),
		);
		if (ids.size > 0)
			found.push(...(await batch.dynamics.readByIds(table, columnsToRead(batch, table), [...ids])));
	}
	const mailboxes = [...batch.open.values()].flatMap(({ email }) => email ?? []);
	found.push(...(await batch.dynamics.readByMailbox(columns, mailboxes)));
	const byMailbox = new Map<string, DynamicsRow[]>();
	const byId = new Map<string, DynamicsRow>();
	for (const row of found) {
		const key = `${row.table}:${row.id}`;
		const email = mailbox(row.values[EMAIL_COLUMN]);
		if (!byId.has(key) && email) byMailbox.set(email, [...(byMailbox.get(email) ?? []), row]);
		byId.set(key, row);
	}
	for (const candidate of batch.open.values()) {
		const known = batch.definition.tables.flatMap(({ name: table }) =>
			knownIds(batch, candidate, table).flatMap((id) => byId.get(`${table}:${id}`) ?? []),
		);
		candidate.rows = [
			...new Set([...known, ...((candidate.email && byMailbox.get(candidate.email)) || [])]),
		];
	}
}

/** Ids that the person carries, or that were reserved for it. */
export function knownIds(batch: Batch, candidate: Candidate, table: DynamicsTable): string[] {
	const { idField } = tableOf(batch, table).definition;
	const stored = storedId(candidate.person?.values, idField);
	const reserved = candidate.reserved?.table === table ? candidate.reserved.dynamicsId : '';
	return [...new Set([stored, reserved])].filter((id) => /^[\da-f-]{36}$/.test(id));
}

function columnsToRead(batch: Batch, table: DynamicsTable): string[] {
	const { live, columns } = tableOf(batch, table);
	const mapped = live.map(({ row }) => row.column);
	return [...new Set([EMAIL_COLUMN, 'createdon', ...mapped])].filter((name) => columns.has(name));
}

async function claimOrWait(
	batch: Batch,
	keyOf: (candidate: Candidate) => string | null,
	reason: string,
): Promise<void> {
	const { ledger } = batch;
	await ledger.db.transaction().execute(async (db) => {
		for (const [id, candidate] of batch.open) {
			const key = keyOf(candidate);
			if (key && !(await claimKey(ledger, db, key, batch.holder)))
				close(batch, id, wait(reason, SOON_MS));
		}
	});
}
