import type { ILoadOptionsFunctions, INodeListSearchItems } from 'n8n-workflow';

import { readPeople } from '../../../apis/marketo/people/readPeople';
import { textContains } from '../../../apis/dataverse/rows/filter';
import { query } from '../../../apis/dataverse/rows/query';
import type { PeopleTable } from '../../../sync/items';
import { linksOfPeople, linksOfRows } from '../../../sync/ledger/links';
import type { Ledger } from '../../../sync/ledger/ledger';
import { subjectOf } from '../../../sync/ledger/subject';
import { PEOPLE } from '../../../sync/operate/lanes';
import { recordLink, tableName } from '../../../sync/operate/words';
import { connectMarketo } from '../../shared/marketoConnection';
import { connectDynamics } from '../shared/access';

/** Of each table: as many as one looks through. */
const SHOWN = 25;
const NOT_YET = ' · not in the sync yet';

/**
 * Leads and contacts by name or e-mail address, the last edited first. Names are asked for in Dynamics: the
 * ledger keeps none.
 *
 * @throws DataverseProblem
 */
export async function leadsAndContacts(
	context: ILoadOptionsFunctions,
	ledger: Ledger,
	filter = '',
): Promise<INodeListSearchItems[]> {
	const client = await connectDynamics(context);
	const text = filter.trim();
	const found = await Promise.all(
		(['lead', 'contact'] as const).map(async (table) => {
			const rows = await query(client, `${table}s`, {
				select: [`${table}id`, 'fullname', 'emailaddress1'],
				orderBy: 'modifiedon desc',
				limit: SHOWN,
				...(text && {
					filter: `${textContains('fullname', text)} or ${textContains('emailaddress1', text)}`,
				}),
			});
			return rows.map((row) => ({ table, id: String(row[`${table}id`]), row }));
		}),
	);
	const people = found.flat();
	const links = await linksOfRows(
		ledger.db,
		PEOPLE,
		people.map(({ id }) => id),
	);
	const known = new Set(links.map(({ dynamicsId }) => dynamicsId));
	return people.map(({ table, id, row }) => ({
		name: shownAs(table, [row.fullname, row.emailaddress1], id) + (known.has(id) ? '' : NOT_YET),
		value: subjectOf(table, id),
		url: recordLink(client.origin, table, id),
	}));
}

/** People of Marketo by their whole e-mail address, which is all that Marketo can be asked for. */
export async function peopleByEmail(
	context: ILoadOptionsFunctions,
	ledger: Ledger,
	filter = '',
): Promise<INodeListSearchItems[]> {
	const email = filter.trim();
	if (!/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/.test(email)) return [];
	const fields = ['firstName', 'lastName', 'email'];
	const people = await readPeople(await connectMarketo(context), 'email', [email], fields);
	const links = await linksOfPeople(
		ledger.db,
		PEOPLE,
		people.map(({ id }) => id),
	);
	const known = new Set(links.map(({ marketoId }) => marketoId));
	return people.map(({ id, values }) => ({
		name:
			shownAs('person', [`${text(values.firstName)} ${text(values.lastName)}`, values.email], id) +
			(known.has(id) ? '' : NOT_YET),
		value: subjectOf('person', id),
	}));
}

function shownAs(table: PeopleTable | 'person', parts: unknown[], id: string): string {
	const shown = parts.map((part) => text(part).trim()).filter(Boolean);
	return [tableName(table), ...(shown.length > 0 ? shown : [id])].join(' · ');
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
