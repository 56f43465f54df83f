import type { History } from './history';

/** Histories that chance hardly ever finds. */
export const DIRECTED: Record<string, History> = {};
