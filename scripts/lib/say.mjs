/** Tells people what goes on. On stderr, since stdout belongs to the command's answer. */
export const say = (message) => process.stderr.write(`${message}\n`);

/** What a person can mend: printed as it is, without a stack. */
export class Trouble extends Error {}

/** Runs `main`, prints what went wrong in plain words and sets the exit code. */
export async function runMain(main) {
	try {
		process.exitCode = (await main()) ?? 0;
	} catch (cause) {
		say(cause instanceof Trouble ? `\n${cause.message}` : (cause.stack ?? String(cause)));
		process.exitCode = 1;
	}
}
