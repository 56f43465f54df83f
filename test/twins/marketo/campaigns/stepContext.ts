import type { MarketoInstance } from '../instance';
import type { TwinBehaviour } from '../options';
import type { Campaign } from './campaign';
import type { Slots } from './pace';
import type { TokenScope, TriggerEvent } from './tokens';

/** What a step of a running campaign works with. */
export interface StepContext {
	readonly instance: MarketoInstance;
	readonly behaviour: TwinBehaviour;
	readonly campaign: Campaign;
	readonly runId: number;
	/** Place of the step in the flow, from 1. */
	readonly step: number;
	readonly trigger?: TriggerEvent;
	/** Bounds the HTTP calls under way. */
	readonly slots: Slots;
	/** Ends everything when the twin is reset or closed. */
	readonly stop: AbortSignal;
	/** Scheme, host and port under which the twin is called back. */
	readonly origin: string;
	/** Twin time, milliseconds. */
	now(): number;
	tokenScope(): TokenScope;
}
