import { SignInFailed } from '../../../../apis/wire/signIn';
import { Cancelled, NoAnswer } from '../../../../apis/wire/wire';
import { marketoPort } from '../../../../nodes/shared/marketoPort';
import { ComeBackLater, SetUpProblem } from '../../../../sync/ports';
import {
	fakeMarketo,
	ok,
	refused,
	withMetadata,
	type SeenRequest,
} from '../../apis/marketo/fakeMarketo';

async function causeOf(work: Promise<unknown>): Promise<unknown> {
	return await work.then(
		() => undefined,
		(cause: unknown) => cause,
	);
}

describe('marketoPort', () => {
	it.each([
		['607', 'quota', 18 * 3_600_000],
		['608', 'unavailable', 60_000],
	] as const)('says to come back later after %s (%s)', async (code, reason, afterMs) => {
		const { marketo } = fakeMarketo(() => refused(code));
		const cause = await causeOf(marketoPort(marketo).describe());
		expect(cause).toBeInstanceOf(ComeBackLater);
		expect(cause).toMatchObject({ reason });
		expect((cause as ComeBackLater).afterMs).toBeGreaterThan(afterMs - 60_000);
		expect((cause as ComeBackLater).afterMs).toBeLessThanOrEqual(afterMs);
	});

	it('says to come back later when calls stay throttled', async () => {
		const { marketo } = fakeMarketo(() => refused('606'));
		const cause = await causeOf(marketoPort(marketo).describe());
		expect(cause).toMatchObject({ name: 'ComeBackLater', reason: 'throttled' });
		expect((cause as ComeBackLater).afterMs).toBeGreaterThanOrEqual(20_000);
	});

	it('says to come back later when nothing answers', async () => {
		const { marketo } = fakeMarketo(() => new NoAnswer('reset', 'maybe', 'ECONNRESET'));
		expect(await causeOf(marketoPort(marketo).describe())).toMatchObject({
			name: 'ComeBackLater',
			reason: 'unavailable',
		});
	});

	it.each([
		['a missing permission', refused('603', 'Access denied'), /Read-Only Lead/],
		['a token that stays refused', refused('601'), /access token/],
		['a refused sign-in', new SignInFailed('Not let in', 'Look at the secret'), /Not let in/],
	])('asks a person to change the set-up after %s', async (_, reply, words) => {
		const { marketo } = fakeMarketo(() => reply);
		const cause = await causeOf(marketoPort(marketo).describe());
		expect(cause).toBeInstanceOf(SetUpProblem);
		expect((cause as SetUpProblem).message).toMatch(words);
		expect((cause as SetUpProblem).remedy).not.toBe('');
	});

	it('reads the fields anew after Marketo said that one is gone', async () => {
		let describes = 0;
		const { marketo } = fakeMarketo((request) => {
			if (request.url.endsWith('describe.json')) {
				describes++;
				return ok({ result: [] });
			}
			return refused('1006', "Field 'gone' not found");
		});
		const port = marketoPort(marketo);
		await port.describe();
		expect(await causeOf(port.readBy('id', ['1'], ['gone']))).toBeInstanceOf(SetUpProblem);
		await port.describe();
		expect(describes).toBe(2);
	});

	it('passes a cancelled execution on as it is', async () => {
		const { marketo } = fakeMarketo(() => new Cancelled());
		expect(await causeOf(marketoPort(marketo).describe())).toBeInstanceOf(Cancelled);
	});

	it('asks before each request of a write whether it may still go out, after its turn and each wait (R8)', async () => {
		const { marketo, calls } = fakeMarketo((_request, count) =>
			count === 1 ? refused('606') : ok({ result: [{ id: 1, status: 'updated' }] }),
		);
		const asked: number[] = [];
		const now = () => marketo.wire.now();
		const began = now();
		const outcomes = await marketoPort(marketo).update([{ id: '1', values: {} }], async () => {
			asked.push(now() - began);
			return true;
		});
		expect(outcomes).toMatchObject([{ kind: 'ok' }]);
		expect(asked).toHaveLength(2);
		expect(asked[1]).toBeGreaterThanOrEqual(20_000);
		expect(calls).toHaveLength(2);
	});

	it.each(['update', 'create'] as const)(
		'sends nothing of an %s that may not go out any more (R8)',
		async (what) => {
			const { marketo, calls } = fakeMarketo(() => ok());
			const port = marketoPort(marketo);
			const no = async () => false;
			const work =
				what === 'update'
					? port.update([{ id: '1', values: {} }], no)
					: port.create([{ email: 'ada@example.com' }], 'email', no);
			expect(await causeOf(work)).toBeInstanceOf(ComeBackLater);
			expect(calls).toEqual([]);
		},
	);

	it('describes fields in the words of sync', async () => {
		const { marketo } = fakeMarketo(withMetadata(() => ok()));
		const columns = await marketoPort(marketo).describe();
		const column = (name: string) => columns.find((one) => one.name === name);
		expect(column('email')).toEqual({
			name: 'email',
			label: 'Email Address',
			type: 'email',
			maxLength: 255,
			canCreate: true,
			canUpdate: true,
			required: false,
		});
		expect(column('leadScore')).toMatchObject({ type: 'integer', max: 2_147_483_647 });
		expect(column('birthday')).toMatchObject({ type: 'date' });
		expect(column('seenAt')).toMatchObject({ type: 'dateTime' });
		expect(column('id')).toMatchObject({ canCreate: false, canUpdate: false });
	});

	it('leaves out values that Marketo cannot be asked for, instead of asking for two others', async () => {
		const { marketo, calls } = fakeMarketo(withMetadata(() => ok({ result: [] })));
		await marketoPort(marketo).readBy('email', ['a@b.example', 'c,d@e.example', ''], ['title']);
		expect(calls.at(-1)!.query).toMatchObject({ filterValues: 'a@b.example' });
	});

	it('makes a lost answer unknown instead of throwing (the engine settles it)', async () => {
		const { marketo } = fakeMarketo(() => new NoAnswer('reset', 'maybe', 'ECONNRESET'));
		const port = marketoPort(marketo);
		expect(await port.update([{ id: '1', values: { title: 'x' } }])).toMatchObject([
			{ kind: 'unknown' },
		]);
		expect(await port.create([{ email: 'a@b.example' }], 'email')).toMatchObject([
			{ kind: 'unknown' },
		]);
	});

	it('costs three calls for an idle cycle', async () => {
		const handler = withMetadata((request: SeenRequest) =>
			ok({
				nextPageToken: 'T',
				moreResult: false,
				...(request.url.includes('token') ? {} : { result: [] }),
			}),
		);
		const { marketo, calls } = fakeMarketo(handler);
		const port = marketoPort(marketo);
		await port.readChanges({ since: '2026-01-15T11:45:00Z' }, ['title'], 1_000);
		calls.length = 0;
		await port.readChanges({ since: '2026-01-15T11:50:00Z' }, ['title'], 1_000);
		expect(calls).toHaveLength(3);
	});
});
