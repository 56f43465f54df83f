export interface DemoOptions {
	mode: 'stay' | 'json' | 'once';
	/** Intervals, retries and leases are short. */
	fast: boolean;
	/** Options that are not the demo's own. */
	twins: string[];
}

/** Reads the command line; what the demo does not know belongs to the twins. */
export function readOptions(args: string[]): DemoOptions {
	const own = new Set(['--json', '--once', '--fast']);
	const has = (name: string) => args.includes(name);
	if (has('--json') && has('--once')) {
		throw new Error("'--json' runs nothing and '--once' runs everything: choose one of them.");
	}
	return {
		mode: has('--json') ? 'json' : has('--once') ? 'once' : 'stay',
		fast: has('--fast'),
		twins: args.filter((argument) => !own.has(argument)),
	};
}
