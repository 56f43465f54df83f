import type { Pace } from './wire';

/** No budget: every call may go at once. For single calls by hand and for tests. */
export const UNPACED: Pace = { take: async () => {} };
