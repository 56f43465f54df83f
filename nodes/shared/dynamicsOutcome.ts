import type { DataverseTable } from '../../apis/dataverse/metadata/table';
import { DataverseProblem } from '../../apis/dataverse/errors/problem';
import { versionOf } from '../../apis/dataverse/transport/answer';
import type { WriteResult } from '../../apis/dataverse/rows/writeMany';
import { columnNamed } from '../../apis/dataverse/values/body';
import { fromWire } from '../../apis/dataverse/values/fromWire';
import {
	COLUMN_CLOSED,
	ColumnGone,
	ComeBackLater,
	CursorExpired,
	MAY_NOT_CREATE,
	MayNotCreate,
	NO_ACCESS,
	SetUpProblem,
	type Refusal,
	type WriteOutcome,
} from '../../sync/ports';

/** How long to stay away where Dataverse did not say. */
const STAY_AWAY_MS = 60_000;

/**
 * Does a call and says what stopped it in the words of sync. Everything that is neither "come back later"
 * nor an expired position needs a person.
 *
 * @throws CursorExpired, ComeBackLater, SetUpProblem; Cancelled
 */
export async function inSyncWords<Result>(
	feed: string,
	work: () => Promise<Result>,
): Promise<Result> {
	return await work().catch((error: unknown) => {
		throw error instanceof DataverseProblem ? syncError(error, feed) : error;
	});
}

function syncError(problem: DataverseProblem, feed: string): Error {
	const wait = problem.retryAfterMs ?? STAY_AWAY_MS;
	switch (problem.kind) {
		case 'cursorExpired':
			return new CursorExpired(feed);
		case 'throttled':
			return new ComeBackLater(problem.reason, wait, 'throttled');
		case 'again':
		case 'unknown':
			return new ComeBackLater(problem.reason, wait, 'unavailable');
		default: {
			if (lacksCreate(problem)) return new MayNotCreate(problem.reason, problem.remedy);
			// Of a read: the column that it names is not there.
			const Problem = problem.field === undefined ? SetUpProblem : ColumnGone;
			return new Problem(problem.reason, problem.remedy);
		}
	}
}

/** What became of one write of a row, in the words of sync; `told`: the columns whose values its answer holds. */
export function outcomeOf(
	result: WriteResult,
	id: string,
	told: string[],
	table: DataverseTable,
): WriteOutcome {
	if ('problem' in result) return failure(result.problem, table.label);
	const outcome: WriteOutcome = { kind: 'ok', id };
	const { row } = result;
	if (!row) return outcome;
	outcome.version = versionOf(row);
	if (typeof row.modifiedon === 'string') outcome.modifiedOn = row.modifiedon;
	if (typeof row.createdon === 'string') outcome.createdOn = row.createdon;
	outcome.values = Object.fromEntries(
		told.map((name) => [name, fromWire(columnNamed(table, name), row)]),
	);
	return outcome;
}

/** Column-level security, on update and on create. */
const OF_SECURED_COLUMNS: ReadonlySet<string> = new Set(['0x8004f507', '0x8004f502']);

/** Why a row was not shown or not written. */
export function refusalOf(problem: DataverseProblem, table: string): Refusal {
	const { field, code, reason, remedy } = problem;
	if (lacksCreate(problem)) return { code: MAY_NOT_CREATE, reason, remedy };
	if (problem.kind === 'setUp' && problem.status === 403) return noAccess(problem, table);
	const known = OF_SECURED_COLUMNS.has(code) ? COLUMN_CLOSED : code;
	return { ...(field ? { field } : {}), code: known, reason, remedy };
}

/** Not a right on a row that is named, nor on one that it points to. */
function lacksCreate({ kind, reason }: DataverseProblem): boolean {
	return kind === 'setUp' && /\bprvCreate\w+/.test(reason);
}

/** R30: Dynamics names the missing right in the midst of its own ids. */
function noAccess({ original = '', reason }: DataverseProblem, table: string): Refusal {
	const right = /\b(Read|Write|Append|AppendTo|Assign|Share|Delete|Create)Access\b/.exec(original);
	const may = right && right[1] !== 'Read' ? `lacks the right ${right[1]!} on` : 'may not see';
	return {
		code: NO_ACCESS,
		reason: /\bprv\w+/.test(reason)
			? reason
			: `The sync's user ${may} this ${table.toLowerCase()} in Dynamics`,
		remedy: `Give the user's security role the privileges on ${table} at organization level, or share the record with the user. The sync tries again by itself, at growing intervals; Retry tries at once`,
	};
}

function failure(problem: DataverseProblem, table: string): WriteOutcome {
	const { kind, reason } = problem;
	switch (kind) {
		case 'changedMeanwhile':
		case 'missing':
			return { kind };
		case 'throttled':
		case 'again':
			return { kind: 'again', reason };
		case 'unknown':
			return { kind, reason };
		case 'exists':
		case 'duplicate':
			return { kind: 'exists', reason };
		default:
			return { kind: 'refused', refusal: refusalOf(problem, table) };
	}
}
