import { ResolveSyncConflict } from '../../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { twinCredential } from '../dynamics/twin';
import { editorContext, type StoredCredential } from '../support/n8nContext';

const nodeType = new ResolveSyncConflict();
const { searchLeadColumns, searchMappedLeadColumns } = nodeType.methods.listSearch;

/** More columns than a list takes at a time. */
const extra = Array.from({ length: 600 }, (_, at) => ({
	LogicalName: `new_extra${at}`,
	AttributeType: 'String',
	MaxLength: 100,
	DisplayName: { LocalizedLabels: [{ Label: `Extra ${at}`, LanguageCode: 1033 }] },
}));

let twin: DynamicsTwin;
let credential: StoredCredential;

beforeAll(async () => {
	const tables = { LogicalName: 'lead', Attributes: extra };
	twin = await startDynamicsTwin({ seed: 1, leads: 1, contacts: 1, tables });
	credential = twinCredential(twin);
});
afterAll(async () => await twin?.close());

const editor = (parameters = {}) => editorContext({ nodeType, parameters, credential });
const metadataCalls = async () => {
	const { log } = (await (await fetch(`${twin.url}/__twin/calls`)).json()) as { log: Array<{ path: string }> };
	return log.filter(({ path }) => !path.includes('/token')).length;
};

describe('the list of columns', () => {
	it('names columns as people know them, with type and length', async () => {
		const { results } = await searchLeadColumns.call(editor(), 'job t');
		expect(results).toEqual([{ name: 'Job Title (jobtitle) · text 100', value: 'jobtitle' }]);
	});

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
		expect(new Set(values).size).toBe(values.length);
		expect(values).toEqual(expect.arrayContaining(['jobtitle', ...extra.map(({ LogicalName }) => LogicalName)]));
		expect(token).toBeUndefined();
	});

	it('reads the live system when it is opened, and not again for every letter typed into it', async () => {
		const before = await metadataCalls();
		await searchLeadColumns.call(editor());
		const opened = await metadataCalls();
		expect(opened).toBeGreaterThan(before);
		await searchLeadColumns.call(editor(), 'extra 1');
		await searchLeadColumns.call(editor(), 'extra 12');
		expect(await metadataCalls()).toBe(opened);
		await searchLeadColumns.call(editor());
		expect(await metadataCalls()).toBeGreaterThan(opened);
	});

	it('says which credential is missing', async () => {
		const context = editor();
		const { credentials: _, ...bare } = context.getNode();
		jest.spyOn(context, 'getNode').mockReturnValue(bare);
		await expect(searchLeadColumns.call(context)).rejects.toThrow(
			'Choose the Microsoft Dynamics 365 API credential first',
		);
	});
});

describe('the list of rows that a special rule can be for', () => {
	it('shows the rows on screen, of all groups, and asks nobody', async () => {
		const row = (value: string) => ({ column: { __rl: true, mode: 'list', value, cachedResultName: `The ${value}` } });
		const before = await metadataCalls();
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
		expect(await metadataCalls()).toBe(before);
	});
});
