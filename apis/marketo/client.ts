import type { Wire } from '../wire/wire';
import type { MetadataCache } from './metadataCache';

/** A signed-in Marketo subscription: what every request here is made with. */
export interface Marketo {
	wire: Wire;
	metadata: MetadataCache;
}
