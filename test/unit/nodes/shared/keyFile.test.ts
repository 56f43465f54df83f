import fs, {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { keyIn } from '../../../../nodes/shared/keyFile';
import { SetUpProblem } from '../../../../sync/ports';

const SECRET = Buffer.alloc(32, 7);

describe(keyIn, () => {
	let folder: string;
	let file: string;

	beforeEach(() => {
		folder = mkdtempSync(path.join(tmpdir(), 'key-file-'));
		file = path.join(folder, 'ledger.key');
	});
	afterEach(() => {
		jest.restoreAllMocks();
		rmSync(folder, { recursive: true, force: true });
	});

	it('makes a key where there is none, for n8n alone, and leaves nothing else behind', () => {
		const made = keyIn(file);
		expect(made.secret).toHaveLength(32);
		expect(keyIn(file)).toEqual(made);
		expect(statSync(file).mode & 0o777).toBe(0o600);
		expect(readdirSync(folder)).toEqual(['ledger.key']);
	});

	it('takes a key of 0.1', () => {
		writeFileSync(file, JSON.stringify({ id: 'aBc-_123', secret: SECRET.toString('base64') }));
		expect(keyIn(file)).toEqual({ id: 'aBc-_123', secret: SECRET });
	});

	it('leaves no half of a file where the disk is full', () => {
		jest.spyOn(fs, 'writeFileSync').mockImplementationOnce((name) => {
			writeFileSync(name, '{"id"');
			throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
		});
		expect(() => keyIn(file)).toThrow('no space');
		expect(readdirSync(folder)).toEqual([]);
		expect(keyIn(file).secret).toHaveLength(32);
	});

	it('takes what another process has made meanwhile', () => {
		const first = keyIn(file);
		jest.spyOn(fs, 'existsSync').mockReturnValueOnce(false);
		expect(keyIn(file)).toEqual(first);
		expect(keyIn(file)).toEqual(first);
		expect(readdirSync(folder)).toEqual(['ledger.key']);
	});

	it('makes it where the drive has no links, and takes what is there', () => {
		const refuse = () => {
			throw Object.assign(new Error('not supported'), { code: 'ENOTSUP' });
		};
		jest.spyOn(fs, 'linkSync').mockImplementation(refuse);
		const made = keyIn(file);
		expect(keyIn(file)).toEqual(made);
		jest.spyOn(fs, 'existsSync').mockReturnValueOnce(false);
		expect(() => keyIn(file)).toThrow('EEXIST');
		expect(keyIn(file)).toEqual(made);
	});

	const words = 'open-sesame-open-sesame-open-ses';
	it.each([
		['nothing', ''],
		['no JSON', `{"id":"k","secret":"${words}`],
		['a number', '5'],
		['null', 'null'],
		['an empty secret', JSON.stringify({ id: 'k', secret: '' })],
		['no base64', JSON.stringify({ id: 'k', secret: `${words.slice(0, 31)}*` })],
		['31 bytes', JSON.stringify({ id: 'k', secret: SECRET.subarray(1).toString('base64') })],
		['33 bytes', JSON.stringify({ id: 'k', secret: Buffer.alloc(33, 7).toString('base64') })],
		['base64 with a blank', JSON.stringify({ id: 'k', secret: ` ${SECRET.toString('base64')}` })],
		[
			'base64 without its end',
			JSON.stringify({ id: 'k', secret: SECRET.toString('base64').replace('=', '') }),
		],
		['no id', JSON.stringify({ secret: SECRET.toString('base64') })],
		['an empty id', JSON.stringify({ id: '', secret: SECRET.toString('base64') })],
	])(
		'refuses a file that holds %s, in words that quote nothing of it, and leaves it',
		(_, text) => {
			writeFileSync(file, text);
			let refused: unknown;
			try {
				keyIn(file);
			} catch (error) {
				refused = error;
			}
			expect(refused).toBeInstanceOf(SetUpProblem);
			const { message, remedy, cause } = refused as SetUpProblem;
			expect(message).toContain(file);
			expect(remedy).toMatch(/Put the file back.*Adopt Present State/);
			expect(cause).toBeUndefined();
			expect(`${message} ${remedy}`).not.toMatch(
				new RegExp(`${words.slice(0, 6)}|${SECRET.toString('base64').slice(0, 6)}`),
			);
			expect(readFileSync(file, 'utf8')).toBe(text);
		},
	);
});
