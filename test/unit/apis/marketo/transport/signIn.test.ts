import { signInToMarketo, type SignInWire } from '../../../../../apis/marketo/transport/signIn';
import { SignInFailed } from '../../../../../apis/wire/signIn';
import type { WireRequest } from '../../../../../apis/wire/wire';

const SERVICE = {
	endpoint: 'https://123-ABC-456.mktorest.com/rest',
	clientId: ' id ',
	clientSecret: 'hush&hush',
};

function identity(replies: Array<{ status: number; body: unknown } | Error>) {
	const requests: WireRequest[] = [];
	const waits: number[] = [];
	const wire: SignInWire = {
		async post(request) {
			requests.push(request);
			const reply = replies[requests.length - 1];
			if (!reply) throw new Error('unexpected');
			if (reply instanceof Error) throw reply;
			return reply;
		},
		now: () => 1_000_000,
		async sleep(milliseconds) {
			waits.push(milliseconds);
		},
	};
	return { wire, requests, waits };
}

const token = (expires_in: number) => ({
	status: 200,
	body: { access_token: 'tok:int', token_type: 'bearer', expires_in, scope: 'api@acme.example' },
});

async function failureOf(work: Promise<unknown>): Promise<SignInFailed> {
	const cause: unknown = await work.catch((error: unknown) => error);
	if (!(cause instanceof SignInFailed)) throw new Error(`Not a sign-in failure: ${String(cause)}`);
	return cause;
}

describe('signInToMarketo', () => {
	it('sends the secret in the body, never in the address', async () => {
		const { wire, requests } = identity([token(3_599)]);
		expect(await signInToMarketo(wire, SERVICE)).toEqual({
			accessToken: 'tok:int',
			expiresAt: 1_000_000 + 3_599_000,
		});
		expect(requests[0]!.url).toBe('https://123-abc-456.mktorest.com/identity/oauth/token');
		expect(requests[0]!.query).toBeUndefined();
		expect(Object.fromEntries(new URLSearchParams(requests[0]!.body as string))).toEqual({
			grant_type: 'client_credentials',
			client_id: 'id',
			client_secret: 'hush&hush',
		});
	});

	it('waits for the next token where the present one ends at once (0 has been seen)', async () => {
		const { wire, waits } = identity([token(0), token(3_599)]);
		expect((await signInToMarketo(wire, SERVICE)).expiresAt).toBe(1_000_000 + 3_599_000);
		expect(waits).toEqual([1_000]);
	});

	it.each([
		[
			{ status: 401, body: { error: 'unauthorized', error_description: 'Bad hush&hush' } },
			/client ID/,
		],
		[{ status: 200, body: { error: 'invalid_client' } }, /client ID/],
		[{ status: 404, body: '<html>' }, /no Marketo sign-in/],
		[{ status: 200, body: '' }, /no Marketo sign-in/],
	])('says in plain words what is wrong: %j', async (reply, words) => {
		const failure = await failureOf(signInToMarketo(identity([reply]).wire, SERVICE));
		expect(failure.message).toMatch(words);
		expect(failure.transient).toBe(false);
		expect(failure.message + failure.remedy).not.toContain('hush');
	});

	it.each([
		{ status: 503, body: '' },
		new Error('connect refused, body: client_secret=hush%26hush'),
	])('calls it passing where the service is away, without quoting the request', async (reply) => {
		const failure = await failureOf(signInToMarketo(identity([reply]).wire, SERVICE));
		expect(failure.transient).toBe(true);
		expect(`${failure.message} ${failure.remedy} ${String(failure.cause)}`).not.toContain('hush');
	});

	it('makes no request to an address that cannot be right', async () => {
		const { wire, requests } = identity([]);
		const failure = await failureOf(
			signInToMarketo(wire, { ...SERVICE, endpoint: 'nonsense here' }),
		);
		expect(failure.remedy).toContain('mktorest.com');
		expect(requests).toEqual([]);
	});
});
