import { SetUpProblem } from '../../sync/ports';

/** SQLite's primary result codes (sqlite.org/rescode.html); the extended ones have them in their low byte. */
const SQLITE_FULL = 13;
const DAMAGED = [11, 26];

export interface LedgerProblem {
	message: string;
	description: string;
}

/** Why the ledger could not be opened, and how to mend it. */
export function ledgerProblem(
	error: Error & { code?: string; errcode?: number },
	folder: string,
): LedgerProblem {
	if (error instanceof SetUpProblem)
		return {
			message: error.message,
			description: `${error.remedy}. The ledger is kept in ${folder}`,
		};
	const sqlite = (error.errcode ?? 0) & 0xff;
	if (sqlite === SQLITE_FULL || error.code === 'ENOSPC' || error.code === 'EDQUOT') {
		return {
			message: "The disk of the sync's ledger is full",
			description: `Free some disk space for ${folder}, then publish the workflow again. Nothing is lost`,
		};
	}
	if (DAMAGED.includes(sqlite)) {
		return {
			message: `The file of the sync's ledger is damaged: ${error.message}`,
			description: `Stop n8n and restore ledger.sqlite in ${folder} from your backup, without a ledger.sqlite-wal or -shm next to it. If there is none, move these files away: the sync begins a new ledger and says what to do`,
		};
	}
	return {
		message: `The ledger of the sync cannot be opened: ${error.message}`,
		description: `It is kept in ${folder}. Check whether n8n may read and write there`,
	};
}
