export type StepState = 'waiting' | 'done' | 'failed' | 'timed out';

/** What became of one person at one step. */
export interface StepReport {
	/** From 1. */
	readonly step: number;
	readonly kind: 'webhook' | 'service';
	readonly name: string;
	state: StepState;
	/** Milliseconds since 1970 of the first call; left out when none was made. */
	calledAt?: number;
	/** Milliseconds from the first call to the answer or callback. */
	ms?: number;
	/** Milliseconds of the last call until its HTTP answer. */
	httpMs?: number;
	/** Of all calls in their order; 0 when nothing came back. */
	readonly httpStatuses: number[];
	/** Webhook: the response. Service: what the callback said of the person. */
	answer?: unknown;
	/** What went wrong, in words. */
	error?: string;
	/** Values that were not written, and why. */
	readonly notes: string[];
}

export function newReport(step: number, kind: StepReport['kind'], name: string): StepReport {
	return { step, kind, name, state: 'waiting', httpStatuses: [], notes: [] };
}

/** Ends a step, once: what comes later changes nothing. */
export function close(
	report: StepReport,
	state: StepState,
	more: { answer?: unknown; error?: string } = {},
): void {
	if (report.state !== 'waiting') return;
	report.state = state;
	Object.assign(report, more);
	if (report.calledAt !== undefined) report.ms = Date.now() - report.calledAt;
}

/** The state of a person: that of the worst step, waiting as long as one is not over. */
export function personState(steps: readonly StepReport[], expected: number): StepState {
	const has = (state: StepState) => steps.some((one) => one.state === state);
	if (steps.length < expected || has('waiting')) return 'waiting';
	if (has('timed out')) return 'timed out';
	return has('failed') ? 'failed' : 'done';
}
