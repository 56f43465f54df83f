import { ResolveSyncConflict } from '../../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import type { Table } from '../../../../sync/items';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { describeAnew } from '../../../../sync/page/columnCache';
import type { Column } from '../../../../sync/values';
import { Sandbox } from '../../sync/operate/sandbox';
import { editorContext } from '../support/n8nContext';

let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));

const nodeType = new ResolveSyncConflict();
const { searchLeadColumns, searchContactColumns, searchPersonFields, searchMappedLeadColumns } =
	nodeType.methods.listSearch;
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
/** More columns than a list takes at a time. */
const EXTRA = Array.from({ length: 600 }, (_, at) => column(`new_extra${at}`, `Extra ${at}`));

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
		expect(nodeType.description.credentials ?? []).toEqual([]);
	});
});

describe('the list of columns', () => {
	it('names columns as people know them, with type and length', async () => {
		const { results } = await searchLeadColumns.call(editor(), 'job t');
		expect(results).toEqual([{ name: 'Job Title (jobtitle) · text 100', value: 'jobtitle' }]);
		expect(await searchPersonFields.call(editor(), 'job t')).toEqual({
			results: [{ name: 'Job Title (title) · text 255', value: 'title' }],
		});
	});

	it.each(['kind of b', 'PERSONA'])(
		'finds a column by its display name and by its logical name: %s',
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
		await expect(searchPersonFields.call(editor())).rejects.toThrow(step('Get Marketo Changes'));
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
