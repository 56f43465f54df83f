import { conditionsInWords } from '../../../sync/conditions';
import { column } from './column';

describe(conditionsInWords, () => {
	const columns = new Map([['fax', column('text', { name: 'fax', label: 'Fax' })]]);

	it('names each column as people know it, and says where none was chosen', () => {
		const conditions = [
			{ column: 'fax', operator: 'notEmpty' },
			{ column: 'new_gone', operator: 'gt', value: 5 },
			{ column: '', operator: 'eq', value: 'Web' },
		] as const;
		expect(conditionsInWords({ conditions: [...conditions], match: 'any' }, columns)).toBe(
			'Fax is not empty or new_gone is greater than "5" or a column not chosen yet is "Web"',
		);
	});
});
