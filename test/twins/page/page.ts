import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the page needs to sign in to both systems. */
export interface PageSystems {
	readonly dynamics: {
		readonly url: string;
		readonly tokenUrl: string;
		readonly clientId: string;
		/** A person, so that edits on the page are not the sync's own. */
		readonly username: string;
		readonly password: string;
	};
	readonly marketo: {
		readonly url: string;
		readonly clientId: string;
		readonly clientSecret: string;
		/** Where listing by id begins; Marketo has no way to list people otherwise. */
		readonly firstId: number;
	};
}

/** The page that shows both systems side by side and edits through their own APIs. */
export function sideBySidePage(systems: PageSystems): string {
	const html = readFileSync(join(__dirname, 'page.html'), 'utf8');
	const json = JSON.stringify(systems).replace(/</g, '\\u003c');
	// Whatever lays the page out anew may put a space between; a page without its systems shows nothing.
	const filled = html.replace(/\/\*SYSTEMS\*\/\s*null/, () => json);
	if (filled === html) throw new Error('page.html lacks the place for the systems');
	return filled;
}
