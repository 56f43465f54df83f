import { metaValue, setMeta } from '../../sync/ledger/meta';
import type { Db } from '../../sync/ledger/schema';

/** What can be chosen to be synced beside what this package knows: tables of Dynamics, custom objects of Marketo. */
export type Offered = 'tables' | 'objects';

export interface Offer {
	name: string;
	label: string;
}

const nameOf = (what: Offered) => `custom.${what}`;

/** For lists of a node that has no credential: what was seen last by a step that has one. */
export async function keepOffer(db: Db, what: Offered, offers: readonly Offer[]): Promise<void> {
	const kept = offers.map(({ name, label }) => [name, label]);
	await setMeta(db, nameOf(what), JSON.stringify(kept));
}

/** Empty where nobody has looked yet. */
export async function keptOffer(db: Db, what: Offered): Promise<Offer[]> {
	const kept = JSON.parse((await metaValue(db, nameOf(what))) ?? '[]') as Array<[string, string]>;
	return kept.map(([name, label]) => ({ name, label }));
}
