import type { Wire, WireAnswer } from '../../../../apis/wire/wire';
import { HELD_BACK, whileAllowed } from '../../../../apis/wire/wire';
import { ledgerWire } from '../../../../nodes/shared/ledgerWire';
import { BUDGETS } from '../../../../sync/ledger/pace';
import { ComeBackLater } from '../../../../sync/ports';
import { Sandbox } from '../../sync/operate/sandbox';

const REQUEST = { method: 'GET', url: '/', timeoutMs: 1_000 } as const;
const answer = (status = 200, headers: Record<string, string> = {}): WireAnswer => ({
	status,
	headers,
	body: {},
});

let sandbox: Sandbox;
let open: Array<(answer: WireAnswer | Error) => void>;
let slept: number[];
beforeEach(async () => {
	sandbox = await Sandbox.open();
	open = [];
	slept = [];
});

/** A line of one execution: a call is answered when the test says so, and time passes by waiting alone. */
function line(system: 'marketo' | 'dynamics' = 'dynamics'): Wire {
	const bare: Wire = {
		send: async () =>
			await new Promise((resolve, reject) =>
				open.push((end) => (end instanceof Error ? reject(end) : resolve(end))),
			),
		now: () => sandbox.now,
		sleep: async (milliseconds) => {
			slept.push(milliseconds);
			sandbox.now += milliseconds;
			// Others go on meanwhile.
			await new Promise((resolve) => setTimeout(resolve, 1));
		},
		random: () => 0.5,
		pace: { take: async () => {} },
	};
	return ledgerWire(bare, sandbox.ledger, system);
}

const call = async (wire: Wire) => {
	await wire.pace.take();
	return await wire.send(REQUEST);
};
const until = async (is: () => boolean) => {
	while (!is()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe(ledgerWire, () => {
	it('lets as many calls of all executions go at once as the budget has, and the next one when one has ended, however it ended', async () => {
		const { atOnce } = BUDGETS.dynamics;
		const calls = Array.from({ length: atOnce + 2 }, async () => await call(line()));
		await until(() => open.length === atOnce && slept.length > 4);
		expect(open).toHaveLength(atOnce);
		const failed = expect(Promise.race(calls)).rejects.toThrow('reset');
		open[0]!(new Error('reset'));
		await failed;
		await until(() => open.length === atOnce + 1);
		open[1]!(answer());
		await until(() => open.length === atOnce + 2);
		for (const end of open) end(answer());
		expect(
			(await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected'),
		).toHaveLength(1);
	});

	it('goes by how many Dynamics advises, in any answer (x-ms-dop-hint)', async () => {
		const first = call(line());
		await until(() => open.length === 1);
		open[0]!(answer(200, { 'x-ms-dop-hint': '6' }));
		await first;
		const calls = Array.from({ length: 8 }, async () => await call(line()));
		await until(() => open.length === 7 && slept.length > 4);
		expect(open).toHaveLength(1 + 6);
		while (open.length < 9) {
			for (const end of open) end(answer());
			await until(() => true);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		for (const end of open) end(answer());
		await Promise.all(calls);
	});

	it('keeps no place for a call that was held back after its turn had come', async () => {
		const wire = line();
		for (let times = 0; times < 20; times++) {
			const held = whileAllowed(wire, async () => false);
			await held.pace.take();
			await expect(held.send(REQUEST)).rejects.toMatchObject({ code: HELD_BACK });
		}
		expect(slept).toEqual([]);
	});

	it('leaves a system alone that asks for it, for all executions (429 with Retry-After; I11)', async () => {
		const first = call(line());
		await until(() => open.length === 1);
		open[0]!(answer(429, { 'retry-after': '30' }));
		await first;
		const other = call(line());
		await until(() => open.length === 2);
		expect(slept).toEqual([30_000]);
		open[1]!(answer());
		await other;
		const marketo = call(line('marketo'));
		await until(() => open.length === 3);
		open[2]!(answer());
		await marketo;
		expect(slept).toEqual([30_000]);
	});

	it('has the lane wait where that is longer than a lease should be held for', async () => {
		const first = call(line());
		await until(() => open.length === 1);
		open[0]!(answer(429, { 'retry-after': '240' }));
		await first;
		await expect(call(line())).rejects.toEqual(
			new ComeBackLater(
				'Dynamics 365 has been asked too much, and asks to be left alone for a while',
				240_000,
				'throttled',
			),
		);
		sandbox.now += 240_000;
		const later = call(line());
		await until(() => open.length === 2);
		open[1]!(answer());
		await later;
		expect(slept).toEqual([]);
	});
});
