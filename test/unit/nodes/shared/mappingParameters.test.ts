import { mappingOf } from '../../../../nodes/shared/mappingParameters';

const picked = (value: string) => ({ __rl: true, mode: 'list', value });
const row = (column: string, field: string) => ({ column: picked(column), field: picked(field) });

describe('the field mapping in the parameters', () => {
	it('leaves out a row that is not finished (its list may be empty until the steps that read the mapping have run)', () => {
		const leadBothWays = { rows: [row('jobtitle', 'title'), row('new_persona', ''), row('', 'phone'), {}] };
		const { lead } = mappingOf({ leadBothWays });
		expect(lead.rows.map(({ id }) => id)).toEqual(['jobtitle>title']);
	});
});
