import { convert } from '../convert';
import { fingerprintOf, type Fingerprint } from '../fingerprint';
import { baseOf, known, LOST, seen } from '../ledger/bases';
import { claimKey } from '../ledger/claims';
import { parkedByEmail, wakeByEmail } from '../ledger/help';
import { rememberOutcome } from '../ledger/history';
import { basesOf, linkOfRow, noBases, putLink, type Link } from '../ledger/links';
import { dropPlans } from '../ledger/plans';
import { twoWayOf } from '../lanes/definition';
import { linkSubject, readSubject, recordSubject, subjectOf } from '../ledger/subject';
import type { RecordItem, Side } from '../items';
import { isAboutToBeGiven } from './addresses';
import { account, DONE, NO_PERSON, type Fate } from './accounts';
import { becomeSecondary, behind, dropWrites, isBefore, twinOf } from './behind';
import { emailOf, mailbox, mailboxKey } from './emailKey';
import { goOnWithNotKept, logRefusedBefore, wakeWaiting } from './refusedField';
import { wantsSomebody } from './comeBack';
import { createOnItsWay, unansweredCreate } from './gone';
import { storedId } from './linkFields';
import { emailKeyOf, hasValues, type Page } from './page';
import { mergeIntoTwin, settleMerge } from './mergeRows';
import { qualifiedAs } from './qualified';
import { isReserved } from './reserved';
import { isInactive, masterOf, noteSeen, type Merged } from './standing';
import type { Column, Raw } from '../values';
import { agree } from './decide';
import { tableOf, type LiveRow } from './tables';

export type Match =
	| { do: 'pair'; link: Link; person: RecordItem }
	| { do: 'create'; link: Link }
	/** Parked, waiting or secondary. */
	| Fate;

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

/** Who of the page may be whose partner. */
export async function matcherOf(page: Page): Promise<Matcher> {
	const { field } = twoWayOf(page.definition).email;
	const byEmail = new Map<string, RecordItem[]>();
	const byStoredId = new Map<string, RecordItem[]>();
	const push = (map: Map<string, RecordItem[]>, key: string, record: RecordItem) => {
		const list = map.get(key);
		if (list) list.push(record);
		else map.set(key, [record]);
	};
	for (const person of page.people.values()) {
		if (person.deleted || !hasValues(person)) continue;
		const email = mailbox(person.values[field]);
		if (email) push(byEmail, email, person);
		for (const { name, idField } of page.definition.tables) {
			const id = storedId(person.values, idField);
			if (id) push(byStoredId, subjectOf(name, id), person);
		}
	}
	const { parked, parkedAs } = await parkedRows(page);
	const rowsByEmail = new Map<string, RecordItem[]>();
	for (const row of page.rows) {
		const email = emailOf(page.definition, row);
		if (!email || row.deleted || row.leftOut) continue;
		if (hasOtherEmail(page, byStoredId, row, email)) continue;
		if (await looksForSomebody(page, parkedAs, row))
			push(rowsByEmail, `${row.table}:${email}`, row);
	}
	return { byEmail, byStoredId, rowsByEmail, creating: new Set(), parked, parkedAs };
}

/** R27: whose person is known, and has another e-mail, stands in nobody's way by its own. */
function hasOtherEmail(
	page: Page,
	byStoredId: Matcher['byStoredId'],
	row: RecordItem,
	email: string,
): boolean {
	const link = page.known.links.get(recordSubject(row));
	const [person, other] = byStoredId.get(recordSubject(row)) ?? [link && keptFor(page, link, row)];
	if (!person || other || !hasValues(person)) return false;
	return mailbox(person.values[twoWayOf(page.definition).email.field]) !== email;
}

/** R29: one whose person was deleted stands in nobody's way, for as long as it wants nobody. */
async function looksForSomebody(
	page: Page,
	parkedAs: Matcher['parkedAs'],
	row: RecordItem,
): Promise<boolean> {
	const link = page.known.links.get(recordSubject(row));
	if (link?.state === 'goneInMarketo') return await wantsSomebody(page, parkedAs, link, row);
	return link?.state !== 'active' && link?.state !== 'apart' && !twinBefore(page, row);
}

async function parkedRows(page: Page): Promise<Pick<Matcher, 'parked' | 'parkedAs'>> {
	const rows = await parkedByEmail(
		page.db,
		page.ref.lane,
		page.rows.map(recordSubject),
		page.rows.flatMap((row) => emailKeyOf(page, row) ?? []),
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
 * A row has another e-mail than the one it was known by, or is gone, left out or inactive: those that stood in its way by the
 * old one are looked at again.
 */
export async function wakeOthers(page: Page, matcher: Matcher, row: RecordItem): Promise<void> {
	const subject = recordSubject(row);
	const isAside = row.deleted || row.leftOut || isInactive(page, row);
	const now = isAside ? null : emailKeyOf(page, row);
	for (const before of new Set([
		matcher.parkedAs.get(subject),
		page.known.links.get(subject)?.emailKey,
	])) {
		if (before && before !== now)
			await wakeByEmail(page.ledger, page.db, page.ref.lane, before, subject);
	}
}

/**
 * A person has another e-mail: rows that stood in the way of its own by the old one are looked at again. So are
 * those for which there were two people, once these are one.
 */
export async function wakeAfterMove(page: Page, person: RecordItem): Promise<void> {
	const email = twoWayOf(page.definition).email.field;
	const survivor = person.mergedInto && page.people.get(person.mergedInto);
	if (survivor)
		await wakeByEmail(
			page.ledger,
			page.db,
			page.ref.lane,
			mailboxKey(page.ledger.key, survivor.values[email]),
			recordSubject(person),
		);
	if (person.deleted || person.edits?.some(({ field }) => field === email))
		await wakeWaiting(page.ledger, page.db, page.ref, person.id);
	for (const { field, oldValue } of person.edits ?? []) {
		if (field === email)
			await wakeByEmail(
				page.ledger,
				page.db,
				page.ref.lane,
				mailboxKey(page.ledger.key, oldValue),
				recordSubject(person),
			);
	}
}

/**
 * Finds the person of a Dynamics row that has none yet (R26, R27): by the id stored on the person, else
 * by e-mail. What is ambiguous needs help; nobody is guessed at.
 */
export async function matchRow(page: Page, matcher: Matcher, row: RecordItem): Promise<Match> {
	const subject = recordSubject(row);
	const email = emailOf(page.definition, row);
	const link = page.known.links.get(subject);
	if (isReserved(page, link)) return afterReservation(page);
	// A person has unlinked it, and nobody has said otherwise since.
	if (link?.state === 'apart') return await stepAside(page, row, link);
	const isIdle = isInactive(page, row);
	// Whoever was merged has nobody: the row that stays speaks for both.
	if (masterOf(page, row) && link?.state !== 'creating') {
		if (link) await settleMerge(page, link);
		return await stepAside(page, row, link);
	}
	// What a qualified lead had belongs to its contact; R29: also where somebody has deleted it there.
	const contact = qualifiedAs(page.definition, row);
	const itsState = contact !== null && page.known.links.get(contact)?.state;
	const hasBecome = itsState === 'active' || itsState === 'goneInMarketo';
	if (hasBecome && link?.state === 'unlinked') return await stepAside(page, row, link);
	const twin = twinBefore(page, row);
	if (link && twin) {
		await noteSeen(page, link, row);
		return await mergeIntoTwin(page, link, row, twin);
	}
	const stored = matcher.byStoredId.get(subject) ?? [];
	if (stored.length > 1) {
		return park(
			page,
			row,
			'twoPeopleOneId',
			`${stored.length} people in Marketo carry this record's ID (${names(stored)})`,
			'Merge them in Marketo, or clear the ID on all but one, then choose Retry',
		);
	}
	let person = stored[0] ?? (link && keptFor(page, link, row));
	if (!person && email) {
		const all = matcher.rowsByEmail.get(`${row.table}:${email}`) ?? [];
		if (isIdle && all.length > 1) return await stepAside(page, row, link);
		const twins = all.filter((one) => one === row || !isInactive(page, one));
		if (twins.length > 1) {
			return park(
				page,
				row,
				'twoRowsOneEmail',
				`${twins.length} ${row.table}s in Dynamics have this e-mail (${names(twins)})`,
				'Merge them in Dynamics, or correct the e-mail of one; the next edit is synced by itself',
			);
		}
		const others = (matcher.parked.get(`${row.table}:${emailKeyOf(page, row)!}`) ?? []).filter(
			(other) => other !== subject && !page.came.has(other),
		);
		if (others.length > 0 && isIdle) return await stepAside(page, row, link);
		if (others.length > 0) {
			// They are looked at together; whoever has another e-mail by now is out of the way.
			const fate = waitUntil(
				page.now,
				'sameEmail',
				'Compared together with another record with this e-mail',
			);
			for (const one of others) await account(page, one, undefined, fate);
			return fate;
		}
		const people = matcher.byEmail.get(email) ?? [];
		if (people.length > 1 && isIdle) return await stepAside(page, row, link);
		if (people.length > 1) {
			return park(
				page,
				row,
				'twoPeopleOneEmail',
				`${people.length} people in Marketo have this e-mail (IDs ${people.map((one) => one.id).join(', ')})`,
				'Merge them in Marketo, then choose Retry',
			);
		}
		person = people[0];
	}
	// Nor does it get somebody whom nobody else wants: one who met it before would have been parted from it (R28).
	const isNobodys = !person || (!link && !page.known.partners.has(person.id));
	if (hasBecome && isNobodys) return await stepAside(page, row, link);
	if (!person) return await create(page, matcher, row, link, email);
	if (isReserved(page, page.known.reserved.get(person.id))) return afterReservation(page);
	const madeForAnother = await isMadeForAnother(page, row, person);
	if (madeForAnother) return madeForAnother;
	const partner = page.known.partners.get(person.id);
	const hadAnother = link !== undefined && belongedToAnother(page, link);
	let bases: Link['bases'] | undefined;
	if (partner && linkSubject(partner) !== subject) {
		if (isIdle) return await stepAside(page, row, link, person);
		if (partner.isInactive) {
			bases = basesOfMerged(page, partner, row);
		} else if (partner.table === row.table) {
			return park(
				page,
				row,
				'twoRowsOneEmail',
				`The person ${person.label} (${person.id}) already belongs to another ${row.table} in Dynamics (${partner.dynamicsId})`,
				'Merge the two in Dynamics, or correct the e-mail of one; the next edit is synced by itself',
			);
		}
		if (!partner.isInactive && isBefore(page, partner.table, row.table)) {
			await standBehind(page, row, link, person);
			return behind(partner.dynamicsId, emailKeyOf(page, row));
		}
		await becomeSecondary(page, partner);
	}
	if (link && hadAnother) forgetOthersValues(page, link, row, person);
	const wasCreating = link?.state === 'creating';
	const paired = await saveLink(page, row, link, {
		state: 'active',
		marketoId: person.id,
		...(bases ? { bases } : {}),
	});
	page.known.partners.set(person.id, paired);
	if (wasCreating) await logRefusedBefore(page.db, paired);
	page.out.counts.linked++;
	return { do: 'pair', link: paired, person };
}

/** R21: a person who carries the id of a row whose create has no answer yet is that row's, whoever has the e-mail by now. */
async function isMadeForAnother(
	page: Page,
	row: RecordItem,
	person: RecordItem,
): Promise<Fate | null> {
	for (const { name, idField } of page.definition.tables) {
		const id = storedId(person.values, idField);
		if (!id || subjectOf(name, id) === recordSubject(row)) continue;
		const other =
			page.known.links.get(subjectOf(name, id)) ??
			(await linkOfRow(page.db, page.ref.lane, name, id));
		if (other?.state !== 'creating') continue;
		return waitUntil(
			page.now + page.ledger.timing.unansweredGrace,
			'sameEmail',
			'Another record with this e-mail is being written',
		);
	}
	return null;
}

/** R49: an inactive row, or one that was merged, is in nobody's way and needs nobody. */
async function stepAside(
	page: Page,
	row: RecordItem,
	link: Link | undefined,
	person?: RecordItem,
): Promise<Fate> {
	if (person) await standBehind(page, row, link, person);
	else if (link) {
		const onItsWay = createOnItsWay(page, link);
		if (onItsWay) return onItsWay;
		await noteNotMade(page, link);
		await noteSeen(page, link, row);
	}
	return DONE;
}

/** R15, R21: the time of a create without an answer is over, and nobody carries the row's id. */
async function noteNotMade({ db, known }: Page, link: Link): Promise<void> {
	const unanswered = unansweredCreate(known, link);
	if (!unanswered) return;
	await rememberOutcome(db, [unanswered.id], 'not arrived');
	await dropPlans(db, [unanswered.id]);
}

/** Another row is its person's partner. */
async function standBehind(
	page: Page,
	row: RecordItem,
	link: Link | undefined,
	person: RecordItem,
): Promise<void> {
	const stands = await saveLink(page, row, link, { state: 'secondary', marketoId: person.id });
	if (page.known.plans.has(stands.id)) await dropWrites(page, stands);
}

/** R28, R49: the person of a row that was merged in Dynamics, or of a lead that was qualified, goes to the row that stays. */
export async function handOn(page: Page, { from, into }: Merged): Promise<void> {
	const isQualified = from.table !== into.table;
	const bases = isQualified ? agreedBefore(page, from, into) : basesOfMerged(page, from, into);
	await becomeSecondary(page, from);
	const link = await saveLink(page, into, page.known.links.get(recordSubject(into)), {
		state: 'active',
		marketoId: from.marketoId,
		...(bases ? { bases } : {}),
	});
	page.known.partners.set(from.marketoId!, link);
}

/**
 * R28: what was known of the row before holds where the row in its place has that value, or what it has become, unless a rule has let that one
 * differ from its person: there its users have left alone what the users of this one have never met.
 */
function basesOfMerged(page: Page, from: Link, row: RecordItem): Link['bases'] | undefined {
	if (from.table !== row.table) return undefined;
	const kept = noBases();
	const merged = page.rows.find((one) => recordSubject(one) === linkSubject(from));
	const { live: rows, mapping } = tableOf(page, row.table);
	for (const live of rows) {
		const { column, field, onlyOnCreate, empty = mapping.emptyValues } = live.row;
		const own = baseOf(basesOf(page.ledger, from, 'dynamics'), column);
		const others = baseOf(basesOf(page.ledger, from, 'marketo'), field);
		const value = row.values[column];
		if (!own || !others || value === undefined) continue;
		const print = (raw: Raw) => fingerprintOf(page.ledger.key, live.column, 'dynamics', raw);
		// What somebody has edited in the merged one is said by the other one, too.
		const isSaid = merged && print(merged.values[column] ?? null) === print(value);
		if (own.hash !== print(value) && !isSaid) continue;
		if ((onlyOnCreate || empty !== 'copy') && !isAgreedAt(page, from, live, value, others.hash))
			continue;
		kept.dynamics.set(column, known(own.hash));
		kept.marketo.set(field, known(others.hash));
	}
	return kept;
}

/** R28: what was agreed with a lead's person holds for its contact where that has the same value. */
function agreedBefore(page: Page, from: Link, row: RecordItem): Link['bases'] {
	const kept = noBases();
	const before = basesOf(page.ledger, from, 'marketo');
	for (const live of tableOf(page, row.table).live) {
		const { column, field } = live.row;
		const base = baseOf(before, field);
		const value = row.values[column];
		if (!base || value === undefined || !isAgreedAt(page, from, live, value, base.hash)) continue;
		kept.dynamics.set(
			column,
			known(fingerprintOf(page.ledger.key, live.column, 'dynamics', value)),
		);
		kept.marketo.set(field, known(base.hash));
	}
	return kept;
}

/** R28: the row of the person into whom this one's was merged: until it gets another e-mail, or the other one goes, it wants nobody. */
function twinBefore(page: Page, row: RecordItem): Link | undefined {
	const link = page.known.links.get(recordSubject(row));
	const twin = link && twinOf(page, link);
	if (!twin || twin.isInactive || isInactive(page, row)) return undefined;
	return isStillBehind(page, link, row) ? twin : undefined;
}

/** Whether the row's value, carried over, is what the person had when the two were last compared. */
function isAgreedAt(
	{ ledger: { key }, people }: Page,
	{ marketoId }: Link,
	{ row, column, field }: LiveRow,
	value: Raw,
	base: Fingerprint,
): boolean {
	const there = convert(column, field, 'marketo', value, row.transform);
	if (row.direction !== 'toDynamics' && 'value' in there)
		return fingerprintOf(key, field, 'marketo', there.value) === base;
	const now = people.get(marketoId!)?.values[row.field] ?? null;
	const sides = { dynamics: { value }, marketo: { value: now } };
	return (
		fingerprintOf(key, field, 'marketo', now) === base && agree({ row, column, field, ...sides })
	);
}

/** Behind a row whose person has another e-mail than its own, as after a merge in Marketo. */
function isStillBehind(page: Page, link: Link, row: RecordItem): boolean {
	const email = page.people.get(link.marketoId!)?.values[twoWayOf(page.definition).email.field];
	const key = emailKeyOf(page, row);
	return link.emailKey === key && key !== mailboxKey(page.ledger.key, email);
}

/** Whom a row is being made for, whom it had before it was deleted or left out, or whom it stood behind another row of, which is gone. */
function keptFor(page: Page, { state, marketoId, emailKey, table }: Link, row: RecordItem) {
	const partner = page.known.partners.get(marketoId!);
	const isFree =
		state === 'reserved' ||
		(['leftOut', 'goneInDynamics'].includes(state) && !partner) ||
		(state === 'secondary' &&
			emailKey === emailKeyOf(page, row) &&
			(!partner || partner.table === table));
	return isFree ? page.people.get(marketoId!) : undefined;
}

function afterReservation({ now, ledger }: Page): Fate {
	return waitUntil(now + ledger.timing.lease, 'reserved', 'The row is being created for a person');
}

function waitUntil(until: number, code: string, reason: string): Fate {
	return { do: 'wait', until, code, reason };
}

async function create(
	page: Page,
	matcher: Matcher,
	row: RecordItem,
	link: Link | undefined,
	email: string | null,
): Promise<Match> {
	const subject = recordSubject(row);
	const onItsWay = link && createOnItsWay(page, link);
	if (onItsWay) return onItsWay;
	if (isNotFound(page, link)) return NO_PERSON;
	const key = email ? `email:${emailKeyOf(page, row)}` : `id:${subject}`;
	if (email && isAboutToBeGiven(page, email))
		return waitUntil(page.now + 1, 'sameEmail', 'Another record with this e-mail is being written');
	if (matcher.creating.has(key) || !(await claimKey(page.ledger, page.db, key, subject)))
		return waitUntil(page.now + 1, 'sameEmail', 'Another record with this e-mail is being written');
	matcher.creating.add(key);
	if (link) await noteNotMade(page, link);
	const made = await saveLink(page, row, link, { state: 'creating', marketoId: null });
	page.out.counts.created++;
	return { do: 'create', link: made };
}

/**
 * R30: whom it shares with the row before it, or had before it was deleted, was not found; whether somebody has deleted
 * them the log will say.
 */
function isNotFound({ people }: Page, link: Link | undefined): boolean {
	if (!link?.marketoId || !['secondary', 'goneInDynamics', 'leftOut'].includes(link.state))
		return false;
	const person = people.get(link.marketoId);
	return !person || !(person.deleted || hasValues(person));
}

/** What is ambiguous; the row's e-mail is noted, so that whoever gets out of its way wakes it. */
function park(page: Page, row: RecordItem, code: string, reason: string, remedy: string): Fate {
	// R49: an inactive one stands in nobody's way; two of them would wake each other for ever.
	const emailKey = isInactive(page, row) ? null : emailKeyOf(page, row);
	return { do: 'help', code, reason, remedy, emailKey };
}

/** Its person had another partner since it was: while it stood behind that one, was deleted, or left out. */
function belongedToAnother({ known }: Page, link: Link): boolean {
	if (link.state !== 'goneInDynamics' && link.state !== 'leftOut')
		return link.state === 'secondary';
	return [...known.links.values()].some(
		({ id, marketoId, state, updatedAt }) =>
			id !== link.id &&
			marketoId === link.marketoId &&
			['active', 'goneInDynamics', 'leftOut'].includes(state) &&
			updatedAt > link.updatedAt,
	);
}

/**
 * R28: while another row was the person's partner, its values came to the person. What was last compared with
 * this row holds only where the person still has it; elsewhere the two meet anew, and it is seen where the person has
 * nothing any more. But what was edited in the row since is an edit, be it that somebody emptied it (R15).
 */
function forgetOthersValues(page: Page, link: Link, row: RecordItem, person: RecordItem): void {
	const before = {
		dynamics: basesOf(page.ledger, link, 'dynamics'),
		marketo: basesOf(page.ledger, link, 'marketo'),
	};
	const kept = noBases();
	const hashOf = (column: Column, side: Side, value: Raw | undefined) =>
		fingerprintOf(page.ledger.key, column, side, value);
	for (const { row: mapped, column, field } of tableOf(page, link.table).live) {
		const base = baseOf(before.marketo, mapped.field);
		const own = baseOf(before.dynamics, mapped.column);
		const isStill = base?.hash === hashOf(field, 'marketo', person.values[mapped.field]);
		const value = row.values[mapped.column];
		// What was not read was not seen to be edited.
		const isEdited = own && value !== undefined && own.hash !== hashOf(column, 'dynamics', value);
		if (isStill) kept.marketo.set(mapped.field, known(base.hash));
		else if (isEdited) kept.marketo.set(mapped.field, LOST);
		else if (base) kept.marketo.set(mapped.field, seen(base.hash));
		// What was lost with a write stays so: emptiness may be an edit (R15).
		else if (before.marketo.get(mapped.field)?.kind === 'lost')
			kept.marketo.set(mapped.field, LOST);
		if (own && (isStill || isEdited)) kept.dynamics.set(mapped.column, own);
	}
	link.bases = kept;
}

/** Makes or changes a row's link. Another partner starts with unset bases (R28). */
async function saveLink(
	page: Page,
	row: RecordItem,
	link: Link | undefined,
	to: Pick<Link, 'state' | 'marketoId'> & Partial<Pick<Link, 'bases'>>,
): Promise<Link> {
	const isSamePartner = link?.marketoId === to.marketoId;
	const values = {
		...(link && isSamePartner
			? { bases: link.bases }
			: { bases: noBases(), edition: page.edition.number }),
		...to,
		version: row.version ?? null,
		emailKey: emailKeyOf(page, row),
		isInactive: isInactive(page, row),
		wrote: {},
		editTimes: {},
		keyId: page.ledger.key.id,
		generation: page.generations.get(row.table) ?? link?.generation ?? 0,
		updatedAt: page.now,
	};
	const saved = await putLink(
		page.db,
		link,
		{
			lane: page.ref.lane,
			table: row.table,
			dynamicsId: row.id,
			object: page.definition.object,
		},
		values,
	);
	page.known.links.set(recordSubject(row), saved);
	if (link && to.state === 'active') await goOnWithNotKept(page, saved, isSamePartner);
	return saved;
}

function names(records: RecordItem[]): string {
	return records
		.slice(0, 5)
		.map((record) => `${record.label} ${record.id}`)
		.join('; ');
}
