import type { Side } from '../items';
import type { Refusal } from '../ports';
import type { Column, Raw } from '../values';
import { show } from './show';
import { isShortened, isTidied } from './storedForm';

/** A write that was answered well and is not there (R48). */
export const NOT_KEPT = 'notKept';

const NAMES: Record<Side, string> = { dynamics: 'Dynamics', marketo: 'Marketo' };

const REMEDY: Record<Side, string> = {
	dynamics: 'Look for a plug-in or workflow that sets the column, or edit the field on either side',
	marketo:
		'Does Marketo block updates of the field by the Web Service API (Admin, Field Management)? Or edit the field on either side',
};

/**
 * What is to be said where a system keeps something else than what was sent to it (R48); null where that is
 * only its own spelling. Pure.
 */
export function notKept(column: Column, side: Side, sent: Raw, there: Raw): Refusal | null {
	// What a lookup points to is answered in another spelling than it is sent.
	if (column.type === 'lookup' || isTidied(column, side, sent, there)) return null;
	const isLess = isShortened(column, sent, there);
	return {
		code: NOT_KEPT,
		reason: `${NAMES[side]} has ${isLess ? 'stored only ' : ''}"${show(there)}" in ${column.label}, where the sync wrote "${show(sent)}"`,
		remedy: isLess
			? 'The original value is unchanged. Shorten it there, or leave out what the field cannot store'
			: REMEDY[side],
	};
}
