import type { MappingRow, PeopleMapping, TableMapping } from '../../../sync/mapping';
import { PAIRS } from './fields';

/** What somebody changes in the field mapping while the sync is in use; of leads and contacts alike. */
export interface Remap {
	/** Which of the pairs that histories play with; e-mail stays. */
	pair: number;
	/** `away`: its row is removed, or added where there is none. `swap`: it and the next row change fields. */
	how: 'away' | 'swap' | 'direction' | 'empty' | 'onCreate';
}

const DIRECTIONS: Array<MappingRow['direction']> = ['both', 'toMarketo', 'toDynamics'];

/** Texts, whose fields may stand beside each other's columns. */
const TEXTS = PAIRS.filter(({ type }) => type === 'text' || type === 'longText');

export function remapped(mapping: PeopleMapping, { pair, how }: Remap): PeopleMapping {
	const { column, field } = PAIRS[1 + (pair % (PAIRS.length - 1))]!;
	const { rows } = mapping.lead;
	const change = (one: Partial<MappingRow>, of = column) =>
		rows.map((row) => (row.column === of ? { ...row, ...one } : row));
	const table = (next: MappingRow[]): PeopleMapping => {
		const withRows = (one: TableMapping) => ({ ...one, rows: next });
		return { lead: withRows(mapping.lead), contact: withRows(mapping.contact) };
	};
	const row = rows.find((one) => one.column === column);
	switch (how) {
		case 'away':
			return table(
				row
					? rows.filter((one) => one !== row)
					: rows.some((one) => one.field === field)
						? rows
						: [...rows, { id: `${column}>${field}`, column, field, direction: 'both' }],
			);
		case 'swap':
			return table(swapped(rows));
		case 'direction': {
			const at = row ? DIRECTIONS.indexOf(row.direction) : 0;
			return table(change({ direction: DIRECTIONS[(at + 1) % DIRECTIONS.length] }));
		}
		case 'empty':
			return table(change({ empty: row?.empty === 'onlyFill' ? 'copy' : 'onlyFill' }));
		case 'onCreate':
			return table(change({ onlyOnCreate: !row?.onlyOnCreate }));
	}
}

/** Two text columns change fields. */
function swapped(rows: MappingRow[]): MappingRow[] {
	const [one, other] = TEXTS.map(({ column }) => rows.find((row) => row.column === column));
	if (!one || !other) return rows;
	const withField = (row: MappingRow, { field }: MappingRow): MappingRow => ({
		...row,
		field,
		id: `${row.column}>${field}`,
	});
	return rows.map((row) =>
		row === one ? withField(one, other) : row === other ? withField(other, one) : row,
	);
}
