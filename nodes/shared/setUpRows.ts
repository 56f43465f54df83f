import type { Dataverse } from '../../apis/dataverse/client';
import type { Row } from '../../apis/dataverse/transport/answer';

/** Few rows, to which all others point, and which hardly anybody ever saves. */
const SET_UP: ReadonlySet<string> = new Set(['connectionrole', 'transactioncurrency']);

/** A page of a table's feed. */
export interface FeedPage {
	/** The first of a read: what those before it have learned may be old. */
	isFirst: boolean;
	/** When Dynamics answered, ISO 8601. */
	serverTime: string | null;
}

interface Learned {
	row: Row;
	/** It was read after this. */
	at: string;
}

/** By environment and table whose feed is read, and there by question. */
const kept = new Map<string, Map<string, Learned>>();

/**
 * Rows of set-up that the pages of a feed have read, for its next pages: each of these is an execution, mostly of the
 * same process. A row that was saved since then may say what it says with another name in mind: for it they are read again.
 */
export class SetUpRows {
	private readonly known: Map<string, Learned>;
	private readonly at: string | null;

	constructor({ root }: Dataverse, table: string, { isFirst, serverTime }: FeedPage) {
		const key = `${root} ${table}`;
		const before = kept.get(key);
		this.known = before && !isFirst ? before : new Map<string, Learned>();
		kept.set(key, this.known);
		this.at = serverTime;
	}

	/** What answers a question for all of these rows; undefined where it has to be asked. */
	find(question: string, rows: readonly Row[]): Row | undefined {
		const learned = this.known.get(question);
		const isLater = ({ modifiedon }: Row) =>
			Date.parse(String(modifiedon)) < Date.parse(learned!.at);
		return learned && rows.every(isLater) ? learned.row : undefined;
	}

	keep(table: string, question: string, row: Row): void {
		if (this.at !== null && SET_UP.has(table)) this.known.set(question, { row, at: this.at });
	}
}

/** What a process that has just begun knows; for tests. */
export function forgetSetUpRows(): void {
	kept.clear();
}
