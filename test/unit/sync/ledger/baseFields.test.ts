import type { Ledger } from '../../../../sync/ledger/ledger';
import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { known, LOST, unconfirmed, type Bases } from '../../../../sync/ledger/bases';
import { changeLink, linkOfRow, noBases, putLink, type Link } from '../../../../sync/ledger/links';
import { pinMapping } from '../../../../sync/ledger/mappings';
import { openLedger } from '../../../../sync/ledger/open';
import type { MappingRow } from '../../../../sync/mapping';
import * as normalForm from '../../../../sync/normalForm';
import { newPlace } from './database';

jest.mock('../../../../sync/normalForm', () => ({
	__esModule: true,
	...jest.requireActual<object>('../../../../sync/normalForm'),
}));

const A = 'AQIDBAUGBwg';
const B = '_wAAAAAAAP8';
const LANE = 'people';

let ledger: Ledger;
beforeEach(async () => {
	ledger = await openLedger(newPlace(), {
		key: { id: 'k', secret: Buffer.alloc(32) },
		clock: { now: () => 0 },
		random: { id: () => 'ledger' },
		timing: NORMAL_TIMING,
	});
	await pin({});
});
afterEach(async () => {
	jest.restoreAllMocks();
	await ledger.close();
});

let pinned = 0;

/** The mapping in force: two rows of leads, the first of them with this rule, and one of contacts. */
async function pin(rule: Partial<MappingRow>, more: MappingRow[] = [row('fax', 'fax')]) {
	const table = (rows: MappingRow[]) => ({
		rows,
		ifBothChanged: 'native' as const,
		emptyValues: 'copy' as const,
	});
	const mapping = {
		lead: table([{ ...row('jobtitle', 'title'), ...rule }, ...more]),
		contact: table([row('jobtitle', 'title')]),
	};
	await pinMapping(ledger.db, LANE, { hash: `${++pinned}`, mapping }, 0);
}

const row = (column: string, field: string): MappingRow => ({
	id: `${column}>${field}`,
	column,
	field,
	direction: 'both',
});

const all = (): Record<'dynamics' | 'marketo', Bases> => ({
	dynamics: new Map([
		['jobtitle', known(A)],
		['fax', LOST],
	]),
	marketo: new Map([
		['title', unconfirmed(A)],
		['fax', known(B)],
	]),
});
/** What is left once the row of the job title counts no more. */
const faxOnly = () => ({
	dynamics: new Map([['fax', LOST]]),
	marketo: new Map([['fax', known(B)]]),
});

async function save(table: 'lead' | 'contact', db = ledger.db): Promise<Link> {
	const to = {
		marketoId: '7',
		state: 'active' as const,
		version: null,
		emailKey: null,
		bases: noBases(),
		wrote: {},
		keyId: 'k',
		generation: 0,
		updatedAt: 0,
	};
	const link = await putLink(
		db,
		undefined,
		{ lane: LANE, table, dynamicsId: table, object: 'person' },
		to,
	);
	await changeLink(db, link, { bases: all() });
	return link;
}
const read = async (table: 'lead' | 'contact') =>
	(await linkOfRow(ledger.db, LANE, table, table))!.bases;

describe('a base and the row that it was made by (R50)', () => {
	it('is what was saved', async () => {
		await save('lead');
		expect(await read('lead')).toEqual(all());
	});

	it.each<[string, Partial<MappingRow>]>([
		['what the row does to its values', { transform: { trim: true } }],
		['the field on the other side', { field: 'rating' }],
	])(
		'is unset on both sides once another one is %s; other rows and tables keep theirs',
		async (_, rule) => {
			await save('lead');
			await save('contact');
			await pin(rule);
			expect(await read('lead')).toEqual({
				...faxOnly(),
				// Of a field without a row nobody asks.
				...(rule.field ? { marketo: all().marketo } : {}),
			});
			expect((await read('contact')).dynamics.get('jobtitle')).toEqual(known(A));
		},
	);

	it('counts again with the row of before, and what is made meanwhile has its own', async () => {
		const link = await save('lead');
		await pin({ transform: { trim: true } });
		await pin({});
		expect(await read('lead')).toEqual(all());
		await pin({ transform: { trim: true } });
		await changeLink(ledger.db, link, { bases: all() });
		expect(await read('lead')).toEqual(all());
		await pin({});
		expect(await read('lead')).toEqual(faxOnly());
	});

	it.each<[string, Partial<MappingRow>]>([
		['the direction', { direction: 'toMarketo' }],
		['who wins', { winner: 'ask' }],
		['what empty values do', { empty: 'onlyFill' }],
		['nothing, in other words', { transform: {} }],
	])('stays where another one is %s', async (_, rule) => {
		await save('lead');
		await pin(rule);
		expect(await read('lead')).toEqual(all());
	});

	it('outlives a row that was taken out and put back, also where the link was saved in between', async () => {
		const link = await save('lead');
		await pin({}, []);
		expect(await read('lead')).toEqual(all());
		await changeLink(ledger.db, link, { bases: await read('lead') });
		await pin({});
		expect(await read('lead')).toEqual(all());
	});

	it('is unset once normal forms are others', async () => {
		await save('lead');
		jest.replaceProperty(normalForm, 'NORMAL_FORM', 2 as never);
		await pin({}, [row('fax', 'fax'), row('emailaddress1', 'email')]);
		expect(await read('lead')).toEqual(noBases());
	});
});

describe('the numbers of fields', () => {
	it('that a transaction has given go with it (its numbers are given again, to other fields)', async () => {
		const failed = ledger.db.transaction().execute(async (db) => {
			await save('contact', db);
			throw new Error('taken back');
		});
		await expect(failed).rejects.toThrow('taken back');
		await ledger.db.transaction().execute(async (db) => void (await save('lead', db)));
		expect(await read('lead')).toEqual(all());
	});
});
