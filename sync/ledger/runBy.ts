import { metaValue, setMeta } from './meta';
import type { Db } from './schema';

/** When people want to be told how the sync is doing: the full hour of clocks there; -1: never. */
export interface DigestChoice {
	hour: number;
	zone: string;
}

/**
 * The workflow that runs a lane, as people know it and as it is published. n8n leaves the trigger of a workflow that is
 * published anew as it was, unless the trigger itself was changed: so each page says it once more.
 */
export interface RunBy {
	workflow: string;
	name: string;
	/** n8n keeps the executions of healthy runs, with values of people in them. */
	keepsExecutions: boolean;
	/** n8n's id of the trigger: one trigger runs one lane. */
	trigger?: string;
	/** Of leads and contacts: absent or null where nobody is told how it is doing. */
	digest?: DigestChoice | null;
}

const nameFor = (lane: string) => `run.by.${lane}`;

/** What is not said of the same workflow stays. */
export async function noteRunBy(db: Db, lane: string, by: RunBy): Promise<void> {
	const kept = await metaValue(db, nameFor(lane));
	const before = kept === undefined ? undefined : (JSON.parse(kept) as RunBy);
	const now = JSON.stringify({ ...(before?.workflow === by.workflow ? before : {}), ...by });
	if (now !== kept) await setMeta(db, nameFor(lane), now);
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
