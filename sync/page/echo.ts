import { fingerprintOf } from '../fingerprint';
import type { FieldEdit } from '../items';
import { basesOf, readBase } from '../ledger/bases';
import type { Ledger } from '../ledger/ledger';
import type { LinkRow, PlanRow, PlannedFields } from '../ledger/schema';
import type { Raw } from '../values';
import type { Columns } from './catalogue';

/**
 * True when the logged edits of a person are nothing but our own writes coming back, each replacing
 * what it was meant to replace: the person need not be read (R13, R14).
 */
export function isSettledEcho(ledger: Ledger, columns: Columns, link: LinkRow, plans: PlanRow[], edits: FieldEdit[]): boolean {
	if (plans.some((plan) => plan.state !== 'echo')) return false;
	const bases = basesOf(ledger, link, 'marketo');
	return edits.every((edit) => {
		const column = columns.get(edit.field);
		if (!column) return true;
		const now = fingerprintOf(ledger.key, column, 'marketo', edit.newValue);
		return readBase(bases, edit.field)?.hash === now && !overwrittenBy(ledger, columns, plans, [edit]).has(edit.field);
	});
}

/**
 * Edits that our own writes replaced without having seen them: the echo's old value is neither the one
 * the write expected nor one of ours (R13). Field -> the value that was lost, as the log spells it.
 */
export function overwrittenBy(ledger: Ledger, columns: Columns, plans: PlanRow[], edits: FieldEdit[]): Map<string, { value: Raw; at: string }> {
	const lost = new Map<string, { value: Raw; at: string }>();
	for (const edit of edits) {
		const column = columns.get(edit.field);
		if (!column) continue;
		const mine = plans.map((plan) => (JSON.parse(plan.fields) as PlannedFields)[edit.field]).filter((field) => field !== undefined);
		const made = fingerprintOf(ledger.key, column, 'marketo', edit.newValue);
		const replaced = fingerprintOf(ledger.key, column, 'marketo', edit.oldValue);
		const write = mine.findLast((field) => field.new === made);
		if (!write || write.old === null || write.old === replaced || replaced === made) continue;
		if (mine.some((field) => field.new === replaced)) continue;
		lost.set(edit.field, { value: edit.oldValue, at: edit.at });
	}
	return lost;
}
