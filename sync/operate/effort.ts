import type { Side } from '../items';
import { BUDGETS } from '../ledger/pace';
import { counted } from './words';

/** In full, as in *to Dynamics 365*. */
export const SYSTEMS: Record<Side, string> = { dynamics: 'Dynamics 365', marketo: 'Marketo' };

/** Of each system: records that one call takes, or calls. */
export type PerCall = Record<Side, number>;

/** `12 calls to Marketo and 1 call to Dynamics 365`; empty where there are none. */
export function callsInWords(calls: PerCall): string {
	const sides = (['marketo', 'dynamics'] as const).filter((side) => calls[side] > 0);
	return inOneList(sides.map((side) => `${counted(calls[side], 'call')} to ${SYSTEMS[side]}`));
}

/** How long calls take at the pace that each system allows, milliseconds. */
export function atPace(calls: PerCall): number {
	return (['marketo', 'dynamics'] as const).reduce(
		(sum, side) => sum + (calls[side] * BUDGETS[side].window) / BUDGETS[side].calls,
		0,
	);
}

const MINUTE = 60_000;

/** `1 second`, `12 minutes`, `3 hours`. */
export function inTime(milliseconds: number): string {
	if (milliseconds < 2 * MINUTE)
		return counted(Math.max(1, Math.round(milliseconds / 1000)), 'second');
	if (milliseconds < 120 * MINUTE) return counted(Math.round(milliseconds / MINUTE), 'minute');
	return counted(Math.round(milliseconds / (60 * MINUTE)), 'hour');
}

export function inOneList(parts: string[]): string {
	return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
