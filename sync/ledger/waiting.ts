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

/** Keeps that a record waits for these parents. */
export async function waitForParents(
	db: Db,
	{ lane, subject }: Waiting,
	parents: string[],
): Promise<void> {
	if (parents.length === 0) return;
	await db
		.insertInto('waiting')
		.values(parents.map((parent) => ({ parent, lane, subject })))
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
