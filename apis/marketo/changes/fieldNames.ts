import type { RawActivity } from '../activities/activity';
import type { Marketo } from '../client';
import { personFields } from '../fields/personFields';

/** Finds the REST name of a field that the activity log names in one of its ways. */
export interface FieldNames {
	byLogName(name: string): Promise<string | undefined>;
	byActivity(activity: RawActivity): Promise<string | undefined>;
}

/**
 * The log names fields by REST name in lead changes, by display name and by the number of the field
 * in other activities. Describe is asked only for a name that is none of the fields asked for.
 */
export function fieldNames(marketo: Marketo, asked: string[]): FieldNames {
	const known = new Map(asked.map((name) => [name.toLowerCase(), name]));
	const byLogName = async (name: string): Promise<string | undefined> => {
		const direct = known.get(name.toLowerCase());
		if (direct) return direct;
		const fields = await personFields(marketo);
		return (
			fields.find((field) => field.name.toLowerCase() === name.toLowerCase()) ??
			fields.find((field) => field.label.toLowerCase() === name.toLowerCase())
		)?.name;
	};
	return {
		byLogName,
		async byActivity({ primaryAttributeValueId, primaryAttributeValue }) {
			const fields = await personFields(marketo);
			const byId = fields.find(({ id }) => id === primaryAttributeValueId)?.name;
			if (byId || !primaryAttributeValue) return byId;
			return await byLogName(primaryAttributeValue);
		},
	};
}
