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
	const asSent = edits.every((edit) => {
		const column = columns.get(edit.field);
		if (!column) return true;
		const now = fingerprintOf(ledger.key, column, 'marketo', edit.newValue);
		return readBase(bases, edit.field)?.hash === now;
	});
	return asSent && overwrittenBy(ledger, columns, plans, edits).size === 0;
}

export interface Overwritten {
	/** As the log spells it. */
	value: Raw;
	at: string;
	/** The write that did it. */
	by: PlanRow;
}

/**
 * Edits that our own writes replaced without having seen them: the echo's old value is neither the one
 * the write expected nor one of ours (R13). By field.
 */
export function overwrittenBy(ledger: Ledger, columns: Columns, plans: PlanRow[], edits: FieldEdit[]): Map<string, Overwritten> {
	const lost = new Map<string, Overwritten>();
	const writes = plans.map((plan) => ({ plan, fields: JSON.parse(plan.fields) as PlannedFields }));
	const echoes = new Set<FieldEdit>();
	for (const { plan, fields } of writes) {
		for (const [name, field] of Object.entries(fields)) {
			const column = columns.get(name);
			if (!column || field.old === null) continue;
			const print = (value: string | null) => fingerprintOf(ledger.key, column, 'marketo', value);
			const alike = edits.filter((edit) => edit.field === name && !echoes.has(edit) && print(edit.newValue) === field.new);
			// A user may have come back to our value later: the one that replaced what we meant to is the echo.
			const echo = alike.find((edit) => print(edit.oldValue) === field.old) ?? alike[0];
			if (!echo) continue;
			echoes.add(echo);
			const replaced = print(echo.oldValue);
			if (replaced === field.old || replaced === field.new) continue;
			if (writes.some((other) => other.fields[name]?.new === replaced)) continue;
			lost.set(name, { value: echo.oldValue, at: echo.at, by: plan });
		}
	}
	return lost;
}
