import type { Side } from '../items';
import type { Ledger } from '../ledger/ledger';
import type { Db, HeldRow, LinkRow } from '../ledger/schema';
import type { MappingRow } from '../mapping';
import type { Refusal } from '../ports';
import type { LiveRow } from './catalogue';
import type { PageState } from './pageState';

/** Leaves one field behind (R36) and puts the reason where people look. Said once per new refusal. */
export async function holdField(state: PageState, link: LinkRow, side: Side, live: LiveRow, left: Left, refusal: Refusal, label: string): Promise<void> {
	const field = side === 'dynamics' ? live.row.column : live.row.field;
	const news = await hold(state.ledger, state.db, { link, side, field, ...left, refusal, label, run: state.ref.run });
	if (news) state.counts.needHelp++;
}

/** Fingerprints of the value that was refused, and of what stood there and stays. */
export interface Left {
	source: string;
	stood: string | null;
}

export interface Hold extends Left {
	link: Pick<LinkRow, 'id' | 'marketo_id' | 'table_name'>;
	side: Side;
	field: string;
	refusal: Refusal;
	label: string;
	run: string;
}

/** Also for refusals that the vendor speaks out. Returns true when it is news; then it is logged once. */
export async function hold(ledger: Ledger, db: Db, one: Hold): Promise<boolean> {
	const { link, side, field, source, stood, refusal } = one;
	const before = await db
		.selectFrom('held')
		.selectAll()
		.where('link', '=', link.id)
		.where('side', '=', side)
		.where('field', '=', field)
		.executeTakeFirst();
	if (before?.state === 'held' && before.source === source && before.code === refusal.code) return false;
	const row: HeldRow = {
		link: link.id,
		side,
		field,
		source,
		stood,
		code: refusal.code,
		reason: refusal.reason,
		remedy: refusal.remedy,
		since: ledger.clock.now(),
		run: one.run,
		state: 'held',
		told: 0,
		label: one.label,
	};
	await db.insertInto('held').values(row).onConflict((c) => c.columns(['link', 'side', 'field']).doUpdateSet(row)).execute();
	if (link.marketo_id) {
		const target = side === 'dynamics' ? `Dynamics ${link.table_name}` : 'Marketo';
		await logOnce(ledger, db, { person: link.marketo_id, subject: `${target} refused ${field || 'the record'}`, field, reason: refusal.reason, remedy: refusal.remedy });
	}
	return true;
}

/** Queues an entry of the person's activity log; *Update Marketo* writes it, at most once (R25). */
export async function logOnce(ledger: Ledger, db: Db, entry: { person: string; subject: string; field: string; reason: string; remedy: string }): Promise<void> {
	await db.insertInto('log').values({ ...entry, at: ledger.clock.now(), state: 'due' }).execute();
}

/** The row agrees again: whatever was left behind of it is solved, and people are told. */
export async function solveHeld(state: PageState, link: LinkRow, held: HeldRow[], row: MappingRow): Promise<void> {
	for (const one of held) {
		if (one.field !== (one.side === 'dynamics' ? row.column : row.field)) continue;
		await solve(state.db, link.id, one.side, one.field);
	}
}

export async function solve(db: Db, link: number, side: Side, field: string): Promise<void> {
	await db
		.updateTable('held')
		.set({ state: 'solved', told: 0 })
		.where('link', '=', link)
		.where('side', '=', side)
		.where('field', '=', field)
		.where('state', '=', 'held')
		.execute();
}
