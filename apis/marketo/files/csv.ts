/**
 * Files of comma-separated values as Marketo takes and gives them (RFC 4180): a value with a comma, a quote or a line
 * break stands in quotes, a quote in it twice.
 */

export function writeCsv(rows: ReadonlyArray<readonly string[]>): string {
	return rows.map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

function quoted(value: string): string {
	return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A value with what follows it: in quotes, or up to the next comma or line break. */
const VALUE = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*|))(,|\r?\n|$)/gy;

/** Rows of values; empty lines are none. @throws where a value is not closed */
export function readCsv(text: string): string[][] {
	const rows: string[][] = [];
	let row: string[] = [];
	const value = new RegExp(VALUE);
	// Some files begin with a mark of their encoding, and some hold zero bytes.
	const plain = text.replace(/^\uFEFF/, '').replaceAll('\0', '');
	while (value.lastIndex < plain.length) {
		const found = value.exec(plain);
		if (!found) throw new Error('A file from Marketo cannot be read: a quoted value is not closed');
		const [, inQuotes, bare = '', end] = found;
		row.push(inQuotes === undefined ? bare : inQuotes.replaceAll('""', '"'));
		if (end === ',') {
			// A comma at the very end is followed by an empty value.
			if (value.lastIndex < plain.length) continue;
			row.push('');
		}
		if (row.length > 1 || row[0] !== '') rows.push(row);
		row = [];
	}
	return rows;
}
