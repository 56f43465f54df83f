import type { Table } from './schema';
import type { Session } from './session';
import type { Changes, Row } from './store';

export type Message = 'Create' | 'Update' | 'Delete';

/** Values of a row at one moment. */
export type Snapshot = Row['values'];

/** Something that happened to a row and has been committed. */
export interface RowEvent {
	readonly message: Message;
	readonly table: Table;
	readonly id: string;
	/** What the Target of the message carries; empty for Delete. */
	readonly written: Changes;
	readonly before?: Snapshot;
	readonly after?: Snapshot;
	readonly session: Session;
}

/** What a call says about the logic that its writes set off. */
export interface Triggering {
	/** `?tag=`: arrives in the shared variables. */
	readonly tag?: string;
	/** `MSCRM.BypassBusinessLogicExecution: CustomAsync`. */
	readonly bypassAsync: boolean;
	/** `MSCRM.BypassBusinessLogicExecutionStepIds`, lower case. */
	readonly bypassSteps: readonly string[];
}

/** Reads the query and the headers of a call. */
export function triggeringOf(
	query: URLSearchParams,
	headers: Readonly<Record<string, string | undefined>>,
): Triggering {
	const tag = query.get('tag');
	const steps = headers['mscrm.bypassbusinesslogicexecutionstepids'] ?? '';
	return {
		...(tag !== null && { tag }),
		bypassAsync: /CustomAsync/i.test(headers['mscrm.bypassbusinesslogicexecution'] ?? ''),
		bypassSteps: steps
			.toLowerCase()
			.split(',')
			.map((id) => id.trim())
			.filter(Boolean),
	};
}
