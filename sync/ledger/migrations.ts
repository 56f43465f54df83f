import { sql, type ColumnDefinitionBuilder, type Kysely, type Migration } from 'kysely';
import { compactBases } from './compactBases';
import { firstEditions } from './editions';

type AnyDb = Kysely<unknown>;

/** Numbered, never edited once released. Written so that SQLite and PostgreSQL both take them. */
export const MIGRATIONS: Record<string, Migration> = {
	'001-people': {
		async up(db: AnyDb) {
			const table = (name: string) => db.schema.createTable(name);
			await table('meta')
				.addColumn('name', 'text', (c) => c.primaryKey())
				.addColumn('value', 'text', (c) => c.notNull())
				.execute();
			await table('lane')
				.addColumn('name', 'text', (c) => c.primaryKey())
				.addColumn('workflow', 'text')
				.addColumn('paused', 'integer', (c) => c.notNull())
				.addColumn('stopped', 'text')
				.addColumn('next_due', 'bigint', (c) => c.notNull())
				.addColumn('waiting_for', 'text')
				.addColumn('run', 'text')
				.addColumn('owner', 'text')
				.addColumn('owner_pid', 'integer')
				.addColumn('lease_until', 'bigint', (c) => c.notNull())
				.addColumn('cycle', 'integer', (c) => c.notNull())
				.addColumn('crashes', 'integer', (c) => c.notNull())
				.addColumn('deletes_allowed', 'integer', (c) => c.notNull())
				.execute();
			await table('run')
				.addColumn('id', 'text', (c) => c.primaryKey())
				.addColumn('lane', 'text', (c) => c.notNull())
				.addColumn('started_at', 'bigint', (c) => c.notNull())
				.addColumn('ended_at', 'bigint')
				.addColumn('outcome', 'text')
				.addColumn('pages', 'integer', (c) => c.notNull())
				.addColumn('mapping_hash', 'text')
				.addColumn('counts', 'text', (c) => c.notNull())
				.execute();
			await table('page')
				.addColumn('run', 'text', (c) => c.notNull())
				.addColumn('number', 'integer', (c) => c.notNull())
				.addColumn('opened_at', 'bigint', (c) => c.notNull())
				.addColumn('closed_at', 'bigint')
				.addColumn('committed', 'integer', (c) => c.notNull())
				.addColumn('records', 'integer', (c) => c.notNull())
				.addPrimaryKeyConstraint('page_key', ['run', 'number'])
				.execute();
			await table('feed')
				.addColumn('lane', 'text', (c) => c.notNull())
				.addColumn('name', 'text', (c) => c.notNull())
				.addColumn('cursor', 'text', (c) => c.notNull())
				.addColumn('drained_in', 'text')
				.addPrimaryKeyConstraint('feed_key', ['lane', 'name'])
				.execute();
			await table('link')
				.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
				.addColumn('table_name', 'text', (c) => c.notNull())
				.addColumn('dynamics_id', 'text', (c) => c.notNull())
				.addColumn('marketo_id', 'text')
				.addColumn('state', 'text', (c) => c.notNull())
				.addColumn('version', 'text')
				.addColumn('email_key', 'text')
				.addColumn('bases_dynamics', 'text', (c) => c.notNull())
				.addColumn('bases_marketo', 'text', (c) => c.notNull())
				.addColumn('wrote', 'text', (c) => c.notNull())
				.addColumn('key_id', 'text', (c) => c.notNull())
				.addColumn('generation', 'integer', (c) => c.notNull())
				.addColumn('created_at', 'bigint', (c) => c.notNull())
				.addColumn('updated_at', 'bigint', (c) => c.notNull())
				.execute();
			await index(db, 'link_dynamics', 'link', ['dynamics_id', 'table_name'], true);
			await index(db, 'link_marketo', 'link', ['marketo_id']);
			await index(db, 'link_email', 'link', ['email_key']);
			await table('plan')
				.addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
				.addColumn('id', 'text', (c) => c.notNull())
				.addColumn('run', 'text', (c) => c.notNull())
				.addColumn('page', 'integer', (c) => c.notNull())
				.addColumn('side', 'text', (c) => c.notNull())
				.addColumn('link', 'integer', (c) => c.notNull())
				.addColumn('operation', 'text', (c) => c.notNull())
				.addColumn('state', 'text', (c) => c.notNull())
				.addColumn('fields', 'text', (c) => c.notNull())
				.addColumn('version', 'text')
				.addColumn('created_at', 'bigint', (c) => c.notNull())
				.addColumn('sent_at', 'bigint')
				.addColumn('over_at', 'bigint')
				.execute();
			await index(db, 'plan_id', 'plan', ['id'], true);
			await index(db, 'plan_link', 'plan', ['link']);
			await index(db, 'plan_state', 'plan', ['state']);
			await table('held')
				.addColumn('link', 'integer', (c) => c.notNull())
				.addColumn('side', 'text', (c) => c.notNull())
				.addColumn('field', 'text', (c) => c.notNull())
				.addColumn('source', 'text', (c) => c.notNull())
				.addColumn('code', 'text', (c) => c.notNull())
				.addColumn('reason', 'text', (c) => c.notNull())
				.addColumn('remedy', 'text', (c) => c.notNull())
				.addColumn('since', 'bigint', (c) => c.notNull())
				.addColumn('run', 'text', (c) => c.notNull())
				.addColumn('state', 'text', (c) => c.notNull())
				.addColumn('told', 'integer', (c) => c.notNull())
				.addColumn('label', 'text', (c) => c.notNull())
				.addPrimaryKeyConstraint('held_key', ['link', 'side', 'field'])
				.execute();
			await index(db, 'held_told', 'held', ['told']);
			await table('queue')
				.addColumn('subject', 'text', (c) => c.primaryKey())
				.addColumn('state', 'text', (c) => c.notNull())
				.addColumn('due_at', 'bigint', (c) => c.notNull())
				.addColumn('attempts', 'integer', (c) => c.notNull())
				.addColumn('code', 'text', (c) => c.notNull())
				.addColumn('reason', 'text', (c) => c.notNull())
				.addColumn('remedy', 'text', (c) => c.notNull())
				.addColumn('since', 'bigint', (c) => c.notNull())
				.addColumn('run', 'text', (c) => c.notNull())
				.addColumn('told', 'integer', (c) => c.notNull())
				.addColumn('label', 'text', (c) => c.notNull())
				.addColumn('email_key', 'text')
				.addColumn('side', 'text')
				.execute();
			await index(db, 'queue_due', 'queue', ['state', 'due_at']);
			await index(db, 'queue_email', 'queue', ['email_key']);
			await table('conflict')
				.addColumn('id', 'text', (c) => c.primaryKey())
				.addColumn('link', 'integer', (c) => c.notNull())
				.addColumn('row', 'text', (c) => c.notNull())
				.addColumn('state', 'text', (c) => c.notNull())
				.addColumn('base', 'text', (c) => c.notNull())
				.addColumn('shown_dynamics', 'text', (c) => c.notNull())
				.addColumn('shown_marketo', 'text', (c) => c.notNull())
				.addColumn('winner', 'text', (c) => c.notNull())
				.addColumn('rule', 'text', (c) => c.notNull())
				.addColumn('run', 'text', (c) => c.notNull())
				.addColumn('at', 'bigint', (c) => c.notNull())
				.execute();
			await index(db, 'conflict_link', 'conflict', ['link', 'state']);
			await table('history')
				.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
				.addColumn('at', 'bigint', (c) => c.notNull())
				.addColumn('run', 'text', (c) => c.notNull())
				.addColumn('page', 'integer', (c) => c.notNull())
				.addColumn('plan', 'text')
				.addColumn('link', 'integer', (c) => c.notNull())
				.addColumn('side', 'text')
				.addColumn('operation', 'text', (c) => c.notNull())
				.addColumn('outcome', 'text', (c) => c.notNull())
				.addColumn('verdicts', 'text', (c) => c.notNull())
				.addColumn('shown', 'text')
				.addColumn('mapping_hash', 'text', (c) => c.notNull())
				.execute();
			await index(db, 'history_link', 'history', ['link']);
			await index(db, 'history_plan', 'history', ['plan']);
			await index(db, 'history_at', 'history', ['at']);
			// Values are emptied by age, again and again: only the rows that still have some are looked at.
			await db.schema
				.createIndex('history_shown')
				.on('history')
				.columns(['at'])
				.where(sql.ref('shown'), 'is not', null)
				.execute();
			await table('claim')
				.addColumn('key', 'text', (c) => c.primaryKey())
				.addColumn('holder', 'text', (c) => c.notNull())
				.addColumn('expires_at', 'bigint', (c) => c.notNull())
				.execute();
			await table('seen')
				.addColumn('guid', 'text', (c) => c.primaryKey())
				.addColumn('at', 'bigint', (c) => c.notNull())
				.execute();
			await index(db, 'seen_at', 'seen', ['at']);
			await table('edit')
				.addColumn('person', 'text', (c) => c.notNull())
				.addColumn('guid', 'text', (c) => c.notNull())
				.addColumn('field', 'text', (c) => c.notNull())
				.addColumn('old_value', 'text')
				.addColumn('new_value', 'text')
				.addColumn('at', 'text', (c) => c.notNull())
				.addPrimaryKeyConstraint('edit_key', ['guid', 'field'])
				.execute();
			await index(db, 'edit_person', 'edit', ['person']);
			await table('catalogue')
				.addColumn('table_name', 'text', (c) => c.primaryKey())
				.addColumn('columns', 'text', (c) => c.notNull())
				.addColumn('at', 'bigint', (c) => c.notNull())
				.execute();
			await table('mapping')
				.addColumn('lane', 'text', (c) => c.primaryKey())
				.addColumn('hash', 'text', (c) => c.notNull())
				.addColumn('mapping', 'text', (c) => c.notNull())
				.addColumn('at', 'bigint', (c) => c.notNull())
				.execute();
			await table('log')
				.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
				.addColumn('person', 'text', (c) => c.notNull())
				.addColumn('at', 'bigint', (c) => c.notNull())
				.addColumn('subject', 'text', (c) => c.notNull())
				.addColumn('field', 'text', (c) => c.notNull())
				.addColumn('reason', 'text', (c) => c.notNull())
				.addColumn('remedy', 'text', (c) => c.notNull())
				.addColumn('state', 'text', (c) => c.notNull())
				.execute();
			await index(db, 'log_state', 'log', ['state']);
			await table('call')
				.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
				.addColumn('system', 'text', (c) => c.notNull())
				.addColumn('at', 'bigint', (c) => c.notNull())
				.execute();
			await index(db, 'call_at', 'call', ['system', 'at']);
		},
	},
	'002-requests': {
		async up(db: AnyDb) {
			const table = (name: string) => db.schema.createTable(name);
			await table('request')
				.addColumn('id', 'text', (c) => c.primaryKey())
				.addColumn('receiver', 'text', (c) => c.notNull())
				.addColumn('service', 'text', (c) => c.notNull())
				.addColumn('person', 'text', (c) => c.notNull())
				.addColumn('campaign', 'text', (c) => c.notNull())
				.addColumn('parameters', 'text', (c) => c.notNull())
				.addColumn('chunk', 'text')
				.addColumn('state', 'text', (c) => c.notNull())
				.addColumn('due_at', 'bigint', (c) => c.notNull())
				.addColumn('attempts', 'integer', (c) => c.notNull())
				.addColumn('batch', 'text')
				.addColumn('taken_until', 'bigint', (c) => c.notNull())
				.addColumn('answer', 'text')
				.addColumn('created_at', 'bigint', (c) => c.notNull())
				.addColumn('answered_at', 'bigint')
				.execute();
			await index(db, 'request_due', 'request', ['receiver', 'state', 'due_at']);
			await index(db, 'request_chunk', 'request', ['chunk', 'state']);
			await index(db, 'request_batch', 'request', ['batch']);
			await index(db, 'request_person', 'request', ['person']);
			await index(db, 'request_answered', 'request', ['answered_at']);
			await table('chunk')
				.addColumn('id', 'text', (c) => c.primaryKey())
				.addColumn('receiver', 'text', (c) => c.notNull())
				.addColumn('state', 'text', (c) => c.notNull())
				.addColumn('callback', 'text', (c) => c.notNull())
				.addColumn('people', 'integer', (c) => c.notNull())
				.addColumn('due_at', 'bigint', (c) => c.notNull())
				.addColumn('attempts', 'integer', (c) => c.notNull())
				.addColumn('reason', 'text', (c) => c.notNull())
				.addColumn('created_at', 'bigint', (c) => c.notNull())
				.execute();
			await index(db, 'chunk_due', 'chunk', ['receiver', 'state', 'due_at']);
		},
	},
	'003-refusals': {
		async up(db: AnyDb) {
			await db.schema.alterTable('held').addColumn('stood', 'text').execute();
		},
	},
	'004-looks': {
		async up(db: AnyDb) {
			await db.schema
				.alterTable('request')
				.addColumn('looks', 'integer', (c) => c.notNull().defaultTo(0))
				.execute();
		},
	},
	'006-handed-out': {
		async up(db: AnyDb) {
			await db.schema
				.alterTable('queue')
				.addColumn('handed_in', 'text', (c) => c.notNull().defaultTo(''))
				.execute();
			await db.schema
				.alterTable('queue')
				.addColumn('handed_out', 'integer', (c) => c.notNull().defaultTo(0))
				.execute();
		},
	},
	'007-lanes': {
		// R52: what belongs to a lane says which; all that was kept so far is of leads, contacts and people.
		async up(db: AnyDb) {
			const ofPeople = (c: ColumnDefinitionBuilder) => c.notNull().defaultTo('people');
			for (const name of ['link', 'plan', 'held', 'conflict', 'log', 'seen', 'edit', 'request']) {
				await db.schema.alterTable(name).addColumn('lane', 'text', ofPeople).execute();
			}
			await db.schema
				.alterTable('link')
				.addColumn('object', 'text', (c) => c.notNull().defaultTo('person'))
				.execute();
			await db.schema.dropIndex('link_dynamics').execute();
			await index(db, 'link_row', 'link', ['lane', 'dynamics_id', 'table_name'], true);
			await db.schema.dropIndex('plan_state').execute();
			await index(db, 'plan_state', 'plan', ['lane', 'state']);
			await db.schema.dropIndex('held_told').execute();
			await index(db, 'held_told', 'held', ['lane', 'told']);
			await db.schema.dropIndex('log_state').execute();
			await index(db, 'log_state', 'log', ['lane', 'state']);
			await queuePerLane(db);
		},
	},
	'008-compact-bases': {
		async up(db: AnyDb) {
			await db.schema
				.createTable('base_field')
				.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
				.addColumn('lane', 'text', (c) => c.notNull())
				.addColumn('table_name', 'text', (c) => c.notNull())
				.addColumn('side', 'text', (c) => c.notNull())
				.addColumn('name', 'text', (c) => c.notNull())
				.addColumn('made_by', 'text', (c) => c.notNull())
				.execute();
			await index(
				db,
				'base_field_key',
				'base_field',
				['lane', 'table_name', 'side', 'name', 'made_by'],
				true,
			);
			await db.schema.alterTable('link').addColumn('bases', 'bytea').execute();
			await compactBases(db as never);
			await db.schema.alterTable('link').dropColumn('bases_dynamics').execute();
			await db.schema.alterTable('link').dropColumn('bases_marketo').execute();
		},
	},
	'009-inactive': {
		async up(db: AnyDb) {
			await db.schema
				.alterTable('link')
				.addColumn('inactive', 'integer', (c) => c.notNull().defaultTo(0))
				.execute();
		},
	},
	'010-linked': {
		// R51: who is compared next is found without going through those who are linked no more.
		async up(db: AnyDb) {
			await index(db, 'link_state', 'link', ['lane', 'state', 'id']);
		},
	},
	'011-editions': {
		async up(db: AnyDb) {
			const number = (c: ColumnDefinitionBuilder) => c.notNull().defaultTo(0);
			await db.schema.alterTable('link').addColumn('edition', 'integer', number).execute();
			await db.schema.alterTable('feed').addColumn('more', 'integer', number).execute();
			await db.schema
				.createTable('edition')
				.addColumn('lane', 'text', (c) => c.primaryKey())
				.addColumn('number', 'integer', (c) => c.notNull())
				.addColumn('rows', 'text', (c) => c.notNull())
				.execute();
			await firstEditions(db as never);
		},
	},
	'013-edit-times-and-addresses': {
		async up(db: AnyDb) {
			await db.schema.alterTable('link').addColumn('edit_times', 'text').execute();
			await db.schema.alterTable('held').addColumn('waits_for', 'text').execute();
			await index(db, 'held_waits', 'held', ['waits_for']);
		},
	},
	'014-upkeep': {
		// No query walks what grows: `test/unit/sync/ledger/queryPlans.ts` holds each of them to it.
		async up(db: AnyDb) {
			await db.schema
				.alterTable('queue')
				.addColumn('asked', 'integer', (c) => c.notNull().defaultTo(0))
				.execute();
			await index(db, 'request_round', 'request', ['lane', 'state', 'due_at']);
			await index(db, 'chunk_ended', 'chunk', ['state', 'created_at']);
			await index(db, 'run_lane', 'run', ['lane', 'started_at']);
			await index(db, 'run_ended', 'run', ['ended_at']);
			await index(db, 'claim_holder', 'claim', ['holder']);
			await index(db, 'claim_expires', 'claim', ['expires_at']);
			await index(db, 'log_at', 'log', ['at']);
			await index(db, 'conflict_state', 'conflict', ['state', 'at']);
			await index(db, 'held_state', 'held', ['lane', 'state']);
			await index(db, 'held_code', 'held', ['code']);
			await db.schema.dropIndex('history_shown').execute();
			await db.schema.dropIndex('plan_state').execute();
			await index(db, 'plan_state', 'plan', ['lane', 'state', 'over_at']);
			await db.schema.dropIndex('queue_due').execute();
			await index(db, 'queue_due', 'queue', ['lane', 'due_at', 'subject']);
			await index(db, 'queue_state', 'queue', ['lane', 'state', 'subject']);
			await index(db, 'queue_told', 'queue', ['lane', 'told']);
			await db.schema.dropIndex('queue_email').execute();
			await index(db, 'queue_email', 'queue', ['lane', 'email_key', 'state']);
		},
	},
	'016-waiting-for-parents': {
		async up(db: AnyDb) {
			await db.schema
				.createTable('waiting')
				.addColumn('parent', 'text', (c) => c.notNull())
				.addColumn('lane', 'text', (c) => c.notNull())
				.addColumn('subject', 'text', (c) => c.notNull())
				.addPrimaryKeyConstraint('waiting_key', ['parent', 'lane', 'subject'])
				.execute();
		},
	},
	'017-required-parents': {
		async up(db: AnyDb) {
			await db.schema
				.alterTable('waiting')
				.addColumn('required', 'integer', (c) => c.notNull().defaultTo(0))
				.execute();
			await index(db, 'waiting_child', 'waiting', ['lane', 'required', 'subject']);
		},
	},
	'018-files': {
		async up(db: AnyDb) {
			await db.schema
				.createTable('file')
				.addColumn('lane', 'text', (c) => c.notNull())
				.addColumn('job', 'text', (c) => c.notNull())
				.addColumn('plans', 'text', (c) => c.notNull())
				.addColumn('handed_at', 'bigint', (c) => c.notNull())
				.addColumn('looked_at', 'bigint', (c) => c.notNull())
				.addPrimaryKeyConstraint('file_key', ['lane', 'job'])
				.execute();
		},
	},
	'019-deletes': {
		async up(db: AnyDb) {
			await db.schema.alterTable('link').addColumn('deletion', 'text').execute();
			// Of the few that wait: an index over all links would cost each of them a word.
			await db.schema
				.createIndex('link_deletion')
				.on('link')
				.columns(['lane', 'deletion'])
				.where('deletion', 'is not', null)
				.execute();
		},
	},
	'020-calls-at-once': {
		async up(db: AnyDb) {
			// Of those that were begun before nobody says when they end: they are over.
			await db.schema
				.alterTable('call')
				.addColumn('ends_at', 'bigint', (c) => c.notNull().defaultTo(0))
				.execute();
			await index(db, 'call_under_way', 'call', ['system', 'ends_at']);
		},
	},
	'021-first-in-line': {
		async up(db: AnyDb) {
			await db.schema
				.alterTable('queue')
				.addColumn('first', 'integer', (c) => c.notNull().defaultTo(0))
				.execute();
			// Of the few that it is said of: all others cost nothing.
			await db.schema
				.createIndex('queue_first')
				.on('queue')
				.columns(['lane', 'due_at', 'subject'])
				.where(sql<boolean>`"first" = 1`)
				.execute();
		},
	},
};

/** A subject is a lane's: two lanes may know the same row. */
async function queuePerLane(db: AnyDb) {
	await db.schema
		.createTable('queue_per_lane')
		.addColumn('lane', 'text', (c) => c.notNull())
		.addColumn('subject', 'text', (c) => c.notNull())
		.addColumn('state', 'text', (c) => c.notNull())
		.addColumn('due_at', 'bigint', (c) => c.notNull())
		.addColumn('attempts', 'integer', (c) => c.notNull())
		.addColumn('code', 'text', (c) => c.notNull())
		.addColumn('reason', 'text', (c) => c.notNull())
		.addColumn('remedy', 'text', (c) => c.notNull())
		.addColumn('since', 'bigint', (c) => c.notNull())
		.addColumn('run', 'text', (c) => c.notNull())
		.addColumn('told', 'integer', (c) => c.notNull())
		.addColumn('label', 'text', (c) => c.notNull())
		.addColumn('email_key', 'text')
		.addColumn('side', 'text')
		.addColumn('handed_in', 'text', (c) => c.notNull())
		.addColumn('handed_out', 'integer', (c) => c.notNull())
		.addPrimaryKeyConstraint('queue_key', ['lane', 'subject'])
		.execute();
	const kept =
		'subject, state, due_at, attempts, code, reason, remedy, since, run, told, label, email_key, side, handed_in, handed_out';
	await sql
		.raw(`insert into queue_per_lane (lane, ${kept}) select 'people', ${kept} from queue`)
		.execute(db);
	await db.schema.dropTable('queue').execute();
	await db.schema.alterTable('queue_per_lane').renameTo('queue').execute();
	await index(db, 'queue_due', 'queue', ['lane', 'state', 'due_at']);
	await index(db, 'queue_email', 'queue', ['email_key']);
}

async function index(db: AnyDb, name: string, table: string, columns: string[], unique = false) {
	const builder = db.schema.createIndex(name).on(table).columns(columns);
	await (unique ? builder.unique() : builder).execute();
}
