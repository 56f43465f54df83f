/** Who changed a person, as the activity log tells it. */
export interface Origin {
	/** Attribute Source of a changed value, e.g. `Web service API`. */
	readonly source: string;
	/** Attribute Reason of a changed value. */
	readonly reason: string;
	/** Attribute Source Type of a new person. */
	readonly sourceType: string;
	/** Set when a smart campaign did it. */
	readonly campaignId?: number;
	/** Set when the API did it. */
	readonly api?: { readonly method: string; readonly user: string; readonly requestId: string };
}

export function byApi(method: string, user: string, requestId: string): Origin {
	const name = 'Web service API';
	return { source: name, reason: name, sourceType: name, api: { method, user, requestId } };
}

/** A person at the screen. */
export function byHand(why = 'Manual person edit'): Origin {
	return { source: 'Lead update', reason: why, sourceType: 'New lead' };
}

/** The attributes that name the API call, in the letter case the log has them in. */
export function apiAttributes({ api }: Origin): Array<{ name: string; value: string }> {
	if (!api) return [];
	return [
		{ name: 'api method name', value: api.method },
		{ name: 'modifying user', value: api.user },
		{ name: 'request id', value: api.requestId },
	];
}
