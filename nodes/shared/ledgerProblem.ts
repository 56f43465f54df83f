import { SetUpProblem } from '../../sync/ports';
import { whereIs, type LedgerPlace, type PostgresPlace } from './ledgerPlace';

/** SQLite's primary result codes (sqlite.org/rescode.html); the extended ones have them in their low byte. */
const SQLITE_FULL = 13;
const DAMAGED = [11, 26];

export interface LedgerProblem {
	message: string;
	description: string;
}

type OpeningError = Error & { code?: string; errcode?: number };

/** Why the ledger could not be opened, and how to mend it. */
export function ledgerProblem(error: OpeningError, place: LedgerPlace): LedgerProblem {
	if (error instanceof SetUpProblem)
		return {
			message: error.message,
			description: `${error.remedy}. The ledger is kept in ${whereIs(place)}`,
		};
	return place.kind === 'file'
		? problemOfFile(error, place.folder)
		: problemOfDatabase(error, place);
}

/** SQLSTATE codes (postgresql.org: Appendix A), and those of Node for a connection. */
const DATABASE_REMEDIES: Array<{ codes: string[]; reason?: string; remedy: string }> = [
	{ codes: ['28P01', '28000'], remedy: 'Check user and password' },
	{ codes: ['3D000'], remedy: 'Create the database, or give the name of one that is there' },
	{
		codes: ['42501'],
		remedy:
			'Let the user create a schema in this database, or create it and make the user its owner',
	},
	{
		codes: ['53300'],
		remedy: 'The server has no connection left: let it have more, or put a pooler before it',
	},
	{
		codes: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH'],
		// n8n would put a text of its own in the place of a message with such a code in it.
		reason: 'there is no answer from it',
		remedy: 'Check host and port, and that the server runs',
	},
];

function problemOfDatabase(error: OpeningError, { words, setBy }: PostgresPlace): LedgerProblem {
	const known = DATABASE_REMEDIES.find(({ codes }) => codes.includes(error.code ?? ''));
	const reason = known?.reason ?? (error.message || 'no reason was given');
	return {
		message: `PostgreSQL does not open the sync's memory: ${reason}`,
		description: `${known?.remedy ?? 'Check that the server runs and takes connections from here'}. It is ${words}, as set by ${setBy}`,
	};
}

function problemOfFile(error: OpeningError, folder: string): LedgerProblem {
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
