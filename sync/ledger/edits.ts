import type { FieldEdit } from '../items';
import { inPieces } from './inPieces';
import type { Db } from './schema';

/** Which of these activities were taken in before (R34). */
export async function seenBefore(db: Db, lane: string, guids: string[]): Promise<Set<string>> {
	const rows = await inPieces(
		guids,
		async (piece) =>
			await db
				.selectFrom('seen')
				.select('guid')
				.where('lane', '=', lane)
				.where('guid', 'in', piece)
				.execute(),
	);
	return new Set(rows.map(({ guid }) => guid));
}

export async function noteSeen(db: Db, lane: string, guids: string[], at: number): Promise<void> {
	await inPieces(
		guids,
		async (piece) =>
			await db
				.insertInto('seen')
				.values(piece.map((guid) => ({ lane, guid, at })))
				.onConflict((c) => c.column('guid').doNothing())
				.execute(),
	);
}

export async function forgetSeenBefore(db: Db, before: number): Promise<void> {
	await db.deleteFrom('seen').where('at', '<', before).execute();
}

/** What Marketo's log told of people who could not be judged yet, by person. */
export async function keptEdits(
	db: Db,
	lane: string,
	people: string[],
): Promise<Map<string, FieldEdit[]>> {
	const rows = await inPieces(
		people,
		async (piece) =>
			await db
				.selectFrom('edit')
				.selectAll()
				.where('lane', '=', lane)
				.where('person', 'in', piece)
				.execute(),
	);
	const byPerson = new Map<string, FieldEdit[]>();
	for (const { person, guid, field, old_value, new_value, at } of rows) {
		const edit = { field, oldValue: old_value, newValue: new_value, at, guid };
		byPerson.set(person, [...(byPerson.get(person) ?? []), edit]);
	}
	return byPerson;
}

/** Keeps a person's part of the log until the person was judged. */
export async function keepEditsOf(
	db: Db,
	lane: string,
	person: string,
	edits: FieldEdit[],
): Promise<void> {
	for (const { field, oldValue, newValue, at, guid } of edits) {
		const row = { lane, person, guid, field, old_value: oldValue, new_value: newValue, at };
		await db
			.insertInto('edit')
			.values(row)
			.onConflict((c) => c.columns(['guid', 'field']).doNothing())
			.execute();
	}
}

export async function forgetEditsOf(db: Db, lane: string, people: string[]): Promise<void> {
	await inPieces(
		people,
		async (piece) =>
			await db.deleteFrom('edit').where('lane', '=', lane).where('person', 'in', piece).execute(),
	);
}
