import type { Column } from './schema';
import type { Stored } from './store';

/** What an English user with the format "United States" and the time zone UTC sees. */
export function formattedValue(
	column: Column,
	value: Stored,
	nameOf: (reference: { id: string; table: string }) => string | undefined,
	currencySymbol = '$',
): string | undefined {
	if (typeof value === 'object') return nameOf(value);
	switch (column.type) {
		case 'Boolean':
			return labelOf(column, value ? 1 : 0);
		case 'Picklist':
		case 'State':
		case 'Status':
			return labelOf(column, Number(value));
		case 'MultiSelectPicklist':
			return String(value)
				.split(',')
				.map((part) => labelOf(column, Number(part)) ?? part)
				.join('; ');
		case 'Integer':
		case 'BigInt':
			return Number(value).toLocaleString('en-US');
		case 'Decimal':
		case 'Double':
			return fixed(Number(value), column.precision ?? 2);
		case 'Money': {
			const amount = Number(value);
			const digits = column.precisionSource === 2 ? 2 : (column.precision ?? 2);
			const text = `${currencySymbol}${fixed(Math.abs(amount), digits)}`;
			return amount < 0 ? `(${text})` : text;
		}
		case 'DateTime':
			return dateText(column, String(value));
		default:
			return undefined;
	}
}

function labelOf(column: Column, value: number): string | undefined {
	return column.options?.find(([option]) => option === value)?.[1];
}

function fixed(value: number, digits: number): string {
	return value.toLocaleString('en-US', {
		minimumFractionDigits: digits,
		maximumFractionDigits: digits,
	});
}

function dateText(column: Column, value: string): string {
	const [year, month, day] = value.slice(0, 10).split('-').map(Number);
	const date = `${month}/${day}/${year}`;
	if (column.behavior === 'DateOnly' || column.format === 'DateOnly') return date;
	const hours = Number(value.slice(11, 13));
	const half = hours < 12 ? 'AM' : 'PM';
	return `${date} ${hours % 12 === 0 ? 12 : hours % 12}:${value.slice(14, 16)} ${half}`;
}
