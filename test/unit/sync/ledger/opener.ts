import { StatementSync } from 'node:sqlite';

import { NORMAL_TIMING } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { MIGRATIONS } from '../../../../sync/ledger/migrations';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { NEXT_MIGRATION } from './nextMigration';

/** What a process of its own is to do with a ledger. */
export interface Opening {
	file: string;
	/** The process dies by SIGKILL before this statement, counted from 1. */
	dieBefore?: number;
	/** A version of the package that brings one more migration. */
	withNextMigration?: boolean;
	/** Milliseconds since the epoch: processes that start at once. */
	at?: number;
}

/** What it prints. */
export interface Opened {
	id?: string;
	error?: string;
	statements: string[];
}

const statements: string[] = [];

function dieBefore(last: number | undefined): void {
	for (const name of ['run', 'all'] as const) {
		const original = StatementSync.prototype[name] as (...parameters: unknown[]) => unknown;
		Object.assign(StatementSync.prototype, {
			[name](this: StatementSync, ...parameters: unknown[]) {
				statements.push(this.sourceSQL);
				if (statements.length === last) process.kill(process.pid, 'SIGKILL');
				return original.apply(this, parameters);
			},
		});
	}
}

async function open({ file, withNextMigration, at = 0, ...opening }: Opening): Promise<Opened> {
	dieBefore(opening.dieBefore);
	if (withNextMigration) Object.assign(MIGRATIONS, NEXT_MIGRATION);
	while (Date.now() < at);
	try {
		const key = { id: 'k', secret: Buffer.alloc(32, 1) };
		const ledger = await openLedger(sqliteDialect(file), {
			key,
			clock: { now: () => 0 },
			random: { id: () => `by ${process.pid}` },
			timing: NORMAL_TIMING,
		});
		await ledger.close();
		return { id: ledger.id, statements };
	} catch (error) {
		return { error: (error as Error).message, statements };
	}
}

void open(JSON.parse(process.argv[2]!) as Opening).then((opened) =>
	process.stdout.write(JSON.stringify(opened)),
);
