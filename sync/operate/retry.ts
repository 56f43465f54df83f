import type { Ledger } from '../ledger/ledger';
import { forgetWhenDescribed } from '../ledger/columns';
import { dueNow, enqueue, partActions } from '../ledger/due';
import { allNeedingHelp } from '../ledger/help';
import { known } from '../ledger/bases';
import { changeLink, linksById, type Link } from '../ledger/links';
import { pinnedMapping } from '../ledger/mappings';
import {
	allLinksWithRefusals,
	PING_PONG,
	quietRefusal,
	refusalsOf,
	solveRefusal,
	type Refusal,
} from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { readSubject, linkSubject } from '../ledger/subject';
import { askAgain } from '../ledger/requests';
import { lanesOf, startSoon } from './lanes';
import type { TableMapping } from '../mapping';
import { NOT_KEPT } from '../page/notKept';
import { recordOf, type RecordReference } from './record';

export interface Retried {
	/** Records that needed help, or waited, and are due now. */
	records: number;
	/** Fields that stayed behind and are tried anew. */
	fields: number;
}

const BY_HAND = {
	code: 'retry',
	reason: 'A person chose Retry',
	run: '',
	isAsked: true,
};

/**
 * A record that needs help or waits is due now, with all attempts before it; fields of it that stayed
 * behind are tried anew. It is shown as needing help until it worked.
 * @throws CannotDo when the sync has never met the record
 */
export async function retry(ledger: Ledger, reference: RecordReference): Promise<Retried> {
	return await ledger.db.transaction().execute(async (db) => {
		const record = await recordOf(ledger, reference, db);
		const waiting = record.queue.filter((row) => row.state === 'help' || row.dueAt > 0);
		const subjects = waiting.map((row) => row.subject);
		const { lane } = record;
		if (subjects.length > 0) await tryNow(ledger, db, lane, subjects);
		const fields = record.link ? await letGo(ledger, db, lane, [record.link.id]) : 0;
		if (subjects.length + fields > 0) await startSoon(ledger, db, lane);
		return { records: new Set(subjects).size, fields };
	});
}

/** As `retry`, for everything that needs help. What merely waits keeps its time. */
export async function retryAll(ledger: Ledger): Promise<Retried> {
	return await ledger.db.transaction().execute(async (db) => {
		const all: Retried = { records: 0, fields: 0 };
		for (const lane of await lanesOf(db)) {
			const help = await allNeedingHelp(db, lane);
			await tryNow(
				ledger,
				db,
				lane,
				help.map((row) => row.subject),
			);
			const fields = await letGo(ledger, db, lane, await allLinksWithRefusals(db, lane));
			if (help.length + fields > 0) await startSoon(ledger, db, lane);
			all.records += help.length;
			all.fields += fields;
		}
		return all;
	});
}

async function tryNow(ledger: Ledger, db: Db, lane: string, subjects: string[]): Promise<void> {
	const { actions, records } = partActions(subjects);
	// What a campaign asked for is worked on by the workflow that received it, not by a page of the sync.
	for (const subject of actions) await askAgain(ledger, db, readSubject(subject).id);
	await dueNow(ledger, db, lane, records);
}

/** The same values are sent again; a new refusal is news again. */
async function letGo(ledger: Ledger, db: Db, lane: string, links: number[]): Promise<number> {
	const linked = await linksById(db, links);
	const refusals = await refusalsOf(db, links);
	const { mapping = {} } = (await pinnedMapping(db, lane)) ?? {};
	let fields = 0;
	for (const id of links) {
		const held = refusals.get(id) ?? [];
		const link = linked.get(id);
		fields += held.length;
		if (held.length === 0 || !link) continue;
		for (const one of held) await (tellsEdits(one) ? quietRefusal : solveRefusal)(db, one);
		// What was held because it went back and forth starts over (R18).
		const bases = asBeforeTheWrite(link, held, mapping[link.table]);
		await changeLink(db, link, { wrote: {}, bases });
		await enqueue(ledger, db, {
			...BY_HAND,
			lane,
			subject: linkSubject(link),
			dueAt: ledger.clock.now(),
		});
	}
	// What was wrong may have been mended in the columns and their choices.
	if (fields > 0)
		await forgetWhenDescribed(db, [
			...new Set([...linked.values()].flatMap(({ table, object }) => [table, object])),
		]);
	return fields;
}

/** R36: whoever has edited the field where a value was refused has settled it, also where somebody chooses Retry after that. */
function tellsEdits({ code }: Refusal): boolean {
	return code !== NOT_KEPT && code !== PING_PONG;
}

/** R48: what was written and not kept goes out again: its source counts as edited, from what the target has kept. */
function asBeforeTheWrite(link: Link, refusals: Refusal[], mapping?: TableMapping): Link['bases'] {
	const bases = { dynamics: new Map(link.bases.dynamics), marketo: new Map(link.bases.marketo) };
	for (const { code, side, field, stood } of refusals) {
		const row = mapping?.rows.find(
			(one) => (side === 'dynamics' ? one.column : one.field) === field,
		);
		if (code !== NOT_KEPT || stood === null || !row) continue;
		if (side === 'dynamics') bases.marketo.set(row.field, known(stood));
		else bases.dynamics.set(row.column, known(stood));
	}
	return bases;
}
