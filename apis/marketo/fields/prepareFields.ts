import type { Marketo } from '../client';
import { call } from '../transport/call';
import { refusalOf, type MarketoReason } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';
import { PERSON_LINK_FIELDS, type LinkField } from './linkFields';
import { forgetPersonFields, personFields, type PersonField } from './personFields';

/** What *prepare* found or did about one field or type. */
export interface Prepared {
	name: string;
	label: string;
	/** `wrongType` and `refused` need a person. */
	outcome: 'there' | 'created' | 'wrongType' | 'refused' | 'unknown';
	message: string;
}

/**
 * Makes the person fields that sync needs, where they are not there. May be repeated: what is there
 * is left alone, and a field of another type is reported, never changed.
 *
 * @throws MarketoProblem, NoAnswer
 */
export async function prepareFields(
	marketo: Marketo,
	wanted: readonly LinkField[] = Object.values(PERSON_LINK_FIELDS),
): Promise<Prepared[]> {
	const checked = await checkFields(marketo, wanted);
	const toMake = checked.filter(({ there }) => !there).map(({ field }) => field);
	const made = new Map((await make(marketo, toMake)).map((prepared) => [prepared.name, prepared]));
	return checked.map(({ field, there }) => there ?? made.get(field.name)!);
}

/**
 * The same without making any: what is there, and what is in the way. `there` is absent for a field that
 * *prepare* would make.
 *
 * @throws MarketoProblem, NoAnswer
 */
export async function checkFields(
	marketo: Marketo,
	wanted: readonly LinkField[],
): Promise<Array<{ field: LinkField; there: Prepared | undefined }>> {
	const present = await personFields(marketo, 0);
	return wanted.map((field) => ({ field, there: check(field, present) }));
}

function check(field: LinkField, present: PersonField[]): Prepared | undefined {
	const { name, label, dataType } = field;
	const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
	const byName = present.find((other) => same(other.name, name));
	const byLabel = present.find((other) => same(other.label, label));
	if (byName) {
		if (byName.dataType === dataType) {
			return { name, label, outcome: 'there', message: 'Already existed' };
		}
		const message = `The field ${name} exists, but as ${byName.dataType} instead of ${dataType}. Rename it in Marketo (Admin > Field Management), then prepare again`;
		return { name, label, outcome: 'wrongType', message };
	}
	if (byLabel) {
		const message = `Another field (${byLabel.name}) is already called '${label}'. Rename it in Marketo (Admin > Field Management), then prepare again`;
		return { name, label, outcome: 'wrongType', message };
	}
	return undefined;
}

async function make(marketo: Marketo, fields: LinkField[]): Promise<Prepared[]> {
	if (fields.length === 0) return [];
	const { result } = await call<{ name?: string; status?: string; reasons?: MarketoReason[] }>(
		marketo,
		{
			method: 'POST',
			path: '/rest/v1/leads/schema/fields.json',
			body: {
				input: fields.map(({ name, label, dataType, description }) => ({
					displayName: label,
					name,
					dataType,
					description,
				})),
			},
			timeoutMs: TIMEOUT_MS.usual,
			permission: 'Read-Write Schema Custom Field',
			effect: 'write',
		},
	);
	forgetPersonFields(marketo);
	return fields.map(({ name, label }, index) => {
		const answer = result.find((one) => one.name === name) ?? result[index];
		if (answer?.status === 'created') {
			return { name, label, outcome: 'created', message: 'Created' };
		}
		const reason = answer?.reasons?.[0];
		if (!reason) {
			const message = 'Marketo did not report the result; run Prepare again to see';
			return { name, label, outcome: 'unknown', message };
		}
		const { reason: words, remedy } = refusalOf(reason);
		return { name, label, outcome: 'refused', message: `${words}. ${remedy}` };
	});
}
