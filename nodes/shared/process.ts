import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** This process, for the lease: a new start of n8n is a new owner, and a process number says something on its own machine alone. */
export const PROCESS_NONCE = `${randomBytes(9).toString('base64url')}@${hostname()}`;

/** True when a process of this machine with that id lives. This process does; a namesake of it does not count. */
export function isAlive(pid: number): boolean {
	if (pid === process.pid) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
