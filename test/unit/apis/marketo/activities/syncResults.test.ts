import {
	addSyncResults,
	prepareResultType,
	SYNC_RESULT_TYPE,
} from '../../../../../apis/marketo/activities/syncResults';
import { MarketoProblem } from '../../../../../apis/marketo/transport/errors';
import { NoAnswer } from '../../../../../apis/wire/wire';
import { fakeMarketo, ok } from '../fakeMarketo';

const { apiName, name, attributes } = SYNC_RESULT_TYPE;
const approved = { id: 100_001, apiName, name, status: 'approved', attributes };
const ends = (calls: Array<{ url: string }>) => calls.map(({ url }) => url.split('/').pop());

const entry = {
	personId: '7',
	at: '2026-01-15T12:00:00.123Z',
	subject: 'Job Title',
	field: 'title',
	reason: 'x'.repeat(3_000),
	remedy: '',
	outcome: 'needs help',
};

describe('prepareResultType', () => {
	it('makes the type, its attributes, and approves it', async () => {
		const { marketo, calls } = fakeMarketo([
			ok({ result: [] }),
			ok({ result: [{ apiName, status: 'draft' }] }),
			ok({ result: [{ apiName, name, status: 'draft' }] }),
			ok(),
			ok(),
		]);
		expect(await prepareResultType(marketo)).toMatchObject({ outcome: 'created' });
		expect(ends(calls)).toEqual([
			'types.json',
			'type.json',
			'describe.json',
			'create.json',
			'approve.json',
		]);
		expect(calls[3]!.body).toEqual({ attributes });
	});

	it('leaves a complete one alone', async () => {
		const { marketo, calls } = fakeMarketo([
			ok({ result: [approved] }),
			ok({ result: [approved] }),
		]);
		expect(await prepareResultType(marketo)).toMatchObject({ outcome: 'there' });
		expect(ends(calls)).toEqual(['types.json', 'describe.json']);
	});

	it('finishes what was left half done', async () => {
		const half = { ...approved, status: 'draft', attributes: attributes.slice(0, 1) };
		const { marketo, calls } = fakeMarketo([
			ok({ result: [half] }),
			ok({ result: [half] }),
			ok(),
			ok(),
		]);
		expect(await prepareResultType(marketo)).toMatchObject({ outcome: 'created' });
		expect(calls[2]!.body).toEqual({ attributes: attributes.slice(1) });
		expect(ends(calls).at(-1)).toBe('approve.json');
	});

	it('knows its type under the name that Marketo gives types made on screen', async () => {
		const onScreen = { ...approved, apiName: `${apiName}_c` };
		const { marketo } = fakeMarketo([ok({ result: [onScreen] }), ok({ result: [onScreen] })]);
		expect(await prepareResultType(marketo)).toMatchObject({ outcome: 'there' });
	});
});

describe('addSyncResults', () => {
	it('writes entries, cut to what fits, without empty attributes', async () => {
		const { marketo, calls } = fakeMarketo([
			ok({ result: [approved] }),
			ok({ result: [{ id: 1, marketoGUID: 'g', status: 'added' }] }),
		]);
		expect(await addSyncResults(marketo, [entry])).toMatchObject([{ kind: 'ok' }]);
		expect(calls[1]!.body).toEqual({
			input: [
				{
					leadId: 7,
					activityDate: '2026-01-15T12:00:00Z',
					activityTypeId: 100_001,
					primaryAttributeValue: 'Job Title',
					attributes: [
						{ apiName: 'field', value: 'title' },
						{ apiName: 'reason', value: 'x'.repeat(2_000) },
						{ apiName: 'outcome', value: 'needs help' },
					],
				},
			],
		});
	});

	it('reads refusals under "errors" (custom activities have no "reasons")', async () => {
		const { marketo } = fakeMarketo([
			ok({ result: [approved] }),
			ok({
				result: [{ status: 'skipped', errors: [{ code: '1004', message: 'Lead not found' }] }],
			}),
		]);
		expect(await addSyncResults(marketo, [entry])).toEqual([{ kind: 'missing' }]);
	});

	it('never sends an entry twice (nobody could ask whether the first one is there)', async () => {
		const { marketo, calls } = fakeMarketo([
			ok({ result: [approved] }),
			new NoAnswer('timeout', 'maybe', 'ETIMEDOUT'),
		]);
		expect((await addSyncResults(marketo, [entry]))[0]!.kind).toBe('unknown');
		expect(calls).toHaveLength(2);
	});

	it('asks to prepare where the type is not there', async () => {
		const { marketo } = fakeMarketo([ok({ result: [] })]);
		const cause: unknown = await addSyncResults(marketo, [entry]).catch((error: unknown) => error);
		expect(cause).toBeInstanceOf(MarketoProblem);
		expect((cause as MarketoProblem).remedy).toContain('Prepare');
	});
});
