import { fingerprintOf } from '../fingerprint';
import type { RecordItem } from '../items';
import { known, type Bases } from '../ledger/bases';
import { changeLink, type Link } from '../ledger/links';
import { WRITE, type Fate } from './accounts';
import { isOfCompany } from './companyFields';
import { draftLinkFields } from './linkFields';
import { newRecord } from './newRecord';
import type { Page } from './page';
import { joinsCompany, missingParent, noteMissingParents } from './parents';
import { planWrite, type DraftField } from './plan';
import { leaveBehind } from './refusedField';
import { tableOf, type LiveRow } from './tables';

/** Plans a person for a Dynamics row that has none (R23: the create carries the Dynamics id). */
export async function planCreate(page: Page, link: Link, row: RecordItem): Promise<Fate> {
	const { key } = page.ledger;
	const joins = joinsCompany(page, row);
	const live = tableOf(page, link.table).live.filter(
		(one) =>
			!(joins && isOfCompany(one.field.name)) && missingParent(page, one, row.values) === null,
	);
	await noteMissingParents(page, link, row.values);
	const { sent, refused, empty } = newRecord(live, 'marketo', row.values);
	const print = ({ column }: LiveRow) =>
		fingerprintOf(key, column, 'dynamics', row.values[column.name]);
	for (const { live: one, refusal } of refused) {
		const left = {
			source: print(one),
			stood: fingerprintOf(key, one.field, 'marketo', null),
		};
		await leaveBehind(page, link, 'marketo', one, left, refusal, row.label);
	}
	const bases: Bases = new Map(empty.map((one) => [one.column.name, known(print(one))]));
	const drafts = new Map<string, DraftField>();
	for (const [name, { live: one, value }] of sent)
		drafts.set(name, {
			row: one.row.id,
			column: one.field,
			value,
			old: null,
			source: { column: one.column.name, value: print(one) },
			rule: 'New in Dynamics',
		});
	for (const [field, draft] of draftLinkFields(page, link, row, null)) drafts.set(field, draft);
	await changeLink(page.db, link, {
		bases: { ...link.bases, dynamics: bases },
		edition: page.edition.number,
		version: row.version ?? null,
	});
	await planWrite(page, {
		link,
		side: 'marketo',
		operation: 'create',
		id: '',
		table: page.definition.object,
		label: row.label,
		changedAt: row.changedAt,
		version: null,
		fields: drafts,
		shown: {},
	});
	return WRITE;
}
