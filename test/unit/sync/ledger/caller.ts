import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { noteAllowed, takeTurnToAsk } from '../../../../sync/ledger/dayUsage';
import { openLedger, type PreparedDialect } from '../../../../sync/ledger/open';
import { endCall, takeTurn, type Budget } from '../../../../sync/ledger/pace';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';

/** What a process, or a worker with a connection of its own, is to do: call as often as it may. */
export interface Calling {
	file: string;
	budget: Budget;
	/** Milliseconds since the epoch. */
	from: number;
	until: number;
	/** What a call takes, milliseconds. */
	takes: number;
}

/** Each call by the ledger's times, and how often it was this one's turn to ask for the day's use. */
export interface Called {
	calls: Array<[begun: number, ended: number]>;
	asked: number;
}

const sleep = async (milliseconds: number) =>
	await new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Three executions at a time. */
export async function callOften(
	place: PreparedDialect,
	{ budget, from, until, takes }: Omit<Calling, 'file'>,
): Promise<Called> {
	const called: Called = { calls: [], asked: 0 };
	const ledger = await openLedger(place, {
		key: { id: 'k', secret: Buffer.alloc(32, 1) },
		clock: { now: () => Date.now() },
		random: { id: () => 'ledger' },
		timing: NORMAL_TIMING,
	});
	await noteAllowed(ledger.db, 'marketo', 50_000);
	await sleep(from - Date.now());
	const execution = async () => {
		while (Date.now() < until) {
			let now = 0;
			const clock = { now: () => (now = Date.now()) };
			const turn = await takeTurn({ ...ledger, clock }, 'marketo', { budget });
			if ('wait' in turn) {
				await sleep(Math.min(turn.wait, 20));
				continue;
			}
			const begun = now;
			await sleep(takes);
			await endCall({ ...ledger, clock }, turn.call);
			called.calls.push([begun, now]);
			const isMine = await ledger.db
				.transaction()
				.execute(async (db) => await takeTurnToAsk(db, 'marketo', Date.now()));
			if (isMine) called.asked++;
		}
	};
	await Promise.all([execution(), execution(), execution()]);
	await ledger.close();
	return called;
}

if (require.main === module) {
	const { file, ...calling } = JSON.parse(process.argv[2]!) as Calling;
	void callOften(sqliteDialect(file), calling).then((called) =>
		process.stdout.write(JSON.stringify(called)),
	);
}
