import type { MarketoInstance } from '../instance';
import type { Campaign } from './campaign';

/** HTTP calls under way at the same time when a run says nothing of it. */
export const CONCURRENCY = 10;

/** Who is in the smart list of a batch campaign. */
export function everybody(campaign: Campaign, instance: MarketoInstance): readonly number[] {
	return campaign.people ?? [...instance.people.all()].map(({ id }) => id);
}
