import type { Kysely, Selectable } from 'kysely';
import type { Side } from '../items';
import { BaseFields } from './baseFields';
import {
	LOST,
	known,
	seen,
	stale,
	storedBases,
	suspected,
	unconfirmed,
	type Base,
	type Bases,
} from './bases';
import type { Db, LedgerTables, LinkTable } from './schema';

type OldLinks = LedgerTables & {
	link: LinkTable & { bases_dynamics: string; bases_marketo: string };
};

/** Links that are read at once. */
const PIECE = 500;

/**
 * Bases that stand as JSON of field → text, per side, are packed. They count as made by the normal form of then
 * and by the mapping rows as they are: nothing tells better, and nobody's pairs are to meet anew for an update.
 */
export async function compactBases(db: Kysely<OldLinks>): Promise<void> {
	const fields = await BaseFields.load(db as unknown as Db);
	for (let after = 0; ; ) {
		const rows = await db
			.selectFrom('link')
			.select(['id', 'lane', 'table_name', 'bases_dynamics', 'bases_marketo'])
			.where('id', '>', after)
			.orderBy('id')
			.limit(PIECE)
			.execute();
		for (const row of rows) await compactOne(db, fields, row);
		if (rows.length < PIECE) return;
		after = Number(rows.at(-1)!.id);
	}
}

async function compactOne(
	db: Kysely<OldLinks>,
	fields: BaseFields,
	row: Pick<
		Selectable<OldLinks['link']>,
		'id' | 'lane' | 'table_name' | 'bases_dynamics' | 'bases_marketo'
	>,
): Promise<void> {
	const of = { lane: row.lane, table: row.table_name };
	const bases: Record<Side, Bases> = {
		dynamics: readJson(row.bases_dynamics),
		marketo: readJson(row.bases_marketo),
	};
	if (bases.dynamics.size + bases.marketo.size === 0) return;
	const stored = storedBases(bases, await fields.numbersFor(db as unknown as Db, of, bases));
	// Emptied with it: what is left is written again when the columns go.
	const set = { bases: stored, bases_dynamics: '', bases_marketo: '' };
	await db.updateTable('link').set(set).where('id', '=', row.id).execute();
}

const FINGERPRINT = /^[\w-]{11}$/;

/** What is no fingerprint is left out: it is unset. */
function readJson(stored: string): Bases {
	const bases: Bases = new Map();
	for (const [field, text] of Object.entries(JSON.parse(stored) as Record<string, string>)) {
		const base = readText(text);
		if (base.kind === 'lost' || FINGERPRINT.test(base.hash)) bases.set(field, base);
	}
	return bases;
}

/** A fingerprint, with a mark in front. */
function readText(text: string): Base {
	const rest = text.slice(1);
	switch (text[0]) {
		case '?':
			return LOST;
		case '=':
			return seen(rest);
		case '!':
			return stale(rest);
		case '~': {
			const [hash = '', other, since] = rest.split(':');
			return other ? suspected(hash, other, Number(since)) : unconfirmed(hash);
		}
		default:
			return known(text);
	}
}
