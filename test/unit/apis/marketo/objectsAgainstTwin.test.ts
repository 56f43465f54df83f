import type { Marketo } from '../../../../apis/marketo/client';
import { customObjects } from '../../../../apis/marketo/objects/customObjects';
import { describeObject } from '../../../../apis/marketo/objects/describeObject';
import { customObject, STANDARD_OBJECTS } from '../../../../apis/marketo/objects/object';
import { readObjects, readObjectsByKey } from '../../../../apis/marketo/objects/readObjects';
import { deleteObjects, syncObjects } from '../../../../apis/marketo/objects/syncObjects';
import { createPeople } from '../../../../apis/marketo/people/syncLeads';
import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';
import { makeCustomObject } from './customObject';
import { admin, twinMarketo } from './twinWire';

const { company, opportunity, opportunityRole, salesPerson } = STANDARD_OBJECTS;
const CAR = customObject('car');

let twin: MarketoTwin;
let marketo: Marketo;

beforeEach(async () => {
	twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
	await admin(twin, 'POST', 'limits', { callsPerWindow: 1000 });
	marketo = twinMarketo(twin);
});
afterEach(async () => await twin.close());

const companies = (count: number) =>
	Array.from({ length: count }, (_, at) => ({ externalCompanyId: `C${at}`, company: `Co ${at}` }));

async function callsTo(endpoint: string): Promise<number> {
	const { byEndpoint } = await admin<{ byEndpoint: Record<string, number> }>(twin, 'GET', 'calls');
	return byEndpoint[endpoint] ?? 0;
}

describe('objects other than people, against the twin', () => {
	it('writes 601 records in three calls, and reads them in three', async () => {
		const records = companies(601);
		const first = await syncObjects(marketo, company, 'createOrUpdate', records);
		expect(first[600]).toMatchObject({ kind: 'ok', created: true });
		const second = await syncObjects(marketo, company, 'createOrUpdate', records.slice(0, 1));
		expect(second).toMatchObject([{ kind: 'ok', created: false }]);
		expect(await callsTo('POST /rest/v1/companies.json')).toBe(4);
		const keys = records.map(({ externalCompanyId }) => ({ externalCompanyId }));
		const read = await readObjectsByKey(marketo, company, keys, ['company', 'industry']);
		expect(read).toHaveLength(601);
		expect(read[0]).toEqual({
			id: expect.any(String),
			values: { company: 'Co 0', industry: null },
		});
	});

	it('reads all pages of what has one value', async () => {
		const records = companies(305).map((one) => ({ ...one, company: 'Same' }));
		await syncObjects(marketo, company, 'createOnly', records);
		expect(await readObjects(marketo, company, 'company', ['Same'], ['company'])).toHaveLength(305);
	});

	it('reads roles by a key of three fields', async () => {
		const people = [{ email: 'ann@made.example' }];
		const [person] = await createPeople(marketo, people, 'email');
		const leadId = Number((person as { id: string }).id);
		await syncObjects(marketo, opportunity, 'createOnly', [
			{ externalOpportunityId: 'O1', name: 'Chairs' },
		]);
		const role = { externalOpportunityId: 'O1', leadId, role: 'Buyer, first' };
		await syncObjects(marketo, opportunityRole, 'createOrUpdate', [role]);
		const read = await readObjectsByKey(marketo, opportunityRole, [role], ['role', 'isPrimary']);
		expect(read).toMatchObject([{ values: { role: 'Buyer, first', isPrimary: false } }]);
	});

	it('tells what it is like, and asks once', async () => {
		const described = await describeObject(marketo, opportunityRole);
		expect(described.keyFields).toEqual(['externalOpportunityId', 'leadId', 'role']);
		expect(described.searchableFields).toEqual(['marketoGUID', 'leadId', 'externalOpportunityId']);
		expect(described.fields).toContainEqual({
			name: 'createdAt',
			label: 'Created At',
			dataType: 'datetime',
			writable: false,
		});
		await describeObject(marketo, opportunityRole);
		expect(await callsTo('GET /rest/v1/opportunities/roles/describe.json')).toBe(1);
	});

	it('tells of each record what became of it', async () => {
		const outcomes = await syncObjects(marketo, company, 'updateOnly', [
			{ externalCompanyId: 'nobody', company: 'x' },
		]);
		expect(outcomes).toEqual([{ kind: 'missing' }]);
		await syncObjects(marketo, company, 'createOnly', companies(1));
		const again = await syncObjects(marketo, company, 'createOnly', companies(1));
		expect(again).toMatchObject([{ kind: 'refused', refusal: { code: '1017' } }]);
		await createPeople(marketo, [{ email: 'a@made.example', externalCompanyId: 'C0' }], 'email');
		const kept = await deleteObjects(marketo, company, 'dedupeFields', [
			{ externalCompanyId: 'C0' },
		]);
		expect(kept).toMatchObject([
			{
				kind: 'refused',
				refusal: { code: '1022', reason: expect.stringContaining('belongs to it') },
			},
		]);
	});

	it('says that a native CRM sync is in the way', async () => {
		await admin(twin, 'POST', 'options', { nativeSync: true });
		const write = syncObjects(marketo, salesPerson, 'createOrUpdate', [
			{ externalSalesPersonId: 'S' },
		]);
		await expect(write).rejects.toMatchObject({ code: '1018', reaction: 'setUp' });
	});

	it('knows custom objects by name, and deletes their records by id', async () => {
		await makeCustomObject(twin);
		expect(await customObjects(marketo)).toMatchObject([{ name: 'car', label: 'Car' }]);
		const [made] = await syncObjects(marketo, CAR, 'createOrUpdate', [{ vin: 'A', make: 'BMW' }]);
		const marketoGUID = (made as { id: string }).id;
		expect(await readObjects(marketo, CAR, 'vin', ['a'], ['make'])).toEqual([
			{ id: marketoGUID, values: { make: 'BMW' } },
		]);
		expect(await deleteObjects(marketo, CAR, 'idField', [{ marketoGUID }])).toMatchObject([
			{ kind: 'ok', id: marketoGUID },
		]);
	});
});
