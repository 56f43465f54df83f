import type { Link } from '../ledger/links';
import type { Page } from './page';

/** What is made at once settles within a lease, or is asked for again; until then a page leaves it alone. */
const RESERVED_LEASES = 2;

/** R20: a row is being made for a person at this moment; whoever makes it links the two. */
export function isReserved(
	{ ledger, now }: Pick<Page, 'ledger' | 'now'>,
	link: Link | undefined,
): boolean {
	return link?.state === 'reserved' && link.updatedAt + RESERVED_LEASES * ledger.timing.lease > now;
}
