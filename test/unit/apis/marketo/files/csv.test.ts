import { readCsv, writeCsv } from '../../../../../apis/marketo/files/csv';

describe('files of comma-separated values', () => {
	it.each([
		['plain values', 'a,b'],
		['a comma, which would begin another value', 'a, b'],
		['quotes, alone and around all of it', 'say "hi"'],
		['quotes at both ends', '"all of it"'],
		['line breaks of each kind', 'one\ntwo\r\nthree'],
		['what a spreadsheet would take for a formula', '=1+1'],
		['other scripts', 'Bø 株式会社 🙂'],
	])('give back %s', (_, value) => {
		const rows = [
			['key', 'value', 'more'],
			['1', value, ''],
			['', '', value],
		];
		expect(readCsv(writeCsv(rows))).toEqual(rows);
	});

	it('are read as Marketo gives them: with a mark of their encoding, zero bytes, either line end, or none at the end', () => {
		expect(readCsv('\uFEFFid,why\r\n1,"no\0t "" good"\r\n\r\n2,')).toEqual([
			['id', 'why'],
			['1', 'not " good'],
			['2', ''],
		]);
		expect(readCsv('')).toEqual([]);
	});

	it('are refused where a value is not closed: half a file says nothing of the records in the other half', () => {
		expect(() => readCsv('id,why\n1,"cut o')).toThrow('not closed');
	});
});
