import { fingerprintOf } from '../fingerprint';
import { known } from '../ledger/bases';
import { remember as rememberIt, type ShownValues } from '../ledger/history';
import { changeLinkIn, dropLink, linksById, noBases, type Link } from '../ledger/links';
import type { Db } from '../ledger/schema';
import { tableOf, type LiveRow } from '../page/tables';
import { newRecord } from '../page/newRecord';
import { notKept } from '../page/notKept';
import { fieldAtFault, keepRefusedField } from '../page/refusedField';
import { EMAIL_COLUMN } from '../lanes/people';
import { mailboxKey } from '../page/emailKey';
import { MAY_NOT_CREATE, type DynamicsCreate, type Refusal, type WriteOutcome } from '../ports';
import type { Column, Raw } from '../values';
import { close, done, fail, SOON_MS, wait, type Batch, type Candidate, type Result } from './batch';
import { asMet, lookAtBoth } from './linkOrReserve';
import { expectWriteBack } from './writeBack';

/** Rounds of "one column refused, send the rest" (R36): each leaves one behind, so it ends. */
const MOST_ROUNDS = 12;

/** What Dynamics itself puts into a column of a new row is nobody's edit (R29, R36). */
const MAY_HAVE_DEFAULT: ReadonlySet<Column['type']> = new Set(['boolean', 'choice']);

/** A row on its way, with what it came from. */
interface Draft {
	candidate: Candidate;
	create: DynamicsCreate;
	sources: Map<string, LiveRow>;
	/** Columns that were left behind, with the value that was refused. */
	refused: Array<{ column: string; live: LiveRow; source: string; refusal: Refusal }>;
}

/** Makes a row for everybody who has none, many in one call; a column that is refused stays behind. */
export async function makeRows(batch: Batch): Promise<void> {
	let drafts = [...batch.open.values()].map((candidate) => draftOf(batch, candidate));
	for (let round = 0; drafts.length > 0 && round < MOST_ROUNDS; round++) {
		const again: Draft[] = [];
		for (let from = 0; from < drafts.length; from += batch.dynamics.batchSize) {
			const together = drafts.slice(from, from + batch.dynamics.batchSize);
			if (!isFresh(batch)) {
				for (const { candidate } of together)
					close(
						batch,
						candidate.action.person,
						wait('It took too long; Dynamics is searched again first', SOON_MS),
					);
				continue;
			}
			const outcomes = await batch.dynamics.create(
				together.map(({ create }) => create),
				async () => isFresh(batch) && (await batch.by.mayGo(batch.ledger.db)),
			);
			const answered: Array<{ draft: Draft; outcome: WriteOutcome }> = [];
			for (const [index, draft] of together.entries()) {
				const outcome = outcomes[index] ?? {
					kind: 'unknown',
					reason: 'The answer has no result for this record',
				};
				if (leaveBehind(batch, draft, outcome)) again.push(draft);
				else answered.push({ draft, outcome });
			}
			await settleAll(batch, answered);
		}
		drafts = again;
	}
}

/** R8: claims hold for far longer than this and a call; and nobody's row of a minute ago is made a second time. */
function isFresh({ ledger, lookedAt }: Batch): boolean {
	return ledger.clock.now() <= lookedAt + ledger.timing.fresh;
}

/** What the person has to say to a new row. */
function draftOf(batch: Batch, candidate: Candidate): Draft {
	const { action, reserved } = candidate;
	const table = reserved!.table;
	const { values } = candidate.person!;
	const { live: mapped } = tableOf(batch, table);
	const { sent, refused } = newRecord(mapped, 'dynamics', values);
	const draft: Draft = {
		candidate,
		create: {
			table,
			id: reserved!.dynamicsId,
			values: Object.fromEntries([...sent].map(([name, { value }]) => [name, value])),
			detectDuplicates: batch.detectDuplicates,
			alsoTell: mapped.flatMap(({ column: { name, type } }) =>
				MAY_HAVE_DEFAULT.has(type) ? name : [],
			),
		},
		sources: new Map([...sent].map(([name, { live }]) => [name, live])),
		refused: refused.map(({ live, refusal }) => ({
			column: live.row.column,
			live,
			source: sourceOf(batch, live, values[live.row.field] ?? null),
			refusal,
		})),
	};
	if (action.owner) draft.create.values.ownerid = action.owner;
	return draft;
}

/** True where the rest goes out once more. */
function leaveBehind(batch: Batch, draft: Draft, outcome: WriteOutcome): boolean {
	if (outcome.kind !== 'refused') return false;
	const column = fieldAtFault(outcome.refusal, draft.sources.keys());
	if (!column) return false;
	const live = draft.sources.get(column)!;
	draft.refused.push({
		column,
		live,
		source: sourceOf(batch, live, draft.candidate.person!.values[live.row.field] ?? null),
		refusal: outcome.refusal,
	});
	draft.sources.delete(column);
	delete draft.create.values[column];
	return Object.keys(draft.create.values).length > 0;
}

/** What became of the rows of one call, kept at once: an answer that is lost now is found again by its id (R21). */
async function settleAll(
	batch: Batch,
	answered: Array<{ draft: Draft; outcome: WriteOutcome }>,
): Promise<void> {
	if (answered.length === 0) return;
	const results = await batch.ledger.db.transaction().execute(async (db) => {
		const settled: Array<[Candidate, Result]> = [];
		for (const { draft, outcome } of answered)
			settled.push([draft.candidate, await settle(batch, db, draft, outcome)]);
		return settled;
	});
	for (const [{ action }, result] of results) close(batch, action.person, result);
}

async function settle(batch: Batch, db: Db, draft: Draft, outcome: WriteOutcome): Promise<Result> {
	switch (outcome.kind) {
		case 'ok':
			return await made(batch, db, draft, outcome);
		case 'refused':
			return await notMade(db, draft, refusalOf(outcome.refusal));
		case 'exists':
			return await notMade(
				db,
				draft,
				fail(
					'DUPLICATE_IN_DYNAMICS',
					`Dynamics already has a similar record: ${outcome.reason}`,
					'Find and link or merge it in Dynamics, or switch duplicate detection off for this step, then choose Retry',
				),
			);
		case 'unknown':
			return wait(`${outcome.reason}; it is looked for before anything is created`, SOON_MS);
		default:
			return wait(
				'reason' in outcome ? outcome.reason : 'Dynamics could not create the row now',
				2 * SOON_MS,
			);
	}
}

async function made(
	batch: Batch,
	db: Db,
	draft: Draft,
	outcome: Extract<WriteOutcome, { kind: 'ok' }>,
): Promise<Result> {
	const { ledger } = batch;
	const { candidate, create } = draft;
	// A row that an earlier try made may have been edited since, as the person may: where they differ they meet for the first time.
	const isKnown = outcome.created !== false;
	const stored = outcome.values ?? {};
	const bases = isKnown
		? basesOf(batch, draft, stored)
		: asMet(batch, create.table, stored, candidate.person!.values, candidate.reserved!.bases);
	const email = (outcome.values?.[EMAIL_COLUMN] ?? create.values[EMAIL_COLUMN] ?? null) as
		| string
		| null;
	const reserved = candidate.reserved!;
	const settled = {
		state: 'active' as const,
		version: outcome.version ?? null,
		emailKey: mailboxKey(ledger.key, email),
		bases,
		updatedAt: ledger.clock.now(),
	};
	const isMine = await changeLinkIn(db, 'reserved', reserved, settled);
	// A page of the sync met the row first, and knows it by now.
	const link = isMine ? reserved : (await linksById(db, [reserved.id])).get(reserved.id);
	// Somebody has tried again meanwhile, and was not shown the row (R30).
	if (!link) return wait('What was reserved for it was given up meanwhile', SOON_MS);
	candidate.linked = { link, createdOn: outcome.createdOn ?? null };
	for (const { column, live, source, refusal } of draft.refused) {
		// A column that was neither sent nor told is empty in a new row.
		const isThere = isKnown || (outcome.values && column in outcome.values);
		const there = outcome.values?.[column] ?? null;
		const stood = isThere ? fingerprintOf(ledger.key, live.column, 'dynamics', there) : null;
		await keepRefusedField(ledger, db, {
			link,
			side: 'dynamics',
			field: column,
			source,
			stood,
			refusal,
			label: candidate.label,
			run: batch.by.run,
		});
	}
	if (isKnown) await keepWhatDiffers(batch, db, draft, link, outcome.values ?? {});
	await (isKnown
		? expectWriteBack(batch, db, link, candidate.label)
		: lookAtBoth(batch, db, link, candidate.label));
	await remember(batch, db, draft, link.id, outcome.values ?? {});
	const left = draft.refused.map(({ column, refusal }) => `${column}: ${refusal.reason}`);
	return done('created', link, [`The ${create.table} was created`, ...left].join('. '));
}

/** R48: what a plug-in has made another value of. */
async function keepWhatDiffers(
	batch: Batch,
	db: Db,
	{ candidate, create, sources }: Draft,
	link: Link,
	stored: Record<string, Raw>,
): Promise<void> {
	for (const [name, live] of sources) {
		const there = stored[name];
		if (there === undefined) continue;
		const refusal = notKept(live.column, 'dynamics', create.values[name]!, there);
		if (!refusal) continue;
		await keepRefusedField(batch.ledger, db, {
			link,
			side: 'dynamics',
			field: name,
			source: sourceOf(batch, live, candidate.person!.values[live.row.field] ?? null),
			stood: fingerprintOf(batch.ledger.key, live.column, 'dynamics', there),
			refusal,
			label: candidate.label,
			run: batch.by.run,
		});
	}
}

/** R14: Dynamics' base is what it reports; the person's is what was read. What was not sent stays unset. */
function basesOf(batch: Batch, draft: Draft, stored: Record<string, Raw>): Link['bases'] {
	const { key } = batch.ledger;
	const { table } = draft.create;
	// As above.
	const notSent = tableOf(batch, table).live.flatMap(({ row: { column } }) =>
		draft.sources.has(column) ? [] : [[column, stored[column] ?? null] as const],
	);
	const bases = {
		...noBases(),
		dynamics: asMet(batch, table, Object.fromEntries(notSent)).dynamics,
	};
	for (const [name, { row, column, field }] of draft.sources) {
		const value = name in stored ? stored[name] : draft.create.values[name];
		bases.dynamics.set(name, known(fingerprintOf(key, column, 'dynamics', value)));
		bases.marketo.set(
			row.field,
			known(fingerprintOf(key, field, 'marketo', draft.candidate.person!.values[row.field])),
		);
	}
	return bases;
}

/** Every verdict leaves a trace, this one too. */
async function remember(
	batch: Batch,
	db: Db,
	draft: Draft,
	link: number,
	stored: Record<string, Raw>,
): Promise<void> {
	const rows = [...draft.sources.values()].map(({ row }) => row);
	const shown: ShownValues = Object.fromEntries(
		rows.map(({ id, column, field }) => [
			id,
			[stored[column] ?? null, draft.candidate.person!.values[field] ?? null],
		]),
	);
	const decided = [{ rule: batch.by.rule, fields: rows.map(({ column }) => column) }];
	const at = batch.ledger.clock.now();
	await rememberIt(db, {
		at,
		run: batch.by.run,
		page: batch.by.page,
		plan: null,
		link,
		side: 'dynamics',
		operation: 'create',
		outcome: 'written',
		decided,
		shown,
		mappingHash: batch.mappingHash,
	});
}

/** R10: a refusal is a known outcome; nothing stays reserved for it. */
async function notMade(db: Db, draft: Draft, result: Result): Promise<Result> {
	await dropLink(db, draft.candidate.reserved!, 'reserved');
	return result;
}

function refusalOf({ field, code, reason, remedy }: Refusal): Result {
	const failed = fail(
		'REFUSED_BY_DYNAMICS',
		field && !reason.includes(field) ? `${field}: ${reason}` : reason,
		remedy,
	);
	return code === MAY_NOT_CREATE ? { ...failed, mayNot: { reason, remedy } } : failed;
}

function sourceOf(batch: Batch, { field }: LiveRow, value: Raw): string {
	return fingerprintOf(batch.ledger.key, field, 'marketo', value);
}
