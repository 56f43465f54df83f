/** One line of `npm run bench`. */
export interface Measure {
	name: string;
	value: number;
	unit: string;
	/** What the value is held against, in the same unit: a bare cost, an earlier value, a bound. */
	reference?: number;
	/** What is asked of value or ratio, in words; nothing where nobody asked for anything. */
	goal?: string;
}

export type Report = (measure: Measure) => void;

/** Prints a measure as it is found: a long benchmark that is ended early has told what it knew. */
export const print: Report = ({ name, value, unit, reference, goal }) => {
	const ratio = reference ? rounded(value / reference) : null;
	const line = {
		name,
		value: rounded(value),
		unit,
		reference: reference === undefined ? null : rounded(reference),
		ratio,
		goal: goal ?? null,
	};
	process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Four significant digits: more is noise. */
function rounded(value: number): number {
	return Number(value.toPrecision(4));
}

export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export const MB = 1024 * 1024;
