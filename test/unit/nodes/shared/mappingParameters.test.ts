import type { IDataObject, INode } from 'n8n-workflow';

import {
	laneMappingOf,
	mappingBehind,
	mappingOf,
} from '../../../../nodes/shared/mappingParameters';

const rows = (...pairs: Array<[string, string]>) => ({
	rows: pairs.map(([column, field]) => ({ column, field })),
});
const withRule = (group: string, rule: IDataObject) => ({
	[group]: rows(['jobtitle', 'title']),
	leadSpecialRules: { rules: [{ column: 'jobtitle', ...rule }] },
});

describe(mappingOf, () => {
	it.each<[string, IDataObject]>([
		['Truncate To', { truncate: 10 }],
		['Constant', { constant: 'CRM' }],
		['Default When Empty', { defaultWhenEmpty: 'CRM' }],
		['Time Zone', { zone: 'Europe/Berlin' }],
		['No in Marketo Is Not Set', { noIsUnset: true }],
		['Choice As: Number', { choiceBy: 'value' }],
	])('reads %s', (_, transform) => {
		for (const group of ['leadToMarketo', 'leadToDynamics'])
			expect(mappingOf(withRule(group, { transform })).lead.rows[0]!.transform).toEqual(transform);
	});

	it('reads what a delete does in the other system, of each table; as shipped, and in a node of 0.1, nothing', () => {
		const { lead, contact } = mappingOf({
			leadWhenRowDeleted: 'delete',
			leadWhenPersonDeleted: 'deactivate',
			contactWhenRowDeleted: 'flag',
			contactWhenPersonDeleted: 'leave',
		});
		expect(lead).toMatchObject({ whenRowDeleted: 'delete', whenPersonDeleted: 'deactivate' });
		expect(contact).toEqual(mappingOf({}).contact);
	});

	it('reads who is created in Dynamics, as lead or contact, with conditions that name nothing: they stop the sync', () => {
		const people = {
			condition: [{ column: 'leadSource', operator: 'eq', value: 'Web' }, { column: '' }],
		};
		const set = { people, createAs: 'contact', match: 'any' };
		const { lead, contact } = mappingOf({ createInDynamics: set });
		expect(contact.createdFrom).toEqual({
			conditions: [
				{ column: 'leadSource', operator: 'eq', value: 'Web' },
				{ column: '', operator: 'eq', value: '' },
			],
			match: 'any',
		});
		expect(lead).toEqual(mappingOf({}).lead);
		expect(mappingOf({ createInDynamics: { people } }).lead.createdFrom).toMatchObject({
			match: 'all',
		});
		expect(
			mappingOf({ createInDynamics: { createAs: 'contact', people: { condition: [] } } }),
		).toEqual(mappingOf({}));
		expect(laneMappingOf({ createInDynamics: set })).toEqual({ lead, contact });
	});

	it('takes changes that were left empty for none', () => {
		const transform = { zone: ' ', constant: '', defaultWhenEmpty: '', noIsUnset: false };
		expect(mappingOf(withRule('leadBothWays', { transform })).lead.rows[0]).not.toHaveProperty(
			'transform',
		);
	});

	it('does all that several rules of one row say, as the notices of the editor have it', () => {
		const rules = [
			{ column: 'jobtitle', transform: { truncate: 50 } },
			{ column: 'jobtitle', emptyValues: 'onlyFill', transform: { letterCase: 'upper' } },
		];
		const { lead } = mappingOf({
			leadToMarketo: rows(['jobtitle', 'title']),
			leadSpecialRules: { rules },
		});
		expect(lead.rows[0]).toMatchObject({
			empty: 'onlyFill',
			transform: { truncate: 50, letterCase: 'upper' },
		});
	});

	it('says in what the rules of a row contradict each other', () => {
		const rules = [
			{ column: 'jobtitle', winner: 'ask', transform: { letterCase: 'upper', trim: true } },
			{ column: 'jobtitle', winner: 'marketo', emptyValues: 'copy' },
			{ column: 'jobtitle', winner: 'ask', transform: { letterCase: 'lower' } },
			{ column: 'fax', winner: 'ask', emptyValues: 'default' },
			{ column: 'fax', winner: 'ask', emptyValues: 'copy', transform: { trim: false } },
		];
		const { lead } = mappingOf({
			leadBothWays: rows(['jobtitle', 'title'], ['fax', 'fax']),
			leadSpecialRules: { rules },
		});
		expect(lead.rows.map(({ contradictions }) => contradictions)).toEqual([
			['If Both Changed', 'Change the Value'],
			undefined,
		]);
	});

	it('keeps a rule that has no row for people to see, and all rows (one mistake stops nobody else)', () => {
		const mapping = mappingOf({
			leadBothWays: rows(['jobtitle', 'title'], ['jobtitle', 'rating']),
			leadSpecialRules: { rules: [{ column: 'fax', winner: 'dynamics' }, { column: '' }] },
		});
		expect(mapping.lead.rows.map(({ id }) => id)).toEqual(['jobtitle>title', 'jobtitle>rating']);
		expect(mapping.lead.strayRules).toEqual(['fax']);
		expect(mapping.contact).not.toHaveProperty('strayRules');
	});

	it('reads each rule of a row, by the group that the row stands in, and those of the table', () => {
		const picked = (value: string) => ({ __rl: true, mode: 'list', value });
		const mapping = mappingOf({
			leadBothWays: {
				rows: [
					'jobtitle',
					'telephone1',
					'mobilephone',
					'fax',
					'address1_line1',
					'address1_line2',
				].map((column) => ({ column: picked(column), field: picked(`in ${column}`) })),
			},
			leadToMarketo: rows(['address1_city', 'city']),
			leadToDynamics: rows(['address1_country', 'country']),
			leadEmptyValues: 'onlyFill',
			contactIfBothChanged: 'marketo',
			leadSpecialRules: {
				rules: [
					{ column: picked('jobtitle'), winner: 'dynamics' },
					{ column: picked('telephone1'), winner: 'newest', emptyValues: 'default' },
					{ column: picked('mobilephone'), winner: 'ask' },
					{ column: picked('fax'), winner: 'default', emptyValues: 'neverOverwrite' },
					{ column: picked('address1_line1'), emptyValues: 'onlyFill' },
					{ column: picked('address1_line2'), onlyOnCreate: true },
				],
			},
		});
		const bothWays = (column: string) => ({
			id: `${column}>in ${column}`,
			column,
			field: `in ${column}`,
			direction: 'both',
		});
		expect(mapping).toEqual({
			lead: {
				rows: [
					{ ...bothWays('jobtitle'), winner: 'dynamics' },
					{ ...bothWays('telephone1'), winner: 'newest' },
					{ ...bothWays('mobilephone'), winner: 'ask' },
					{ ...bothWays('fax'), empty: 'neverOverwrite' },
					{ ...bothWays('address1_line1'), empty: 'onlyFill' },
					{ ...bothWays('address1_line2'), onlyOnCreate: true },
					{
						id: 'address1_city>city',
						column: 'address1_city',
						field: 'city',
						direction: 'toMarketo',
					},
					{
						id: 'address1_country>country',
						column: 'address1_country',
						field: 'country',
						direction: 'toDynamics',
					},
				],
				ifBothChanged: 'native',
				emptyValues: 'onlyFill',
			},
			contact: { rows: [], ifBothChanged: 'marketo', emptyValues: 'copy' },
		});
	});

	it('leaves out a row that is not finished (its list may be empty until the steps that read the mapping have run)', () => {
		const leadBothWays = rows(['jobtitle', 'title'], ['new_persona', ''], ['', 'phone'], ['', '']);
		expect(mappingOf({ leadBothWays }).lead.rows.map(({ id }) => id)).toEqual(['jobtitle>title']);
	});

	it('takes what can go back on a row that goes both ways', () => {
		const transform = { trim: true, letterCase: 'upper', invert: true };
		expect(mappingOf(withRule('leadBothWays', { transform })).lead.rows[0]!.transform).toEqual(
			transform,
		);
	});
});

describe('what a node is set to sync', () => {
	const accounts = { lane: 'companies', accountToMarketo: rows(['name', 'company']) };
	const before = (parameters: IDataObject) => ({
		getNode: () => ({ name: 'Get Dynamics Changes' }) as INode,
		getChildNodes: () => [{ type: 'x.resolveSyncConflict', name: 'Map Companies', parameters }],
	});

	it('has the tables of its own, one way', () => {
		expect(laneMappingOf(accounts)).toEqual({
			account: {
				rows: [{ id: 'name>company', column: 'name', field: 'company', direction: 'toMarketo' }],
				ifBothChanged: 'native',
				emptyValues: 'copy',
			},
		});
		expect(Object.keys(laneMappingOf({ lane: 'owners' }))).toEqual(['systemuser', 'team']);
	});

	it('is people where a node of 0.1 says nothing', () => {
		const parameters = { leadBothWays: rows(['jobtitle', 'title']) };
		expect(laneMappingOf(parameters)).toEqual(mappingOf(parameters));
		expect(mappingBehind(before(parameters), 'people')).toEqual(mappingOf(parameters));
	});

	it('has to be the same in the trigger and behind it', () => {
		expect(mappingBehind(before(accounts), 'companies')).toEqual(laneMappingOf(accounts));
		expect(() => mappingBehind(before(accounts), 'people')).toThrow(
			'The trigger syncs leads and contacts, but Map Companies is set to accounts',
		);
	});
});
