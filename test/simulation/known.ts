/**
 * Histories among those of `npm test` that break an invariant today, and by what it begins. They are faults to be
 * mended, not to be lived with: each stands here until its story is understood, so that a new one is seen at once.
 * The number of a history means another one after each new kind of step; one that holds now has to leave this list.
 */
export const KNOWN_TO_FAIL: Record<number, string> = {
	408: 'I2 marketo contact:',
	853: 'I2 marketo lead:',
	1321: 'I4 reading everything again',
	1549: 'I3 it wrote again',
	1766: 'I1 contact:',
	1844: 'I2 marketo lead:',
};

/** The same with two lanes. Not lived at all: its run goes on until the judge gives up, which takes minutes. */
export const KNOWN_WITH_TWO_LANES: Record<number, string> = {
	22: 'I3 a run of the lane of accounts does not end',
};
