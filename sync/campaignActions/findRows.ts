import type { DynamicsTable } from '../items';
import { assertOwn, reachedDynamics, reachedMarketo } from '../schedule/systems';
import { claimKey, renewKey } from '../ledger/claims';
import { linksOfPeople, type Link, type LinkState } from '../ledger/links';
import { subjectOf } from '../ledger/subject';
import type { Db } from '../ledger/schema';
import { twoWayOf } from '../lanes/definition';
import { PEOPLE } from '../lanes/people';
import type { MarketoPort, Person } from '../ports';
import { mailbox, mailboxKey } from '../page/emailKey';
import { storedId } from '../page/linkFields';
import { tableOf } from '../page/tables';
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
import { RowsFound } from './rowsFound';

/** Whoever has a row needs none, whether or not the filter leaves that out (R54). */
const IN_DYNAMICS: LinkState[] = ['active', 'reserved', 'leftOut'];
/** R29: one that was deleted may have been restored since, and the person need not carry its id. */
const GONE = 'goneInDynamics';
const lastLeftOut = (a: Link, b: Link) =>
	Number(a.state === 'leftOut') - Number(b.state === 'leftOut');

/**
 * Native: where the person is linked already, nothing is done. That goes by Marketo's ids, which are strangers' in
 * another subscription (R44). There people fail, but the lane goes on: it may be the credential of this workflow
 * alone. Nor do they bind a ledger: pages do, before anybody can be linked at once.
 * @throws OtherSystem
 */
export async function leaveLinked(batch: Batch): Promise<void> {
	const { step } = batch.by;
	const reached = [
		reachedMarketo(batch.marketo, step),
		await reachedDynamics(batch.dynamics, step),
	];
	const links = await batch.ledger.db.transaction().execute(async (db) => {
		await assertOwn(db, ...reached);
		return await linksOfPeople(db, PEOPLE, [...batch.open.keys()], [...IN_DYNAMICS, GONE]);
	});
	for (const link of links.sort(lastLeftOut)) {
		const candidate = batch.open.get(link.marketoId!);
		if (!candidate) continue;
		if (link.state === GONE) candidate.gone.push(link);
		else if (link.state === 'reserved') candidate.reserved = link;
		else close(batch, link.marketoId!, linkedAlready(candidate, link));
	}
	if (batch.onlyLinked)
		closeAll(
			batch,
			fail(
				NOT_LINKED,
				'The person is not in Dynamics as far as the sync knows; nothing was done',
				'Nothing to do; to have it created there, use Sync to Dynamics',
			),
		);
}

/** R24: one at a time works on a person. */
export async function claimPeople(batch: Batch): Promise<void> {
	await claimOrWait(batch, personKey, 'Another execution is working on this person');
}

/** All people in one call. */
export async function readPeople(batch: Batch<MarketoPort>): Promise<void> {
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
	batch.lookedAt = batch.ledger.clock.now();
	const people = await batch.marketo.readBy(
		'id',
		[...batch.open.keys()],
		['id', ...new Set(wanted)],
		(id, { reason, remedy }) => close(batch, id, fail('NOT_LOOKED_UP', reason, remedy)),
	);
	takePeople(batch, people);
	for (const [id, candidate] of batch.open) {
		if (!candidate.person)
			close(
				batch,
				id,
				fail(
					'PERSON_NOT_FOUND',
					`Marketo has no person ${id}`,
					'If the person was deleted or merged in the meantime, nothing has to be done',
				),
			);
	}
	refuseSharedMailboxes(batch);
}

/** What people hold, and whom they go by. */
export function takePeople(batch: Batch, people: Person[]): void {
	const { field } = twoWayOf(batch.definition).email;
	for (const person of people) {
		const candidate = batch.open.get(person.id);
		if (!candidate) continue;
		candidate.person = person;
		candidate.email = mailbox(person.values[field]);
		candidate.label =
			[person.values.firstName, person.values.lastName].filter(Boolean).join(' ') ||
			candidate.email ||
			candidate.label;
	}
}

/** Two people with one e-mail at the same moment: which of them is the row? Nobody is guessed at (R27). */
export function refuseSharedMailboxes(batch: Batch): void {
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
					`${ids.length} people in Marketo have this e-mail (IDs ${ids.join(', ')})`,
					'Merge them in Marketo, then choose Retry',
				),
			);
	}
}

export const MAILBOX_TAKEN = 'Another record with this e-mail is being written';

/** R24: at most one create per e-mail, pages of the sync included. */
export async function claimMailboxes(batch: Batch): Promise<void> {
	await claimOrWait(batch, (candidate) => emailKey(batch, candidate), MAILBOX_TAKEN);
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

/**
 * Rows that may be these people: by reserved or stored id, by e-mail, and what those were merged into. At most
 * three calls for all of them; more where something is not found by its id, was merged, or is refused.
 */
export async function findRows(batch: Batch): Promise<void> {
	batch.lookedAt = Math.min(batch.lookedAt, batch.ledger.clock.now());
	const rows = new RowsFound(batch);
	for (const { name: table } of batch.definition.tables) {
		await rows.byIds(
			table,
			[...batch.open.values()].flatMap((candidate) => knownIds(batch, candidate, table)),
			[...batch.open.values()].map((candidate) => carriedId(batch, candidate, table)),
		);
	}
	await rows.byMailboxes([...batch.open.values()].flatMap(({ email }) => email ?? []));
	await rows.mergedInto();
	for (const candidate of [...batch.open.values()]) {
		const ids = batch.definition.tables.flatMap(({ name: table }) =>
			knownIds(batch, candidate, table).map((id) => subjectOf(table, id)),
		);
		const { own, alike, refusal } = rows.of(ids, candidate.email);
		candidate.own = own;
		candidate.rows = [...new Set([...own, ...alike])];
		if (refusal)
			close(batch, candidate.action.person, fail('NOT_LOOKED_UP', refusal.reason, refusal.remedy));
	}
}

/** Ids that the person carries, that were reserved for it, or of rows that it had. */
function knownIds(batch: Batch, candidate: Candidate, table: DynamicsTable): string[] {
	const { reserved, gone } = candidate;
	const links = [...(reserved ? [reserved] : []), ...gone].filter((link) => link.table === table);
	const ids = [carriedId(batch, candidate, table), ...links.map((link) => link.dynamicsId)];
	return [...new Set(ids)].filter(isId);
}

/** A row that the person once had, by the id that it carries. */
export function carriedRow(
	batch: Batch,
	candidate: Candidate,
): { table: DynamicsTable; id: string } | undefined {
	return batch.definition.tables
		.map(({ name: table }) => ({ table, id: carriedId(batch, candidate, table) }))
		.find(({ id }) => isId(id));
}

function carriedId(batch: Batch, { person }: Candidate, table: DynamicsTable): string {
	return storedId(person?.values, tableOf(batch, table).definition.idField);
}

function isId(text: string): boolean {
	return /^[\da-f-]{36}$/.test(text);
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
