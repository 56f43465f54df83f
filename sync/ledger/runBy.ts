import { metaValue, setMeta } from './meta';
import type { Db } from './schema';

/** The workflow that runs a lane, as people know it. */
export interface RunBy {
	workflow: string;
	name: string;
	/** n8n keeps the executions of healthy runs, with values of people in them. */
	keepsExecutions: boolean;
}

const nameFor = (lane: string) => `run.by.${lane}`;

export async function noteRunBy(db: Db, lane: string, by: RunBy): Promise<void> {
	await setMeta(db, nameFor(lane), JSON.stringify(by));
}

/** Undefined where it is not that workflow which has said so, or none has. */
export async function runBy(
	db: Db,
	lane: string,
	workflow: string | null | undefined,
): Promise<RunBy | undefined> {
	const kept = await metaValue(db, nameFor(lane));
	const by = kept === undefined ? undefined : (JSON.parse(kept) as RunBy);
	return by && by.workflow === workflow ? by : undefined;
}
