import { fingerprintOf, type Fingerprint } from '../fingerprint';
import type { RecordItem } from '../items';
import { baseOf } from '../ledger/bases';
import { basesOf, changeLink, noBases, putLink, type Link } from '../ledger/links';
import { dropPlans } from '../ledger/plans';
import { idByKey, isByKey } from '../ports';
import type { Raw } from '../values';
import { DONE, WRITE, type Fate } from './accounts';
import { valueForCreate } from './decide';
import type { Page } from './page';
import { noteMissingParents, referredTo } from './parents';
import { KEY, MARK, own, planWrite, type DraftField } from './plan';
import { leaveBehind } from './refusedField';
import { tableOf } from './tables';

/** A row that is new, or is back. */
export async function linkOf(page: Page, before: Link | undefined, row: RecordItem): Promise<Link> {
	const { ref, definition, ledger, generations, now } = page;
	const about = { lane: ref.lane, table: row.table, dynamicsId: row.id, object: definition.object };
	return await putLink(page.db, before, about, {
		state: 'creating',
		marketoId: before?.marketoId ?? null,
		version: null,
		emailKey: null,
		bases: noBases(),
		wrote: {},
		keyId: ledger.key.id,
		generation: generations.get(row.table) ?? before?.generation ?? 0,
		updatedAt: now,
	});
}

/** All mapped fields, if one of them is not as it was sent last. `print`: of a key that is more than the row's id. */
export async function send(
	page: Page,
	link: Link,
	row: RecordItem,
	key: Record<string, Raw>,
	print: Fingerprint | null,
): Promise<Fate> {
	await noteMissingParents(page, link, row.values);
	const isTie = print !== null;
	const { fields, differs } = await draftOf(page, link, row, key, isTie);
	const unanswered = (page.known.plans.get(link.id) ?? []).filter(
		({ state }) => state === 'unknown',
	);
	// R50: what has not come in is not compared.
	const isWhole = tableOf(page, link.table).live.every(({ column }) => column.name in row.values);
	await changeLink(page.db, link, {
		version: row.version ?? null,
		emailKey: print,
		...(isWhole ? { edition: page.edition.number } : {}),
		keyId: page.ledger.key.id,
		...(link.keyId === page.ledger.key.id ? {} : { bases: noBases() }),
		generation: page.generations.get(row.table) ?? link.generation,
	});
	if (!differs && link.state === 'active' && unanswered.length === 0) return DONE;
	await dropPlans(
		page.db,
		unanswered.map(({ id }) => id),
	);
	await planWrite(page, {
		link,
		side: 'marketo',
		operation: link.state === 'creating' ? 'create' : 'update',
		id: link.marketoId === null || isByKey(link.marketoId) ? '' : link.marketoId,
		table: page.definition.object,
		label: row.label,
		changedAt: row.changedAt,
		version: null,
		fields,
		shown: {},
	});
	page.out.counts[link.state === 'creating' ? 'created' : 'toMarketo']++;
	// R17: where no answer comes its row may be gone by then, or stand for another one: it is known by its key from here on.
	if (link.marketoId === null)
		await changeLink(page.db, link, { marketoId: idByKey(isTie ? key : link.dynamicsId) });
	return WRITE;
}

async function draftOf(
	page: Page,
	link: Link,
	row: RecordItem,
	key: Record<string, Raw>,
	isTie: boolean,
): Promise<{ fields: Map<string, DraftField>; differs: boolean }> {
	const { live, mapping } = tableOf(page, link.table);
	const bases = basesOf(page.ledger, link, 'dynamics');
	const refusals = page.known.refusals.get(link.id) ?? [];
	const fields = new Map<string, DraftField>();
	const refused = Object.fromEntries(refusals.map((one) => [one.field, one]));
	let differs = false;
	// There may be a record, of which nobody remembers what it names.
	const isBack = link.state === 'creating' && link.marketoId !== null;
	for (const mapped of live) {
		const { column, field } = mapped;
		const value = row.values[column.name];
		if (value === undefined || fields.has(field.name)) continue;
		const base = baseOf(bases, column.name);
		const mayBeThere = base !== null || isBack || field.name in refused;
		const referred = referredTo(page, mapped, row.values, mayBeThere);
		if (referred === 'waits') continue;
		const there = referred ?? valueForCreate(mapped.row, column, field, value);
		if (!there) continue;
		const source = fingerprintOf(page.ledger.key, column, 'dynamics', referred?.told ?? value);
		if ('refusal' in there) {
			const left = { source, stood: source };
			await leaveBehind(page, link, 'marketo', mapped, left, there.refusal, row.label);
			continue;
		}
		if (refusals.some((one) => one.field === field.name && one.source === source)) continue;
		if (base?.hash !== source) differs = true;
		fields.set(field.name, {
			row: mapped.row.id,
			column: field,
			value: there.value,
			old: null,
			source: { column: column.name, value: source },
			rule: 'One way: Dynamics to Marketo',
		});
	}
	for (const [name, value] of Object.entries(key)) {
		own(page, fields, name, value, KEY);
		const field = fields.get(name);
		if (!isTie || !field) continue;
		// R39: its person may be another one than when it was written.
		const told = fingerprintOf(page.ledger.key, field.column, 'marketo', value);
		const base = baseOf(bases, name);
		if (base && base.hash !== told) differs = true;
		fields.set(name, { ...field, source: { column: name, value: told } });
	}
	// Whoever is back is not gone any more.
	if (mapping.whenDeleted?.do === 'mark') own(page, fields, mapping.whenDeleted.field, false, MARK);
	return { fields, differs };
}
