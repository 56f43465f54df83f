import { retryAfterMs } from '../../apis/wire/retryAfter';
import type { Send, Wire, WireAnswer } from '../../apis/wire/wire';
import type { Side } from '../../sync/items';
import { noteAtOnce, noteClosed } from '../../sync/ledger/callLimits';
import type { Ledger } from '../../sync/ledger/ledger';
import { endCall, takeTurn, type Caller } from '../../sync/ledger/pace';
import { ComeBackLater } from '../../sync/ports';

const NAMES: Record<Side, string> = { dynamics: 'Dynamics 365', marketo: 'Marketo' };

/** A longer wait is the lane's to decide about: it holds a lease meanwhile. */
const LONGEST_WAIT_MS = 60_000;

export interface LedgerWireOptions {
	caller?: Caller;
	/** No call is waited for longer than this, milliseconds. */
	longest?: number;
}

/**
 * A system's wire within the budget that all executions share through the ledger: how many calls in a window, how many
 * at once, and none at all while the system asks to be left alone.
 */
export function ledgerWire(
	wire: Wire,
	ledger: Ledger,
	system: Side,
	{ caller = 'people', longest = Infinity }: LedgerWireOptions = {},
): Wire {
	/** Turns that were taken, of calls that have not gone out yet. */
	const taken: number[] = [];
	let advised = '';
	const over = async (call: number) => await endCall(ledger, call).catch(() => undefined);
	const take = async () => {
		// Its call was held back after its turn had come.
		for (const call of taken.splice(0)) await over(call);
		for (;;) {
			const turn = await takeTurn(ledger, system, { caller });
			if ('call' in turn) return void taken.push(turn.call);
			if (turn.isClosed && turn.wait > LONGEST_WAIT_MS)
				throw new ComeBackLater(
					`${NAMES[system]} has been asked too much, and asks to be left alone for a while`,
					turn.wait,
					'throttled',
				);
			await wire.sleep(turn.wait);
		}
	};
	/** What the system says of how it wants to be called, in any of its answers: all executions go by it. */
	const hear = async ({ status, headers }: WireAnswer) => {
		const hint = headers['x-ms-dop-hint'] ?? '';
		if (hint !== advised && Number(hint) >= 1) {
			advised = hint;
			await noteAtOnce(ledger.db, system, Math.trunc(Number(hint)));
		}
		const pause = status === 429 ? retryAfterMs(headers, ledger.clock.now()) : undefined;
		if (pause) await noteClosed(ledger, system, pause);
	};
	const send: Send = async (request, options) => {
		const call = taken.shift();
		const timeoutMs = Math.min(request.timeoutMs, longest);
		try {
			const answer = await wire.send({ ...request, timeoutMs }, options);
			await hear(answer);
			return answer;
		} finally {
			if (call !== undefined) await over(call);
		}
	};
	return { ...wire, send, pace: { take } };
}
