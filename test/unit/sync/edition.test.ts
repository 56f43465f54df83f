import { nextEdition, type RowAtWork } from '../../../sync/edition';
import type { MappingRow } from '../../../sync/mapping';

const at = (change: Partial<MappingRow> = {}, empty: RowAtWork['empty'] = 'copy'): RowAtWork => {
	const { column = 'jobtitle', field = 'title' } = change;
	const row: MappingRow = { id: `${column}>${field}`, column, field, direction: 'both', ...change };
	return { table: 'lead', row, empty };
};

const since = (before: RowAtWork[], after: RowAtWork[]) => {
	const first = nextEdition({ number: 4, rows: [] }, before);
	expect(first.number).toBe(before.length > 0 ? 5 : 4);
	return nextEdition(first, after);
};

describe('the editions of a mapping (R50)', () => {
	it('the first mapping of a ledger asks nobody for anything', () => {
		expect(nextEdition(null, [at()])).toMatchObject({ number: 0, rows: [{ since: 0 }] });
	});

	it.each<[string, RowAtWork, RowAtWork]>([
		['another field', at(), at({ field: 'department' })],
		['another way to change values', at(), at({ transform: { trim: true } })],
		['another direction', at(), at({ direction: 'toMarketo' })],
		['both ways', at({ direction: 'toDynamics' }), at()],
		['not only on create', at({ onlyOnCreate: true }), at()],
		['empty values are copied', at({}, 'neverOverwrite'), at()],
		['empty values overwrite less', at({}, 'onlyFill'), at({}, 'neverOverwrite')],
	])('%s has to reach all pairs', (_, before, after) => {
		expect(since([before], [after])).toMatchObject({ number: 6, rows: [{ since: 6 }] });
	});

	it.each<[string, RowAtWork, RowAtWork]>([
		['the same', at({ transform: {} }), at({ transform: { trim: undefined } })],
		['another winner', at({ winner: 'ask' }), at({ winner: 'newest' })],
		['only on create', at(), at({ onlyOnCreate: true })],
		['empty values are not copied', at(), at({}, 'onlyFill')],
	])('%s asks nobody', (_, before, after) => {
		expect(since([before], [after])).toMatchObject({ number: 5, rows: [{ since: 5 }] });
	});

	it('what is let differ and then not any more has to reach all pairs', () => {
		const loose = since([at()], [at({ onlyOnCreate: true })]);
		expect(nextEdition(loose, [at()])).toMatchObject({ number: 6, rows: [{ since: 6 }] });
	});

	it('a row that was away is new when it is back; the others stay as old as they are', () => {
		const away = since([at(), at({ column: 'fax' })], [at({ column: 'fax' })]);
		expect(away).toMatchObject({ number: 5, rows: [{ id: 'fax>title', since: 5 }] });
		expect(nextEdition(away, [at(), at({ column: 'fax' })])).toMatchObject({
			number: 6,
			rows: [{ since: 6 }, { since: 5 }],
		});
	});
});
