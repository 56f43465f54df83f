import type { INodeProperties } from 'n8n-workflow';

import { TYPE_WORDS } from './methods/columnName';
import type { ValueType } from '../../sync/values';
import type { TableWords } from './tables';

const TEXTS: ValueType[] = ['text', 'longText', 'email', 'phone', 'url'];
const NUMBERS: ValueType[] = ['integer', 'decimal'];
const CHOICES: ValueType[] = ['choice', 'multiChoice'];
const DATES: ValueType[] = ['date', 'dateTime'];
const REFERENCES: ValueType[] = ['lookup', 'id'];

/** Types that can take the values of a type, all or those that name a choice. */
const FITS: Array<{ from: ValueType[]; to: ValueType[] }> = [
	{ from: TEXTS, to: [...TEXTS, ...CHOICES] },
	{ from: NUMBERS, to: [...TEXTS, ...NUMBERS, ...CHOICES] },
	{ from: CHOICES, to: [...TEXTS, ...NUMBERS, ...CHOICES] },
	{ from: ['boolean'], to: [...TEXTS, 'boolean'] },
	{ from: DATES, to: [...TEXTS, ...DATES] },
	{ from: REFERENCES, to: [...TEXTS, ...REFERENCES] },
];

const words = (types: ValueType[]) => types.map((type) => TYPE_WORDS[type]);

/** `FITS` by the words that the lists show, since rows keep no more than those. */
const FITTING_WORDS = Object.fromEntries(
	FITS.flatMap(({ from, to }) => words(from).map((word) => [word, words(to)])),
);

/** JavaScript of the editor for the rows of a table's mapping as it stands on screen. */
const rowsOf = (table: string, group: string) => `(($parameter['${table}${group}'] || {}).rows || [])`;

const allRowsOf = (table: string) =>
	`[${['BothWays', 'ToMarketo', 'ToDynamics'].map((group) => `...${rowsOf(table, group)}`).join(', ')}]`;

const repeated = (table: string) => `={{ ['column', 'field'].some((side) =>
	${allRowsOf(table)}
		.map((row) => (row[side] || {}).value)
		.some((value, at, all) => value && all.indexOf(value) !== at)) }}`;

/** A row with a constant carries no value of its source, so that its types need not fit. */
const misfits = (table: string) => `={{ ((fitting) => {
	const constants = (($parameter['${table}SpecialRules'] || {}).rules || [])
		.filter((rule) => (rule.transform || {}).constant)
		.map((rule) => (rule.column || {}).value);
	const word = (side) => (((side || {}).cachedResultName || '').split(' · ')[1] || '').replace(/ \\d+$/, '');
	const fits = (from, to) => !fitting[word(from)] || !fitting[word(to)] || fitting[word(from)].includes(word(to));
	const counts = (row) => !constants.includes((row.column || {}).value);
	const toMarketo = [...${rowsOf(table, 'BothWays')}, ...${rowsOf(table, 'ToMarketo')}].filter(counts);
	const toDynamics = [...${rowsOf(table, 'BothWays')}, ...${rowsOf(table, 'ToDynamics')}].filter(counts);
	return toMarketo.some((row) => !fits(row.column, row.field)) || toDynamics.some((row) => !fits(row.field, row.column));
})(${JSON.stringify(FITTING_WORDS)}) }}`;

/**
 * Notices above the rows that come and go while somebody edits them. They cost no call: types are
 * read off the names that are kept with the rows. What decides is a hidden expression, which the
 * editor computes anew with every edit.
 */
export function mappingChecks({ table }: TableWords): INodeProperties[] {
	const check = (name: string, expression: string, displayName: string): INodeProperties[] => [
		{ displayName: name, name, type: 'hidden', default: expression },
		{
			displayName,
			name: `${name}Notice`,
			type: 'notice',
			default: '',
			displayOptions: { show: { [name]: [true] } },
		},
	];
	return [
		...check(
			`${table}Repeated`,
			repeated(table),
			'Two rows below use the same column or field. Keep one of them: with both, nobody could say which value is meant. Until then the sync does not run.',
		),
		...check(
			`${table}Misfits`,
			misfits(table),
			'In a row below the types do not fit, e.g. a text and a yes/no field. Choose another column or field: records whose value the other side cannot hold end up in Needs Help.',
		),
	];
}
