import { idOf, startClient, type Client } from './client';

const role = (number: number) => `c0220000-0000-4000-8000-00000000000${number}`;
const [STAKEHOLDER, SALES, FRIEND, FORMER_EMPLOYEE, FORMER_EMPLOYER] = [1, 6, 7, 8, 9].map(role);

describe('connections of the Dynamics twin', () => {
	let client: Client;
	let contact: string;
	let account: string;
	let opportunity: string;

	beforeAll(async () => {
		client = await startClient();
	});
	afterAll(async () => {
		await client.twin.close();
	});
	beforeEach(async () => {
		contact = idOf(await client.call('POST', 'contacts', { lastname: 'Lee' }));
		account = idOf(await client.call('POST', 'accounts', { name: 'Contoso' }));
		opportunity = idOf(await client.call('POST', 'opportunities', { name: 'Chairs' }));
	});

	const connect = async (body: object) =>
		await client.call('POST', 'connections', {
			'record1id_opportunity@odata.bind': `/opportunities(${opportunity})`,
			'record2id_contact@odata.bind': `/contacts(${contact})`,
			...body,
		});
	const withRole = (id: string | undefined, end = 2) => ({
		[`record${end}roleid@odata.bind`]: `/connectionroles(${id})`,
	});
	const from = async (id: string) =>
		(await client.call('GET', `connections?$filter=_record1id_value eq ${id}`)).json.value as Array<
			Record<string, unknown>
		>;

	it('are two rows, so that they are found from either end', async () => {
		const id = idOf(await connect({ description: 'since May', ...withRole(STAKEHOLDER) }));
		const [ours] = await from(opportunity);
		const [theirs] = await from(contact);
		expect(ours).toMatchObject({
			connectionid: id,
			name: 'Lee',
			ismaster: true,
			_record2id_value: contact,
			_record2roleid_value: STAKEHOLDER,
			record1objecttypecode: 3,
			record2objecttypecode: 2,
			_relatedconnectionid_value: theirs!.connectionid,
		});
		expect(theirs).toMatchObject({
			name: 'Chairs',
			ismaster: false,
			description: 'since May',
			_record2id_value: opportunity,
			_record1roleid_value: STAKEHOLDER,
			_record2roleid_value: null,
			_relatedconnectionid_value: id,
		});
	});

	it('change and go on both sides', async () => {
		const id = idOf(await connect({}));
		await client.call('PATCH', `connections(${id})`, { description: 'new', ...withRole(FRIEND) });
		expect(await from(contact)).toMatchObject([
			{ description: 'new', _record1roleid_value: FRIEND },
		]);
		const [theirs] = await from(contact);
		await client.call('DELETE', `connections(${String(theirs!.connectionid)})`);
		expect([await from(contact), await from(opportunity)]).toEqual([[], []]);
	});

	it('are refused from a row to itself, and with one end alone', async () => {
		const self = await client.call('POST', 'connections', {
			'record1id_contact@odata.bind': `/contacts(${contact})`,
			'record2id_contact@odata.bind': `/contacts(${contact})`,
		});
		expect(self.json.error.code).toBe('0x80048217');
		const alone = await client.call('POST', 'connections', {
			'record1id_contact@odata.bind': `/contacts(${contact})`,
		});
		expect(alone.json.error.code).toBe('0x80040203');
	});

	it('take roles that are for their tables', async () => {
		expect((await connect(withRole(SALES))).json.error).toMatchObject({
			code: '0x80048215',
			message: expect.stringContaining('Contact'),
		});
		expect((await connect(withRole(FRIEND))).status).toBe(204);
	});

	it('take two roles that go together, and learn that others do', async () => {
		const both = async (one: string | undefined, other: string | undefined) =>
			await client.call('POST', 'connections', {
				'record1id_contact@odata.bind': `/contacts(${contact})`,
				'record2id_account@odata.bind': `/accounts(${account})`,
				...withRole(one, 1),
				...withRole(other),
			});
		expect((await both(FORMER_EMPLOYEE, FORMER_EMPLOYER)).status).toBe(204);
		expect((await both(FORMER_EMPLOYEE, STAKEHOLDER)).json.error.code).toBe('0x80048216');
		const path = `connectionroles(${FORMER_EMPLOYEE})/connectionroleassociation_association`;
		await client.call('POST', `${path}/$ref`, { '@odata.id': `connectionroles(${STAKEHOLDER})` });
		const names = (await client.call('GET', `${path}?$select=name`)).json.value as object[];
		expect(names).toMatchObject([{ name: 'Stakeholder' }, { name: 'Former Employer' }]);
		expect((await both(FORMER_EMPLOYEE, STAKEHOLDER)).status).toBe(204);
		await client.call('DELETE', `${path}(${STAKEHOLDER})/$ref`);
		expect((await both(FORMER_EMPLOYEE, STAKEHOLDER)).json.error.code).toBe('0x80048216');
	});

	it('stand behind the rows they connect, with the name of the role', async () => {
		await connect(withRole(STAKEHOLDER));
		const behind = await client.call(
			'GET',
			`opportunities(${opportunity})/opportunities_connections1?$expand=record2roleid($select=name)`,
		);
		expect(behind.json.value).toMatchObject([{ record2roleid: { name: 'Stakeholder' } }]);
	});

	it('has roles of its own making', async () => {
		const id = idOf(
			await client.call('POST', 'connectionroles', { name: 'Neighbor', category: 3 }),
		);
		await client.call('POST', 'connectionroleobjecttypecodes', {
			associatedobjecttypecode: 'contact',
			'connectionroleid@odata.bind': `/connectionroles(${id})`,
		});
		expect((await connect(withRole(id))).status).toBe(204);
		expect((await connect(withRole(id, 1))).json.error.code).toBe('0x80048215');
	});
});
