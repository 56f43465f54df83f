import type { RepeatOptions } from '../wire/repeat';
import type { Wire } from '../wire/wire';
import { apiRoot, environmentOrigin } from './transport/environment';

/** One environment of Dynamics 365, as its requests need it. */
export interface Dataverse {
	wire: Wire;
	/** Scheme, host and port. */
	origin: string;
	/** Root of the Web API, with a slash at the end. */
	root: string;
	/** Of one HTTP call. Dataverse itself gives up after two minutes. */
	timeoutMs: number;
	/** How patiently a call is repeated where repeating is safe. */
	patience: Partial<RepeatOptions>;
}

/**
 * The client of one environment.
 *
 * @param environmentUrl in any form that `environmentOrigin` takes
 * @throws SignInFailed where that is no address of an environment
 */
export function dataverse(
	wire: Wire,
	environmentUrl: string,
	options: { timeoutMs?: number; patience?: Partial<RepeatOptions> } = {},
): Dataverse {
	const origin = environmentOrigin(environmentUrl);
	return {
		wire,
		origin,
		root: apiRoot(origin),
		timeoutMs: options.timeoutMs ?? 120_000,
		patience: options.patience ?? {},
	};
}
