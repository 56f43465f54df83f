import type { IDataObject } from 'n8n-workflow';

import { Cancelled } from '../../apis/wire/wire';

/** `to do`: the sync does not run, or not whole, until somebody has done it. `warning`: it may matter. */
export type Status = 'ok' | 'to do' | 'warning';

export interface Finding {
	status: Status;
	found: string;
	/** What to do about it. */
	remedy: string;
}

/** A line of the checklist, as people see it. */
export interface ChecklistLine extends Finding {
	system: string;
	check: string;
}

/** What makes a line of the checklist. */
export interface Check {
	name: string;
	look(): Promise<Finding>;
}

/** What went wrong, in words, and what to do about it. */
export type InWords = (error: unknown) => { message: string; description?: string | null };

const ORDER: readonly Status[] = ['to do', 'warning', 'ok'];

export const ok = (found: string): Finding => ({
	status: 'ok',
	found,
	remedy: 'Nothing to do',
});
export const toDo = (found: string, remedy: string): Finding => ({
	status: 'to do',
	found,
	remedy,
});
export const warning = (found: string, remedy: string): Finding => ({
	status: 'warning',
	found,
	remedy,
});

/**
 * The checklist of one system, what is to do first. A check that cannot be made says so, and the others go on;
 * without a sign-in none can be made.
 *
 * @throws Cancelled
 */
export async function checklist(
	system: string,
	[signIn, ...others]: [signIn: Check, ...others: Check[]],
	inWords: InWords,
): Promise<IDataObject[]> {
	const problem = (error: unknown, status: Status, before: string): Finding => {
		if (error instanceof Cancelled) throw error;
		const { message, description } = inWords(error);
		return { status, found: before + message, remedy: description || 'Validate again later' };
	};
	let isSignedIn = true;
	const first = await signIn.look().catch((error: unknown) => {
		isSignedIn = false;
		return problem(error, 'to do', '');
	});
	const lines = [{ check: signIn.name, ...first }];
	for (const { name, look } of others) {
		const finding = isSignedIn
			? await look().catch((error: unknown) =>
					problem(error, 'warning', 'This could not be checked: '),
				)
			: warning('Not checked without a sign-in', 'Fix the sign-in, then validate again');
		lines.push({ check: name, ...finding });
	}
	return lines
		.sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status))
		.map(({ status, check, found, remedy }) => ({ status, system, check, found, remedy }));
}
