/** Ids of the standard types this twin writes. */
export const ActivityType = {
	fillOutForm: 2,
	newLead: 12,
	changeDataValue: 13,
	changeScore: 22,
	addToList: 24,
	removeFromList: 25,
	mergeLeads: 32,
	addToOpportunity: 34,
	removeFromOpportunity: 35,
	updateOpportunity: 36,
	deleteLead: 37,
	requestCampaign: 47,
	callWebhook: 110,
	pushLead: 145,
} as const;

export interface ActivityAttribute {
	readonly name: string;
	readonly value: unknown;
}

/** The change of one field, for the lead changes feed. */
export interface FieldChange {
	readonly id: number;
	readonly name: string;
	readonly newValue: string | null;
	readonly oldValue: string | null;
}

/** What is to be logged. */
export interface NewActivity {
	readonly leadId: number;
	readonly typeId: number;
	/** Milliseconds; kept to the second. */
	readonly date: number;
	readonly primaryValueId?: number;
	readonly primaryValue?: string;
	/** Attributes without a value are left out. */
	readonly attributes?: readonly ActivityAttribute[];
	readonly change?: FieldChange;
	readonly campaignId?: number;
}

/** An activity in the log. */
export interface Activity extends NewActivity {
	/** Number of the activity; not unique. */
	readonly id: number;
	/** Unique. */
	readonly guid: string;
	/** From when on reads show it. */
	readonly visibleAt: number;
}
