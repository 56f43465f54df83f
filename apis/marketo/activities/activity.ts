import { utcSeconds } from '../fields/values';

/** One entry of an activity feed, as Marketo writes it. */
export interface RawActivity {
	id?: number;
	marketoGUID?: string;
	leadId: number;
	activityDate: string;
	activityTypeId: number;
	primaryAttributeValueId?: number;
	primaryAttributeValue?: string;
	attributes?: Array<{ name?: string; apiName?: string; value?: unknown }>;
	/** Lead changes only. */
	fields?: Array<{ name?: string; oldValue?: unknown; newValue?: unknown }>;
}

/** Id of an activity that stays the same when it is read again. */
export function guidOf(activity: RawActivity): string {
	const guid = activity.marketoGUID?.trim();
	if (guid) return guid;
	// Subscriptions that moved to the newer activity service have no number, older ones no GUID.
	if (activity.id !== undefined) return String(activity.id);
	return [activity.leadId, activity.activityTypeId, activity.activityDate].join('/');
}

/** When it happened: Marketo's clock, UTC, whole seconds. */
export function timeOf(activity: RawActivity): string {
	return utcSeconds(activity.activityDate);
}

/** An attribute's value. The case of names differs between the types' description and the data. */
export function attributeOf(activity: RawActivity, name: string): unknown {
	const wanted = name.toLowerCase();
	return activity.attributes?.find(
		(attribute) => (attribute.name ?? attribute.apiName)?.toLowerCase() === wanted,
	)?.value;
}

/** A logged value: text as it is, numbers and yes/no as text, nothing as null. */
export function loggedValue(value: unknown): string | null {
	if (value === undefined || value === null) return null;
	return typeof value === 'string' ? value : JSON.stringify(value);
}
