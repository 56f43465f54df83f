import { inPieces } from './inPieces';
import type { Db } from './schema';

/** A record that names a parent which is not there yet (R39). */
export interface Waiting {
	lane: string;
	subject: string;
}

/** The parent as records wait for it: its row's id tells it apart within the lane that writes it. */
export function parentKey(lane: string, dynamicsId: string): string {
	return `${lane}:${dynamicsId}`;
}

/** The parts of such a key. */
export function readParentKey(key: string): { lane: string; dynamicsId: string } {
	const at = key.indexOf(':');
	return { lane: key.slice(0, at), dynamicsId: key.slice(at + 1) };
}

/** Keeps that a record waits for these parents; `required`: as a whole, not with a field alone. */
export async function waitForParents(
	db: Db,
	{ lane, subject }: Waiting,
	parents: string[],
	required = false,
): Promise<void> {
	if (parents.length === 0) return;
	await db
		.insertInto('waiting')
		.values(parents.map((parent) => ({ parent, lane, subject, required: Number(required) })))
		.onConflict((c) => c.columns(['parent', 'lane', 'subject']).doNothing())
		.execute();
}

/** Who has waited for these parents, which are there now. */
export async function takeWaiting(db: Db, parents: string[]): Promise<Waiting[]> {
	return await inPieces(parents, async (piece) => {
		const found = await db
			.selectFrom('waiting')
			.select(['lane', 'subject'])
			.where('parent', 'in', piece)
			.execute();
		if (found.length > 0) await db.deleteFrom('waiting').where('parent', 'in', piece).execute();
		return found;
	});
}

/** Which of these records wait as a whole, and for whom. */
export async function requiredOf(
	db: Db,
	lane: string,
	subjects: string[],
): Promise<Map<string, string[]>> {
	const rows = await inPieces(
		subjects,
		async (piece) =>
			await db
				.selectFrom('waiting')
				.select(['subject', 'parent'])
				.where('lane', '=', lane)
				.where('required', '=', 1)
				.where('subject', 'in', piece)
				.execute(),
	);
	const found = new Map<string, string[]>();
	for (const { subject, parent } of rows)
		found.set(subject, [...(found.get(subject) ?? []), parent]);
	return found;
}

/** They wait as a whole for nobody any more. */
export async function waitNoMore(db: Db, { lane, subject }: Waiting): Promise<void> {
	await db
		.deleteFrom('waiting')
		.where('lane', '=', lane)
		.where('required', '=', 1)
		.where('subject', '=', subject)
		.execute();
}

/** How many records of a lane wait as a whole. */
export async function countWaiting(db: Db, lane: string): Promise<number> {
	const { count } = await db
		.selectFrom('waiting')
		.select((e) => e.fn.count<number>('subject').distinct().as('count'))
		.where('lane', '=', lane)
		.where('required', '=', 1)
		.executeTakeFirstOrThrow();
	return Number(count);
}

/** Who waits for a parent as a whole: how many in each lane. */
export async function heldUpBy(
	db: Db,
	parent: string,
): Promise<Array<{ lane: string; records: number }>> {
	const rows = await db
		.selectFrom('waiting')
		.select((e) => ['lane', e.fn.countAll<number>().as('records')])
		.where('parent', '=', parent)
		.where('required', '=', 1)
		.groupBy('lane')
		.execute();
	return rows.map(({ lane, records }) => ({ lane, records: Number(records) }));
}
