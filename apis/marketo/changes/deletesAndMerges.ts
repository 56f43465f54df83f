import { attributeOf, guidOf, timeOf, type RawActivity } from '../activities/activity';

/** A person who is no more. */
export interface PersonEnd {
	id: string;
	at: string;
	guid: string;
	/** Merged into this person, who lives on. */
	mergedInto?: string;
}

/**
 * Who was merged away in a *Merge Leads* activity. It is logged on the person who stays; the others
 * stand in the attribute *Merge IDs*, as `[12, 13]` or `12,13`.
 */
export function mergedAway(activity: RawActivity): PersonEnd[] {
	const winner = String(activity.leadId);
	const listed =
		attributeOf(activity, 'Merge IDs') ??
		attributeOf(activity, 'Merged IDs') ??
		activity.primaryAttributeValue;
	const ids = JSON.stringify(listed ?? '').match(/\d+/g) ?? [];
	return [...new Set(ids)]
		.filter((id) => id !== winner)
		.map((id) => ({ id, at: timeOf(activity), guid: guidOf(activity), mergedInto: winner }));
}

/** The person of a *Delete Lead* activity. */
export function deleted(activity: RawActivity): PersonEnd {
	return { id: String(activity.leadId), at: timeOf(activity), guid: guidOf(activity) };
}
