import { asChoice, asChoices, choicesAsText } from './convert/choices';
import { asDay, asTime, moved } from './convert/days';
import { asNumber, digitsOf, isInexact, numberIn, tooManyDigits } from './convert/numbers';
import { refused, type Converted } from './convert/refused';
import { asText, reshaped } from './convert/texts';
import type { Side } from './items';
import type { Transform } from './mapping';
import { asBoolean, normalForm } from './normalForm';
import { isBlank, type Column, type Raw } from './values';

export type { Converted } from './convert/refused';

const GUID = /^(\w+\()?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\)?$/;

/**
 * Carries a value from one side's column to the other side's, with the row's transform, and checks it
 * against what the target can hold, so that most refusals cost no call. Pure.
 */
export function convert(
	from: Column,
	to: Column,
	target: Side,
	raw: Raw | undefined,
	transform: Transform = {},
): Converted {
	if (transform.constant !== undefined) return fit(to, target, transform.constant, transform);
	if (isBlank(raw)) return fit(to, target, transform.defaultWhenEmpty ?? null, transform);
	const out = takenOut(from, to, raw, transform);
	if ('refusal' in out) return out;
	const value = typeof out.value === 'string' ? reshaped(out.value, to, transform) : out.value;
	return fit(to, target, value, transform);
}

/** The value in terms that the target's type can be made of. */
function takenOut(from: Column, to: Column, raw: Raw, transform: Transform): Converted {
	switch (from.type) {
		case 'boolean': {
			const flag = asBoolean(raw);
			return { value: flag === null || !transform.invert ? flag : !flag };
		}
		case 'choice':
		case 'multiChoice':
			return ['choice', 'multiChoice', 'integer', 'decimal'].includes(to.type)
				? { value: from.type === 'choice' ? numberIn(raw) : raw }
				: choicesAsText(from, to, raw, transform.choiceBy ?? 'label');
		case 'integer':
		case 'decimal': {
			const number = numberIn(raw);
			if (!Number.isFinite(number)) return { value: raw };
			if (from.type === 'integer' && isInexact(number)) return tooManyDigits(to, String(raw));
			const isNumber = ['choice', 'multiChoice', 'integer', 'decimal'].includes(to.type);
			return { value: isNumber || to.type === 'boolean' ? number : digitsOf(number) };
		}
		case 'date':
		case 'dateTime':
			return { value: moved(from, to, String(raw), transform.zone ?? 'UTC') };
		default:
			return { value: raw };
	}
}

/** A value as the target takes it. */
export function fit(to: Column, target: Side, value: Raw, transform: Transform = {}): Converted {
	if (isBlank(value)) return empty(to, target);
	switch (to.type) {
		case 'text':
		case 'longText':
		case 'email':
		case 'phone':
		case 'url':
			return asText(to, value);
		case 'boolean': {
			const flag = asBoolean(value);
			if (flag !== null)
				return { value: !flag && transform.noIsUnset && mayBeUnset(to, target) ? null : flag };
			return refused(
				to,
				'notYesNo',
				`${to.label} expects yes or no, but got "${value}"`,
				'Map this row to a text field, or correct the value',
			);
		}
		case 'integer':
		case 'decimal':
			return asNumber(to, value);
		case 'choice':
			return asChoice(to, value, transform.choiceBy);
		case 'multiChoice':
			return asChoices(to, value, transform.choiceBy);
		case 'date':
			return asDay(to, target, value);
		case 'dateTime':
			return asTime(to, target, value);
		case 'lookup':
		case 'id':
			return asId(to, target, value);
	}
}

/** A lookup may name the table as well: `team(60c4e274-…)`. */
function asId(to: Column, target: Side, value: Raw): Converted {
	const id = normalForm(to, target, value);
	if (GUID.test(id ?? '')) return { value: id };
	return refused(
		to,
		'notId',
		`${to.label} expects a record ID, but got "${value}"`,
		to.type === 'lookup'
			? 'Correct the value, or map one of the other columns of this lookup, e.g. its name'
			: 'Correct the value, e.g. 60c4e274-0d87-e711-80e5-00155db19e6d',
	);
}

function empty(to: Column, target: Side): Converted {
	if (to.type === 'boolean' && target === 'marketo') return { value: false };
	if (to.required) {
		return refused(
			to,
			'required',
			`${to.label} must not be empty`,
			'Fill in the value on the other side, or move this row to a One Way group and set Default When Empty',
		);
	}
	return { value: null };
}

function mayBeUnset(to: Column, target: Side): boolean {
	return target === 'dynamics' && !to.required;
}
