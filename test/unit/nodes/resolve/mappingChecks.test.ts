import {
	NodeHelpers,
	Workflow,
	type INode,
	type INodeParameters,
	type INodeType,
} from 'n8n-workflow';

import { VERSIONS } from '../../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';

const { properties: PROPERTIES } = VERSIONS[1].description;

/** What decides on a notice; the same in the version for people as in the one for whatever is chosen. */
function shows(check: string, parameters: INodeParameters): boolean {
	const isShown = showsIn(VERSIONS[1], check, parameters);
	expect(showsIn(VERSIONS[2], check, parameters)).toBe(isShown);
	return isShown;
}

/** Computed by n8n's own expressions. */
function showsIn(nodeType: INodeType, check: string, parameters: INodeParameters): boolean {
	const { properties, version } = nodeType.description;
	const nodeTypes = {
		getByName: () => nodeType,
		getByNameAndVersion: () => nodeType,
		getKnownTypes: () => ({}),
	};
	const node: INode = {
		id: '1',
		name: 'Resolve',
		type: 'resolveSyncConflict',
		typeVersion: Number(version),
		position: [0, 0],
		parameters,
	};
	const workflow = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: nodeTypes as never,
	});
	const notice = properties.find(({ name }) => name === `${check}Notice`)!;
	const [decider] = Object.keys(notice.displayOptions!.show!) as [string];
	const expression = properties.find(({ name }) => name === decider)!.default as string;
	// As the editor does: the condition is looked at with what the expression comes to, as a text.
	const found = workflow.expression.getSimpleParameterValue(
		workflow.getNode('Resolve')!,
		expression,
		'internal',
		{},
	);
	expect(typeof found).toBe('string');
	return NodeHelpers.displayParameter(
		{ [decider]: found as string },
		notice,
		node,
		nodeType.description,
	);
}

const pick = (value: string, type: string) => ({
	__rl: true,
	mode: 'list',
	value,
	cachedResultName: `Some Label (${value}) · ${type}`,
});
const row = (column: string, field: string, columnType = 'text 100', fieldType = 'text 255') => ({
	column: pick(column, columnType),
	field: pick(field, fieldType),
});

describe('rows that use one thing twice', () => {
	it('are seen across groups, on either side', () => {
		const title = row('jobtitle', 'title');
		expect(shows('repeated', { leadBothWays: { rows: [title, row('firstname', 'title')] } })).toBe(
			true,
		);
		expect(
			shows('repeated', {
				leadBothWays: { rows: [title] },
				leadToMarketo: { rows: [row('jobtitle', 'rating')] },
			}),
		).toBe(true);
	});

	it('are so within leads and within contacts (the same field is mapped for both)', () => {
		const title = row('jobtitle', 'title');
		expect(
			shows('repeated', { leadBothWays: { rows: [title] }, contactBothWays: { rows: [title] } }),
		).toBe(false);
		expect(shows('repeated', { contactBothWays: { rows: [title, title] } })).toBe(true);
	});

	it('are not made by rows that nothing was chosen in yet', () => {
		const empty = {
			column: { __rl: true, mode: 'list', value: '' },
			field: { __rl: true, mode: 'list', value: '' },
		};
		expect(shows('repeated', { leadBothWays: { rows: [empty, empty] } })).toBe(false);
		expect(shows('misfits', { leadBothWays: { rows: [empty, {}] } })).toBe(false);
		expect(shows('repeated', {})).toBe(false);
	});
});

describe('rows whose types do not fit', () => {
	const misfit = (group: string, from: string, to: string, more: INodeParameters = {}) =>
		shows('misfits', { [`lead${group}`]: { rows: [row('one', 'other', from, to)] }, ...more });

	it.each([
		['date', 'yes/no'],
		['yes/no', 'whole number'],
		['text 50', 'date and time'],
		['choice', 'yes/no'],
		['lookup', 'number'],
	])('both ways: %s and %s', (from, to) => {
		expect(misfit('BothWays', from, to)).toBe(true);
		expect(misfit('BothWays', to, from)).toBe(true);
	});

	it.each([
		['text 50', 'phone 255'],
		['choice', 'text 255'],
		['whole number', 'number'],
		['date', 'date and time'],
		['choice', 'whole number'],
	])('not: %s and %s', (from, to) => {
		expect(misfit('BothWays', from, to)).toBe(false);
	});

	it('look at the direction (everything can be written into a text)', () => {
		expect(misfit('ToMarketo', 'date', 'text 255')).toBe(false);
		expect(misfit('ToDynamics', 'date', 'text 255')).toBe(true);
	});

	it('may have a constant, which is written instead', () => {
		const constant = {
			leadSpecialRules: {
				rules: [{ column: pick('one', 'text 50'), transform: { constant: 'true' } }],
			},
		};
		expect(misfit('ToMarketo', 'text 50', 'yes/no')).toBe(true);
		expect(misfit('ToMarketo', 'text 50', 'yes/no', constant)).toBe(false);
	});

	it('are not guessed where no name is kept', () => {
		const bare = { rows: [{ column: { __rl: true, mode: 'list', value: 'a' }, field: 'b' }] };
		expect(shows('misfits', { leadBothWays: bare })).toBe(false);
	});
});

const withRule = (group: string, one: INodeParameters, transform: INodeParameters) => ({
	[`lead${group}`]: { rows: [one] },
	leadSpecialRules: {
		rules: [
			{ column: pick('other', 'text'), transform: { constant: 'x' } },
			{ column: one.column!, transform },
		],
	},
});

describe('rows that write what is read only', () => {
	it.each([
		['BothWays', 'text 100 · read only', 'text 255', true],
		['BothWays', 'text 100', 'text 255 · read only', true],
		['ToMarketo', 'text 100 · read only', 'text 255', false],
		['ToMarketo', 'text 100', 'text 255 · read only', true],
		['ToDynamics', 'text 100 · read only', 'text 255', true],
		['ToDynamics', 'text 100', 'text 255 · read only', false],
	])('%s: %s and %s', (group, column, field, shown) => {
		const rows = [row('one', 'other', column, field)];
		expect(shows('readOnly', { [`contact${group}`]: { rows } })).toBe(shown);
	});
});

describe('changes that cannot come back (R19)', () => {
	it.each([{ truncate: 9 }, { constant: 'x' }, { defaultWhenEmpty: 'x' }])(
		'are said of a row of Both Ways: %j',
		(change) => {
			const title = row('jobtitle', 'title');
			expect(shows('oneWayOnly', withRule('BothWays', title, change))).toBe(true);
			expect(shows('oneWayOnly', withRule('ToMarketo', title, change))).toBe(false);
			expect(shows('oneWayOnly', withRule('BothWays', title, { trim: true }))).toBe(false);
		},
	);
});

describe('special rules of one row', () => {
	const title = row('jobtitle', 'title');
	const said = (...rules: INodeParameters[]) =>
		shows('contradictory', {
			leadBothWays: { rows: [title] },
			leadSpecialRules: { rules: rules.map((rule) => ({ column: title.column, ...rule })) },
		});

	it.each<[INodeParameters, INodeParameters]>([
		[{ winner: 'ask' }, { winner: 'marketo' }],
		[{ emptyValues: 'copy' }, { emptyValues: 'onlyFill' }],
		[{ transform: { letterCase: 'upper' } }, { transform: { letterCase: 'lower' } }],
	])('contradict each other: %j and %j', (one, other) => {
		expect(said(one, other)).toBe(true);
		expect(said(one, {}, other)).toBe(true);
		expect(said(one, one)).toBe(false);
	});

	it('add up where each says something else, or nothing', () => {
		const nothing = {
			winner: 'default',
			emptyValues: 'default',
			transform: { letterCase: 'keep' },
		};
		expect(said({ winner: 'ask' }, nothing, { transform: { letterCase: 'upper' } })).toBe(false);
		expect(said({ transform: { trim: true } }, { transform: { letterCase: 'upper' } })).toBe(false);
	});
});

describe('a date beside a date and time', () => {
	it('asks for a time zone, whichever side it is on', () => {
		const zone = { zone: 'Europe/Berlin' };
		for (const [from, to] of [
			['date', 'date and time'],
			['date and time', 'date'],
		] as const) {
			expect(shows('zones', withRule('BothWays', row('one', 'more', from, to), {}))).toBe(true);
			expect(shows('zones', withRule('BothWays', row('one', 'more', from, to), zone))).toBe(false);
		}
	});

	it.each([
		['date', 'date'],
		['date and time', 'date and time'],
		['date', 'wall clock time'],
		['date', 'text 255'],
	])('does not ask for one: %s and %s', (from, to) => {
		expect(shows('zones', withRule('BothWays', row('one', 'more', from, to), {}))).toBe(false);
	});
});

describe('the list of rows that are skipped', () => {
	const list = PROPERTIES.find(({ name }) => name === 'skippedRows')!;
	const [decider] = Object.keys(list.displayOptions!.show!) as [string];
	const node = { name: 'Resolve', type: 'resolveSyncConflict', typeVersion: 1 } as INode;

	it.each([
		['', false],
		['misfits', true],
		['misfits zones', true],
	])('is there with any notice, and without one it is not: "%s"', (found, isShown) => {
		const values = { [decider]: found };
		expect(NodeHelpers.displayParameter(values, list, node, VERSIONS[1].description)).toBe(isShown);
	});
});

it('costs the editor one expression, which it computes for few parameters: each that is displayed by a condition asks for it', () => {
	const expressions = PROPERTIES.filter((one) => String(one.default).startsWith('='));
	expect(expressions.map(({ type }) => type)).toEqual(['hidden']);
	expect(PROPERTIES.filter(({ displayOptions }) => displayOptions).length).toBeLessThanOrEqual(10);
});
