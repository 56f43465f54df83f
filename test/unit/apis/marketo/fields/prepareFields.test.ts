import { PERSON_LINK_FIELDS } from '../../../../../apis/marketo/fields/linkFields';
import { prepareFields } from '../../../../../apis/marketo/fields/prepareFields';
import { fakeMarketo, ok, refused } from '../fakeMarketo';

const WANTED = Object.values(PERSON_LINK_FIELDS);

const described = (fields: Array<{ name: string; label: string; dataType: string }>) =>
	ok({
		result: fields.map(({ name, label, dataType }, id) => ({
			id,
			displayName: label,
			dataType,
			rest: { name, readOnly: false },
		})),
	});

describe('prepareFields', () => {
	it('makes all fields in one call where none is there', async () => {
		const { marketo, calls } = fakeMarketo([
			described([]),
			ok({ result: WANTED.map(({ name }) => ({ name, status: 'created' })) }),
		]);
		const prepared = await prepareFields(marketo);
		expect(prepared.map(({ outcome }) => outcome)).toEqual(WANTED.map(() => 'created'));
		expect((calls[1]!.body as { input: object[] }).input).toContainEqual({
			displayName: 'Dynamics Lead ID',
			name: 'dynamicsLeadId',
			dataType: 'string',
			description: expect.any(String) as string,
		});
	});

	it('leaves alone what is there (a second run makes nothing)', async () => {
		const { marketo, calls } = fakeMarketo([described(WANTED)]);
		const prepared = await prepareFields(marketo);
		expect(prepared.map(({ outcome }) => outcome)).toEqual(WANTED.map(() => 'there'));
		expect(calls).toHaveLength(1);
	});

	it('reports a field of another type, and one of another name that has the label', async () => {
		const [leadId, contactId, ...others] = WANTED;
		const { marketo, calls } = fakeMarketo([
			described([
				{ ...leadId!, dataType: 'integer' },
				{ ...contactId!, name: 'somebodyElses' },
				...others,
			]),
		]);
		const prepared = await prepareFields(marketo);
		expect(prepared[0]).toMatchObject({
			outcome: 'wrongType',
			message: expect.stringContaining('integer') as string,
		});
		expect(prepared[1]).toMatchObject({
			outcome: 'wrongType',
			message: expect.stringContaining('somebodyElses') as string,
		});
		expect(calls).toHaveLength(1);
	});

	it('reports what Marketo refuses, field by field', async () => {
		const { marketo } = fakeMarketo([
			described(WANTED.slice(1)),
			ok({
				result: [{ status: 'skipped', reasons: [{ code: '1017', message: 'Object exists' }] }],
			}),
		]);
		const prepared = await prepareFields(marketo);
		expect(prepared[0]).toMatchObject({
			outcome: 'refused',
			message: expect.stringContaining('Object exists') as string,
		});
	});

	it('names the permission that is missing', async () => {
		const { marketo } = fakeMarketo([described([]), refused('603', 'Access denied')]);
		await expect(prepareFields(marketo)).rejects.toThrow(/Read-Write Schema Custom Field/);
	});
});
