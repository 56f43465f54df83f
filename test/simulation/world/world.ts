import type { WhenMerged, WhenPeopleMerged } from '../../../sync/filter';
import type { DynamicsTable, PeopleTable, Side } from '../../../sync/items';
import { hasCommitted } from '../../../sync/schedule/restoreGuard';
import type { PageRef } from '../../../sync/schedule/token';
import { resume } from '../../../sync/operate/resume';
import { NOT_KEPT } from '../../../sync/page/notKept';
import { findLane } from '../../../sync/ledger/lanes';
import type { Ledger } from '../../../sync/ledger/ledger';
import type { PeopleMapping } from '../../../sync/mapping';
import { NO_ACCESS, type DynamicsCreate, type WriteOutcome } from '../../../sync/ports';
import type { Column, Raw } from '../../../sync/values';
import { Chance } from './chance';
import { WorldClock } from './clock';
import { DynamicsSystem, OWN_USER, type DynamicsHabits, type Row } from './dynamicsSystem';
import { join, type Cells, type Edit } from './edits';
import type { CallFault, Execution, Mishap } from './execution';
import { Execution as OneExecution } from './execution';
import {
	ALL_PAIRS,
	LINK_FIELDS,
	pairOf,
	PAIRS,
	typedMailbox,
	typedValue,
	type FieldPair,
} from './fields';
import { agree, carried, meets, printOf, sameIn } from './meaning';
import { BASE_KEY, type LedgerFile } from './ledgerFile';
import { MarketoSystem, type MarketoHabits, type StoredPerson } from './marketoSystem';
import { remapped, type Remap } from './remap';
import { Witness } from './witness';

export interface Habits {
	mapping: PeopleMapping;
	dynamics: DynamicsHabits;
	marketo: MarketoHabits;
	/** The engine's clock less true time, in milliseconds. */
	hostSkew: number;
	/** Writes per call. */
	batch: number;
	/** Up to so many milliseconds pass from one node to the next. */
	pause: number;
	/** A flow in Dynamics and a campaign in Marketo each put their own job title back after every write of sync. */
	insist?: boolean;
	/** These two count: the value that they put is another one each time. */
	count?: boolean;
	/** A plug-in of Dynamics sets the phone number in the very save of a job title, as whoever saves. */
	plugIn?: boolean;
	/** What becomes of the second person where two linked rows were merged. */
	whenMerged?: WhenMerged;
	/** What becomes of the second row where two linked people are merged in Marketo. */
	whenPeopleMerged?: WhenPeopleMerged;
	/** Leads and contacts have Adobe's column of the filter. */
	filtered?: boolean;
	/** A system that answers each write of a certain value with "try again later". */
	neverNow?: Side;
	/** Only the two edits of a conflict touch the records: which is the later one is no question (*Newest Wins*). */
	datable?: boolean;
	/** An e-mail that Marketo says somebody has already, whom nobody finds. */
	taken?: string;
	/** A value that one system refuses, with or without naming the field. */
	refuses: { side: Side; value: Raw; names: boolean } | null;
}

/** A write call starts this soon after the ledger has agreed to it, in milliseconds. */
const START_WITHIN = 10_000;
/** An edit this long before a write may not have been seen by it, in milliseconds: Marketo was read before. */
const UNSEEN = 60_000;
/** After this long a closed column is looked at again, in milliseconds. */
const LOOKED_AGAIN = 11 * 60_000;
/** Reads of a record in one run after which nothing new can come of it. */
const READ_AGAIN = 5;
const START = Date.parse('2026-03-02T08:00:00Z');
const LONG_AGO = '2026-03-01T00:00:00.000Z';

/** Both systems, the ledger, the users, and whoever watches. */
export class World {
	/** Of which system the credential names another one. */
	switched: Side | null = null;
	/** Of Dynamics; another one once the sync was given a copy of it. */
	organization = 'simulation';
	private wasSwitched = false;
	readonly clock = new WorldClock(START);
	readonly chance: Chance;
	readonly dynamics: DynamicsSystem;
	readonly marketo: MarketoSystem;
	readonly witness: Witness;
	/** Told when `verbose`: what happened, line by line. */
	readonly story: string[] = [];
	readonly executions: Execution[] = [];
	/** People that users deleted: the row they belonged to, and what was not synced at that time. */
	/** When users deleted records. */
	readonly goneSince = new Map<string, number>();
	/** Rows that users have deleted once, and perhaps restored. */
	private readonly everGone = new Set<string>();
	/** Somebody has chosen *Retry* for all that needed help. */
	isRetried = false;
	/** When rows were restored, and which ones the sync has ended because of a delete. */
	private readonly backSince = new Map<string, number>();
	private readonly endedBySync = new Set<string>();
	/** Columns that are in the field mapping, or were. */
	private readonly everMapped: Set<string>;
	private readonly removed = new Map<string, { person: string; at: number; pending: Edit[] }>();
	/** Requests of campaigns, all of them. */
	readonly asked = new Set<string>();
	/** Rows that sync has read, or was told that it has made. */
	readonly known = new Set<string>();
	/** Rows that were made for people, by person. */
	private readonly made = new Map<string, string[]>();
	/** When users have made people. */
	readonly cameAt = new Map<string, number>();
	/** The page that the trigger has opened last and not closed. */
	openPage: PageRef | null = null;
	/** When people have said that all is matched again, and of which rows they have said who belongs to whom. */
	private rePointedAt: number | null = null;
	private readonly forgotten = new Map<string, number>();
	/** Leads that were qualified before sync had met them or their contact. */
	readonly metQualified = new Set<string>();
	/** Rows that people have unlinked, and nobody has said otherwise since. */
	readonly apart = new Set<string>();
	/** Conflicts on record that were taken down. */
	private readonly noted = new Set<string>();
	/** When a system first refused a value. */
	private refusedAt = Infinity;
	/** Edits that Marketo's log tells later than anybody reads it. */
	readonly untoldEdits = new Set<Edit>();
	/** Rows that were made for people and forgotten. */
	readonly passedOver: string[] = [];
	/** What Marketo has kept in place of what was sent to it, of which people were told (R48). */
	readonly notKept: Array<{ kept: Edit; sent: Edit }> = [];
	/** What a merge in Marketo has left there of two values, by whoever saw both. */
	readonly chosen: Array<{ kept: Edit; left: Edit }> = [];
	private edits = 0;
	private ids = 0;
	private rows = 0;

	constructor(
		readonly habits: Habits,
		readonly file: LedgerFile,
		seed: number,
		private readonly verbose: boolean,
	) {
		this.everMapped = new Set(habits.mapping.lead.rows.map(({ column }) => column));
		this.chance = new Chance(seed);
		this.dynamics = new DynamicsSystem(this.clock, habits.dynamics);
		this.marketo = new MarketoSystem(this.clock, habits.marketo, () =>
			this.chance.below(habits.marketo.lateness + 1),
		);
		this.witness = new Witness(
			habits.mapping,
			(record) => {
				const row = this.dynamics.rows.get(record);
				const hasLeft = this.everGone.has(record) || this.forgottenAt(record) !== null;
				return row?.state === 0 && row.outSince === null && !hasLeft;
			},
			(person, field) => this.marketo.replaced(person, field),
			// Where programs insist on their values, whatever is written in vain counts as refused (R18).
			(side, again, edit) => {
				// Who comes back to it types what was refused before.
				const refused = firstOf(again);
				return (
					habits.insist === true ||
					// What cannot be held there, or was not kept (R48): what was typed when the page had read the row already came after it.
					(edit.at > refused.at - UNSEEN &&
						(habits.plugIn === true ||
							carried(pairOf(refused.field)!, side, refused.value) === undefined)) ||
					(habits.refuses?.side === side &&
						habits.refuses.value === refused.value &&
						edit.at > this.refusedAt - UNSEEN)
				);
			},
			habits.datable === true,
		);
	}

	say(line: string): void {
		if (this.verbose) this.story.push(`${this.clock.iso().slice(11, 19)} ${line}`);
	}

	/** The ledger as an execution sees it, or (without one) as the trigger does. */
	ledgerFor(execution?: Execution): Ledger {
		return this.file.seenBy(execution, {
			id: 'sim-ledger',
			clock: { now: () => this.clock.now + this.habits.hostSkew },
			random: { id: () => `id${++this.ids}` },
		});
	}

	begin(
		isReplay: boolean,
		mishapAt: (execution: Execution, label: string) => Mishap | undefined,
		faults: CallFault[],
	): Execution {
		const execution = new OneExecution(this.executions.length, isReplay, mishapAt, faults, (one) =>
			one.ref === this.openPage ? this.clock.now : null,
		);
		this.executions.push(execution);
		return execution;
	}

	// What users do.

	/** Somebody changes the field mapping. What was mapped once is edited as before. */
	remap(remap: Remap): void {
		this.habits.mapping = remapped(this.habits.mapping, remap);
		this.witness.remapped(this.habits.mapping, this.clock.now);
		for (const { column } of this.habits.mapping.lead.rows) this.everMapped.add(column);
		const rows = this.habits.mapping.lead.rows.map((row) =>
			[row.id, row.direction, row.empty, row.onlyOnCreate && 'on create'].filter(Boolean).join(' '),
		);
		this.say(`the mapping is now: ${rows.join(', ')}`);
	}

	newRow(table: DynamicsTable, choices: number[]): Row {
		const id = this.newRowId(table);
		const cells = this.typed(`${table}:${id}`, choices, (pair) => pair.column);
		const row = this.dynamics.create(table, id, cells);
		this.say(`user creates ${table}:${id} ${show(cells)}`);
		return row;
	}

	private newRowId(table: DynamicsTable): string {
		return `${table === 'lead' ? '1ead' : 'c0de'}0000-0000-4000-8000-${String(++this.rows).padStart(12, '0')}`;
	}

	newPerson(choices: number[]): StoredPerson {
		const record = `person:${this.marketo.nextId}`;
		const person = this.marketo.create(this.typed(record, choices, (pair) => pair.field));
		this.say(`user creates ${record} ${show(person.cells)}`);
		this.cameAt.set(person.id, this.clock.now);
		return person;
	}

	edit(which: number, field: number, choice: number): void {
		const records = this.liveRecords();
		const record = records[which % records.length];
		if (!record) return;
		const mapped = ALL_PAIRS.filter(({ column }) => this.everMapped.has(column));
		const pair = mapped[field % mapped.length]!;
		const isRow = 'version' in record;
		const name = isRow ? record.table + ':' + record.id : `person:${record.id}`;
		const key = isRow ? pair.column : pair.field;
		const value = typedValue(key, choice, ++this.edits);
		const system = isRow ? this.dynamics : this.marketo;
		const before = record.cells[key]!;
		const side = isRow ? 'dynamics' : 'marketo';
		if (sameIn(key, side, system.stored(key, value), before.value)) {
			if (isRow) this.dynamics.touch(record);
			this.say(`user saves ${name} unchanged`);
			return;
		}
		const edit: Edit = {
			id: this.edits,
			value,
			record: name,
			field: key,
			before: before.edit,
			at: this.clock.now,
			carried: false,
			joined: [],
		};
		if (isRow) this.dynamics.save(record, { [key]: { value, edit } });
		else this.marketo.save(record, { [key]: { value, edit } }, this.untold(edit));
		this.say(
			`user edits ${name}.${key} ${JSON.stringify(before.value)} -> ${JSON.stringify(record.cells[key]!.value)} (e${edit.id})`,
		);
	}

	/** How much later than usual an edit is logged. */
	private untold(edit: Edit): number {
		const { untold } = this.habits.marketo;
		if (!untold || this.edits % untold.oneIn > 0) return 0;
		this.untoldEdits.add(edit);
		this.say(`  which Marketo's log tells ${untold.ms / 60_000} minutes later`);
		return untold.ms;
	}

	/** What a program of one system does as soon as sync has written: an edit like a user's. */
	insist(record: Row | StoredPerson): void {
		if (!this.habits.insist) return;
		const isRow = 'version' in record;
		const key = isRow ? 'jobtitle' : 'title';
		const by = isRow ? 'by the flow' : 'by the campaign';
		const value = this.habits.count ? `${by}, ${this.edits}` : by;
		const before = record.cells[key]!;
		if (before.value === value) return;
		const name = isRow ? `${record.table}:${record.id}` : `person:${record.id}`;
		const edit: Edit = {
			id: ++this.edits,
			value,
			record: name,
			field: key,
			before: before.edit,
			at: this.clock.now,
			carried: false,
			joined: [],
		};
		if (isRow) this.dynamics.save(record, { [key]: { value, edit } });
		else this.marketo.save(record, { [key]: { value, edit } });
	}

	/** Marketo applies an old opt-out to whoever gets its address, without a word: an act of its own, on top of what was written. */
	optOutAgain(record: string, cells: Cells): void {
		const { email, unsubscribed } = cells;
		if (!this.marketo.isOptedOut(email!.value) || unsubscribed!.value === true) return;
		this.say(`  ${record} is unsubscribed again`);
		cells.unsubscribed = {
			value: true,
			edit: {
				id: ++this.edits,
				value: true,
				record,
				field: 'unsubscribed',
				before: unsubscribed!.edit,
				at: this.clock.now,
				carried: false,
				joined: [],
			},
		};
	}

	/** What a plug-in adds to a save of sync's: an edit like a user's, in no answer that sync gets. */
	plugIn(row: Row, saved: Cells): Cells {
		if (!this.habits.plugIn || !('jobtitle' in saved)) return saved;
		const value = `of ${String(saved.jobtitle!.value)}`;
		const edit: Edit = {
			id: ++this.edits,
			value,
			record: `${row.table}:${row.id}`,
			field: 'telephone1',
			before: row.cells.telephone1!.edit,
			at: this.clock.now,
			carried: false,
			overruled: saved.telephone1?.edit,
			joined: [],
		};
		this.say(
			`  a plug-in sets ${edit.record}.telephone1 to ${JSON.stringify(value)} in the same save`,
		);
		return { ...saved, telephone1: { value, edit } };
	}

	/** Two users edit the same field of a pair, not knowing of each other. */
	async editBoth(which: number, field: number, choices: [number, number]): Promise<void> {
		const links = await this.file.db
			.selectFrom('link')
			.select(['table_name', 'dynamics_id', 'marketo_id'])
			.where('state', '=', 'active')
			.orderBy('id')
			.execute();
		const link = links[which % Math.max(1, links.length)];
		if (!link) return;
		const records = this.liveRecords();
		const row = records.findIndex((one) => 'version' in one && one.id === link.dynamics_id);
		const person = records.findIndex((one) => one.id === link.marketo_id);
		if (row >= 0) this.edit(row, field, choices[0]);
		if (person >= 0) this.edit(person, field, choices[1]);
	}

	/** The positions in the feeds are set back: everything (0), or to the start of one of them. */
	async rewind(which: number): Promise<void> {
		const { db } = this.file;
		const feeds = await db.selectFrom('feed').selectAll().execute();
		for (const feed of feeds) {
			const cursor = JSON.parse(feed.cursor) as Record<string, unknown>;
			if (feed.name === 'person' && which !== 1)
				Object.assign(cursor, { since: LONG_AGO, near: LONG_AGO, open: null });
			else if (feed.name !== 'person' && which !== 2 && cursor.phase === 'delta') {
				const { since } = JSON.parse(cursor.link as string) as { since: number };
				cursor.link = JSON.stringify({ since: Math.min(since, this.dynamics.oldestPosition) });
			}
			await db
				.updateTable('feed')
				.set({ cursor: JSON.stringify(cursor), drained_in: null })
				.where('name', '=', feed.name)
				.execute();
		}
		if (which === 3) await db.deleteFrom('seen').execute();
		this.say('the positions in the feeds are set back');
	}

	/** The sync's user may not see a row for a while. */
	hide(which: number, asDelete: boolean): void {
		const rows = [...this.dynamics.rows.values()];
		const row = rows[which % rows.length];
		if (!row) return;
		this.dynamics.hide(row, asDelete);
		this.say(`${row.table}:${row.id} is out of sight`);
	}

	/** Column-level security keeps a column from the sync's user for a while; not the one by which people are found. */
	close(field: number): void {
		const { column } = PAIRS[1 + (field % (PAIRS.length - 1))]!;
		this.dynamics.eyes.close(column);
		this.say(`column ${column} is closed`);
	}

	/** Which of the rows out of sight the sync has found to be so. */
	async noteMissed(): Promise<void> {
		const { eyes } = this.dynamics;
		if (eyes.hidden.length === 0) return;
		const entries = await this.file.db
			.selectFrom('queue')
			.select('subject')
			.where('code', '=', NO_ACCESS)
			.where('subject', 'in', eyes.hidden)
			.where('due_at', '>', 0)
			.execute();
		for (const { subject } of entries) eyes.miss(subject);
	}

	/** Of which values people were told by now that Marketo has kept its own in their place. */
	async noteNotKept(): Promise<void> {
		if (!this.habits.marketo.blocked) return;
		const held = await this.file.db
			.selectFrom('held')
			.innerJoin('link', 'link.id', 'held.link')
			.select(['held.field', 'held.source', 'held.stood'])
			.select(['table_name', 'dynamics_id', 'marketo_id'])
			.where('held.state', '=', 'held')
			.where('held.side', '=', 'marketo')
			.where('held.code', '=', NOT_KEPT)
			.execute();
		for (const { field, source, stood, table_name: table, dynamics_id: id, marketo_id } of held) {
			const { rows } = this.habits.mapping[table as PeopleTable];
			const column = rows.find((one) => one.field === field)?.column;
			const sent = column && this.dynamics.rows.get(`${table}:${id}`)?.cells[column];
			const kept = this.marketo.people.get(marketo_id ?? '')?.cells[field];
			if (!sent || !kept) continue;
			const areThese =
				printOf(BASE_KEY, column, 'dynamics', sent.value) === source &&
				printOf(BASE_KEY, field, 'marketo', kept.value) === stood;
			if (areThese) this.notKept.push({ kept: kept.edit, sent: sent.edit });
		}
	}

	/**
	 * All is in sight again, and somebody has waited until the sync has looked. What it has no way to know is saved
	 * once more: a row that is not linked (any more), or that it never missed, and rows that came while nobody knew yet
	 * that a column was closed.
	 */
	/** A credential names another system now; before the first page was taken in that system would be the sync's own. */
	async switchCredential(side: Side): Promise<void> {
		if (!(await hasCommitted(this.file.db))) return;
		this.switched = side;
		this.wasSwitched = true;
		this.say(`the credential of ${side} names another system`);
	}

	/** It is right again; whoever put it right chooses Resume. */
	async switchBack(): Promise<void> {
		if (!this.switched) return;
		this.switched = null;
		this.say('the credentials are right again');
		await resume(this.ledgerFor(), 'people', {});
	}

	/** An execution that was held up with the wrong credential stops the sync once more: whoever sees that chooses Resume again. */
	async resumeStopped(): Promise<void> {
		await this.switchBack();
		const lane = await findLane(this.file.db, 'people');
		if (!this.wasSwitched || !lane?.stopped) return;
		this.say('somebody chooses Resume');
		await resume(this.ledgerFor(), 'people', {});
	}

	async openEyes(): Promise<void> {
		const { rows, missed, columns } = this.dynamics.eyes.openAll();
		if (rows.length + columns.length === 0) return;
		this.say('all rows and columns are in sight again');
		const { db } = this.file;
		const links = await db
			.selectFrom('link')
			.select(['table_name', 'dynamics_id'])
			.where('state', '!=', 'goneInMarketo')
			.execute();
		const linked = new Set(links.map((link) => `${link.table_name}:${link.dynamics_id}`));
		const tables = await db.selectFrom('catalogue').select(['table_name', 'columns']).execute();
		const known = new Set(
			tables.flatMap(({ table_name, columns: described }) =>
				(JSON.parse(described) as Column[]).flatMap(({ name, closedTo }) =>
					closedTo ? [`${table_name}.${name}`] : [],
				),
			),
		);
		for (const [record, row] of this.dynamics.rows) {
			const isUnknown = rows.includes(record) && !(linked.has(record) && missed.has(record));
			const isNews = columns.some(
				(one) => !linked.has(record) || !known.has(`${row.table}.${one}`),
			);
			if (isUnknown || isNews) this.dynamics.touch(row);
		}
		this.clock.advance(LOOKED_AGAIN);
	}

	/** A user deletes a record. */
	remove(which: number): void {
		const records = this.liveRecords();
		const record = records[which % records.length];
		if (!record) return;
		if ('version' in record) {
			this.dynamics.remove(record);
			this.goneSince.set(`${record.table}:${record.id}`, this.clock.now);
			this.everGone.add(`${record.table}:${record.id}`);
			this.say(`user deletes ${record.table}:${record.id}`);
			return;
		}
		this.marketo.remove(record);
		this.goneSince.set(`person:${record.id}`, this.clock.now);
		this.say(`user deletes person:${record.id}`);
		for (const row of [...this.dynamics.rows.values(), ...this.dynamics.bin]) {
			const idField = row.table === 'lead' ? LINK_FIELDS.leadId : LINK_FIELDS.contactId;
			if (record.own[idField] !== row.id) continue;
			const name = `${row.table}:${row.id}`;
			if (this.isUnknown(row)) continue;
			const pending = Object.entries(row.cells).flatMap(([column, { edit }]) =>
				this.isCarried(name, column) && (!edit.carried || edit.unacknowledged) ? [edit] : [],
			);
			this.removed.set(name, { person: `person:${record.id}`, at: this.clock.now, pending });
		}
	}

	/** R29, R44: the link was forgotten, with the row or by a person's wish, and no page has met the row since: nobody knows whose person it has. */
	private isUnknown({ table, id }: Row): boolean {
		const name = `${table}:${id}`;
		const isUnlinked = this.habits.mapping[table as PeopleTable].whenRowDeleted === 'unlink';
		const backAt = this.dynamics.rows.has(name) ? this.backSince.get(name) : Infinity;
		const since = Math.max(
			this.forgottenAt(name) ?? -Infinity,
			(isUnlinked ? backAt : undefined) ?? -Infinity,
		);
		const isMet = this.executions.some(
			({ hasDecided, startedAt }) => hasDecided && startedAt - this.habits.hostSkew > since,
		);
		return since > -Infinity && !isMet;
	}

	/**
	 * R29: the sync deletes a person with their row, as was chosen: the row is none any more, or was not long before the call,
	 * and nothing is lost with them that a user has typed and the row never got.
	 */
	deletedBySync(person: StoredPerson, sentAt: number): void {
		this.say(`  deleted person:${person.id}`);
		for (const row of this.dynamics.rows.values()) {
			const idField = row.table === 'lead' ? LINK_FIELDS.leadId : LINK_FIELDS.contactId;
			const record = `${row.table}:${row.id}`;
			const isBack = (this.backSince.get(record) ?? 0) > sentAt - UNSEEN;
			if (
				person.own[idField] === row.id &&
				row.master === null &&
				!isBack &&
				!this.everGone.has(record)
			)
				this.witness.accuse(`R29 person:${person.id} was deleted, but ${record} is there`);
		}
		const name = person.own[LINK_FIELDS.contactId] ? 'contact' : 'lead';
		const { rows, emptyValues } = this.habits.mapping[name];
		const row = this.dynamics.bin.find(({ id }) => Object.values(person.own).includes(id));
		for (const mapped of rows) {
			const { column, field, direction, empty = emptyValues, onlyOnCreate } = mapped;
			const { edit, value } = person.cells[field]!;
			// Nothing is no value that could be lost, nor is what the row said as well.
			if (value === null || value === false) continue;
			if (row && agree(mapped, row.cells[column]!.value, value)) continue;
			const isOwn =
				edit.record === `person:${person.id}` && !edit.carried && edit.at < sentAt - UNSEEN;
			// Whoever presses Retry has them deleted all the same.
			if (this.isRetried) continue;
			if (direction === 'both' && empty === 'copy' && !onlyOnCreate && isOwn && edit.before)
				this.witness.accuse(
					`R29 person:${person.id} was deleted with ${field} ${JSON.stringify(edit.value)}, which the row never got`,
				);
		}
		this.marketo.remove(person);
		this.goneSince.set(`person:${person.id}`, this.clock.now);
	}

	/** R29: the sync ends a row whose person a user has deleted, unless somebody has edited it since. */
	endsBySync(row: Row, how: 'deleted' | 'deactivated'): void {
		const record = `${row.table}:${row.id}`;
		this.say(`  ${how} ${record}`);
		// R21: the row may have been made for somebody who was deleted before it was there.
		const wasMadeFor = [...this.made].some(
			([person, rows]) => rows.includes(record) && this.goneSince.has(`person:${person}`),
		);
		if (!this.removed.has(record) && !wasMadeFor)
			this.witness.accuse(`R29 ${record} was ${how}, but nobody has deleted its person`);
		const edit = this.editSinceRemoved(record);
		if (edit) this.witness.accuse(`R29 ${record} was ${how} after a user had edited ${edit.field}`);
		if (this.endedBySync.has(record))
			this.witness.accuse(`R29 ${record} was ${how} once more for the same delete`);
		this.endedBySync.add(record);
		if (how === 'deactivated') {
			this.dynamics.setState(row, row.table === 'lead' ? 2 : 1, OWN_USER);
			return;
		}
		this.dynamics.remove(row);
		this.goneSince.set(record, this.clock.now);
		this.everGone.add(record);
	}

	/** Somebody merges two people in Marketo. */
	merge(which: number, into: number): void {
		const people = [...this.marketo.people.values()];
		const loser = people[which % Math.max(1, people.length)];
		const others = people.filter((one) => one !== loser);
		const survivor = others[into % Math.max(1, others.length)];
		if (!loser || !survivor) return;
		this.say(`user merges person:${loser.id} into person:${survivor.id}`);
		this.join(loser, survivor);
	}

	/** Two people become one. */
	join(loser: StoredPerson, survivor: StoredPerson): void {
		this.goneSince.set(`person:${loser.id}`, this.clock.now);
		// Whoever merges them has seen both.
		for (const [field, { value, edit }] of Object.entries(survivor.cells)) {
			const left = loser.cells[field]!;
			if (sameIn(field, 'marketo', value, left.value)) join(edit, left.edit);
			else this.chosen.push({ kept: edit, left: left.edit });
		}
		this.marketo.merge(loser, survivor, (field, before, from) => {
			const edit: Edit = {
				id: ++this.edits,
				value: from.value,
				record: `person:${survivor.id}`,
				field,
				before: before.edit,
				at: this.clock.now,
				carried: false,
				joined: [],
			};
			join(edit, from.edit);
			return edit;
		});
		this.say(`  who is ${show(survivor.cells)}`);
	}

	/** Somebody restores a row that was deleted. */
	takeBack(which: number): void {
		const row = this.dynamics.takeBack(which);
		if (!row) return;
		const record = `${row.table}:${row.id}`;
		this.goneSince.delete(record);
		this.backSince.set(record, this.clock.now);
		// Whoever takes back what went with its person asks for somebody.
		if (this.endedBySync.delete(record)) this.removed.delete(record);
		this.say(`user restores ${record}`);
	}

	/** Somebody merges two rows of a table in Dynamics; what the one that stays holds was chosen. */
	mergeRows(which: number, into: number): void {
		const open = [...this.dynamics.rows.values()].filter(({ master }) => master === null);
		const loser = open[which % Math.max(1, open.length)];
		const others = open.filter((one) => one !== loser && one.table === loser?.table);
		const survivor = others[into % Math.max(1, others.length)];
		if (!loser || !survivor) return;
		this.say(`user merges ${loser.table}:${loser.id} into ${survivor.id}`);
		this.mergeThem(loser, survivor);
	}

	/** Be it by a user or by the sync. */
	mergeThem(loser: Row, survivor: Row): void {
		// Whoever merges them has seen both: what is equal, or was before, is one edit from here on.
		this.haveSeen(loser, survivor);
		this.dynamics.merge(loser, survivor);
		this.apart.delete(`${survivor.table}:${survivor.id}`);
	}

	private haveSeen(loser: Row, survivor: Row): void {
		for (const [column, { value, edit }] of Object.entries(survivor.cells)) {
			let other: Edit | null = loser.cells[column]?.edit ?? null;
			while (other && !sameIn(column, 'dynamics', value, other.value)) other = other.before;
			if (other) join(edit, other);
		}
	}

	/** Somebody qualifies a lead: into a new contact, into one that is there, or without one. */
	qualify(which: number, into: number): void {
		const open = this.openRows('lead');
		const lead = open[which % Math.max(1, open.length)];
		if (!lead) return;
		const contact = this.contactFor(lead, into);
		this.say(`user qualifies lead:${lead.id} ${contact ? `into contact:${contact.id}` : 'alone'}`);
		const names = [`lead:${lead.id}`, ...(contact ? [`contact:${contact.id}`] : [])];
		if (!names.some((name) => this.known.has(name))) this.metQualified.add(`lead:${lead.id}`);
		if (contact) this.haveSeen(lead, contact);
		if (contact) this.apart.delete(`contact:${contact.id}`);
		this.dynamics.qualify(lead, contact);
	}

	private contactFor(lead: Row, into: number): Row | null {
		const there = this.openRows('contact');
		if (into % 5 === 0) return null;
		if (into % 5 < 3) return there[into % Math.max(1, there.length)] ?? null;
		const id = this.newRowId('contact');
		const cells: Cells = {};
		for (const [column, { value, edit }] of Object.entries(lead.cells)) {
			const own: Edit = {
				id: ++this.edits,
				value,
				record: `contact:${id}`,
				field: column,
				before: null,
				at: this.clock.now,
				carried: false,
				joined: [],
			};
			join(own, edit);
			cells[column] = { value, edit: own };
		}
		return this.dynamics.create('contact', id, cells);
	}

	private openRows(table: DynamicsTable): Row[] {
		return [...this.dynamics.rows.values()].filter(
			(row) => row.table === table && row.state === 0 && row.master === null,
		);
	}

	/** Nothing is known any more of a row and its person; they stay apart, until the sync sees that another one's is its. */
	isUnlinked(row: string, areJoinedToIt: boolean): void {
		this.forgotten.set(row, this.clock.now);
		if (this.dynamics.rows.has(row) && !areJoinedToIt) this.apart.add(row);
	}

	/** They meet as for the first time, also where somebody was deleted before. */
	isLinkedByHand(row: string): void {
		this.forgotten.set(row, this.clock.now);
		this.apart.delete(row);
		this.removed.delete(row);
		// For whom it was made once is no question any more.
		for (const [person, rows] of this.made)
			this.made.set(
				person,
				rows.filter((one) => one !== row),
			);
	}

	/** When that was the last time; null: never. */
	forgottenAt(row: string): number | null {
		const at = Math.max(this.forgotten.get(row) ?? -Infinity, this.rePointedAt ?? -Infinity);
		return at === -Infinity ? null : at;
	}

	/** The sync was given to another environment, which is a copy: it knows nobody, nor who was deleted. */
	isRePointed(organization: string): void {
		this.organization = organization;
		this.rePointedAt = this.clock.now;
		this.wasSwitched = true;
		for (const one of [this.removed, this.made, this.known, this.endedBySync, this.apart])
			one.clear();
		this.passedOver.length = 0;
	}

	/** Somebody deactivates a row, or activates it again. */
	turn(which: number): void {
		const rows = [...this.dynamics.rows.values()];
		const row = rows[which % Math.max(1, rows.length)];
		if (!row || row.master !== null) return;
		this.dynamics.setState(row, row.state === 0 ? 1 : 0);
		const record = `${row.table}:${row.id}`;
		if (row.state === 0 && this.endedBySync.delete(record)) this.removed.delete(record);
		this.say(`${row.table}:${row.id} is ${row.state === 0 ? 'active' : 'inactive'}`);
	}

	/** Somebody has the filter leave a row out, or lets it take part again. */
	turnFilter(which: number): void {
		const rows = [...this.dynamics.rows.values()];
		const row = rows[which % Math.max(1, rows.length)];
		if (!row) return;
		this.dynamics.turnFilter(row);
		this.say(`${row.table}:${row.id} ${row.outSince === null ? 'takes part' : 'is left out'}`);
	}

	/** Each inactive row is saved; false: there is none. */
	saveInactive(): boolean {
		const rows = [...this.dynamics.rows.values()].filter(({ state }) => state !== 0);
		for (const row of rows) this.dynamics.touch(row);
		return rows.length > 0;
	}

	/** Somebody who is nobody: the source of a field that was never filled in. */
	nobody(record: string, field: string): Edit {
		return {
			id: 0,
			value: null,
			record,
			field,
			before: null,
			at: this.clock.now,
			carried: true,
			joined: [],
		};
	}

	/** Mapped, and on its way to Marketo. */
	isCarried(row: string, column: string): boolean {
		return this.habits.mapping[row.split(':')[0] as PeopleTable].rows.some(
			(one) => one.column === column && one.direction !== 'toDynamics',
		);
	}

	/** A new record of the other side is made without it: it has that, or nothing, by itself. */
	saysNothing(name: string, to: Side, value: Raw): boolean {
		const there = carried(pairOf(name)!, to, value);
		return there === null || there === false;
	}

	/** What the page has decided stands in the ledger (R6). */
	async isDecided({ run, page }: PageRef): Promise<boolean> {
		const found = await this.file.db
			.selectFrom('page')
			.select('committed')
			.where('run', '=', run)
			.where('number', '=', page)
			.executeTakeFirst();
		return found?.committed === 1;
	}

	/** An execution may have linked before it died whom it has read: the ledger knows where they agreed. */
	async noteLinked(execution: Execution): Promise<void> {
		const links = await this.file.db
			.selectFrom('link')
			.select(['table_name', 'dynamics_id', 'marketo_id'])
			.where('lane', '=', 'people')
			.where('state', '=', 'active')
			.execute();
		for (const { table_name: table, dynamics_id: id, marketo_id: person } of links)
			this.sawTogether(execution, `${table}:${id}`, person ?? '');
	}

	liveRecords(): Array<Row | StoredPerson> {
		return [...this.dynamics.rows.values(), ...this.marketo.people.values()];
	}

	/** A row and a person were linked by what an execution has read of both: where they agree, that is known (R26). */
	sawTogether({ readings }: Execution, row: string, person: string): void {
		const [left, right] = [readings.get(row), readings.get(`person:${person}`)];
		const { rows } = this.habits.mapping[row.split(':')[0] as PeopleTable];
		for (const pair of rows) {
			const [dynamics, marketo] = [left?.get(pair.column), right?.get(pair.field)];
			if (dynamics && marketo) this.witness.sawEqual(dynamics, marketo, pair);
		}
	}

	// What must not happen.

	refusal(side: Side, values: Record<string, Raw>): WriteOutcome | null {
		const { refuses, neverNow } = this.habits;
		if (neverNow === side && Object.values(values).includes('No'))
			return { kind: 'again', reason: 'Try again' };
		if (!refuses || refuses.side !== side) return null;
		const at = Object.entries(values).find(([, value]) => value === refuses.value);
		if (!at) return null;
		this.refusedAt = Math.min(this.refusedAt, this.clock.now);
		return {
			kind: 'refused',
			refusal: {
				...(refuses.names ? { field: at[0] } : {}),
				code: 'refused',
				reason: `${at[0]} refused`,
				remedy: 'Type something else',
			},
		};
	}

	/**
	 * I15: only the execution of the open page calls a vendor to write: it went to the ledger, which found it
	 * current, right before.
	 */
	checkMaySend(execution: Execution, label: string): void {
		if (this.clock.now - execution.wasCurrentAt > START_WITHIN)
			this.witness.accuse(`I15 ${label}: an execution wrote whose page is over`);
	}

	/** I5, I6: a person is made once per row, and again only after a user's edit that followed the delete. */
	checkMayCreate(row: string, email: Raw): void {
		const [table, id] = row.split(':') as [DynamicsTable, string];
		const idField = table === 'lead' ? LINK_FIELDS.leadId : LINK_FIELDS.contactId;
		if ([...this.marketo.people.values()].some((person) => person.own[idField] === id))
			this.witness.accuse(`I6 a second person was made for ${row}`);
		const sameEmail =
			email !== null &&
			[...this.marketo.people.values()].some(
				(person) => String(person.cells.email!.value).toLowerCase() === String(email).toLowerCase(),
			);
		if (sameEmail)
			this.witness.accuse(`I6 a person was made for ${row} although there is one with its e-mail`);
		const removed = this.removed.get(row);
		const cells = this.dynamics.rows.get(row)?.cells;
		if (!removed || !cells) return;
		const lifted = Object.values(cells).some(
			({ edit }) =>
				edit.record === row && (edit.at >= removed.at || removed.pending.includes(edit)),
		);
		if (!lifted) this.witness.accuse(`I5 the person of ${row} was deleted by a user and came back`);
	}

	/** R21: a person was linked with a row; what was made for them before counts before that. */
	async checkReserved(person: string, linked: string): Promise<void> {
		for (const row of this.rowsMadeFor(person)) {
			const record = `${row.table}:${row.id}`;
			if (record === linked || !this.dynamics.eyes.sees(row)) continue;
			const link = await this.file.db
				.selectFrom('link')
				.select('id')
				.where('table_name', '=', row.table)
				.where('dynamics_id', '=', row.id)
				.executeTakeFirst();
			if (!link)
				this.passedOver.push(
					`R21 ${record} was made for person ${person}, who is linked with ${linked}`,
				);
		}
	}

	/** R30: a row that nobody has ever deleted is not called so. */
	checkIsDeleted(row: string, person: string): void {
		if (this.dynamics.rows.has(row) && !this.everGone.has(row))
			this.witness.accuse(`R30 ${person} is marked as deleted in Dynamics, but ${row} is there`);
	}

	/** For whom rows are made, as the ledger has it. */
	async peopleOf(creates: DynamicsCreate[]): Promise<Map<string, string>> {
		const links = await this.file.db
			.selectFrom('link')
			.select(['dynamics_id', 'marketo_id'])
			.where(
				'dynamics_id',
				'in',
				creates.map(({ id }) => id),
			)
			.execute();
		return new Map(links.map((link) => [link.dynamics_id, link.marketo_id ?? '']));
	}

	/** I6: one row per person, and none for an e-mail that a row had when it was looked for, or some time before the call, or that we made a row for. */
	checkMayMakeRow(
		execution: Execution,
		{ table, id, values }: DynamicsCreate,
		person: string,
		sentAt: number,
	): void {
		const record = `${table}:${id}`;
		const made = this.made.get(person) ?? [];
		const other = made.find((one) => this.dynamics.rows.has(one));
		if (other)
			this.witness.accuse(
				`I6 ${record} was made for person ${person}, for whom ${other} was made before`,
			);
		// Who never saw that it was made cannot know that it was deleted.
		if (made.includes(record) && this.known.has(record))
			this.witness.accuse(`I5 ${record} was deleted by a user and came back`);
		this.made.set(person, [...made, record]);
		const email = String(values.emailaddress1 ?? '').toLowerCase();
		const knowable = Math.max(execution.lookedAt, sentAt - UNSEEN);
		const ours = new Set([...this.made.values()].flat());
		const alike = [...this.dynamics.rows.values()].find(
			(row) =>
				email !== '' &&
				row.state === 0 &&
				this.dynamics.eyes.sees(row) &&
				String(row.cells.emailaddress1!.value ?? '').toLowerCase() === email &&
				(row.emailSince <= knowable || ours.has(`${row.table}:${row.id}`)),
		);
		if (alike)
			this.witness.accuse(
				`I6 ${record} was made for person ${person} although ${alike.table}:${alike.id} has the e-mail`,
			);
	}

	/** R59: unasked, a row is made only for who meets the conditions, by what the page has read of them; and for nobody whose row is gone. */
	checkIsWanted(execution: Execution, { table, id }: DynamicsCreate, person: string): void {
		const cells = execution.readings.get(`person:${person}`);
		// As whatever a campaign has asked for who broke off, if there is such a one.
		const isWanted = Object.values(execution.mapping!).some(
			({ createdFrom }) =>
				createdFrom && meets(createdFrom, (field) => cells?.get(field)?.value ?? null),
		);
		if (!cells || !isWanted)
			this.witness.accuse(`R59 ${table}:${id} was made for person ${person}, who is not wanted`);
		const own = this.marketo.people.get(person)?.own;
		const had = [LINK_FIELDS.leadId, LINK_FIELDS.contactId].flatMap((field) => own?.[field] ?? []);
		if (had.length > 0)
			this.witness.accuse(
				`R59 ${table}:${id} was made for person ${person}, who had ${had.join()}`,
			);
	}

	/** Rows that were made for a person and are there. */
	rowsMadeFor(person: string): Row[] {
		return (this.made.get(person) ?? []).flatMap((record) => this.dynamics.rows.get(record) ?? []);
	}

	/** A row whose person was deleted: a user's later edit makes a new one. */
	checkTombstone(row: string): void {
		if (this.editSinceRemoved(row))
			this.witness.accuse(`I1 ${row} was edited after its person was deleted, but got no new one`);
	}

	/** A user's edit of a row since its person was deleted, that can be told from what it held before. */
	private editSinceRemoved(row: string): Edit | undefined {
		const removed = this.removed.get(row);
		const cells = this.dynamics.rows.get(row)!.cells;
		const later =
			removed &&
			Object.values(cells).find(
				({ edit }) =>
					edit.record === row &&
					edit.at > removed.at + 1000 &&
					this.isCarried(row, edit.field) &&
					this.wasCompared(row, removed.person, edit),
			);
		for (let before = later?.edit.before; before; before = before.before)
			if (sameIn(before.field, 'dynamics', before.value, later!.edit.value)) return undefined;
		return later?.edit;
	}

	/** Whether sync had looked at row and person together before an edit: of a column that was closed until then, not mapped, or paired with another field, nothing is known that the edit could be told from. */
	private wasCompared(row: string, person: string, edit: Edit): boolean {
		const { rows } = this.habits.mapping[row.split(':')[0] as PeopleTable];
		const pair = rows.find(({ column }) => column === edit.field)!;
		return this.executions.some(
			({ readings, hasDecided, isAtOnce, startedAt }) =>
				(hasDecided || isAtOnce) &&
				startedAt - this.habits.hostSkew > (this.forgottenAt(row) ?? -Infinity) &&
				!this.witness.wasPairedOtherwise(pair, startedAt - this.habits.hostSkew) &&
				readings.has(person) &&
				(readings.get(row)?.get(edit.field)?.edit.at ?? Infinity) < edit.at,
		);
	}

	/** R46: two records whose people have one e-mail do not have each other read for ever. */
	async checkReadBoth({ lane, run }: PageRef): Promise<void> {
		if (this.habits.insist) return;
		const again = await this.file.db
			.selectFrom('queue')
			.select('subject')
			.where('lane', '=', lane)
			.where('due_at', '>', 0)
			.where('handed_in', '=', run)
			.where('handed_out', '>=', READ_AGAIN)
			.where('code', '=', 'readBoth')
			.execute();
		for (const { subject } of again)
			this.witness.accuse(`R46 ${subject} is read again and again in one run`);
	}

	/** For the story: what is queued. */
	async queued(): Promise<string> {
		if (!this.verbose) return '';
		const rows = await this.file.db
			.selectFrom('queue')
			.selectAll()
			.where('state', '!=', 'over')
			.execute();
		return rows
			.map(
				(row) =>
					`${row.subject} ${row.state} ${row.code}${row.due_at > 0 ? ` in ${Math.round((row.due_at - this.clock.now - this.habits.hostSkew) / 1000)} s` : ''}`,
			)
			.join('; ');
	}

	/** Takes down the conflicts that an execution's page put on record. */
	async noteConflicts(execution: Execution): Promise<void> {
		if (!execution.ref) return;
		const { db } = this.file;
		const rows = await db
			.selectFrom('conflict')
			.innerJoin('link', 'link.id', 'conflict.link')
			.selectAll('conflict')
			.select(['link.table_name', 'link.dynamics_id', 'link.marketo_id'])
			.where('conflict.run', '=', execution.ref.run)
			.where('conflict.at', '>=', execution.startedAt)
			.execute();
		for (const row of rows) {
			// Of one run several executions may tell: who has put it on record saw it, and nobody after that.
			const key = `${row.id}|${row.at}`;
			if (this.noted.has(key)) continue;
			this.noted.add(key);
			const mapped = this.witness.mappedRow(execution, row.table_name as PeopleTable, row.row);
			if (!mapped) continue;
			const subject = `${row.table_name}:${row.dynamics_id}`;
			const dynamics = execution.readings.get(subject)?.get(mapped.column);
			const cell = execution.readings.get(`person:${row.marketo_id}`)?.get(mapped.field);
			const shown = (value: Raw) =>
				printOf(BASE_KEY, mapped.field, 'marketo', value) === row.shown_marketo;
			const marketo =
				cell && shown(cell.value)
					? cell
					: this.marketo
							.replaced(row.marketo_id ?? '', mapped.field)
							.findLast((one) => shown(one.value));
			this.say(
				`conflict ${subject}.${mapped.column}: ${JSON.stringify(dynamics?.value)} / ${JSON.stringify(marketo?.value)}, ${row.winner || 'nobody'} (${row.rule}, ${row.base})`,
			);
			const others = await db
				.selectFrom('link')
				.select('id')
				.where('marketo_id', '=', row.marketo_id ?? '')
				.where('id', '!=', row.link)
				.execute();
			this.witness.recorded({
				row: subject,
				hasOthers: others.length > 0,
				mapped,
				column: mapped.column,
				dynamics: dynamics?.edit ?? null,
				marketo: marketo?.edit ?? null,
				winner: row.winner,
				rule: row.rule,
				base: row.base,
				open: row.state === 'open',
				isCut: isCut(marketo?.value, this.habits.marketo.cutsTo),
			});
		}
	}

	private typed(record: string, choices: number[], nameOf: (pair: FieldPair) => string): Cells {
		const cells: Cells = {};
		for (const [index, pair] of ALL_PAIRS.entries()) {
			// Histories choose for the first six.
			const choice = choices[index] ?? (choices[index - 5] ?? 1) + index;
			const name = nameOf(pair);
			const value = index === 0 ? typedMailbox(choice) : typedValue(name, choice, ++this.edits);
			cells[name] = {
				value,
				edit: {
					id: ++this.edits,
					value,
					record,
					field: name,
					before: null,
					at: this.clock.now,
					carried: false,
					joined: [],
				},
			};
		}
		return cells;
	}
}

/** A text may be all that Marketo has left of another one. */
function isCut(value: Raw | undefined, cutsTo: number | undefined): boolean {
	return cutsTo !== undefined && String(value ?? '').length === cutsTo;
}

/** The first act that typed this value in this place. */
function firstOf(edit: Edit): Edit {
	const side = edit.record.startsWith('person:') ? 'marketo' : 'dynamics';
	let first = edit;
	for (let one = edit.before; one?.record === edit.record; one = one.before)
		if (sameIn(edit.field, side, one.value, edit.value)) first = one;
	return first;
}

function show(cells: Cells): string {
	return JSON.stringify(
		Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, cell.value])),
	);
}
