import { personFields, searchableFields } from '../../../../../apis/marketo/fields/personFields';
import { fakeMarketo, FIELDS, ok } from '../fakeMarketo';

describe('personFields', () => {
	it('calls neither ids, times of Marketo nor computed fields writable (describe says id is)', async () => {
		const { marketo } = fakeMarketo([ok({ result: FIELDS })]);
		const writable = (await personFields(marketo)).filter((field) => field.writable);
		expect(writable.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['id']));
		expect(writable.map(({ name }) => name)).toContain('email');
		expect(writable.map(({ name }) => name)).not.toContain('rating');
		expect(writable.map(({ name }) => name)).not.toContain('createdAt');
	});

	it('leaves out fields that only the former SOAP interface had', async () => {
		const { marketo } = fakeMarketo([
			ok({
				result: [
					{ id: 1, displayName: 'Old', dataType: 'string', soap: { name: 'Old', readOnly: false } },
				],
			}),
		]);
		expect(await personFields(marketo)).toEqual([]);
	});

	it('asks once an hour', async () => {
		const { marketo, calls, clock } = fakeMarketo([ok({ result: [] }), ok({ result: [] })]);
		await personFields(marketo);
		await personFields(marketo);
		expect(calls).toHaveLength(1);
		clock.now += 3_600_000;
		await personFields(marketo);
		expect(calls).toHaveLength(2);
	});
});

describe('searchableFields', () => {
	it('gives the single keys', async () => {
		const { marketo } = fakeMarketo([
			ok({ result: [{ name: 'API Lead', searchableFields: [['email'], ['id'], ['one', 'two']] }] }),
		]);
		expect(await searchableFields(marketo)).toEqual(['email', 'id']);
	});
});
