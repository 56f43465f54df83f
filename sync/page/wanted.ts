import { judgeBy, type Judge } from '../conditions';
import { fingerprint, type BaseKey } from '../fingerprint';
import type { PeopleTable, RecordItem, WantedItem } from '../items';
import { PERSON } from '../lanes/people';
import { wakeTable } from '../ledger/help';
import { laneProblem, problemOver } from '../ledger/laneProblem';
import type { Ledger } from '../ledger/ledger';
import type { Db } from '../ledger/schema';
import type { LaneMapping } from '../mapping';
import { asBoolean } from '../normalForm';
import { isBlank } from '../values';
import { DONE, type Fate } from './accounts';
import { newRecord } from './newRecord';
import type { Page } from './page';
import type { MappedTable } from './tables';

/** Marketo's field that is true of visitors whom nobody knows yet. */
export const ANONYMOUS = 'isAnonymous';

/** R59: fields by which it is decided who gets a row; empty where nobody does. */
export function fieldsToWantBy(mapping: LaneMapping): string[] {
	return Object.values(mapping).flatMap(({ createdFrom }) =>
		(createdFrom?.conditions ?? []).map(({ column }) => column),
	);
}

/** R59: who needs help by the mapping of before is looked at by that of now, be it that nobody wants them any more. */
export async function wakeWanted(
	ledger: Ledger,
	db: Db,
	lane: string,
	mappings: LaneMapping[],
): Promise<void> {
	if (mappings.every((mapping) => fieldsToWantBy(mapping).length === 0)) return;
	await wakeTable(ledger, db, lane, PERSON);
	// Whoever waits for that is looked at in its time.
	await problemOver(db, lane, 'mayNotCreate');
}

/** Whom a page wants to have in Dynamics: by table, in the order of the lane's. */
export interface Wanting {
	of: Array<{ table: MappedTable; judge: Judge }>;
	/** Until then nobody is made: our user lacks the right. */
	notBefore: number;
}

/** @throws SetUpProblem for a condition that cannot be judged: nobody is made, or passed over, by mistake */
export async function wantingOf({ db, ref, tables, fields }: Page): Promise<Wanting> {
	const of = [...tables.values()].flatMap((table) => {
		const { createdFrom } = table.mapping;
		if (!createdFrom?.conditions.length) return [];
		const about = {
			what: 'People to Create in Dynamics',
			side: 'marketo',
			where: 'Resolve Sync Conflict',
		} as const;
		return [{ table, judge: judgeBy(createdFrom, fields, about) }];
	});
	const problem = of.length > 0 ? await laneProblem(db, ref.lane, 'mayNotCreate') : undefined;
	return { of, notBefore: problem?.nextLook ?? 0 };
}

/**
 * R59: who has no row and meets the conditions gets one. That is for *Update Dynamics*, which looks there first; until
 * it has, the person is due. Whoever had a row, or has one that somebody unlinked, has it by other rules.
 */
export function want(page: Page, wanting: Wanting, person: RecordItem): Fate {
	// Found by an e-mail, or an id: nothing about them has changed.
	if (person.because === 'partner') return DONE;
	if (page.known.named.has(person.id)) return DONE;
	const wanted = wanting.of.find(({ judge }) => judge(person.values));
	if (!wanted) return DONE;
	const why = whyNot(wanted.table, person);
	if (why)
		return {
			do: 'help',
			code: 'notCreatable',
			reason: `Not created in Dynamics: ${why}`,
			remedy:
				'Complete the person in Marketo; then it is created by itself. Or change the conditions in Resolve Sync Conflict, so that they do not include this person',
			emailKey: null,
		};
	if (!page.preview && wanting.notBefore > page.now) return { ...WAITS, until: wanting.notBefore };
	const { token, preview, ledger } = page;
	const item: Omit<WantedItem, 'seal'> = {
		kind: 'wanted',
		page: token,
		side: 'dynamics',
		table: wanted.table.definition.name as PeopleTable,
		id: person.id,
		label: person.label,
		changedAt: person.changedAt,
		values: person.values,
		preview,
	};
	page.out.wanted.push({ ...item, seal: sealOf(ledger.key, item) });
	page.out.counts.toDynamics++;
	return { ...WAITS, until: page.now };
}

const WAITS = {
	do: 'wait',
	code: 'wanted',
	reason: 'To be created in Dynamics, or found there',
} as const;

/** Null: there is enough for a row. What is not mapped, Dynamics itself asks for. */
function whyNot({ definition, live }: MappedTable, { values }: RecordItem): string | null {
	if (asBoolean(values[ANONYMOUS] ?? null) === true)
		return 'the person is anonymous, so nobody knows who it is';
	const { sent, refused } = newRecord(live, 'dynamics', values);
	if (sent.size === 0) return 'none of its mapped fields has a value';
	const missing = live.find(
		({ row, column }) =>
			(column.required || column.expected) &&
			row.direction !== 'toMarketo' &&
			!sent.has(row.column) &&
			(isBlank(values[row.field]) || refused.some(({ live: one }) => one.row === row)),
	);
	if (!missing) return null;
	const { column, field } = missing;
	return `${definition.label.toLowerCase()}s need ${column.label} (${column.name}), and ${field.label} (${field.name}) has no value that fits`;
}

/** R8: what is handed out is what is worked on, whatever stands between the two nodes. */
export function sealOf(
	key: BaseKey,
	{ page, table, id, values }: Pick<WantedItem, 'page' | 'table' | 'id' | 'values'>,
): string {
	const held = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
	return fingerprint(key, JSON.stringify([page, table, id, held]));
}
