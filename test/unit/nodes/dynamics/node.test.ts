import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import {
	runNode,
	runNodeItems,
	type ContextOptions,
	type StoredCredential,
} from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

let twin: DynamicsTwin;
let credential: StoredCredential;

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 60, contacts: 10 });
});
afterAll(async () => await twin.close());
beforeEach(async () => {
	await fetch(`${twin.url}/__twin/reset`, { method: 'POST' });
	credential = twinCredential(twin);
});

type Parameters = ContextOptions['parameters'];

const run = async (parameters: Parameters, more: Partial<ContextOptions> = {}) =>
	await runNode(dynamicsNode(credential, { resource: 'lead', ...parameters }, more));

const mapped = (value: IDataObject, matchingColumns: string[] = []) =>
	({
		mappingMode: 'defineBelow',
		value,
		matchingColumns,
		schema: [],
	}) as unknown as Parameters[string];
const byId = (id: unknown) => ({ __rl: true, mode: 'id', value: id }) as Parameters[string];
const items = (...list: IDataObject[]): INodeExecutionData[] => list.map((json) => ({ json }));

const createLead = async (value: IDataObject) => {
	const [lead] = await run({ operation: 'create', columns: mapped(value) });
	return lead!;
};
const readLead = async (id: unknown, options: IDataObject = {}) => {
	const [lead] = await run({
		operation: 'get',
		rowId: byId(id),
		options: options as Parameters[string],
	});
	return lead!;
};

describe('create', () => {
	it('writes every kind of value and gives back what was stored', async () => {
		const lead = await createLead({
			firstname: 'Ada',
			lastname: 'Lovelace',
			leadsourcecode: 'Web',
			numberofemployees: '12',
			donotemail: 'true',
			revenue: 10.5,
			estimatedclosedate: '2026-03-31T23:30:00-08:00',
		});
		expect(lead).toMatchObject({
			fullname: 'Ada Lovelace',
			leadsourcecode: 8,
			numberofemployees: 12,
			donotemail: true,
			revenue: 10.5,
			estimatedclosedate: '2026-03-31',
			rowVersion: expect.stringMatching(/^W\//) as string,
		});
		await expect(readLead(lead.leadid)).resolves.toMatchObject({
			leadsourcecode: 8,
			leadsourcecode_label: 'Web',
		});
	});

	it('sets a picked owner and a lookup that may point to several tables', async () => {
		const [user] = await run({ operation: 'get', rowId: byId(await anyLeadId()) });
		const owner = String(user!.ownerid);
		const contact = (await run({ resource: 'contact', operation: 'getAll', limit: 1 }))[0]!;
		const [lead] = await run({
			operation: 'create',
			columns: mapped({ lastname: 'Lookup' }),
			lookups: {
				lookup: [
					{ column: 'ownerid', row: { __rl: true, mode: 'list', value: `systemuser(${owner})` } },
					{
						column: 'customerid',
						row: { __rl: true, mode: 'list', value: `contact(${String(contact.contactid)})` },
					},
				],
			},
		});
		expect(lead).toMatchObject({ ownerid: owner, customerid: contact.contactid });
	});

	it('is refused by a duplicate rule unless detection is switched off', async () => {
		const existing = await readLead(await anyLeadId());
		const duplicate = { lastname: 'Twice', emailaddress1: existing.emailaddress1 };
		await expect(createLead(duplicate)).rejects.toMatchObject({
			message: 'A duplicate detection rule found a similar row',
		});
		const [lead] = await run({
			operation: 'create',
			columns: mapped(duplicate),
			options: { detectDuplicates: false },
		});
		expect(lead).toHaveProperty('leadid');
	});

	it('makes one row although the answer got lost', async () => {
		await post('fail', { match: { method: 'PATCH', path: '/leads' }, times: 1, afterEffect: true });
		await createLead({ lastname: 'Onlyonce' });
		const found = await run({ operation: 'getAll', filters: equal('lastname', 'Onlyonce') });
		expect(found).toHaveLength(1);
	}, 20_000);

	it.each([
		[{ leadsourcecode: 'Pigeon' }, /not one of the choices/],
		[{ fullname: 'x' }, /cannot be set when a row is created/],
		[{ nosuchcolumn: 'x' }, /no column "nosuchcolumn"/],
		[{}, /nothing to write/],
	])('says what is wrong with %j and how to mend it', async (value, message) => {
		const failed = createLead(value);
		await expect(failed).rejects.toThrow(message);
		await expect(failed).rejects.toMatchObject({
			description: expect.stringMatching(/\w/) as string,
		});
	});

	it('shows the words of Dynamics for what only Dynamics can know', async () => {
		await expect(createLead({ lastname: 'x'.repeat(51) })).rejects.toMatchObject({
			message: expect.stringContaining("'50'") as string,
			description: expect.stringMatching(/^Shorten the value/) as string,
			httpCode: '400',
		});
	});
});

describe('update', () => {
	it('changes only what is given; a field that is shown and left empty stays', async () => {
		const { leadid } = await createLead({
			firstname: 'Ada',
			lastname: 'Before',
			jobtitle: 'Analyst',
		});
		await run({
			operation: 'update',
			rowId: byId(leadid),
			columns: mapped({ lastname: 'After', jobtitle: null, firstname: '' }),
		});
		await expect(readLead(leadid)).resolves.toMatchObject({
			firstname: 'Ada',
			lastname: 'After',
			jobtitle: 'Analyst',
		});
	});

	it('clears by an expression that gives null, and by Clear Columns', async () => {
		const { leadid } = await createLead({
			lastname: 'L',
			jobtitle: 'Analyst',
			mobilephone: '1',
			companyname: 'C',
		});
		await run(
			{
				operation: 'update',
				rowId: byId(leadid),
				columns: mapped({ jobtitle: '={{ $json.none }}', companyname: '={{ $json.missing }}' }),
				options: { clearColumns: ['mobilephone'] },
			},
			{ items: items({ none: null }) },
		);
		await expect(readLead(leadid)).resolves.toMatchObject({
			jobtitle: null,
			mobilephone: null,
			companyname: 'C',
		});
	});

	it('takes incoming items as they are, leaving out what cannot be written', async () => {
		const { leadid } = await createLead({ firstname: 'A', lastname: 'B' });
		const lead = await readLead(leadid);
		await run(
			{
				operation: 'update',
				rowId: byId(leadid),
				columns: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema: [] },
			},
			{ items: items({ ...lead, firstname: 'Auto', unknown: 1, jobtitle: null }) },
		);
		await expect(readLead(leadid)).resolves.toMatchObject({ firstname: 'Auto', lastname: 'B' });
	});

	it('keeps a lookup on its table when an item comes back as it was read', async () => {
		const contact = (await run({ resource: 'contact', operation: 'getAll', limit: 1 }))[0]!;
		const { leadid } = await createLead({
			lastname: 'L',
			customerid: `contact(${String(contact.contactid)})`,
		});
		const read = await readLead(leadid, { columns: ['customerid'] });
		expect(read).toMatchObject({ customerid: contact.contactid, customerid_table: 'contact' });
		await run(
			{
				operation: 'update',
				rowId: byId(leadid),
				columns: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema: [] },
			},
			{ items: items(read) },
		);
		await expect(readLead(leadid, { columns: ['customerid'] })).resolves.toMatchObject({
			customerid: contact.contactid,
			customerid_table: 'contact',
		});
	});

	it('leaves a row alone that has another version by now', async () => {
		const { leadid, rowVersion } = await createLead({ lastname: 'V' });
		const change = async (lastname: string) =>
			await run({
				operation: 'update',
				rowId: byId(leadid),
				columns: mapped({ lastname }),
				options: { rowVersion: String(rowVersion) },
			});
		await change('first');
		await expect(change('second')).rejects.toThrow('Somebody changed the row in the meantime');
		await expect(readLead(leadid)).resolves.toMatchObject({ lastname: 'first' });
	});

	it('does not create a row that is not there', async () => {
		const missing = '00000000-0000-4000-8000-000000000000';
		await expect(
			run({ operation: 'update', rowId: byId(missing), columns: mapped({ lastname: 'x' }) }),
		).rejects.toThrow('There is no such row');
	});

	it('goes on with the other items where the node says so, and names the one that failed', async () => {
		const { leadid } = await createLead({ lastname: 'Good' });
		const output = await runNodeItems(
			dynamicsNode(
				credential,
				{
					resource: 'lead',
					operation: 'update',
					rowId: byId('={{ $json.id }}'),
					columns: mapped({ jobtitle: '={{ $json.title }}' }),
				},
				{
					items: items(
						{ id: '00000000-0000-4000-8000-000000000000', title: 'a' },
						{ id: leadid, title: 'b' },
					),
					onError: 'continueRegularOutput',
				},
			),
		);
		expect(output[0]).toMatchObject({ json: { title: 'a' }, pairedItem: { item: 0 } });
		expect(output[0]!.error).toMatchObject({ message: 'There is no such row' });
		expect(output[1]).toMatchObject({ json: { jobtitle: 'b' }, pairedItem: { item: 1 } });
	});
});

describe('create or update', () => {
	it('creates once, then updates, by e-mail address', async () => {
		const upsert = async (jobtitle: string) =>
			await run({
				operation: 'upsert',
				columns: mapped({ emailaddress1: "o'hara+1@example.com", lastname: "O'Hara", jobtitle }, [
					'emailaddress1',
				]),
			});
		const [first] = await upsert('one');
		const [second] = await upsert('two');
		expect(first).toMatchObject({ created: true, jobtitle: 'one' });
		expect(second).toMatchObject({ created: false, jobtitle: 'two', leadid: first!.leadid });
	});

	it('refuses to guess between two rows', async () => {
		for (let count = 0; count < 2; count++)
			await createLead({ lastname: 'Twin', companyname: 'Same' });
		await expect(
			run({
				operation: 'upsert',
				columns: mapped({ companyname: 'Same', jobtitle: 'x' }, ['companyname']),
			}),
		).rejects.toThrow('More than one record has this companyname');
	});

	it('takes the id of a row, also of one that is still to be', async () => {
		const leadid = '11111111-0000-4000-8000-000000000001';
		const columns = mapped({ leadid, lastname: 'Mine' }, ['leadid']);
		await expect(run({ operation: 'upsert', columns })).resolves.toMatchObject([
			{ leadid, created: true },
		]);
		await expect(run({ operation: 'upsert', columns })).resolves.toMatchObject([
			{ leadid, created: false },
		]);
	});

	it('wants a value to match on', async () => {
		await expect(
			run({ operation: 'upsert', columns: mapped({ lastname: 'x' }, ['emailaddress1']) }),
		).rejects.toThrow(/column to match on is empty/);
	});
});

describe('get and get many', () => {
	it('returns the chosen columns, or everything', async () => {
		const id = await anyLeadId();
		expect(Object.keys(await readLead(id, { columns: ['companyname'] })).sort()).toEqual([
			'companyname',
			'leadid',
			'rowVersion',
		]);
		expect(Object.keys(await readLead(id, { allColumns: true })).length).toBeGreaterThan(100);
	});

	it('returns the raw row where Simplify is off', async () => {
		const [raw] = await run({ operation: 'get', rowId: byId(await anyLeadId()), simplify: false });
		expect(raw).toHaveProperty(['@odata.etag']);
		expect(raw).toHaveProperty('_ownerid_value');
	});

	it('takes the address of a form as it stands in the browser', async () => {
		const id = await anyLeadId();
		const value = `${twin.url}/main.aspx?appid=1&pagetype=entityrecord&etn=lead&id=${id}`;
		const [lead] = await run({ operation: 'get', rowId: { __rl: true, mode: 'url', value } });
		expect(lead).toMatchObject({ leadid: id });
	});

	it('reads all pages, filters, sorts and limits', async () => {
		const all = await run({
			operation: 'getAll',
			returnAll: true,
			sort: { rule: [{ column: 'lastname', direction: 'desc' }] },
		});
		expect(all).toHaveLength(60);
		const limited = await run({ operation: 'getAll', limit: 7 });
		expect(limited).toHaveLength(7);
		const web = await run({
			operation: 'getAll',
			returnAll: true,
			filters: equal('leadsourcecode', 'Web'),
		});
		expect(web).toHaveLength(all.filter(({ leadsourcecode }) => leadsourcecode === 8).length);
		expect(web.length).toBeGreaterThan(0);
	});

	it('joins simple conditions with an OData filter', async () => {
		await createLead({ lastname: 'Zebra', companyname: 'Zoo' });
		await createLead({ lastname: 'Zebra', companyname: 'Circus' });
		const found = await run({
			operation: 'getAll',
			filters: equal('lastname', 'Zebra'),
			options: { odataFilter: "companyname eq 'Zoo'" },
		});
		expect(found).toMatchObject([{ companyname: 'Zoo' }]);
	});

	it('says which item asks for a row that is not there', async () => {
		await expect(readLead('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
			message: 'There is no such row',
			context: { itemIndex: 0 },
		});
	});
});

describe('delete', () => {
	it('deletes the row', async () => {
		const { leadid } = await createLead({ lastname: 'Gone' });
		await expect(run({ operation: 'delete', rowId: byId(leadid) })).resolves.toEqual([
			{ deleted: true, leadid },
		]);
		await expect(readLead(leadid)).rejects.toThrow('There is no such row');
	});
});

describe('describe', () => {
	it('lists columns with types, lengths, choices and what lookups point to', async () => {
		const columns = await run({
			resource: 'setup',
			operation: 'describe',
			table: { __rl: true, mode: 'name', value: 'contact' },
		});
		const named = (name: string) => columns.find((column) => column.name === name);
		expect(named('jobtitle')).toMatchObject({ type: 'String', maxLength: 100, canUpdate: true });
		expect(named('birthdate')).toMatchObject({ type: 'DateTime', dateBehavior: 'DateOnly' });
		expect(named('parentcustomerid')).toMatchObject({
			type: 'Customer',
			pointsTo: ['account', 'contact'],
		});
		expect(named('statecode')!.choices).toContainEqual({ value: 0, label: 'Active' });
		expect(named('fullname')).toMatchObject({ canCreate: false, canUpdate: false });
	});

	it('says that there is no such table', async () => {
		await expect(
			run({
				resource: 'setup',
				operation: 'describe',
				table: { __rl: true, mode: 'name', value: 'nope' },
			}),
		).rejects.toThrow(/nope/);
	});
});

describe('sign-in at work', () => {
	it('renews an expired token and goes on', async () => {
		await run({ operation: 'getAll', limit: 1 });
		await post('expire', { what: 'accessToken' });
		await expect(run({ operation: 'getAll', limit: 1 })).resolves.toHaveLength(1);
	});

	it('says in words why nobody could sign in', async () => {
		credential = twinCredential(twin, { clientSecret: 'wrong' });
		await expect(run({ operation: 'getAll' })).rejects.toMatchObject({
			message: 'The client secret is wrong',
			description: expect.stringContaining("'Client Secret'") as string,
		});
	});
});

async function anyLeadId(): Promise<string> {
	const [lead] = await run({
		operation: 'getAll',
		limit: 1,
		filters: { condition: [{ column: 'emailaddress1', operator: 'notEmpty' }] },
	});
	return String(lead!.leadid);
}

function equal(column: string, value: string): Parameters[string] {
	return { condition: [{ column, operator: 'eq', value }] };
}

async function post(what: string, body: object): Promise<void> {
	const answer = await fetch(`${twin.url}/__twin/${what}`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	});
	expect(answer.status).toBe(200);
}
