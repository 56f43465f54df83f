import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';

import type { Ledger } from '../../../sync/ledger/ledger';
import { customTableOf } from '../../../sync/lanes/customTables';
import { laneName, lanesOf } from '../../../sync/operate/lanes';
import { needingHelp, type Needy } from '../../../sync/operate/needingHelp';
import { questions, type OpenQuestion } from '../../../sync/operate/answer';
import { moment } from '../../../sync/operate/words';
import { ledgerCopies, openNodeLedger } from '../../shared/ledger';
import { accessOf, assertAccess } from '../shared/access';
import { namesOf } from './names';
import { leadsAndContacts, peopleByEmail } from './peopleByName';

/** As many as one looks through; the search narrows it down. */
const SHOWN = 100;
/** A reason is told in full by Explain; here it tells records apart. */
const REASON_LENGTH = 80;

/** The records that need help, by name, ID or reason; behind them people of the system that the credential is for. */
export async function searchRecords(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const ledger = await openNodeLedger(this);
	await assertAccess(this, ledger);
	const needy: Needy[] = [];
	for (const lane of await lanesOf(ledger.db))
		needy.push(...(await needingHelp(ledger, filter, SHOWN, lane)));
	const results: INodeListSearchItems[] = needy.map(({ name, reason, subject }) => ({
		name: `${name} · needs help: ${shortened(reason)}`,
		value: subject,
	}));
	const listed = new Set(results.map(({ value }) => value));
	const others = await byName(this, ledger, filter);
	return { results: [...results, ...others.filter(({ value }) => !listed.has(value))] };
}

/** Custom tables that are synced, or were looked at in a preview. */
export async function searchCustomTables(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const { db } = await openNodeLedger(this);
	const results = (await lanesOf(db))
		.filter((lane) => customTableOf(lane))
		.map((lane) => ({ name: laneName(lane), value: lane }))
		.filter(({ name }) => name.toLowerCase().includes(filter.trim().toLowerCase()));
	return { results };
}

/** Fields that wait for an answer, each with the record's name and both values. */
export async function searchQuestions(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const ledger = await openNodeLedger(this);
	await assertAccess(this, ledger);
	const open = await questions(ledger, SHOWN);
	const names = await namesOf(this, open);
	const wanted = filter.trim().toLowerCase();
	const results = open
		.map((one) => ({ name: asked(one, names.get(one.dynamicsId)!), value: one.key }))
		.filter(({ name }) => name.toLowerCase().includes(wanted));
	return { results };
}

/** What *Back Up* has made, the newest first. */
export async function searchCopies(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	await assertAccess(this, await openNodeLedger(this));
	const results = ledgerCopies(this)
		.map(({ name, madeAt, bytes }) => ({
			name: `${moment(Date.parse(madeAt))} · ${(bytes / 1_048_576).toFixed(1)} MB`,
			value: name,
		}))
		.filter(({ name }) => name.includes(filter.trim()));
	return { results };
}

function asked({ field, dynamicsValue, marketoValue, askedAt }: OpenQuestion, name: string) {
	const values =
		dynamicsValue === null || marketoValue === null
			? `asked ${askedAt}`
			: `Dynamics: ${inList(dynamicsValue)} · Marketo: ${inList(marketoValue)}`;
	return `${name} · ${field} · ${values}`;
}

const inList = (value: string) => (value === '' ? '(empty)' : shortened(value));

async function byName(
	context: ILoadOptionsFunctions,
	ledger: Ledger,
	filter?: string,
): Promise<INodeListSearchItems[]> {
	switch (accessOf(context)) {
		case 'dynamics':
			return await leadsAndContacts(context, ledger, filter);
		case 'marketo':
			return await peopleByEmail(context, ledger, filter);
		default:
			return [];
	}
}

function shortened(text: string): string {
	return text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH - 1)}…` : text;
}
