import type { Side } from './items';
import type { Transform } from './mapping';
import { asBoolean, dateOnly, normalForm, utcSecond } from './normalForm';
import type { Refusal } from './ports';
import type { Column, Raw } from './values';

export type Converted = { value: Raw } | { refusal: Refusal };

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
	if (transform.constant !== undefined) return fit(to, target, transform.constant);
	let value: Raw = raw === undefined || raw === '' ? null : raw;
	if (value === null && transform.defaultWhenEmpty !== undefined)
		value = transform.defaultWhenEmpty;
	if (from.type === 'boolean') {
		value = asBoolean(value);
		if (value !== null && transform.invert) value = !value;
	} else if (from.type === 'choice' || from.type === 'multiChoice') {
		value = choiceOut(from, to, value, transform);
	}
	if (typeof value === 'string') value = reshape(value, transform);
	return fit(to, target, value);
}

function choiceOut(from: Column, to: Column, value: Raw, transform: Transform): Raw {
	if (value === null || to.type === 'choice' || to.type === 'multiChoice') return value;
	if (to.type === 'integer' || transform.choiceBy === 'value') return value;
	const labels = String(value)
		.split(',')
		.map(
			(part) => from.options?.find((option) => option.value === Number(part))?.label ?? part.trim(),
		);
	return labels.join('; ');
}

function reshape(text: string, transform: Transform): string {
	let value = transform.trim ? text.trim() : text;
	if (transform.letterCase === 'lower') value = value.toLowerCase();
	if (transform.letterCase === 'upper') value = value.toUpperCase();
	if (transform.letterCase === 'title') {
		value = value
			.toLowerCase()
			.replace(
				/(^|[\s'-])(\p{L})/gu,
				(_, before: string, letter: string) => before + letter.toUpperCase(),
			);
	}
	if (transform.truncate !== undefined) value = [...value].slice(0, transform.truncate).join('');
	return value;
}

function refuse(to: Column, code: string, reason: string, remedy: string): Converted {
	return { refusal: { field: to.name, code, reason, remedy } };
}

function fit(to: Column, target: Side, value: Raw): Converted {
	if (value === null || value === '') {
		if (to.type === 'boolean' && target === 'marketo') return { value: false };
		if (to.required) {
			return refuse(
				to,
				'required',
				`${to.label} must not be empty`,
				'Fill in the value on the other side, or move this row to a One Way group and set Default When Empty',
			);
		}
		return { value: null };
	}
	switch (to.type) {
		case 'text':
		case 'longText':
		case 'email':
		case 'phone':
		case 'url': {
			const text = typeof value === 'string' ? value : String(value);
			if (to.maxLength !== undefined && text.length > to.maxLength) {
				return refuse(
					to,
					'tooLong',
					`${to.label} holds at most ${to.maxLength} characters; the value has ${text.length}`,
					'Shorten the value, or move this row to a One Way group and set Truncate To',
				);
			}
			return { value: text };
		}
		case 'boolean': {
			const flag = asBoolean(value);
			return flag === null
				? refuse(
						to,
						'notYesNo',
						`${to.label} is a yes/no field; "${value}" is neither`,
						'Map this row to a text field, or correct the value',
					)
				: { value: flag };
		}
		case 'integer':
		case 'decimal':
			return number(to, value);
		case 'choice':
			return choice(to, value);
		case 'multiChoice':
			return choices(to, value);
		case 'date':
			return /^\d{4}-\d{2}-\d{2}/.test(String(value))
				? { value: dateOnly(String(value)) }
				: refuse(
						to,
						'notDate',
						`${to.label} is a date; "${value}" is none`,
						'Correct the value, e.g. 2026-03-31',
					);
		case 'dateTime': {
			const time = utcSecond(String(value));
			return /Z$/.test(time)
				? { value: time }
				: refuse(
						to,
						'notTime',
						`${to.label} is a date and time; "${value}" is none`,
						'Correct the value, e.g. 2026-03-31T09:00:00Z',
					);
		}
		case 'lookup':
		case 'id':
			return { value: normalForm(to, target, value) };
	}
}

function number(to: Column, value: Raw): Converted {
	const parsed = typeof value === 'number' ? value : Number(String(value).trim());
	if (typeof value === 'boolean' || !Number.isFinite(parsed)) {
		return refuse(
			to,
			'notNumber',
			`${to.label} is a number; "${value}" is none`,
			'Correct the value',
		);
	}
	if (to.type === 'integer' && !Number.isInteger(parsed)) {
		return refuse(
			to,
			'notWhole',
			`${to.label} takes whole numbers; the value is ${parsed}`,
			'Map this row to a decimal field, or correct the value',
		);
	}
	if ((to.min !== undefined && parsed < to.min) || (to.max !== undefined && parsed > to.max)) {
		return refuse(
			to,
			'outOfRange',
			`${to.label} takes ${to.min} to ${to.max}; the value is ${parsed}`,
			'Correct the value',
		);
	}
	return { value: to.precision === undefined ? parsed : Number(parsed.toFixed(to.precision)) };
}

function choice(to: Column, value: Raw): Converted {
	const wanted = String(value).trim();
	const found =
		to.options?.find((option) => option.label.toLowerCase() === wanted.toLowerCase()) ??
		to.options?.find((option) => String(option.value) === wanted);
	if (found) return { value: found.value };
	const known = (to.options ?? [])
		.slice(0, 8)
		.map((option) => option.label)
		.join(', ');
	return refuse(
		to,
		'unknownChoice',
		`${to.label} has no choice "${wanted}"`,
		`Use one of: ${known}; or add the choice in Dynamics`,
	);
}

function choices(to: Column, value: Raw): Converted {
	const chosen: number[] = [];
	for (const part of String(value).split(/[;,]/)) {
		if (!part.trim()) continue;
		const one = choice(to, part);
		if ('refusal' in one) return one;
		chosen.push(Number(one.value));
	}
	return { value: chosen.sort((a, b) => a - b).join(',') };
}
