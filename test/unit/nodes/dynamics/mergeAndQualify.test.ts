import type { IDataObject } from 'n8n-workflow';

import { MicrosoftDynamics365 } from '../../../../nodes/MicrosoftDynamics365/MicrosoftDynamics365.node';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { editorContext, runNode, type ContextOptions } from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

let twin: DynamicsTwin;

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 0, contacts: 0 });
});
afterAll(async () => await twin.close());

async function run(parameters: IDataObject): Promise<IDataObject> {
	const node = dynamicsNode(twinCredential(twin), parameters as ContextOptions['parameters']);
	return (await runNode(node))[0]!;
}

async function make(resource: string, value: IDataObject): Promise<string> {
	const columns = { mappingMode: 'defineBelow', value, matchingColumns: [], schema: [] };
	const made = await run({ resource, operation: 'create', columns });
	return made[`${resource}id`] as string;
}

async function read(resource: string, rowId: string, columns: string[]): Promise<IDataObject> {
	return await run({ resource, operation: 'get', rowId, options: { columns } });
}

describe('Microsoft Dynamics 365: merge', () => {
	const merge = async (resource: string, rowId: string, subordinateId: string, more = {}) =>
		await run({
			resource,
			operation: 'merge',
			rowId,
			subordinateId,
			takeOver: [],
			options: {},
			...more,
		});

	it.each([
		['lead', { lastname: 'One' }, { lastname: 'Two' }],
		['contact', { lastname: 'One' }, { lastname: 'Two' }],
		['account', { name: 'One' }, { name: 'Two' }],
	])('deactivates the other %s, which leads to the one that stays', async (resource, one, two) => {
		const [stays, goes] = [await make(resource, one), await make(resource, two)];
		expect(await merge(resource, stays, goes)).toEqual({
			[`${resource}id`]: stays,
			merged: goes,
			takenOver: [],
		});
		expect(await read(resource, goes, ['statecode', 'merged', 'masterid'])).toMatchObject({
			statecode: resource === 'lead' ? 2 : 1,
			merged: true,
			masterid: stays,
		});
		expect(await read(resource, stays, Object.keys(one))).toMatchObject(one);
	});

	it('takes over the columns that are chosen: texts, choices and lookups', async () => {
		const account = await make('account', { name: 'Contoso' });
		const stays = await make('lead', { lastname: 'One', jobtitle: 'Clerk' });
		const goes = await make('lead', {
			lastname: 'Two',
			jobtitle: 'Chief',
			leadsourcecode: 3,
			parentaccountid: account,
		});
		const takeOver = ['jobtitle', 'leadsourcecode', 'parentaccountid'];
		expect(await merge('lead', stays, goes, { takeOver })).toMatchObject({ takenOver: takeOver });
		expect(await read('lead', stays, ['lastname', ...takeOver])).toMatchObject({
			lastname: 'One',
			jobtitle: 'Chief',
			leadsourcecode: 3,
			parentaccountid: account,
		});
	});

	it('takes over only what is empty, where that is wanted', async () => {
		const stays = await make('contact', { lastname: 'One', jobtitle: 'Clerk' });
		const goes = await make('contact', { lastname: 'Two', jobtitle: 'Chief', department: 'Sales' });
		const more = { takeOver: ['jobtitle', 'department'], options: { onlyWhereEmpty: true } };
		expect(await merge('contact', stays, goes, more)).toMatchObject({ takenOver: ['department'] });
		expect(await read('contact', stays, ['jobtitle', 'department'])).toMatchObject({
			jobtitle: 'Clerk',
			department: 'Sales',
		});
	});

	it('refuses a record and itself, one that is not there, and a column that cannot be written', async () => {
		const stays = await make('lead', { lastname: 'One' });
		const goes = await make('lead', { lastname: 'Two' });
		await expect(merge('lead', stays, stays)).rejects.toThrow('cannot be merged into itself');
		const nobody = '00000000-0000-4000-8000-00000000dead';
		await expect(merge('lead', stays, nobody)).rejects.toThrow('no such row');
		await expect(merge('lead', stays, goes, { takeOver: ['fullname'] })).rejects.toThrow(
			'fullname',
		);
		expect(await read('lead', goes, ['statecode'])).toMatchObject({ statecode: 0 });
	});
});

describe('Microsoft Dynamics 365: qualify', () => {
	const qualify = async (rowId: string, more: IDataObject = {}) =>
		await run({
			resource: 'lead',
			operation: 'qualify',
			rowId,
			account: 'new',
			contact: 'new',
			createOpportunity: true,
			statusReason: 3,
			options: {},
			...more,
		});
	const aLead = async () =>
		await make('lead', { subject: 'Chairs', lastname: 'Nilsson', companyname: 'Contoso' });

	it('makes account, contact and opportunity, and closes the lead', async () => {
		const lead = await aLead();
		const { accountid, contactid, opportunityid, ...rest } = await qualify(lead);
		expect(rest).toEqual({ leadid: lead, statuscode: 3 });
		expect(await read('lead', lead, ['statecode', 'parentcontactid'])).toMatchObject({
			statecode: 1,
			parentcontactid: contactid,
		});
		expect(
			await read('contact', contactid as string, ['lastname', 'parentcustomerid']),
		).toMatchObject({ lastname: 'Nilsson', parentcustomerid: accountid });
		expect(await read('opportunity', opportunityid as string, ['name'])).toMatchObject({
			name: 'Chairs',
		});
	});

	it('joins a contact and an account that are there', async () => {
		const lead = await aLead();
		const accountId = await make('account', { name: 'Fabrikam' });
		const contactId = await make('contact', { lastname: 'Old' });
		const existing = { account: 'existing', accountId, contact: 'existing', contactId };
		expect(await qualify(lead, { ...existing, createOpportunity: false })).toMatchObject({
			accountid: accountId,
			contactid: contactId,
			opportunityid: null,
		});
		expect(await read('lead', lead, ['parentaccountid', 'parentcontactid'])).toMatchObject({
			parentaccountid: accountId,
			parentcontactid: contactId,
		});
	});

	it('makes nobody where nobody is wanted', async () => {
		const none = { account: 'none', contact: 'none', createOpportunity: false };
		expect(await qualify(await aLead(), none)).toMatchObject({
			accountid: null,
			contactid: null,
			opportunityid: null,
		});
	});

	it('says that a lead is closed already, and what an ID is', async () => {
		const lead = await aLead();
		await qualify(lead);
		await expect(qualify(lead)).rejects.toMatchObject({
			message: 'The row is closed or inactive and cannot be changed',
		});
		const wrong = qualify(await aLead(), { contact: 'existing', contactId: 'Nilsson' });
		await expect(wrong).rejects.toThrow('"Nilsson" is not a record ID');
	});

	it('offers the reasons of qualified leads alone, and columns that a merge can take over', async () => {
		const context = editorContext(dynamicsNode(twinCredential(twin), { resource: 'lead' }));
		const { getQualifiedReasons, getMergeColumns } = new MicrosoftDynamics365().methods.loadOptions;
		expect(await getQualifiedReasons.call(context)).toEqual([{ name: 'Qualified', value: 3 }]);
		const columns = (await getMergeColumns.call(context)).map(({ value }) => value);
		expect(columns).toEqual(expect.arrayContaining(['jobtitle', 'parentaccountid']));
		expect(columns).not.toContain('statecode');
	});
});
