import type { DynamicsTable } from '../items';
import type { Column, Raw } from '../values';

/** A value as people read it; long texts are cut. */
export function show(value: Raw | undefined): string {
	if (value === null || value === undefined) return '';
	const text = String(value);
	return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

/** `Job Title (jobtitle)`; the name alone where nothing else is known. */
export function fieldName(column: Column | undefined, name: string): string {
	return column && column.label !== name ? `${column.label} (${name})` : name;
}

/** A value as people see it in the system itself: labels of choices, Yes and No. */
export function valueInWords(value: Raw | undefined, column: Column | undefined): string {
	const label = (one: Raw | string) =>
		column?.options?.find((option) => String(option.value) === String(one).trim())?.label;
	if (typeof value === 'boolean') return label(Number(value)) ?? (value ? 'Yes' : 'No');
	if (value === null || value === undefined || !column?.options) return show(value);
	if (column.type !== 'multiChoice') return label(value) ?? show(value);
	return String(value)
		.split(',')
		.map((one) => label(one) ?? one)
		.join(', ');
}

/** Opens a lead or contact in Dynamics; empty where its address or id is not known yet. */
export function recordLink(address: string | undefined, table: DynamicsTable, id: string): string {
	return address && id ? `${address}/main.aspx?pagetype=entityrecord&etn=${table}&id=${id}` : '';
}
