import { fingerprint, fingerprintOf } from '../fingerprint';
import type { FieldEdit, RecordItem } from '../items';
import { baseOf, isStale, known } from '../ledger/bases';
import type { Columns } from '../ledger/columns';
import type { Ledger } from '../ledger/ledger';
import { basesOf, changeLink, type Link } from '../ledger/links';
import { keepFields, OWN_FIELD, type Plan, type PlannedField } from '../ledger/plans';
import { normalForm } from '../normalForm';
import type { Column, Raw } from '../values';
import type { Page } from './page';
import { likeness } from './storedForm';
import { isBehind, type MappedTable } from './tables';

/**
 * True when a Dynamics row has nothing to say that the ledger does not know: our own write coming back, or a
 * repeated feed. R45: told column by column. A row version says who wrote last, not that no plug-in changed
 * another column in the same save.
 */
export function isUnmovedRow(
	ledger: Ledger,
	table: Pick<MappedTable, 'mapping' | 'columns' | 'newest'>,
	link: Link,
	row: RecordItem,
): boolean {
	if (row.because !== 'feed' || row.deleted) return false;
	const { mapping, columns } = table;
	const isSeen = link.version === row.version;
	// One that counts as deleted is alive again, at whatever version.
	if (['secondary', 'goneInMarketo', 'apart'].includes(link.state)) return isSeen;
	// Without a version: written by us since it was last read.
	if (link.state !== 'active' || !(isSeen || link.version === null)) return false;
	// R50: what the mapping says now has not been looked at, and has to be unless nobody asks for it.
	if (isBehind(table, link)) return row.isOld === true && isSeen;
	const bases = basesOf(ledger, link, 'dynamics');
	return mapping.rows.every(({ column: name, direction }) => {
		const column = columns.get(name);
		if (!column || row.values[name] === undefined) return true;
		const base = baseOf(bases, name);
		// A row that only takes values from Marketo has nothing to say while its base is unset.
		if (base === null) return direction === 'toDynamics';
		const hash = fingerprintOf(ledger.key, column, 'dynamics', row.values[name]);
		// R36: what comes back to its base after something else stood there is an edit.
		return base.hash === hash && !isStale(base);
	});
}

/**
 * True when the logged edits of a person are nothing but our own writes coming back, each replacing
 * what it was meant to replace: the person need not be read (R13, R14).
 */
export function isSettledEcho(
	ledger: Ledger,
	columns: Columns,
	link: Link,
	plans: Plan[],
	edits: FieldEdit[],
): boolean {
	if (plans.some((plan) => plan.state !== 'echo')) return false;
	const bases = basesOf(ledger, link, 'marketo');
	const asSent = edits.every((edit) => {
		const column = columns.get(edit.field);
		if (!column) return true;
		const now = fingerprintOf(ledger.key, column, 'marketo', edit.newValue);
		return baseOf(bases, edit.field)?.hash === now;
	});
	return asSent && overwrittenBy(ledger, columns, plans, edits).size === 0;
}

export interface Overwritten {
	/** As the log spells it. */
	value: Raw;
	at: string;
	/** The write that did it. */
	by: Plan;
}

/** R14: whether a value has the letters and digits of what we sent, as far as it is a text. Nothing is no form of anything. */
export function isLikeSent(
	{ key }: Ledger,
	column: Column,
	{ like }: PlannedField,
	value: Raw,
): boolean {
	if (like === undefined || normalForm(column, 'marketo', value) === null) return false;
	return fingerprint(key, likeness(column, value)) === like;
}

/**
 * Edits that our own writes replaced without having seen them: the echo's old value is neither the one
 * the write expected nor one of ours (R13). By field.
 */
export function overwrittenBy(
	ledger: Ledger,
	columns: Columns,
	plans: Plan[],
	edits: FieldEdit[],
): Map<string, Overwritten> {
	const lost = new Map<string, Overwritten>();
	const echoes = new Set<FieldEdit>();
	for (const plan of plans) {
		for (const [name, field] of Object.entries(plan.fields)) {
			const column = columns.get(name);
			if (!column || field.old === null) continue;
			const print = (value: string | null) => fingerprintOf(ledger.key, column, 'marketo', value);
			const left = edits.filter((edit) => edit.field === name && !echoes.has(edit));
			const exact = left.filter((edit) => print(edit.newValue) === field.new);
			// What led to the value that the write was to replace came before it, unless somebody has left that value since.
			const isLeft = left.some(({ oldValue }) => print(oldValue) === field.old);
			const later = isLeft ? left : left.filter(({ newValue }) => print(newValue) !== field.old);
			const alike =
				exact.length > 0
					? exact
					: later.filter(({ newValue }) => isLikeSent(ledger, column, field, newValue));
			// A user may have come back to our value later: the one that replaced what we meant to is the echo.
			const echo = alike.find((edit) => print(edit.oldValue) === field.old) ?? alike[0];
			if (!echo) continue;
			echoes.add(echo);
			const replaced = print(echo.oldValue);
			if (replaced === field.old || replaced === field.new) continue;
			if (isLikeSent(ledger, column, field, echo.oldValue)) continue;
			if (plans.some((other) => other.fields[name]?.new === replaced)) continue;
			lost.set(name, { value: echo.oldValue, at: echo.at, by: plan });
		}
	}
	return lost;
}

/** Our own writes came back as they were sent: their bases are confirmed without reading the person (R14). */
export async function confirmEcho(
	page: Page,
	link: Link,
	plans: Plan[],
	person: RecordItem,
): Promise<void> {
	const bases = new Map(basesOf(page.ledger, link, 'marketo'));
	const awaited = new Set(
		(person.edits ?? [])
			.map(({ field }) => field)
			.filter((field) => bases.get(field)?.kind === 'unconfirmed'),
	);
	for (const field of awaited) bases.set(field, known(baseOf(bases, field)!.hash));
	if (awaited.size > 0)
		await changeLink(page.db, link, { bases: { ...link.bases, marketo: bases } });
	await dropEchoed(page, plans, person);
}

/** Whether it shows our write as it was sent, or in a form of Marketo's own in the place of what that was to replace (R14). */
function isEchoOf(
	ledger: Ledger,
	column: Column,
	field: PlannedField,
	{ oldValue, newValue }: FieldEdit,
): boolean {
	const print = (value: Raw) => fingerprintOf(ledger.key, column, 'marketo', value);
	return (
		print(newValue) === field.new ||
		(print(oldValue) === field.old && isLikeSent(ledger, column, field, newValue))
	);
}

/** R13: a Marketo write waits for its echo, field by field; what has been seen is awaited no longer. */
export async function dropEchoed(page: Page, plans: Plan[], person: RecordItem): Promise<void> {
	if (!person.edits?.length) return;
	for (const plan of plans) {
		if (plan.side !== 'marketo' || plan.state !== 'echo') continue;
		const left = Object.entries(plan.fields).filter(([name, field]) => {
			const column = page.fields.get(name);
			return !person.edits!.some(
				(edit) => edit.field === name && column && isEchoOf(page.ledger, column, field, edit),
			);
		});
		if (left.length === Object.keys(plan.fields).length) continue;
		await keepFields(
			page.db,
			plan.id,
			left.every(([, field]) => field.row === OWN_FIELD) ? {} : Object.fromEntries(left),
		);
	}
}
