import { fingerprintOf } from '../fingerprint';
import type { RecordItem } from '../items';
import { known, type Bases } from '../ledger/bases';
import { changeLink, type Link } from '../ledger/links';
import { WRITE, type Fate } from './accounts';
import { valueForCreate } from './decide';
import { draftLinkFields } from './linkFields';
import type { Page } from './page';
import { planWrite, type DraftField } from './plan';
import { leaveBehind } from './refusedField';
import { tableOf } from './tables';

/** Plans a person for a Dynamics row that has none (R23: the create carries the Dynamics id). */
export async function planCreate(page: Page, link: Link, row: RecordItem): Promise<Fate> {
	const { key } = page.ledger;
	const drafts = new Map<string, DraftField>();
	const bases: Bases = new Map();
	for (const live of tableOf(page, link.table).live) {
		const value = row.values[live.row.column];
		if (value === undefined) continue;
		const hash = fingerprintOf(key, live.column, 'dynamics', value);
		const there = valueForCreate(live.row, live.column, live.field, value);
		if (!there || drafts.has(live.row.field)) continue;
		if ('refusal' in there) {
			// The person will be made without it.
			const left = { source: hash, stood: fingerprintOf(key, live.field, 'marketo', null) };
			await leaveBehind(page, link, 'marketo', live, left, there.refusal, row.label);
			continue;
		}
		if (there.value === null || (live.field.type === 'boolean' && there.value === false)) {
			bases.set(live.row.column, known(hash));
			continue;
		}
		drafts.set(live.row.field, {
			row: live.row.id,
			column: live.field,
			value: there.value,
			old: null,
			source: { column: live.row.column, value: hash },
			rule: 'New in Dynamics',
		});
	}
	for (const [field, draft] of draftLinkFields(page, link, row, null)) drafts.set(field, draft);
	await changeLink(page.db, link, {
		bases: { ...link.bases, dynamics: bases },
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
