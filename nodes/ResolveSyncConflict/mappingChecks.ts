import type { INodeProperties } from 'n8n-workflow';

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

/** What is looked for in a table, as JavaScript of the editor: true where the table has it. */
const TESTS = {
	repeated: `
		const isTwice = (values) => values.some((one, at) => one && values.indexOf(one) !== at);
		return isTwice(rows.map(({ column }) => column.value)) || isTwice(rows.map(({ field }) => field.value));`,
	// A row with a constant carries no value of its source, so that its types need not fit.
	misfits: `
		const fitting = ${JSON.stringify(FITTING_WORDS)};
		const fits = (from, to) => !fitting[from.type] || !fitting[to.type] || fitting[from.type].includes(to.type);
		return rows.some((row) => !changes(row).constant && (
			(row.toMarketo && !fits(row.column, row.field)) ||
			(row.toDynamics && !fits(row.field, row.column))));`,
	readOnly: `
		return rows.some((row) =>
			(row.toMarketo && row.field.isReadOnly) || (row.toDynamics && row.column.isReadOnly));`,
	oneWayOnly: `
		return rows.some((row) => {
			const { truncate, constant, defaultWhenEmpty } = changes(row);
			return row.toMarketo && row.toDynamics && (truncate || constant || defaultWhenEmpty);
		});`,
	contradictory: `
		return rows.some((row) => changes(row).isContradictory);`,
	zones: `
		return rows.some((row) => {
			const types = [row.column.type, row.field.type];
			return !changes(row).zone && !changes(row).constant &&
				types.includes(${JSON.stringify(TYPE_WORDS.date)}) &&
				types.includes(${JSON.stringify(TYPE_WORDS.dateTime)});
		});`,
};

/** What a rule holds where nothing was chosen in it. */
const AS_ABOVE = {
	winner: 'default',
	emptyValues: 'default',
	letterCase: 'keep',
	choiceBy: 'label',
};

type Check = keyof typeof TESTS;

/**
 * Which of these the mapping has; one table at a time, as rows of leads and of contacts have nothing to do with each
 * other. All in one expression, which looks at each row once: the editor computes each hidden one anew for every
 * parameter that is displayed by a condition, with every edit, and watches whatever it touches. As a text: the editor
 * makes one of a list before it looks at conditions. In one line: each list of the mapping spells out all parameters
 * with every edit, this one too.
 */
const found = (tables: string) =>
	`={{ ${tables}.flatMap((table) => {
	const side = (picked) => {
		const { value, cachedResultName } = picked || {};
		const words = (cachedResultName || '').split(' · ').slice(1);
		return { value, type: (words[0] || '').replace(/ \\d+$/, ''), isReadOnly: words.includes('read only') };
	};
	const group = (suffix, toMarketo, toDynamics) => (($parameter[table + suffix] || {}).rows || [])
		.map(({ column, field }) => ({ column: side(column), field: side(field), toMarketo, toDynamics }));
	const rows = [
		...group('BothWays', true, true), ...group('ToMarketo', true, false), ...group('ToDynamics', false, true),
	];
	const rules = {};
	const asAbove = ${JSON.stringify(AS_ABOVE)};
	for (const { column, winner, emptyValues, transform } of ($parameter[table + 'SpecialRules'] || {}).rules || []) {
		const { value } = column || {};
		const before = rules[value] || {};
		const said = Object.entries({ ...transform, winner, emptyValues }).filter(([name, one]) => one && one !== asAbove[name]);
		const isContradictory = before.isContradictory || said.some(([name, one]) => name in before && before[name] !== one);
		rules[value] = { ...before, ...Object.fromEntries(said), isContradictory };
	}
	const changes = ({ column }) => column.value && rules[column.value] || {};
	const tests = { ${Object.entries(TESTS).map(([name, test]) => `${name}: () => { ${test} }`)} };
	return Object.keys(tests).filter((name) => tests[name]());
}).join(' ') }}`.replace(/\s+/g, ' ');

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
 *
 * @param tables an expression's part that is the list of the tables whose mapping is shown
 */
export const mappingChecks = (tables: string): INodeProperties[] => [
	{ displayName: CHECKS, name: CHECKS, type: 'hidden', default: found(tables) },
	notice(
		'repeated',
		'Two rows of one table use the same column or field. Keep one of them: with both, it is unclear which value is meant. Until then, both are skipped.',
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
		'contradictory',
		'Two special rules of one row say different things. Keep one of them, or have them say the same: until then the row is skipped.',
	),
	notice(
		'zones',
		'A row below has a date on one side and a date and time on the other, which can be a different day in another time zone. Add a special rule with Change the Value: Time Zone, and enter the time zone in which people pick the date. Until then, the row is skipped.',
	),
	{
		displayName: 'Rows That Are Skipped',
		name: 'skippedRows',
		type: 'resourceLocator',
		noDataExpression: true,
		// As n8n itself writes it: a value that is the default is not kept in the workflow.
		default: { __rl: true, mode: 'list', value: '' },
		description:
			'Open the list to see which rows are skipped, why, and what to do. There is nothing to choose.',
		displayOptions: { show: { [CHECKS]: [{ _cnd: { regex: '\\S' } }] } },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Which they are, and what to do',
				typeOptions: { searchListMethod: 'searchSkippedRows', searchable: true },
			},
		],
	},
];
