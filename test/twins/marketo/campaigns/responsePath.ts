/** Keys hold letters, digits, `-`, `_`, `:` and blanks; places of a list stand in brackets. */
const PATH = /^[\w\-: ]+(\[\d+\])*(\.[\w\-: ]+(\[\d+\])*)*$/;

export function isResponsePath(path: string): boolean {
	return PATH.test(path);
}

/** The value at a path like `a.b[0].c`, undefined when there is none. */
export function valueAt(answer: unknown, path: string): unknown {
	const steps = path.split('.').flatMap((part) => {
		const [key, ...places] = part.split('[');
		return [key!, ...places.map((place) => Number(place.slice(0, -1)))];
	});
	let here = answer;
	for (const step of steps) {
		if (here === null || typeof here !== 'object') return undefined;
		if (Array.isArray(here) !== (typeof step === 'number')) return undefined;
		here = (here as Record<string | number, unknown>)[step];
	}
	return here;
}
