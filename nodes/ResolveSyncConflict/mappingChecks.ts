import type { INodeProperties } from 'n8n-workflow';

import { TABLES } from './tables';
import { TYPE_WORDS } from './methods/columnName';
import { FITS } from '../../sync/fits';
import type { ValueType } from '../../sync/values';

/** `FITS` by the words that the lists show, since rows keep no more than those. */
const FITTING_WORDS = Object.fromEntries(
	Object.entries(FITS).map(([type, to]) => [
		TYPE_WORDS[type as ValueType],
		to.map((one) => TYPE_WORDS[one]),
	]),
);

/** Those that are not displayed are empty. */
const NAMES = JSON.stringify(TABLES.map(({ table }) => table));

/** What is looked for in a table, as JavaScript of the editor: true where the table has it. */
const TESTS = {
	repeated: `
		const twice = (values) => values.some((one, at) => one && values.indexOf(one) !== at);
		return twice(all.map((row) => value(row.column))) || twice(all.map((row) => value(row.field)));`,
	// A row with a constant carries no value of its source, so that its types need not fit.
	misfits: `
		const fitting = ${JSON.stringify(FITTING_WORDS)};
		const fits = (from, to) => !fitting[type(from)] || !fitting[type(to)] || fitting[type(from)].includes(type(to));
		return all.some((row) => !changes(row).constant && (
			(!toDynamics.includes(row) && !fits(row.column, row.field)) ||
			(!toMarketo.includes(row) && !fits(row.field, row.column))));`,
	readOnly: `
		const isReadOnly = (picked) => words(picked).includes('read only');
		return all.some((row) =>
			(!toDynamics.includes(row) && isReadOnly(row.field)) ||
			(!toMarketo.includes(row) && isReadOnly(row.column)));`,
	oneWayOnly: `
		return bothWays.some((row) => {
			const { truncate, constant, defaultWhenEmpty } = changes(row);
			return truncate || constant || defaultWhenEmpty;
		});`,
	zones: `
		const types = (row) => [type(row.column), type(row.field)];
		return all.some((row) =>
			!changes(row).zone && !changes(row).constant &&
			types(row).includes(${JSON.stringify(TYPE_WORDS.date)}) &&
			types(row).includes(${JSON.stringify(TYPE_WORDS.dateTime)}));`,
};

type Check = keyof typeof TESTS;

/**
 * Which of these the mapping has; one table at a time, as rows of leads and of contacts have nothing to do with each
 * other. All in one expression: the editor computes each hidden one anew for every parameter that is displayed
 * by a condition, with every edit, and adding a row would cost half as much again. As a text: the editor makes one of a
 * list before it looks at conditions.
 */
const FOUND = `={{ ${NAMES}.flatMap((table) => {
	const rows = (group) => ($parameter[table + group] || {}).rows || [];
	const [bothWays, toMarketo, toDynamics] = [rows('BothWays'), rows('ToMarketo'), rows('ToDynamics')];
	const all = [...bothWays, ...toMarketo, ...toDynamics];
	if (all.length === 0) return [];
	const value = (picked) => (picked || {}).value;
	const words = (picked) => ((picked || {}).cachedResultName || '').split(' · ').slice(1);
	const type = (picked) => (words(picked)[0] || '').replace(/ \\d+$/, '');
	const rules = ($parameter[table + 'SpecialRules'] || {}).rules || [];
	const changes = (row) => rules
		.filter((rule) => value(rule.column) && value(rule.column) === value(row.column))
		.reduce((all, rule) => ({ ...all, ...rule.transform }), {});
	const tests = { ${Object.entries(TESTS).map(([name, test]) => `${name}: () => { ${test} }`)} };
	return Object.keys(tests).filter((name) => tests[name]());
}).join(' ') }}`;

/** The hidden parameter that decides which notices are displayed. */
const CHECKS = 'mappingChecks';

const notice = (check: Check, displayName: string): INodeProperties => ({
	displayName,
	name: `${check}Notice`,
	type: 'notice',
	default: '',
	displayOptions: { show: { [CHECKS]: [{ _cnd: { includes: check } }] } },
});

/**
 * Notices above the mapping that come and go while somebody edits it. They cost no call: types are
 * read off the names that are kept with the rows. What decides is a hidden expression, which the
 * editor computes anew with every edit.
 */
export const MAPPING_CHECKS: INodeProperties[] = [
	{ displayName: CHECKS, name: CHECKS, type: 'hidden', default: FOUND },
	notice(
		'repeated',
		'Two rows of one table use the same column or field. Keep one of them: with both, nobody could say which value is meant. Until then both are skipped.',
	),
	notice(
		'misfits',
		'In a row below the types do not fit, e.g. a text and a yes/no field. Choose another column or field, or a One Way group: until then the row is skipped.',
	),
	notice(
		'readOnly',
		'A row below writes what is read only. Move it to the One Way group that only reads it: until then the row is skipped.',
	),
	notice(
		'oneWayOnly',
		'A row of Both Ways has a special rule that cannot be undone on the way back: Truncate To, Constant or Default When Empty. Move it to a One Way group: until then the row is skipped.',
	),
	notice(
		'zones',
		'A row below has a date on one side and a date and time on the other, which is another day in another time zone. Add a special rule with Change the Value: Time Zone, the one in which people pick the date. Until then the row is skipped.',
	),
];
