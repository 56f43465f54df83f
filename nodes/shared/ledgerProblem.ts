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
	{ codes: ['3D000'], remedy: 'Create the database, or enter the name of one that exists' },
	{
		codes: ['42501'],
		remedy:
			'Allow the user to create a schema in this database, or create the schema and make the user its owner',
	},
	{
		codes: ['53300'],
		remedy: 'The server has no free connection: allow more of them, or use a connection pooler',
	},
	{
		codes: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH'],
		// n8n would put a text of its own in the place of a message with such a code in it.
		reason: 'the server does not answer',
		remedy: 'Check host and port, and that the server is running',
	},
];

function problemOfDatabase(error: OpeningError, { words, setBy }: PostgresPlace): LedgerProblem {
	const known = DATABASE_REMEDIES.find(({ codes }) => codes.includes(error.code ?? ''));
	const reason = known?.reason ?? (error.message || 'no reason was given');
	return {
		message: `The sync's memory in PostgreSQL cannot be opened: ${reason}`,
		description: `${known?.remedy ?? 'Check that the server is running and accepts connections from n8n'}. The memory is in ${words}, as set by ${setBy}`,
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
