import type { Triggering } from './events';
import type { Principal } from './principals';

/** One operation of the Web API: a call, or a part of a batch. */
export interface ApiCall {
	readonly method: string;
	/** Percent-encoded, below the service root, without leading slash. */
	readonly path: string;
	readonly query: URLSearchParams;
	/** The query as sent. */
	readonly rawQuery: string;
	/** Lower-case names. */
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

export interface ApiAnswer {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: object | string;
	readonly records?: number;
}

/** Who asks, and the names that stand in answers. */
export interface Session {
	readonly principal: Principal;
	/** The user in whose name it happens. */
	readonly userId: string;
	/** The user who really called, when acting for somebody else. */
	readonly onBehalfBy?: string;
	/** Service root with trailing slash, e.g. `http://127.0.0.1:1/api/data/v9.2/`. */
	readonly root: string;
	/** Twin time, milliseconds. */
	readonly now: number;
	/** What the call says about the logic that its writes set off. */
	readonly triggering?: Triggering;
}

/** What the Prefer header asks for. */
export interface Preferences {
	readonly maxPageSize?: number;
	readonly trackChanges: boolean;
	readonly representation: boolean;
	readonly continueOnError: boolean;
	/** Whether an annotation is wanted. */
	readonly annotation: (name: string) => boolean;
	/** Any annotation at all. */
	readonly annotated: boolean;
	/** Preferences to confirm in the answer. */
	readonly applied: readonly string[];
}

/** Reads a Prefer header. */
export function parsePreferences(header: string | undefined): Preferences {
	const parts = splitOutsideQuotes(header ?? '');
	const applied: string[] = [];
	let maxPageSize: number | undefined;
	let patterns: string[] = [];
	let trackChanges = false;
	let representation = false;
	let continueOnError = false;
	for (const part of parts) {
		const [name = '', value = ''] = splitOnce(part, '=');
		switch (name.trim().toLowerCase()) {
			case 'odata.maxpagesize':
			case 'maxpagesize':
				if (Number(value) > 0) {
					maxPageSize = Math.min(5000, Math.floor(Number(value)));
					applied.push(`odata.maxpagesize=${value.trim()}`);
				}
				break;
			case 'odata.include-annotations':
				patterns = value
					.trim()
					.replace(/^"|"$/g, '')
					.split(',')
					.map((pattern) => pattern.trim());
				applied.push(`odata.include-annotations=${value.trim()}`);
				break;
			case 'odata.track-changes':
			case 'track-changes':
				trackChanges = true;
				applied.push('odata.track-changes');
				break;
			case 'return':
				representation = value.trim() === 'representation';
				if (representation) applied.push('return=representation');
				break;
			case 'odata.continue-on-error':
			case 'continue-on-error':
				continueOnError = value.trim() !== 'false';
				break;
		}
	}
	const tests = patterns.filter(Boolean).map(patternTest);
	return {
		...(maxPageSize !== undefined && { maxPageSize }),
		trackChanges,
		representation,
		continueOnError,
		annotation: (name) => tests.some((test) => test(name)),
		annotated: tests.length > 0,
		applied,
	};
}

function patternTest(pattern: string): (name: string) => boolean {
	if (pattern === '*') return () => true;
	if (pattern.endsWith('*')) {
		const start = pattern.slice(0, -1);
		return (name) => name.startsWith(start);
	}
	return (name) => name === pattern;
}

function splitOutsideQuotes(text: string): string[] {
	return (text.match(/(?:[^,"]|"[^"]*")+/g) ?? []).map((part) => part.trim());
}

function splitOnce(text: string, mark: string): [string, string] {
	const at = text.indexOf(mark);
	return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
