import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const parentOf = (pid) => {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
	} catch {
		// Not Linux.
	}
	try {
		return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
	} catch {
		return 0;
	}
};

const gone = (pid) => {
	try {
		process.kill(pid, 0);
		return false;
	} catch (cause) {
		return cause.code === 'ESRCH';
	}
};

/**
 * Calls `onGone` once when the `npm run` that started us has ended. npm puts a shell between itself
 * and us: a signal to npm may end npm or the shell, and never reach us. Without npm nothing is
 * watched, so that a shell may start us in the background and go.
 *
 * @returns {() => void} stops watching
 */
export function watchNpm(onGone) {
	if (!process.env.npm_lifecycle_event) return () => undefined;
	const shell = process.ppid;
	const npm = parentOf(shell);
	const timer = setInterval(() => {
		if (process.ppid === shell && !(npm > 1 && gone(npm))) return;
		clearInterval(timer);
		onGone();
	}, 1000);
	timer.unref();
	return () => clearInterval(timer);
}
