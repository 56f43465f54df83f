/** Records, ids or filter values per call (developer guide, "API limits"). */
export const RECORDS_PER_CALL = 300;

/**
 * Reads of people that are under way together: Marketo takes its time for each (300 ms and more), and allows ten calls
 * at a time for everybody who uses the subscription. Their rate is kept by the pace, as ever.
 */
export const READS_AT_ONCE = 4;

/** Activity types that one activities call may name. */
export const ACTIVITY_TYPES_PER_CALL = 10;

/** Marketo answers 414 above 8 KB of address; the rest is left for the host and the path. */
export const LONGEST_QUERY_BYTES = 7_000;

/** Marketo answers 413 above 1 MB of JSON; a little is left for the envelope around the records. */
export const LARGEST_INPUT_BYTES = 1_000_000;

/** Marketo takes files of 10 MB; a little is left for the form around the file. */
export const LARGEST_FILE_BYTES = 9_900_000;

/**
 * Waits within one call never add up to more than this, so that a lease taken right before the call
 * still covers it. What takes longer is handed to the caller, who says when to come back.
 */
export const LONGEST_WAIT_MS = 60_000;

/** Marketo's own time-outs by endpoint; waiting less would lose answers that are still to come. */
export const TIMEOUT_MS = {
	usual: 30_000,
	readPeople: 60_000,
	writePeople: 90_000,
	writeObjects: 120_000,
	addActivities: 90_000,
	pagingToken: 300_000,
} as const;
