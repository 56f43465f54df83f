/** Formats of files by the name the API gives them, and what stands between two values. */
const DELIMITERS = { csv: ',', tsv: '\t', ssv: ';' } as const;
export type FileFormat = keyof typeof DELIMITERS;

/** The format of a parameter; undefined when there is none like it. */
export function formatOf(value: unknown): FileFormat | undefined {
	const name = String(value ?? 'csv').toLowerCase();
	return name in DELIMITERS ? (name as FileFormat) : undefined;
}

/** Lines of a delimited file. Values in quotes may hold delimiters, line breaks and doubled quotes. */
export function parseDelimited(text: string, format: FileFormat): string[][] {
	const delimiter = DELIMITERS[format];
	const rows: string[][] = [];
	let row: string[] = [];
	let value = '';
	let quoted = false;
	const endRow = () => {
		row.push(value);
		value = '';
		if (row.length > 1 || row[0] !== '') rows.push(row);
		row = [];
	};
	const plain = text.replace(/^\ufeff/, '');
	for (let at = 0; at < plain.length; at++) {
		const character = plain[at]!;
		if (quoted) {
			if (character !== '"') value += character;
			else if (plain[at + 1] === '"') value += plain[++at];
			else quoted = false;
		} else if (character === '"' && value === '') quoted = true;
		else if (character === delimiter) {
			row.push(value);
			value = '';
		} else if (character === '\n') endRow();
		else if (character !== '\r') value += character;
	}
	if (value !== '' || row.length > 0) endRow();
	return rows;
}

/** A line for each row, with quotes around what needs them. */
export function writeDelimited(rows: ReadonlyArray<readonly string[]>, format: FileFormat): string {
	const delimiter = DELIMITERS[format];
	const shown = (value: string) =>
		/["\r\n]/.test(value) || value.includes(delimiter) ? `"${value.replace(/"/g, '""')}"` : value;
	return rows.map((row) => `${row.map(shown).join(delimiter)}\n`).join('');
}
