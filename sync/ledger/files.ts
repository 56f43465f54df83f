import type { Db } from './schema';

/** A file of records that Marketo works off by itself (R56). */
export interface HandedFile {
	readonly lane: string;
	/** As Marketo calls it. */
	readonly job: string;
	/** Ids of the plans in it. */
	readonly plans: string[];
	readonly handedAt: number;
	/** When Marketo was last asked. */
	readonly lookedAt: number;
}

export async function noteFile(
	db: Db,
	{ lane, job, plans, handedAt }: Omit<HandedFile, 'lookedAt'>,
): Promise<void> {
	await db
		.insertInto('file')
		.values({
			lane,
			job,
			plans: JSON.stringify(plans),
			handed_at: handedAt,
			looked_at: handedAt,
		})
		.execute();
}

/** Files of a lane that are not worked off yet, as far as is known; the oldest first. */
export async function filesOf(db: Db, lane: string): Promise<HandedFile[]> {
	const rows = await db
		.selectFrom('file')
		.selectAll()
		.where('lane', '=', lane)
		.orderBy('handed_at')
		.execute();
	return rows.map(({ job, plans, handed_at, looked_at }) => ({
		lane,
		job,
		plans: JSON.parse(plans) as string[],
		handedAt: Number(handed_at),
		lookedAt: Number(looked_at),
	}));
}

export async function areFilesOpen(db: Db, lane: string): Promise<boolean> {
	return Boolean(
		await db.selectFrom('file').select('job').where('lane', '=', lane).limit(1).executeTakeFirst(),
	);
}

export async function lookedAtFile(
	db: Db,
	{ lane, job }: Pick<HandedFile, 'lane' | 'job'>,
	at: number,
): Promise<void> {
	await db
		.updateTable('file')
		.set({ looked_at: at })
		.where('lane', '=', lane)
		.where('job', '=', job)
		.execute();
}

export async function fileIsOver(
	db: Db,
	{ lane, job }: Pick<HandedFile, 'lane' | 'job'>,
): Promise<void> {
	await db.deleteFrom('file').where('lane', '=', lane).where('job', '=', job).execute();
}
