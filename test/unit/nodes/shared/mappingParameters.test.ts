import type { IDataObject } from 'n8n-workflow';

import { MappingProblem, mappingOf } from '../../../../nodes/shared/mappingParameters';

const rows = (...pairs: Array<[string, string]>) => ({ rows: pairs.map(([column, field]) => ({ column, field })) });
const withRule = (group: string, rule: IDataObject) => ({ [group]: rows(['jobtitle', 'title']), leadSpecialRules: { rules: [{ column: 'jobtitle', ...rule }] } });

describe(mappingOf, () => {
	it.each<[string, IDataObject]>([
		['Truncate To', { truncate: 10 }],
		['Constant', { constant: 'CRM' }],
		['Default When Empty', { defaultWhenEmpty: 'CRM' }],
	])('refuses %s on a row that goes both ways, and says where to move it (R19)', (name, transform) => {
		const problem = expect.objectContaining({ message: expect.stringContaining('jobtitle') as string, remedy: expect.stringMatching(new RegExp(`One Way.*${name}`)) as string }) as MappingProblem;
		expect(() => mappingOf(withRule('leadBothWays', { transform }))).toThrow(problem);
		for (const group of ['leadToMarketo', 'leadToDynamics']) expect(mappingOf(withRule(group, { transform })).lead.rows[0]!.transform).toEqual(transform);
	});

	it('leaves out a row that is not finished (its list may be empty until the steps that read the mapping have run)', () => {
		const leadBothWays = rows(['jobtitle', 'title'], ['new_persona', ''], ['', 'phone'], ['', '']);
		expect(mappingOf({ leadBothWays }).lead.rows.map(({ id }) => id)).toEqual(['jobtitle>title']);
	});

	it('takes what can go back on a row that goes both ways', () => {
		const transform = { trim: true, letterCase: 'upper', invert: true };
		expect(mappingOf(withRule('leadBothWays', { transform })).lead.rows[0]!.transform).toEqual(transform);
	});
});
