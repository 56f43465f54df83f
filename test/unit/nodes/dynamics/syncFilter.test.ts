import { propertiesOf } from '../../../../nodes/shared/registry';
import { filterOf } from '../../../../nodes/shared/syncOptions';
import { DYNAMICS_OPERATIONS } from '../../../../nodes/MicrosoftDynamics365/operations';

const filterIn = (options: object, lane = 'people') => filterOf({ ...options }, lane);

describe('the sync filter in the options of Get Dynamics Changes (R54)', () => {
	it('is as in Adobe’s sync where nothing was set, so that a workflow of 0.1 keeps its cursors', () => {
		expect(filterIn({})).toBeNull();
		expect(filterIn({ leadFilter: {}, leadMatch: 'any' })).toBeNull();
	});

	it('keeps a condition that names nothing, which stops the sync: without it, all records would take part', () => {
		expect(filterIn({ leadFilter: { condition: [{ column: '' }] } })?.tables.lead).toEqual({
			conditions: [{ column: '', operator: 'eq', value: '' }],
			match: 'all',
		});
	});

	it('holds the conditions of each table, and what becomes of who is left out', () => {
		const condition = { column: 'leadsourcecode', operator: 'eq', value: 'Web' };
		expect(
			filterIn({ leadFilter: { condition: [condition] }, leadMatch: 'any', whenLeft: 'flag' }),
		).toEqual({
			tables: { lead: { conditions: [condition], match: 'any' } },
			heedsColumn: true,
			whenLeft: 'flag',
		});
		expect(filterIn({ syncColumn: 'ignore' })).toMatchObject({ heedsColumn: false });
	});

	it('has conditions for a custom table under the name of that table', () => {
		const condition = { column: 'new_status', operator: 'eq', value: 'Paid' };
		const customFilter = { condition: [condition] };
		expect(filterIn({ customFilter }, 'custom.new_visit.visit_c')).toMatchObject({
			tables: { new_visit: { conditions: [condition], match: 'all' } },
		});
		expect(filterIn({ customFilter })).toBeNull();
	});

	it('takes no expression: it has to be the same on every page', () => {
		const options = propertiesOf(DYNAMICS_OPERATIONS).filter(({ name }) => name === 'options');
		const controls = options.flatMap(({ options: all }) =>
			(all ?? []).filter(
				(one) => one.name.endsWith('Filter') && 'type' in one && one.type === 'fixedCollection',
			),
		);
		expect(controls).toHaveLength(5);
		for (const control of controls) {
			const [{ values }] = (control as unknown as { options: [{ values: Array<object> }] }).options;
			expect(values).toHaveLength(3);
			for (const value of values) expect(value).toMatchObject({ noDataExpression: true });
		}
	});
});
