import { readPeople, UnaskableValue } from '../../../../../apis/marketo/people/readPeople';
import { MarketoProblem } from '../../../../../apis/marketo/transport/errors';
import { fakeMarketo, ok, refused, withMetadata } from '../fakeMarketo';

describe('readPeople', () => {
	it('gives null for a field without a value, left out or null, and one form for times', async () => {
		const { marketo } = fakeMarketo(
			withMetadata(() =>
				ok({
					result: [
						{ id: 1, title: null, seenAt: '2024-05-31T06:00:00-08:00', birthday: '1980-02-29' },
					],
				}),
			),
		);
		const fields = ['title', 'firstName', 'seenAt', 'birthday'];
		expect(await readPeople(marketo, 'id', ['1'], fields)).toEqual([
			{
				id: '1',
				values: {
					title: null,
					firstName: null,
					seenAt: '2024-05-31T14:00:00Z',
					birthday: '1980-02-29',
				},
			},
		]);
	});

	it('asks for 300 values a call, each once', async () => {
		const { marketo, calls } = fakeMarketo(withMetadata(() => ok({ result: [] })));
		const ids = Array.from({ length: 601 }, (_, at) => String(at + 1));
		await readPeople(marketo, 'id', [...ids, '1'], ['title']);
		const asked = calls.filter(({ url }) => url.endsWith('/leads.json'));
		expect(asked.map(({ query }) => String(query!.filterValues).split(',').length)).toEqual([
			300, 300, 1,
		]);
	});

	it('reads four parts at a time, since Marketo takes its time for each, and gives people in the order asked for', async () => {
		const underWay = new Set<string>();
		let most = 0;
		const { marketo } = fakeMarketo(
			withMetadata(async ({ query }) => {
				const [first] = String(query!.filterValues).split(',');
				underWay.add(first!);
				most = Math.max(most, underWay.size);
				// The parts that were asked for first answer last.
				await new Promise((resolve) => setTimeout(resolve, 60 - Number(first) / 30));
				underWay.delete(first!);
				return ok({ result: [{ id: Number(first) }] });
			}),
		);
		const ids = Array.from({ length: 1_500 }, (_, at) => String(at + 1));
		const people = await readPeople(marketo, 'id', ids, []);
		expect(people.map(({ id }) => id)).toEqual(['1', '301', '601', '901', '1201']);
		expect(most).toBe(4);
	});

	it('makes no call for no values', async () => {
		const { marketo, calls } = fakeMarketo(withMetadata(() => ok()));
		await readPeople(marketo, 'id', [], ['title']);
		expect(calls.filter(({ url }) => url.endsWith('/leads.json'))).toEqual([]);
	});

	it('reads all pages of a value that many people have', async () => {
		const { marketo } = fakeMarketo(
			withMetadata((_, number) =>
				number === 1
					? ok({ result: [{ id: 1 }], nextPageToken: 'more' })
					: ok({ result: [{ id: 2 }] }),
			),
		);
		const people = await readPeople(marketo, 'email', ['a@b.example'], []);
		expect(people.map(({ id }) => id)).toEqual(['1', '2']);
	});

	it('halves the values where they match more people than Marketo gives out', async () => {
		const { marketo } = fakeMarketo(
			withMetadata(({ query }) => {
				const values = String(query!.filterValues).split(',');
				if (values.length > 2) return refused('1003', 'Too many results match the filter');
				return ok({ result: values.map((value) => ({ id: Number(value) })) });
			}),
		);
		const people = await readPeople(marketo, 'id', ['1', '2', '3', '4', '5'], []);
		expect(people.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5']);
	});

	it('gives up on one value that matches too many people', async () => {
		const { marketo } = fakeMarketo(
			withMetadata(() => refused('1003', 'Too many results match the filter')),
		);
		await expect(readPeople(marketo, 'title', ['CEO'], [])).rejects.toThrow(MarketoProblem);
	});

	it('refuses a value with a comma (Marketo would read it as two)', async () => {
		const { marketo, calls } = fakeMarketo([]);
		await expect(readPeople(marketo, 'title', ['CEO, Sales'], [])).rejects.toThrow(UnaskableValue);
		expect(calls).toEqual([]);
	});
});
