import { MicrosoftDynamics365 } from '../../../../nodes/MicrosoftDynamics365/MicrosoftDynamics365.node';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { editorContext, type StoredCredential } from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

let twin: DynamicsTwin;
let credential: StoredCredential;

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 60, contacts: 10 });
});
afterAll(async () => await twin.close());
beforeEach(() => {
	credential = twinCredential(twin);
});

const { methods } = new MicrosoftDynamics365();
const editor = (parameters: object, path = '') =>
	editorContext(dynamicsNode(credential, { resource: 'lead', ...parameters }, { path }));

describe('columns to map', () => {
	it('offers the usual ones at once and the rest under "Add column" (a mapper is stored in the workflow)', async () => {
		const { fields } = await methods.resourceMapping.getCreateColumns.call(editor({}));
		const shown = fields.filter(({ removed }) => !removed).map(({ id }) => id);
		expect(shown.slice(0, 3)).toEqual(['firstname', 'lastname', 'emailaddress1']);
		expect(shown.length).toBeLessThan(20);
		expect(fields.length).toBeGreaterThan(60);
		for (const field of fields) expect(field).toMatchObject({ readOnly: false, display: true });
		expect(JSON.stringify(fields).length).toBeLessThan(100_000);
	});

	it('offers choices by label, and nothing that cannot be written', async () => {
		const { fields } = await methods.resourceMapping.getCreateColumns.call(editor({}));
		const field = (name: string) => fields.find(({ id }) => id === name);
		expect(field('leadsourcecode')).toMatchObject({ type: 'options' });
		expect(field('leadsourcecode')!.options).toContainEqual({ name: 'Web', value: 8 });
		expect(field('numberofemployees')).toMatchObject({ type: 'number' });
		expect(field('donotemail')).toMatchObject({ type: 'boolean' });
		expect(field('estimatedclosedate')).toMatchObject({ type: 'dateTime' });
		expect(field('ownerid')!.displayName).toMatch(/ID of systemuser or team/);
		for (const never of ['fullname', 'createdby', 'modifiedon', 'leadid', 'versionnumber']) {
			expect(field(never)).toBeUndefined();
		}
	});

	it('offers for create-or-update what can tell a row, the e-mail address first', async () => {
		const { fields } = await methods.resourceMapping.getUpsertColumns.call(editor({}));
		expect(fields.filter(({ defaultMatch }) => defaultMatch).map(({ id }) => id)).toEqual([
			'emailaddress1',
		]);
		expect(fields.find(({ id }) => id === 'leadid')).toMatchObject({ canBeUsedToMatch: true });
		expect(fields.find(({ id }) => id === 'revenue')).toMatchObject({ canBeUsedToMatch: false });
	});
});

describe('lists of columns', () => {
	it('lists readable, clearable and lookup columns with label and name', async () => {
		const readable = await methods.loadOptions.getReadableColumns.call(
			editor({ resource: 'contact' }),
		);
		expect(readable).toContainEqual({ name: 'Job Title (jobtitle)', value: 'jobtitle' });
		const clearable = await methods.loadOptions.getClearableColumns.call(editor({}));
		expect(clearable.map(({ value }) => value)).not.toContain('statecode');
		const lookups = await methods.loadOptions.getLookupColumns.call(editor({}));
		expect(lookups.map(({ value }) => value)).toEqual(
			expect.arrayContaining(['ownerid', 'customerid']),
		);
		expect(lookups.map(({ value }) => value)).not.toContain('modifiedby');
	});
});

describe('pickers', () => {
	it('finds rows by a part of the name or e-mail address', async () => {
		const all = await methods.listSearch.searchRows.call(editor({}));
		expect(all.results).toHaveLength(50);
		const found = await methods.listSearch.searchRows.call(editor({}), 'søren.hansen');
		const byMail = await methods.listSearch.searchRows.call(editor({}), 'soren.hansen');
		expect(found.results).toHaveLength(0);
		expect(byMail.results.length).toBeGreaterThan(0);
		expect(byMail.results[0]).toMatchObject({ name: expect.stringContaining('Hansen') as string });
	});

	it('takes wildcard signs for what they are', async () => {
		const found = await methods.listSearch.searchRows.call(editor({}), '%');
		expect(found.results).toHaveLength(0);
	});

	it('offers users and teams as owners, each marked', async () => {
		const context = editor(
			{ lookups: { lookup: [{ column: 'ownerid' }] } },
			'parameters.lookups.lookup[0].row',
		);
		const { results } = await methods.listSearch.searchLookup.call(context);
		expect(results.some(({ value }) => String(value).startsWith('systemuser('))).toBe(true);
		expect(results.some(({ value }) => String(value).startsWith('team('))).toBe(true);
	});

	it('finds tables by label', async () => {
		const { results } = await methods.listSearch.searchTables.call(
			editor({ resource: 'setup' }),
			'lead',
		);
		expect(results).toContainEqual({ name: 'Lead (lead)', value: 'lead' });
	});

	it('shows in the editor why a list stays empty', async () => {
		credential = twinCredential(twin, {
			tenantId: 'unknown-tenant.example',
			tokenUrl: twin.tokenUrl.replace(twin.tenantId, 'unknown-tenant.example'),
		});
		await expect(methods.listSearch.searchRows.call(editor({}))).rejects.toThrow(
			'There is no such tenant',
		);
	});
});
