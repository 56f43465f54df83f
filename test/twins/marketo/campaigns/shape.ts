/** Parsed JSON whose members are not known yet. */
export type Loose = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Loose {
	return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** @throws Error naming what was expected to be an object */
export function recordOf(value: unknown, what: string): Loose {
	if (!isRecord(value)) throw new Error(`${what} is an object.`);
	return value;
}

/** @throws Error naming what was expected to be a text */
export function textOf(value: unknown, what: string): string {
	if (typeof value !== 'string' || value.trim() === '') throw new Error(`${what} is a text.`);
	return value;
}

/** A positive number, or what stands for it when it is not given. */
export function positiveOr<T>(value: unknown, what: string, otherwise: T): number | T {
	if (value === undefined || value === null) return otherwise;
	if (typeof value !== 'number' || !(value > 0)) throw new Error(`${what} is a number above 0.`);
	return value;
}

/** Texts by name; numbers and booleans are taken as texts. */
export function textsOf(value: unknown, what: string): Record<string, string> {
	if (value === undefined || value === null) return {};
	return Object.fromEntries(
		Object.entries(recordOf(value, what)).map(([name, one]) => {
			if (one === null || typeof one === 'object') throw new Error(`${what}.${name} is a text.`);
			return [name, String(one)];
		}),
	);
}

/** What stands at a path of members, undefined when the way there ends. */
export function at(value: unknown, ...path: readonly string[]): unknown {
	let here = value;
	for (const name of path) {
		if (!isRecord(here)) return undefined;
		here = here[name];
	}
	return here;
}
