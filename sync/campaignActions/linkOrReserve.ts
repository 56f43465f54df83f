import type { DynamicsTable } from '../items';
import { fingerprintOf } from '../fingerprint';
import { known, LOST, seen } from '../ledger/bases';
import { dueOfSubjects, enqueue } from '../ledger/due';
import {
	changeLink,
	dropLink,
	linkOfRow,
	linksOfKeys,
	linksOfPeople,
	linksOfRows,
	noBases,
	putLink,
	type Link,
	type LinkState,
} from '../ledger/links';
import type { Db } from '../ledger/schema';
import { EMAIL_COLUMN, PEOPLE, PERSON } from '../lanes/people';
import { agree } from '../page/decide';
import { mailboxKey } from '../page/emailKey';
import { newRecord } from '../page/newRecord';
import { isReserved } from '../page/reserved';
import { isInactive } from '../page/standing';
import { tableOf } from '../page/tables';
import { linkSubject } from '../ledger/subject';
import type { DynamicsRow } from '../ports';
import type { Raw } from '../values';
import {
	close,
	closeAll,
	done,
	fail,
	linkedAlready,
	OVER,
	SOON_MS,
	wait,
	type Batch,
	type Candidate,
	type Result,
} from './batch';
import { carriedRow, keepClaims, MAILBOX_TAKEN } from './findRows';
import { rowIdFor } from './rowId';

/**
 * Decides for all people in one ledger transaction, which pages of the sync take turns with: linked
 * meanwhile, to be linked with a row that is there, ambiguous, or to be made under a reserved id (R20).
 */
export async function linkOrReserve(batch: Batch): Promise<void> {
	// Kept by its port, and asked for earlier in this batch: no call.
	const { organization } = await batch.dynamics.whoAmI();
	await batch.ledger.db.transaction().execute(async (db) => {
		if (!(await batch.by.mayGo(db))) return closeAll(batch, wait(OVER, SOON_MS));
		const others = await reservedFor(batch, db);
		for (const [id, candidate] of [...batch.open]) {
			const result = await chooseOne(batch, db, candidate, organization, others);
			if (result) close(batch, id, result);
		}
	});
}

/**
 * R24: rows that are being made for these e-mails. One that was not answered may still arrive, and its claim is given
 * back by then.
 */
async function reservedFor({ ledger, open }: Batch, db: Db): Promise<Link[]> {
	const keys = [...open.values()].flatMap(({ email }) => mailboxKey(ledger.key, email) ?? []);
	const now = ledger.clock.now();
	return (await linksOfKeys(db, PEOPLE, keys)).filter((link) => isReserved({ ledger, now }, link));
}

/** Null: a row is to be made. */
async function chooseOne(
	batch: Batch,
	db: Db,
	candidate: Candidate,
	organization: string,
	others: Link[],
): Promise<Result | null> {
	const { person } = candidate.action;
	const [partner] = await linksOfPeople(db, PEOPLE, [person], ['active']);
	if (partner) return linkedAlready(candidate, partner);
	// Whoever was held up since may have lost the person to somebody who has reserved an id meanwhile.
	if (!(await keepClaims(batch, db, candidate)))
		return wait('Another execution is working on this person', SOON_MS);
	candidate.reserved = (await linksOfPeople(db, PEOPLE, [person], ['reserved']))[0] ?? null;
	const own =
		candidate.reserved && candidate.rows.find((row) => row.id === candidate.reserved!.dynamicsId);
	if (own) return await link(batch, db, candidate, own, 'created', `The ${own.table} was created`);
	const row = pick(batch, candidate);
	if (row && 'outcome' in row) return row;
	if (row) {
		if (candidate.reserved) await dropLink(db, candidate.reserved, 'reserved');
		return await link(
			batch,
			db,
			candidate,
			row,
			'linked',
			`The ${row.table} already existed and is now linked; nothing was created`,
		);
	}
	const key = mailboxKey(batch.ledger.key, candidate.email);
	if (key && others.some(({ emailKey, marketoId }) => emailKey === key && marketoId !== person))
		return wait(MAILBOX_TAKEN, batch.ledger.timing.lease);
	const gone = !candidate.reserved && !batch.by.isAsked && carriedRow(batch, candidate);
	if (gone) return staysGone(gone);
	candidate.reserved ??= await reserve(batch, db, candidate, organization);
	// Pages leave the person alone from now on, for as long as making a row may take.
	await changeLink(db, candidate.reserved, {
		updatedAt: batch.ledger.clock.now(),
		bases: withSent(batch, candidate, candidate.reserved),
	});
	return null;
}

/** R59: also where no link tells so (any more): it was unlinked with the delete, or the ledger is a younger one. */
function staysGone({ table, id }: { table: DynamicsTable; id: string }): Result {
	return {
		outcome: 'exists',
		dynamicsTable: table,
		dynamicsId: id,
		errorCode: '',
		reason: `The person had the ${table} ${id}, which is gone; another one is created only when a campaign asks for it`,
		remedy: '',
	};
}

/**
 * R21: the row will hold what it is made with, and nobody may ever see the answer. Of these fields the bases are lost
 * rather than unset (R15): where one side is empty by then, somebody has emptied it.
 */
function withSent(
	batch: Batch,
	{ person }: Candidate,
	{ table, bases: { dynamics, marketo } }: Link,
): Link['bases'] {
	const { sent } = newRecord(tableOf(batch, table).live, 'dynamics', person?.values ?? {});
	const lost = [...sent.values()].map(({ live }) => [live.row.field, LOST] as const);
	return { dynamics, marketo: new Map([...marketo, ...lost]) };
}

/** The one row that is this person; an inactive one where no active one is, and where it is the only one (R49). */
function pick(batch: Batch, candidate: Candidate): DynamicsRow | Result | null {
	const [active, inactive] = [false, true].map((isIdle) =>
		candidate.rows.filter((row) => isInactive(batch, row) === isIdle),
	) as [DynamicsRow[], DynamicsRow[]];
	if (active.length > 0) return pickAmong(batch, candidate, active);
	const one = pickAmong(batch, candidate, inactive);
	return one && 'outcome' in one ? null : one;
}

/** By stored id, else by e-mail, a contact before a lead (R26, R27). */
function pickAmong(
	batch: Batch,
	candidate: Candidate,
	rows: DynamicsRow[],
): DynamicsRow | Result | null {
	for (const { name: table } of batch.definition.tables) {
		const stored = rows.find((row) => row.table === table && candidate.own.includes(row));
		if (stored) return stored;
	}
	for (const { name: table } of batch.definition.tables) {
		const alike = rows.filter((row) => row.table === table);
		if (alike.length > 1) {
			const names = alike
				.slice(0, 5)
				.map((row) => row.id)
				.join(', ');
			return fail(
				'AMBIGUOUS',
				`${alike.length} ${table}s in Dynamics have this e-mail (${names})`,
				'Merge them in Dynamics, or correct the e-mail of all but one, then choose Retry',
			);
		}
	}
	return rows.find((row) => row.table === 'contact') ?? rows[0] ?? null;
}

/** The row is this person's, unless it is somebody else's. Its values flow with the next page, as at any first contact. */
async function link(
	batch: Batch,
	db: Db,
	candidate: Candidate,
	row: DynamicsRow,
	outcome: 'created' | 'linked',
	reason: string,
): Promise<Result> {
	const before = await linkOfRow(db, PEOPLE, row.table, row.id);
	const mine = before?.marketoId === candidate.action.person;
	if (before?.state === 'goneInDynamics' || (before?.state === 'secondary' && mine))
		return await pageFirst(batch, db, candidate, before);
	if (before?.state === 'apart')
		return fail(
			'UNLINKED',
			`The ${row.table} ${row.id} has this ID or e-mail, but somebody unlinked it, so the sync does not link it by itself`,
			'If the two belong together, choose Link by Hand in the Marketo Dynamics Sync node; otherwise correct the e-mail address of one of them. Then choose Retry',
		);
	if (before && !mine) {
		if (before.state === 'creating' || before.state === 'reserved')
			return (
				(await stuck(db, before)) ??
				wait('The sync is working on the Dynamics record with this e-mail', SOON_MS)
			);
		if (['active', 'secondary', 'leftOut'].includes(before.state)) {
			return fail(
				'BELONGS_TO_ANOTHER',
				`The ${row.table} ${row.id} with this e-mail belongs to another person in Marketo (${before.marketoId})`,
				'Merge the two people in Marketo, then choose Retry',
			);
		}
	}
	const own = before?.state === 'reserved' ? before : undefined;
	const saved = await saveLink(
		batch,
		db,
		candidate,
		row.table,
		row.id,
		{
			state: 'active',
			version: row.version,
			email: row.values[EMAIL_COLUMN] as string | null,
			bases: asMet(batch, row.table, row.values, candidate.person?.values, own?.bases),
		},
		before,
	);
	candidate.linked = {
		link: saved,
		createdOn: (row.values.createdon as string | undefined) ?? null,
	};
	await lookAtBoth(batch, db, saved, candidate.label);
	return done(outcome, saved, reason);
}

/**
 * R28, R29: a row that was restored, or stood behind another one of its person, goes on with what was known of it. Whose
 * it is by now and what was edited since, the next page of the sync says.
 */
async function pageFirst(batch: Batch, db: Db, candidate: Candidate, link: Link): Promise<Result> {
	const needsHelp = await stuck(db, link);
	if (needsHelp) return needsHelp;
	const reason = 'The sync has to look at the Dynamics record first';
	await lookAtRow(batch, db, link, candidate.label, 'askedFor', reason);
	return wait(reason, SOON_MS);
}

/** The sync has given the row up until somebody helps: nobody waits for that. */
async function stuck(db: Db, link: Link): Promise<Result | undefined> {
	const help = (await dueOfSubjects(db, PEOPLE, [linkSubject(link)])).find(
		// Behind whom it stood is gone.
		({ state, code }) => state === 'help' && code !== 'secondary',
	);
	return (
		help &&
		fail(
			'NEEDS_HELP',
			`The ${link.table} ${link.dynamicsId} with this e-mail needs help itself: ${help.reason}`,
			help.remedy,
		)
	);
}

/** The next page of the sync compares the two, as at any first contact. */
export async function lookAtBoth(batch: Batch, db: Db, link: Link, label: string): Promise<void> {
	await lookAtRow(batch, db, link, label, 'linked', 'Linked by Sync Person to Dynamics');
}

async function lookAtRow(
	{ ledger, by }: Batch,
	db: Db,
	link: Link,
	label: string,
	code: string,
	reason: string,
): Promise<void> {
	await enqueue(ledger, db, {
		lane: PEOPLE,
		subject: linkSubject(link),
		dueAt: ledger.clock.now(),
		code,
		reason,
		run: by.run,
		label,
	});
}

async function reserve(
	batch: Batch,
	db: Db,
	candidate: Candidate,
	organization: string,
): Promise<Link> {
	const { subscription } = batch.marketo;
	const { person, syncAs } = candidate.action;
	const dead = (await linksOfPeople(db, PEOPLE, [person], ['goneInDynamics'])).filter(
		({ table }) => table === syncAs,
	);
	for (let ordinal = dead.length; ; ordinal++) {
		const id = rowIdFor(organization, subscription, person, syncAs, ordinal);
		if ((await linksOfRows(db, PEOPLE, [id])).length === 0)
			return await saveLink(batch, db, candidate, syncAs, id, {
				state: 'reserved',
				version: null,
				email: candidate.email,
			});
	}
}

/**
 * What both are known to hold as they meet. Where they agree that is a base (R26); elsewhere the row's value is kept as
 * seen: without it, nobody could tell a user's edit of a row whose person is deleted before the next page.
 * @param reserved what an earlier try has left of the row that it was to make (R21)
 */
export function asMet(
	batch: Batch,
	table: DynamicsTable,
	row: Readonly<Record<string, Raw>>,
	person: Readonly<Record<string, Raw>> = {},
	reserved = noBases(),
): Link['bases'] {
	const { key } = batch.ledger;
	const bases = { ...noBases(), marketo: new Map(reserved.marketo) };
	for (const live of tableOf(batch, table).live) {
		const [dynamics, marketo] = [row[live.row.column], person[live.row.field]];
		if (dynamics === undefined) continue;
		const there = fingerprintOf(key, live.column, 'dynamics', dynamics);
		const isAgreed =
			marketo !== undefined &&
			agree({ ...live, dynamics: { value: dynamics }, marketo: { value: marketo } });
		bases.dynamics.set(live.row.column, isAgreed ? known(there) : seen(there));
		if (isAgreed)
			bases.marketo.set(live.row.field, known(fingerprintOf(key, live.field, 'marketo', marketo)));
	}
	return bases;
}

async function saveLink(
	batch: Batch,
	db: Db,
	candidate: Candidate,
	table: DynamicsTable,
	id: string,
	to: { state: LinkState; version: string | null; email: string | null; bases?: Link['bases'] },
	before?: Link,
): Promise<Link> {
	const { ledger } = batch;
	return await putLink(
		db,
		before,
		{ lane: PEOPLE, table, dynamicsId: id, object: PERSON },
		{
			marketoId: candidate.action.person,
			state: to.state,
			version: to.version,
			emailKey: mailboxKey(ledger.key, to.email),
			bases: to.bases ?? noBases(),
			wrote: {},
			keyId: ledger.key.id,
			generation: before?.generation ?? 0,
			edition: batch.edition.number,
			updatedAt: ledger.clock.now(),
		},
	);
}
