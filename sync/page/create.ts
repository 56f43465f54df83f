import { fingerprintOf } from '../fingerprint';
import type { RecordItem } from '../items';
import { known, type Bases } from '../ledger/bases';
import { changeLink, type Link } from '../ledger/links';
import { WRITE, type Fate } from './accounts';
import { draftLinkFields } from './linkFields';
import { newRecord } from './newRecord';
import type { Page } from './page';
import { planWrite, type DraftField } from './plan';
import { leaveBehind } from './refusedField';
import { tableOf, type LiveRow } from './tables';

/** Plans a person for a Dynamics row that has none (R23: the create carries the Dynamics id). */
export async function planCreate(page: Page, link: Link, row: RecordItem): Promise<Fate> {
	const { key } = page.ledger;
	const { sent, refused, empty } = newRecord(tableOf(page, link.table).live, 'marketo', row.values);
	const print = ({ column }: LiveRow) =>
		fingerprintOf(key, column, 'dynamics', row.values[column.name]);
	for (const { live, refusal } of refused) {
		const left = {
			source: print(live),
			stood: fingerprintOf(key, live.field, 'marketo', null),
		};
		await leaveBehind(page, link, 'marketo', live, left, refusal, row.label);
	}
	const bases: Bases = new Map(empty.map((live) => [live.column.name, known(print(live))]));
	const drafts = new Map<string, DraftField>();
	for (const [name, { live, value }] of sent)
		drafts.set(name, {
			row: live.row.id,
			column: live.field,
			value,
			old: null,
			source: { column: live.column.name, value: print(live) },
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
