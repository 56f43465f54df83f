import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '../../..');

/** Titles of tests and of groups of tests, also behind a table. */
const TITLE =
	/(?:\b(?:it|describe|itLong|describeLong|inEachWay)|\)|\])\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g;

/** The titles of a file of tests, by its path under the root of the package; none where it is not there. */
export function titlesIn(file: string): string[] {
	if (!existsSync(path.join(ROOT, file))) return [];
	return [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(TITLE)].map(([, , title]) =>
		title!.replace(/\\(['"`])/g, '$1'),
	);
}

/** A test as pages name it: its file, and the beginning of a title in it. */
export interface Named {
	file: string;
	title: string;
}

/** The tests that a cell of a table names: `` `file`: beginning of a title; `file`: … ``. */
export function testsNamed(cell: string): Named[] {
	return cell.split('; `').map((one) => {
		const [, file, title] = /^`?([^`]+)`: (.+)$/.exec(one) ?? [];
		return { file: file ?? one, title: title ?? '' };
	});
}

/** Those among them that are not there. */
export function missing(named: Named[], titles: (file: string) => string[] = titlesIn): Named[] {
	return named.filter(
		({ file, title }) => title === '' || !titles(file).some((known) => known.startsWith(title)),
	);
}
