import type { INodeType } from 'n8n-workflow';

import { VERSIONS } from '../../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import type { Table } from '../../../../sync/items';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { describeAnew } from '../../../../sync/page/columnCache';
import type { Column } from '../../../../sync/values';
import { Sandbox } from '../../sync/operate/sandbox';
import { editorContext } from '../support/n8nContext';

let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));

const nodeType = VERSIONS[2];
const {
	searchLeadColumns,
	searchContactColumns,
	searchLeadFields,
	searchContactFields,
	searchMappedLeadColumns,
	searchSkippedRows,
} = nodeType.methods.listSearch;
const NO_CREDENTIAL = { type: { name: 'none', displayName: '', properties: [] }, data: {} };
const editor = (parameters = {}) =>
	editorContext({ nodeType, parameters, credential: NO_CREDENTIAL });

const column = (name: string, label: string, more: Partial<Column> = {}): Column => ({
	name,
	label,
	type: 'text',
	maxLength: 100,
	canCreate: true,
	canUpdate: true,
	required: false,
	...more,
});
/** More columns than a list takes at a time, and as many as the largest tables have. */
const EXTRA = Array.from({ length: 800 }, (_, at) => column(`new_extra${at}`, `Extra ${at}`));

const keep = async (table: Table, columns: Column[]) =>
	await describeAnew(ledger, table, async () => columns);

beforeEach(async () => {
	({ ledger } = await Sandbox.open());
	await keep('lead', [
		column('jobtitle', 'Job Title'),
		column('new_persona', 'Kind of Buyer'),
		...EXTRA,
	]);
	await keep('person', [column('title', 'Job Title', { maxLength: 255 })]);
});

describe('Resolve Sync Conflict', () => {
	it('has no credentials (n8n would clear the mapping as soon as one of them changed)', () => {
		for (const { description } of Object.values<INodeType>(VERSIONS))
			expect(description.credentials ?? []).toEqual([]);
	});
});

describe('the list of columns', () => {
	it('names columns as people know them, with type and length', async () => {
		const { results } = await searchLeadColumns.call(editor(), 'job t');
		expect(results).toEqual([{ name: 'Job Title · text 100 · jobtitle', value: 'jobtitle' }]);
		expect(await searchLeadFields.call(editor(), 'job t')).toEqual({
			results: [{ name: 'Job Title · text 255 · title', value: 'title' }],
		});
	});

	it('has type and length of usual columns in the some thirty characters that a closed row shows', async () => {
		await keep('lead', [
			column('middlename', 'Middle Name', { maxLength: 50 }),
			column('donotphone', 'Do not allow Phone Calls', { type: 'boolean', maxLength: undefined }),
		]);
		const { results } = await searchLeadColumns.call(editor());
		const closed = results.map(({ name }) => name.slice(0, 33));
		expect(closed).toEqual([
			'Do not allow Phone Calls · yes/no',
			'Middle Name · text 50 · middlenam',
		]);
	});

	it('marks what is mapped in a row of the same table, in any group', async () => {
		const row = (column: string, field: string) => ({
			column: { __rl: true, mode: 'list', value: column },
			field: { __rl: true, mode: 'list', value: field },
		});
		await keep('lead', [column('jobtitle', 'Job Title'), column('subject', 'Topic')]);
		await keep('contact', [column('jobtitle', 'Job Title')]);
		await keep('person', [column('title', 'Title'), column('topic', 'Topic')]);
		const parameters = {
			leadBothWays: { rows: [row('jobtitle', 'title'), {}] },
			leadToDynamics: { rows: [row('subject', 'topic')] },
		};
		const marked = async (list: typeof searchLeadFields) =>
			(await list.call(editor(parameters))).results
				.filter(({ name }) => name.endsWith(' · mapped'))
				.map(({ value }) => value);
		expect(await marked(searchLeadColumns)).toEqual(['jobtitle', 'subject']);
		expect(await marked(searchLeadFields)).toEqual(['title', 'topic']);
		expect(await marked(searchContactColumns)).toEqual([]);
		expect(await marked(searchContactFields)).toEqual([]);
	});

	it('has deprecated columns last', async () => {
		await keep('lead', [
			column('stageid', '(Deprecated)Process Stage'),
			column('zone', 'Zone'),
			column('address', 'Address (deprecated)'),
			column('city', 'City'),
		]);
		const { results } = await searchLeadColumns.call(editor());
		expect(results.map(({ value }) => value)).toEqual(['city', 'zone', 'stageid', 'address']);
	});

	it('has what was typed as it stands before what only has its words', async () => {
		await keep('lead', [
			column('a', 'Address 1: Phone'),
			column('b', 'Phone 2', { maxLength: 1 }),
			column('c', 'Phone 1'),
		]);
		const { results } = await searchLeadColumns.call(editor(), 'phone 1');
		expect(results.map(({ value }) => value)).toEqual(['c', 'a', 'b']);
	});

	it('takes far less than a second with 800 columns and their choices', async () => {
		const options = Array.from({ length: 40 }, (_, at) => ({ value: at, label: `Choice ${at}` }));
		await keep(
			'lead',
			EXTRA.map((one) => ({ ...one, type: 'choice', options })),
		);
		const began = performance.now();
		const { results } = await searchLeadColumns.call(editor(), 'extra');
		expect(results.length).toBeGreaterThan(100);
		expect(performance.now() - began).toBeLessThan(500);
	});

	it.each(['kind of b', 'PERSONA', 'buyer kind', ' buyer  persona'])(
		'finds a column by its display name and by its logical name, by words in any order: %s',
		async (text) => {
			const { results } = await searchLeadColumns.call(editor(), text);
			expect(results.map(({ value }) => value)).toEqual(['new_persona']);
		},
	);

	it('is whole when it is read to its end', async () => {
		const values: unknown[] = [];
		let pages = 0;
		let token: string | undefined;
		do {
			const page = await searchLeadColumns.call(editor(), undefined, token);
			values.push(...page.results.map(({ value }) => value));
			token = page.paginationToken as string | undefined;
			pages++;
		} while (token !== undefined && pages < 20);
		expect(pages).toBeGreaterThan(1);
		expect(values).toHaveLength(EXTRA.length + 2);
		expect(new Set(values)).toEqual(
			new Set(['jobtitle', 'new_persona', ...EXTRA.map(({ name }) => name)]),
		);
	});

	it('says which step to execute where nothing has been read yet', async () => {
		({ ledger } = await Sandbox.open());
		const step = (name: string) =>
			`not known yet. Execute the step "${name}" once, then open this list again`;
		await expect(searchLeadColumns.call(editor())).rejects.toThrow(step('Get Dynamics Changes'));
		await expect(searchContactColumns.call(editor())).rejects.toThrow(step('Get Dynamics Changes'));
		await expect(searchLeadFields.call(editor())).rejects.toThrow(step('Get Marketo Changes'));
	});
});

describe('the list of fields for conditions', () => {
	it('has all fields of people, without a call, also more than a list takes at a time', async () => {
		const { getPersonFields } = nodeType.methods.loadOptions;
		await keep('person', [column('leadSource', 'Person Source'), ...EXTRA]);
		const fields = await getPersonFields.call(editor());
		expect(fields).toHaveLength(EXTRA.length + 1);
		expect(fields).toContainEqual({
			name: 'Person Source · text 100 · leadSource',
			value: 'leadSource',
		});
	});
});

describe('the list of rows that a special rule can be for', () => {
	it('shows the rows on screen, of all groups', async () => {
		const row = (value: string) => ({
			column: { __rl: true, mode: 'list', value, cachedResultName: `The ${value}` },
		});
		const context = editor({
			leadBothWays: { rows: [row('jobtitle')] },
			leadToDynamics: { rows: [row('subject'), {}] },
			contactBothWays: { rows: [row('lastname')] },
		});
		const { results } = await searchMappedLeadColumns.call(context);
		expect(results).toEqual([
			{ name: 'The jobtitle', value: 'jobtitle' },
			{ name: 'The subject', value: 'subject' },
		]);
	});
});

describe('the list of rows that are skipped', () => {
	const row = (column: string, field: string) => ({
		column: { __rl: true, mode: 'list', value: column },
		field: { __rl: true, mode: 'list', value: field },
	});
	const names = async (parameters: object, filter?: string) =>
		(await searchSkippedRows.call(editor(parameters), filter)).results.map(({ name }) => name);

	it('names each by both names and its direction, with the reason and what to do', async () => {
		await keep('person', [
			column('title', 'Job Title'),
			column('unsubscribed', 'Unsubscribed', { type: 'boolean' }),
		]);
		const parameters = {
			leadBothWays: { rows: [row('new_persona', 'unsubscribed')] },
			leadToDynamics: { rows: [row('gone', 'title')] },
			leadSpecialRules: { rules: [{ column: row('stray', '').column, onlyOnCreate: true }] },
		};
		const told = await names(parameters);
		expect(told).toEqual([
			expect.stringMatching(
				/^Leads: Kind of Buyer \(new_persona\) ⇄ Unsubscribed \(unsubscribed\)\. .*\. \S+/,
			),
			expect.stringMatching(/^Leads: Job Title \(title\) → gone\. /),
			expect.stringMatching(/^Leads: stray\. A special rule/),
		]);
		expect(await names(parameters, 'KIND OF')).toEqual([told[0]]);
	});

	it('is empty where all can be worked, and before anything is known', async () => {
		expect(await names({ leadBothWays: { rows: [row('jobtitle', 'title')] } })).toEqual([]);
		({ ledger } = await Sandbox.open());
		expect(await names({ leadBothWays: { rows: [row('jobtitle', 'nothing')] } })).toEqual([]);
	});
});
