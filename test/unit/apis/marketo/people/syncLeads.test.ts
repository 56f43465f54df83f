import {
	createPeople,
	deletePeople,
	updatePeople,
} from '../../../../../apis/marketo/people/syncLeads';
import { MarketoProblem } from '../../../../../apis/marketo/transport/errors';
import { NoAnswer } from '../../../../../apis/wire/wire';
import { fakeMarketo, http, ok, refused, type SeenRequest } from '../fakeMarketo';

const updates = (count: number) =>
	Array.from({ length: count }, (_, at) => ({ id: String(at + 1), values: { title: `T${at}` } }));

const inputOf = (request: SeenRequest) =>
	(request.body as { input: Array<Record<string, unknown>> }).input;

const allUpdated = (request: SeenRequest) =>
	ok({ result: inputOf(request).map(({ id }) => ({ id, status: 'updated' })) });

describe('updatePeople', () => {
	it('updates by id only, null clears', async () => {
		const { marketo, calls } = fakeMarketo(allUpdated);
		const outcomes = await updatePeople(marketo, [
			{ id: '7', values: { title: null, leadScore: 0 } },
		]);
		expect(calls[0]!.body).toEqual({
			action: 'updateOnly',
			lookupField: 'id',
			input: [{ id: 7, title: null, leadScore: 0 }],
		});
		expect(outcomes).toEqual([{ kind: 'ok', id: '7', created: false }]);
	});

	it('gives one outcome per record in their order (skipped ones carry no id)', async () => {
		const { marketo } = fakeMarketo([
			ok({
				result: [
					{ id: 1, status: 'updated' },
					{ status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
					{
						status: 'skipped',
						reasons: [{ code: 1003, message: "Invalid value for field 'title' and value 'x'" }],
					},
					{
						status: 'skipped',
						reasons: [{ code: '1007', message: 'Multiple lead match lookup criteria' }],
					},
					{ status: 'skipped', reasons: [{ code: '713', message: 'Transient Error' }] },
				],
			}),
		]);
		const outcomes = await updatePeople(marketo, updates(6));
		expect(outcomes.map(({ kind }) => kind)).toEqual([
			'ok',
			'missing',
			'refused',
			'refused',
			'again',
			'unknown',
		]);
		expect(outcomes[2]).toMatchObject({ refusal: { field: 'title', code: '1003' } });
	});

	it('makes four calls of 1,000 updates', async () => {
		const { marketo, calls } = fakeMarketo(allUpdated);
		const outcomes = await updatePeople(marketo, updates(1_000));
		expect(calls.map((request) => inputOf(request).length)).toEqual([300, 300, 300, 100]);
		expect(outcomes.map((outcome) => (outcome as { id: string }).id)).toEqual(
			updates(1_000).map(({ id }) => id),
		);
	});

	it('stays below 1 MB per call', async () => {
		const { marketo, calls } = fakeMarketo(allUpdated);
		const long = 'ü'.repeat(15_000);
		await updatePeople(
			marketo,
			Array.from({ length: 60 }, (_, at) => ({ id: String(at + 1), values: { notes: long } })),
		);
		expect(calls).toHaveLength(2);
		for (const { body } of calls)
			expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(1_048_576);
	});

	it('makes all records of a call unknown when its answer is lost, and does not send them again', async () => {
		const { marketo, calls } = fakeMarketo([new NoAnswer('reset', 'maybe', 'ECONNRESET')]);
		const outcomes = await updatePeople(marketo, updates(3));
		expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown']);
		expect(calls).toHaveLength(1);
	});

	it.each([refused('500'), refused('502'), refused('604'), http(200, ''), http(503, '')])(
		'makes them unknown after an unclear answer too',
		async (answer) => {
			const { marketo, calls } = fakeMarketo([answer]);
			expect((await updatePeople(marketo, updates(1)))[0]!.kind).toBe('unknown');
			expect(calls).toHaveLength(1);
		},
	);

	it('halves a batch that Marketo cannot digest (611) down to the record', async () => {
		const { marketo } = fakeMarketo((request) =>
			inputOf(request).some(({ id }) => id === 3)
				? refused('611', 'System error')
				: allUpdated(request),
		);
		const outcomes = await updatePeople(marketo, updates(5));
		expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'refused', 'ok', 'ok']);
	});

	it('halves a batch that is too large for the gateway (413)', async () => {
		const { marketo, calls } = fakeMarketo((request) =>
			inputOf(request).length > 2 ? http(413) : allUpdated(request),
		);
		const outcomes = await updatePeople(marketo, updates(4));
		expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
		expect(calls).toHaveLength(3);
	});

	it('throws what concerns the whole call while nothing has been written', async () => {
		const { marketo } = fakeMarketo([refused('607')]);
		await expect(updatePeople(marketo, updates(3))).rejects.toThrow(MarketoProblem);
	});

	it('keeps the outcomes of the calls that were made when a later one is refused', async () => {
		const { marketo } = fakeMarketo((request) =>
			inputOf(request)[0]!.id === 1 ? allUpdated(request) : refused('607'),
		);
		const outcomes = await updatePeople(marketo, updates(301));
		expect(outcomes[0]!.kind).toBe('ok');
		expect(outcomes[300]!.kind).toBe('again');
	});
});

describe('createPeople', () => {
	it('creates by e-mail only where nobody has it', async () => {
		const { marketo, calls } = fakeMarketo([
			ok({
				result: [
					{ id: 1, status: 'created' },
					{ status: 'skipped', reasons: [{ code: '1005', message: 'Lead already exists' }] },
				],
			}),
		]);
		const outcomes = await createPeople(
			marketo,
			[
				{ email: 'a@b.example', dynamicsLeadId: 'x' },
				{ email: 'c@d.example', dynamicsLeadId: 'y' },
			],
			'email',
		);
		expect(calls[0]!.body).toMatchObject({ action: 'createOnly', lookupField: 'email' });
		expect(outcomes[0]).toEqual({ kind: 'ok', id: '1', created: true });
		expect(outcomes[1]!.kind).toBe('exists');
	});

	it('creates or updates by an id where there is no e-mail', async () => {
		const { marketo, calls } = fakeMarketo([ok({ result: [{ id: 4, status: 'updated' }] })]);
		const outcomes = await createPeople(marketo, [{ dynamicsLeadId: 'x' }], 'dynamicsLeadId');
		expect(calls[0]!.body).toMatchObject({
			action: 'createOrUpdate',
			lookupField: 'dynamicsLeadId',
		});
		expect(outcomes[0]).toEqual({ kind: 'ok', id: '4', created: false });
	});

	it('never sends a create again whose answer was lost', async () => {
		const { marketo, calls } = fakeMarketo([new NoAnswer('timeout', 'maybe', 'ETIMEDOUT')]);
		const outcomes = await createPeople(marketo, [{ email: 'a@b.example' }], 'email');
		expect(outcomes[0]!.kind).toBe('unknown');
		expect(calls).toHaveLength(1);
	});
});

describe('deletePeople', () => {
	it('tells who was deleted and who was not there', async () => {
		const { marketo, calls } = fakeMarketo([
			ok({
				result: [
					{ id: 1, status: 'deleted' },
					{ status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
				],
			}),
		]);
		const outcomes = await deletePeople(marketo, ['1', '2']);
		expect(calls[0]!.body).toEqual({ input: [{ id: 1 }, { id: 2 }] });
		expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'missing']);
	});
});
