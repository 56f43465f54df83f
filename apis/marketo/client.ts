import type { Wire } from '../wire/wire';
import type { MetadataCache } from './metadataCache';

/** A signed-in Marketo subscription: what every request here is made with. */
export interface Marketo {
	/** See `subscriptionOf`. */
	subscription: string;
	wire: Wire;
	metadata: MetadataCache;
	/** Calls that the subscription has a day, as its admin says. */
	callsADay: number;
}
