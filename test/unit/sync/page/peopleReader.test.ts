import { PeopleReader } from '../../../../sync/page/peopleReader';
import type { MarketoPort, Person } from '../../../../sync/ports';

describe('PeopleReader', () => {
	it('asks for all whom a page wants by one field together, so that several calls can be under way', async () => {
		const asked: string[][] = [];
		const readBy: MarketoPort['readBy'] = async (_by, values) => {
			asked.push(values);
			return await Promise.resolve(values.map((id): Person => ({ id, values: {} })));
		};
		const reader = new PeopleReader({ now: () => 7 }, { readBy } as MarketoPort, ['id']);
		const ids = Array.from({ length: 900 }, (_, n) => String(n + 1));
		for (const id of ids) reader.want('id', id, `person:${id}`);
		const people = await reader.read(new Map());
		expect(asked).toEqual([ids]);
		expect([people.size, reader.begunAt]).toEqual([900, 7]);
	});

	it('asks nothing where nobody is wanted, or all were found by their e-mail', async () => {
		const asked: string[] = [];
		const readBy: MarketoPort['readBy'] = async (by) => {
			asked.push(by);
			return await Promise.resolve([{ id: '1', values: {} }]);
		};
		const reader = new PeopleReader({ now: () => 7 }, { readBy } as MarketoPort, ['id']);
		await reader.read(new Map());
		expect([asked, reader.begunAt]).toEqual([[], null]);
		reader.want('id', '1', 'person:1');
		reader.want('email', 'a@x.test', 'lead:1');
		await reader.read(new Map());
		expect(asked).toEqual(['email']);
	});
});
