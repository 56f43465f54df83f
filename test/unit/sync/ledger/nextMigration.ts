import { sql, type Kysely, type Migration } from 'kysely';

/** What a later version may bring: new tables, a new column, and what was there carried over. */
export const NEXT_MIGRATION: Record<string, Migration> = {
	'999-next': {
		async up(db: Kysely<unknown>) {
			await db.schema
				.createTable('next')
				.addColumn('link', 'integer')
				.addColumn('id', 'text')
				.execute();
			await db.schema.createIndex('next_link').on('next').column('link').execute();
			await db.schema.alterTable('link').addColumn('next', 'text').execute();
			await sql`insert into next (link, id) select id, dynamics_id from link`.execute(db);
			await sql`update link set next = dynamics_id`.execute(db);
			await sql`delete from claim`.execute(db);
		},
	},
};
