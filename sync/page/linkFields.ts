import type { Link } from '../ledger/links';
import { OWN_FIELD } from '../ledger/plans';
import type { RecordItem } from '../items';
import { normalForm } from '../normalForm';
import type { Raw } from '../values';
import type { Page } from './page';
import type { DraftField } from './plan';

/** What sync itself keeps on the person (native: Microsoft Type, Created Date, is Deleted; and the ids). */
function linkFields({ fields }: Page, link: Link, row: RecordItem | null): Array<[string, Raw]> {
	const own: Array<[string, Raw]> = [
		[link.table === 'lead' ? fields.leadId : fields.contactId, link.dynamicsId],
		[fields.type, link.table === 'lead' ? 'Lead' : 'Contact'],
		[fields.isDeleted, false],
	];
	if (row?.values.createdon) own.push([fields.createdDate, row.values.createdon]);
	return own;
}

/** The link fields of a person, as they are to be written; without those that are as they should be. */
export function draftLinkFields(
	page: Page,
	link: Link,
	row: RecordItem | null,
	person: RecordItem | null,
): Array<[string, DraftField]> {
	return linkFields(page, link, row).flatMap(([field, value]) => {
		const column = page.columns.person.get(field);
		if (!column || (person && person.values[field] === undefined)) return [];
		const wanted = normalForm(column, 'marketo', value);
		if (person && normalForm(column, 'marketo', person.values[field]) === wanted) return [];
		return [[field, { row: OWN_FIELD, column, value, old: null, source: null, rule: 'Link' }]];
	});
}
