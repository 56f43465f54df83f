import type { FlowService } from './service';
import type { Webhook } from './webhook';

export type Step =
	| { readonly kind: 'webhook'; readonly webhook: Webhook }
	| {
			readonly kind: 'service';
			readonly service: FlowService;
			/** Parameters of the step; texts may have tokens. */
			readonly parameters: Readonly<Record<string, unknown>>;
	  };

/** A smart campaign: who comes is told when it runs, here is what happens to them. */
export interface Campaign {
	readonly id: number;
	readonly name: string;
	readonly description?: string;
	readonly type: 'trigger' | 'batch';
	/** A trigger campaign that is switched on. */
	readonly active: boolean;
	/** Has the trigger *Campaign is Requested* with the source Web Service API. */
	readonly requestable: boolean;
	readonly steps: readonly Step[];
	readonly program?: { readonly id: number; readonly name: string };
	/** My tokens of the program, by name without `my.`. */
	readonly tokens: Readonly<Record<string, string>>;
	/** Smart list of a batch campaign; everybody when left out. */
	readonly people?: readonly number[];
	/** People of one invocation of a service in a batch campaign. */
	readonly chunkSize?: number;
	/** Milliseconds. */
	readonly createdAt: number;
}

export function stepName(step: Step): string {
	return step.kind === 'webhook' ? step.webhook.name : step.service.name;
}
