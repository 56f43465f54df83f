import { fingerprintOf } from '../fingerprint';
import { baseOf, known } from '../ledger/bases';
import { claimKey } from '../ledger/claims';
import { enqueue, needsHelp, parkedByEmail, wakeByEmail } from '../ledger/due';
import { basesOf, changeLink, noBases, putLink, type Link } from '../ledger/links';
import { dropPlans, dropPlansOf } from '../ledger/plans';
import { PERSON } from '../lanes/people';
import { readSubject } from '../ledger/subject';
import type { DynamicsTable, RecordItem } from '../items';
import { emailKeyOf, linkSubject, personEmail, rowSubject, type PageState } from './pageState';
import { EMAIL_FIELD, emailOf, mailboxKey } from './mailbox';

/** What is made at once settles within a lease, or is asked for again; until then a page leaves it alone. */
const RESERVED_LEASES = 2;

export type Match =
	| { do: 'pair'; link: Link; person: RecordItem }
	| { do: 'create'; link: Link }
	/** Parked, waiting or secondary: the row is accounted for. */
	| { do: 'done' };

/** Who is looking for whom in this page; built once. */
export interface Matcher {
	byEmail: Map<string, RecordItem[]>;
	byStoredId: Map<string, RecordItem[]>;
	/** E-mails for which several unlinked rows of one table came in. */
	rowsByEmail: Map<string, RecordItem[]>;
	creating: Set<string>;
	/** Rows that stand in each other's way by an e-mail, as far as they are known from before: `table:key`. */
	parked: Map<string, string[]>;
	/** Under which e-mail a row of this page stands in others' way. */
	parkedAs: Map<string, string>;
}

export async function matcher(state: PageState): Promise<Matcher> {
	const byEmail = new Map<string, RecordItem[]>();
	const byStoredId = new Map<string, RecordItem[]>();
	const push = (map: Map<string, RecordItem[]>, key: string, record: RecordItem) => {
		const list = map.get(key);
		if (list) list.push(record);
		else map.set(key, [record]);
	};
	for (const person of state.people.values()) {
		if (person.deleted || Object.keys(person.values).length === 0) continue;
		const email = personEmail(person);
		if (email) push(byEmail, email, person);
		for (const [table, field] of [
			['lead', state.fields.leadId],
			['contact', state.fields.contactId],
		] as const) {
			const id = String(person.values[field] ?? '').toLowerCase();
			if (id) push(byStoredId, `${table}:${id}`, person);
		}
	}
	const rowsByEmail = new Map<string, RecordItem[]>();
	for (const row of state.rows) {
		const email = emailOf(row);
		const link = state.links.get(rowSubject(row));
		if (email && !row.deleted && link?.state !== 'active')
			push(rowsByEmail, `${row.table}:${email}`, row);
	}
	return { byEmail, byStoredId, rowsByEmail, creating: new Set(), ...(await parkedRows(state)) };
}

async function parkedRows(state: PageState): Promise<Pick<Matcher, 'parked' | 'parkedAs'>> {
	const rows = await parkedByEmail(
		state.db,
		state.ref.lane,
		state.rows.map(rowSubject),
		state.rows.flatMap((row) => emailKeyOf(state, row) ?? []),
	);
	const parked = new Map<string, string[]>();
	const parkedAs = new Map<string, string>();
	for (const { subject, emailKey, code } of rows) {
		parkedAs.set(subject, emailKey);
		if (code !== 'twoRowsOneEmail') continue;
		const key = `${readSubject(subject).table}:${emailKey}`;
		parked.set(key, [...(parked.get(key) ?? []), subject]);
	}
	return { parked, parkedAs };
}

/**
 * A row has another e-mail than the one it was known by, or is gone: those that stood in its way by the
 * old one are looked at again.
 */
export async function wakeOthers(state: PageState, known: Matcher, row: RecordItem): Promise<void> {
	const subject = rowSubject(row);
	const now = row.deleted ? null : emailKeyOf(state, row);
	for (const before of new Set([known.parkedAs.get(subject), state.links.get(subject)?.emailKey])) {
		if (before && before !== now)
			await wakeByEmail(state.ledger, state.db, state.ref.lane, before, subject);
	}
}

/** A person has another e-mail: rows that stood in the way of its own by the old one are looked at again. */
export async function wakeAfterMove(state: PageState, person: RecordItem): Promise<void> {
	for (const { field, oldValue } of person.edits ?? []) {
		if (field === EMAIL_FIELD)
			await wakeByEmail(
				state.ledger,
				state.db,
				state.ref.lane,
				mailboxKey(state.ledger.key, oldValue),
				`person:${person.id}`,
			);
	}
}

/**
 * Finds the person of a Dynamics row that has none yet (R26, R27): by the id stored on the person, else
 * by e-mail. What is ambiguous needs help; nobody is guessed at.
 */
export async function matchRow(state: PageState, known: Matcher, row: RecordItem): Promise<Match> {
	const subject = rowSubject(row);
	const email = emailOf(row);
	const link = state.links.get(subject);
	if (isReserved(state, link)) return await afterReservation(state, row);
	const stored = known.byStoredId.get(subject) ?? [];
	if (stored.length > 1) {
		return await park(
			state,
			row,
			'twoPeopleOneId',
			`${stored.length} people in Marketo carry this record's id (${names(stored)})`,
			'Merge them in Marketo, or clear the id on all but one, then choose Retry',
		);
	}
	let person =
		stored[0] ?? (link?.state === 'reserved' ? state.people.get(link.marketoId!) : undefined);
	if (!person && email) {
		const twins = known.rowsByEmail.get(`${row.table}:${email}`) ?? [];
		if (twins.length > 1) {
			return await park(
				state,
				row,
				'twoRowsOneEmail',
				`${twins.length} ${row.table}s in Dynamics have this e-mail (${names(twins)})`,
				'Merge them in Dynamics, or correct the e-mail of one; the next edit is taken up by itself',
			);
		}
		const others = (known.parked.get(`${row.table}:${emailKeyOf(state, row)!}`) ?? []).filter(
			(other) => other !== subject && !state.came.has(other),
		);
		if (others.length > 0) {
			// They are looked at together; whoever has another e-mail by now is out of the way.
			for (const one of [subject, ...others]) {
				await enqueue(state.ledger, state.db, {
					subject: one,
					dueAt: state.now,
					code: 'sameEmail',
					reason: 'Looked at together with another record of this e-mail',
					lane: state.ref.lane,
					run: state.ref.run,
				});
			}
			return { do: 'done' };
		}
		const people = known.byEmail.get(email) ?? [];
		if (people.length > 1) {
			return await park(
				state,
				row,
				'twoPeopleOneEmail',
				`${people.length} people in Marketo have this e-mail (ids ${people.map((one) => one.id).join(', ')})`,
				'Merge them in Marketo, then choose Retry',
			);
		}
		person = people[0];
	}
	if (!person) return await create(state, known, row, link, email);
	if (isReserved(state, state.reserved.get(person.id))) return await afterReservation(state, row);
	const partner = state.partners.get(person.id);
	if (partner && linkSubject(partner) !== subject) {
		if (partner.table === row.table) {
			return await park(
				state,
				row,
				'twoRowsOneEmail',
				`The person ${person.label} (${person.id}) already belongs to another ${row.table} in Dynamics (${partner.dynamicsId})`,
				'Merge the two in Dynamics, or correct the e-mail of one; the next edit is taken up by itself',
			);
		}
		if (partner.table === 'contact') return await secondary(state, row, link, person, partner);
		await becomeSecondary(state, partner, row.table as DynamicsTable, row.id);
	}
	if (link?.state === 'secondary') forgetOthersValues(state, link, person);
	const paired = await saveLink(state, row, link, { state: 'active', marketoId: person.id });
	state.partners.set(person.id, paired);
	state.counts.linked++;
	return { do: 'pair', link: paired, person };
}

/** R20: a row is being made for a person at this moment; whoever makes it links the two. */
function isReserved(state: PageState, link: Link | undefined): boolean {
	return (
		link?.state === 'reserved' &&
		link.updatedAt + RESERVED_LEASES * state.ledger.timing.lease > state.now
	);
}

async function afterReservation(state: PageState, row: RecordItem): Promise<Match> {
	const dueAt = state.now + state.ledger.timing.lease;
	await enqueue(state.ledger, state.db, {
		subject: rowSubject(row),
		dueAt,
		code: 'reserved',
		reason: 'The row is being made for a person',
		lane: state.ref.lane,
		run: state.ref.run,
		label: row.label,
	});
	return { do: 'done' };
}

async function create(
	state: PageState,
	known: Matcher,
	row: RecordItem,
	link: Link | undefined,
	email: string | null,
): Promise<Match> {
	const subject = rowSubject(row);
	const unanswered = (link && state.plans.get(link.id))?.find(
		(plan) => plan.operation === 'create',
	);
	const judgedAt = unanswered
		? (unanswered.overAt ?? unanswered.createdAt) + state.ledger.timing.unansweredGrace
		: 0;
	if (unanswered && judgedAt > state.readAt.marketo) {
		await enqueue(state.ledger, state.db, {
			subject,
			dueAt: judgedAt,
			code: 'unanswered',
			reason: 'Waiting to see whether the person was made',
			lane: state.ref.lane,
			run: state.ref.run,
			label: row.label,
		});
		return { do: 'done' };
	}
	const key = email ? `email:${emailKeyOf(state, row)}` : `id:${subject}`;
	if (known.creating.has(key) || !(await claimKey(state.ledger, state.db, key, subject))) {
		const later = {
			subject,
			dueAt: state.now + 1,
			code: 'sameEmail',
			reason: 'Another record with this e-mail is being written',
			lane: state.ref.lane,
			run: state.ref.run,
			label: row.label,
		};
		await enqueue(state.ledger, state.db, later);
		return { do: 'done' };
	}
	known.creating.add(key);
	if (unanswered) await dropPlans(state.db, [unanswered.id]);
	const made = await saveLink(state, row, link, { state: 'creating', marketoId: null });
	state.counts.created++;
	return { do: 'create', link: made };
}

async function park(
	state: PageState,
	row: RecordItem,
	code: string,
	reason: string,
	remedy: string,
): Promise<Match> {
	const subject = rowSubject(row);
	const help = {
		subject,
		code,
		reason,
		remedy,
		lane: state.ref.lane,
		run: state.ref.run,
		label: row.label,
		emailKey: emailKeyOf(state, row),
	};
	if (await needsHelp(state.ledger, state.db, help)) state.counts.needHelp++;
	return { do: 'done' };
}

async function secondary(
	state: PageState,
	row: RecordItem,
	link: Link | undefined,
	person: RecordItem,
	partner: Link,
): Promise<Match> {
	await saveLink(state, row, link, { state: 'secondary', marketoId: person.id });
	await tellSecondary(
		state,
		rowSubject(row),
		row.label,
		partner.dynamicsId,
		emailKeyOf(state, row),
	);
	return { do: 'done' };
}

async function becomeSecondary(state: PageState, partner: Link, table: DynamicsTable, id: string) {
	await changeLink(state.db, partner, { state: 'secondary', updatedAt: state.now });
	await dropPlansOf(state.db, partner.id, ['planned', 'unknown', 'echo']);
	await tellSecondary(state, linkSubject(partner), '', `${table} ${id}`, partner.emailKey);
}

async function tellSecondary(
	state: PageState,
	subject: string,
	label: string,
	partner: string,
	emailKey: string | null,
) {
	const help = {
		subject,
		code: 'secondary',
		reason: `A contact with the same e-mail (${partner}) is this person's partner; this lead's values do not flow`,
		remedy: 'Qualify or merge the lead in Dynamics, or correct its e-mail',
		lane: state.ref.lane,
		run: state.ref.run,
		label,
		emailKey,
	};
	if (await needsHelp(state.ledger, state.db, help)) state.counts.needHelp++;
}

/**
 * R28: while another row was the person's partner, its values came to the person. What was last compared with
 * this row holds only where the person still has it; elsewhere the two meet anew.
 */
function forgetOthersValues(state: PageState, link: Link, person: RecordItem): void {
	const before = {
		dynamics: basesOf(state.ledger, link, 'dynamics'),
		marketo: basesOf(state.ledger, link, 'marketo'),
	};
	const kept = noBases();
	for (const { row, field } of state.live[link.table]) {
		const base = baseOf(before.marketo, row.field);
		if (base?.hash !== fingerprintOf(state.ledger.key, field, 'marketo', person.values[row.field]))
			continue;
		kept.marketo.set(row.field, known(base.hash));
		const own = baseOf(before.dynamics, row.column);
		if (own) kept.dynamics.set(row.column, own);
	}
	link.bases = kept;
}

/** Makes or changes a row's link. Another partner starts with unset bases (R28). */
async function saveLink(
	state: PageState,
	row: RecordItem,
	link: Link | undefined,
	to: Pick<Link, 'state' | 'marketoId'>,
): Promise<Link> {
	const isSamePartner = link?.marketoId === to.marketoId;
	const values = {
		...to,
		version: row.version ?? null,
		emailKey: emailKeyOf(state, row),
		bases: link && isSamePartner ? link.bases : noBases(),
		wrote: {},
		keyId: state.ledger.key.id,
		generation: state.generations.get(row.table) ?? link?.generation ?? 0,
		updatedAt: state.now,
	};
	const saved = await putLink(
		state.db,
		link,
		{ lane: state.ref.lane, table: row.table as DynamicsTable, dynamicsId: row.id, object: PERSON },
		values,
	);
	state.links.set(rowSubject(row), saved);
	return saved;
}

function names(records: RecordItem[]): string {
	return records
		.slice(0, 5)
		.map((record) => `${record.label} ${record.id}`)
		.join('; ');
}
