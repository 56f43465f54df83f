import { customTexts } from '../../../../../apis/dataverse/metadata/customTexts';
import { readReferenced, type Question } from '../../../../../apis/dataverse/rows/references';
import { batchAnswer, fake } from '../fakeDataverse';

const ID = '60c4e274-0d87-e711-80e5-00155db19e6d';
const user = { target: { table: 'systemuser', set: 'systemusers', idColumn: 'systemuserid' } };
const team = { target: { table: 'team', set: 'teams', idColumn: 'teamid' } };
const byId: Question = { ...user, select: ['systemuserid', 'fullname'], ids: [ID] };
const byName: Question = {
	...team,
	select: ['teamid', 'name'],
	column: 'name',
	texts: ["O'Neill"],
};
const ok = (value: object[]) => ({ status: 200, body: { value } });
const failed = (status: number, code: string) => ({
	status,
	body: { error: { code, message: 'No.' } },
});

describe(readReferenced, () => {
	it('asks all questions in one call, and a question of many values in pieces of one', async () => {
		const { client, requests } = fake(
			batchAnswer(ok([{ systemuserid: ID }]), ok([{ teamid: 'a' }]), ok([{ teamid: 'b' }])),
		);
		const many = Array.from({ length: 150 }, (_, index) => `Team ${index}`);
		const found = await readReferenced(client, [byId, { ...byName, texts: many }]);
		expect(found).toEqual([[{ systemuserid: ID }], [{ teamid: 'a' }, { teamid: 'b' }]]);
		expect(requests).toHaveLength(1);
		const body = String(requests[0]!.body);
		expect(body).toContain('systemusers?$select=systemuserid,fullname&$filter=');
		expect(body.match(/GET \/api\/data/g)).toHaveLength(3);
	});

	it('looks for each text by itself where a list is refused: one that Dynamics does not look for holds up no other', async () => {
		const { client, requests } = fake(
			batchAnswer(failed(400, '0x80048d19'), ok([{ systemuserid: ID }])),
			batchAnswer(ok([]), ok([{ teamid: 'a' }]), failed(400, '0x80048d19')),
		);
		const told: string[] = [];
		const found = await readReferenced(
			client,
			[{ ...byName, texts: ['Sales', 'bad\u0000'] }, byId],
			(_, text, { kind }) => told.push(`${text} ${kind}`),
		);
		expect(found).toEqual([[{ teamid: 'a' }], [{ systemuserid: ID }]]);
		expect(told).toEqual(['bad\u0000 refused']);
		expect(requests).toHaveLength(2);
	});

	it('takes a table for unknown whose column refuses any text', async () => {
		const { client } = fake(
			batchAnswer(failed(400, '0x0'), ok([{ systemuserid: ID }])),
			batchAnswer(failed(400, '0x0'), failed(400, '0x0')),
		);
		expect(await readReferenced(client, [byName, byId], () => fail('told'))).toEqual([
			undefined,
			[{ systemuserid: ID }],
		]);
	});

	it('asks nothing where there is no question', async () => {
		const { client, requests } = fake();
		expect(await readReferenced(client, [])).toEqual([]);
		expect(requests).toEqual([]);
	});

	it.each([
		['may not be read', failed(403, '0x80040220')],
		['is a virtual one that cannot be asked so', failed(501, '0x80060888')],
		['takes no such filter', failed(400, '0x0')],
	])('takes a table that %s for unknown, and the others go on', async (_, refusal) => {
		const { client } = fake(batchAnswer(refusal, ok([{ teamid: 'a' }])));
		expect(await readReferenced(client, [byId, byName])).toEqual([undefined, [{ teamid: 'a' }]]);
	});

	it.each([
		['asks to come back later', failed(429, '0x80072322'), 'throttled'],
		['is not well', failed(503, ''), 'unknown'],
	])('takes nothing for unknown where Dynamics %s', async (_, answer, kind) => {
		const { client } = fake(batchAnswer(answer, ok([])));
		await expect(readReferenced(client, [byId, byName])).rejects.toMatchObject({ kind });
	});
});

describe(customTexts, () => {
	it('are the text columns that people have added, of all tables in one call', async () => {
		const column = (LogicalName: string, more: object = {}) => ({
			LogicalName,
			IsCustomAttribute: true,
			DisplayName: { UserLocalizedLabel: { Label: `Label of ${LogicalName}` } },
			...more,
		});
		const { client, requests } = fake(
			batchAnswer(
				ok([
					column('new_number'),
					column('accountnumber', { IsCustomAttribute: false }),
					column('new_ownername', { AttributeOf: 'new_owner' }),
					column('new_secret', { IsValidForRead: false }),
				]),
				failed(403, '0x80040220'),
			),
		);
		expect(await customTexts(client, ['account', 'contact'])).toEqual([
			{ table: 'account', name: 'new_number', label: 'Label of new_number' },
		]);
		expect(requests).toHaveLength(1);
	});
});
