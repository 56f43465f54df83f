import type { INodeProperties } from 'n8n-workflow';

import { TYPE_WORDS } from './methods/columnName';
import type { ValueType } from '../../sync/values';

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

/**
 * JavaScript of the editor: true where a table has it. Given for one table at a time, as rows of leads
 * and of contacts have nothing to do with each other.
 */
const inATable = (test: string) => `={{ ['lead', 'contact'].some((table) => {
	const rows = (group) => ($parameter[table + group] || {}).rows || [];
	const all = [...rows('BothWays'), ...rows('ToMarketo'), ...rows('ToDynamics')];
	const value = (picked) => (picked || {}).value;
	${test}
}) }}`;

const REPEATED = inATable(`
	const twice = (values) => values.some((one, at) => one && values.indexOf(one) !== at);
	return twice(all.map((row) => value(row.column))) || twice(all.map((row) => value(row.field)));`);

/** A row with a constant carries no value of its source, so that its types need not fit. */
const MISFITS = inATable(`
	const fitting = ${JSON.stringify(FITTING_WORDS)};
	const type = (picked) => (((picked || {}).cachedResultName || '').split(' · ')[1] || '').replace(/ \\d+$/, '');
	const fits = (from, to) => !fitting[type(from)] || !fitting[type(to)] || fitting[type(from)].includes(type(to));
	const constants = (($parameter[table + 'SpecialRules'] || {}).rules || [])
		.filter((rule) => (rule.transform || {}).constant)
		.map((rule) => value(rule.column));
	return all.some((row) => !constants.includes(value(row.column)) && (
		(!rows('ToDynamics').includes(row) && !fits(row.column, row.field)) ||
		(!rows('ToMarketo').includes(row) && !fits(row.field, row.column))));`);

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

/**
 * Notices above the mapping that come and go while somebody edits it. They cost no call: types are
 * read off the names that are kept with the rows. What decides is a hidden expression, which the
 * editor computes anew with every edit.
 */
export const MAPPING_CHECKS: INodeProperties[] = [
	...check(
		'repeated',
		REPEATED,
		'Two rows of one table use the same column or field. Keep one of them: with both, nobody could say which value is meant. Until then the sync does not run.',
	),
	...check(
		'misfits',
		MISFITS,
		'In a row below the types do not fit, e.g. a text and a yes/no field. Choose another column or field: records whose value the other side cannot hold end up in Needs Help.',
	),
];
