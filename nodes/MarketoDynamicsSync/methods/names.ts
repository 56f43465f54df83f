import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { readByIds } from '../../../apis/dataverse/rows/readByIds';
import { readPeople } from '../../../apis/marketo/people/readPeople';
import type { OpenQuestion } from '../../../sync/operate/answer';
import { recordName } from '../../../sync/operate/words';
import { connectMarketo } from '../../shared/marketoConnection';
import { accessOf, connectDynamics } from '../shared/access';

type Asked = Pick<OpenQuestion, 'table' | 'dynamicsId' | 'marketoId'>;

/**
 * How people call these records, by their id in Dynamics: asked of the system whose credential is chosen, since the
 * ledger keeps no names. Without a credential, by table and id.
 *
 * @throws DataverseProblem, MarketoProblem, NoAnswer
 */
export async function namesOf(
	context: ILoadOptionsFunctions,
	records: Asked[],
): Promise<Map<string, string>> {
	const names = new Map(
		records.map(({ table, dynamicsId }) => [dynamicsId, recordName(table, dynamicsId, '')]),
	);
	if (records.length === 0) return names;
	const side = accessOf(context);
	if (side === 'dynamics') await addFromDynamics(context, records, names);
	if (side === 'marketo') await addFromMarketo(context, records, names);
	return names;
}

async function addFromDynamics(
	context: ILoadOptionsFunctions,
	records: Asked[],
	names: Map<string, string>,
): Promise<void> {
	const client = await connectDynamics(context);
	for (const [table, ofTable] of Map.groupBy(records, (one) => one.table)) {
		const id = `${table}id`;
		const ids = ofTable.map(({ dynamicsId }) => dynamicsId);
		const select = [id, 'fullname', 'companyname', 'emailaddress1'].filter(
			(name) => table === 'lead' || name !== 'companyname',
		);
		for (const row of await readByIds(client, `${table}s`, id, ids, select))
			add(names, String(row[id]), [row.fullname, row.companyname, row.emailaddress1]);
	}
}

async function addFromMarketo(
	context: ILoadOptionsFunctions,
	records: Asked[],
	names: Map<string, string>,
): Promise<void> {
	const ids = new Map(records.map(({ marketoId, dynamicsId }) => [marketoId, dynamicsId]));
	const fields = ['firstName', 'lastName', 'company', 'email'];
	const people = await readPeople(await connectMarketo(context), 'id', [...ids.keys()], fields);
	for (const { id, values } of people) {
		const name = [values.firstName, values.lastName].filter(Boolean).join(' ');
		add(names, ids.get(id)!, [name, values.company, values.email]);
	}
}

function add(names: Map<string, string>, id: string, candidates: unknown[]): void {
	const name = candidates.find((one): one is string => typeof one === 'string' && one !== '');
	if (name) names.set(id, name);
}
