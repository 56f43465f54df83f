import type { DynamicsTable } from '../../sync/items';
import type { LinkState } from '../../sync/ledger/schema';
import type { Raw, ValueType } from '../../sync/values';
import type { N8n } from './n8n';
import type { OtherLane, OtherLanes } from './otherLanes';
import type { Row } from './world/dynamicsSystem';
import { isOfPeople, laneOfTable, MARK, type PlayedColumn, type PlayedTable } from './world/lanes';
import type { StoredObject } from './world/marketoObjects';
import { meaningOf } from './world/meaning';

/** What has to stand in Marketo of lanes that go one way, by what their rows say; nothing of the engine is asked. */

/** Everything arrives, and nothing is written after that. */
export async function judgeOthers(all: OtherLanes, n8n: N8n): Promise<void> {
	await all.arrive();
	if (all.lanes.some(({ isOfPeople }) => isOfPeople)) {
		// Whoever was linked by a campaign is known to the next page of people.
		for (let cycles = 0; cycles < 2; cycles++) await n8n.cycle([]);
		await all.arrive(1);
	}
	// What is compared by R55 below is filled as well: R39 does without.
	await checkWoken(all);
	await all.passDays();
	await checkLanes(all, 'alone');
	await checkOwn(all);
}

/** Once people have come to rest: what hangs on them has followed. */
export async function judgeThoseOfPeople(all: OtherLanes): Promise<void> {
	if (!all.lanes.some(({ isOfPeople }) => isOfPeople)) return;
	await all.passDays();
	await checkLanes(all, 'ofPeople');
}

/** R39: whoever has come is named by all who have waited. */
async function checkWoken(all: OtherLanes): Promise<void> {
	// Whose row is still being made is nobody's yet.
	const persons = await personsOf(all, ['creating', 'reserved']);
	for (const lane of all.lanes) {
		const { witness } = all.world;
		// What has failed is tried again later, or waits for somebody to choose Retry.
		const queued = await queuedIn(all, lane);
		if (lane.isTie) {
			const known = await linked(all, lane);
			for (const [key, { rows, values }] of tiesWanted(all, lane, persons))
				if (
					!all.marketo.alike(lane.object, values) &&
					!rows.some((row) => queued.has(row)) &&
					(!rows.some((row) => known.has(row)) || all.marketo.wasDeletedBySync(lane.object, values))
				)
					witness.accuse(`R39 ${rows.join()}: nothing of ${key} is there, and nobody looks`);
			continue;
		}
		for (const row of lane.rowsOf(lane.own))
			for (const column of lane.columnsOf(lane.own)) {
				const parent = lane.played.parents[column.field ?? ''];
				const there = recordOf(all, lane, row)?.values[column.field ?? ''] ?? null;
				if (!parent || isMissing(all, column, row) || queued.has(nameOf(row))) continue;
				const wanted = wantedOf(all, column, row, parent.by, persons);
				// Who has moved to another record of its own is found by R55.
				const isNamed = parent.by === 'id' ? there !== null || wanted === null : there === wanted;
				if (!isNamed) witness.accuse(`R39 ${nameOf(row)} has ${wanted}, and names ${there}`);
			}
	}
}

/** At rest; `ofPeople`: those that people have to come to rest before. */
async function checkLanes(all: OtherLanes, which: 'alone' | 'ofPeople'): Promise<void> {
	const persons = await personsOf(all);
	for (const lane of all.lanes) {
		if (lane.isOfPeople !== (which === 'ofPeople')) continue;
		const left = await leftAsTheyAre(all, lane);
		if (lane.isTie) checkTies(all, lane, persons, left);
		else checkRecords(all, lane, persons, left);
		const { writes } = lane;
		await lane.wholeRun();
		for (const row of await unanswered(all, lane))
			all.world.witness.accuse(`R17 nobody has looked what became of a write of ${row}`);
		if (lane.writes !== writes)
			all.world.witness.accuse(`I3 the lane of ${lane.id} wrote after it had come to rest`);
	}
}

/** Each row has its record, both say the same, and what is deleted went as was chosen. */
function checkRecords(
	all: OtherLanes,
	lane: OtherLane,
	persons: ReadonlyMap<string, string>,
	left: ReadonlySet<string>,
): void {
	const { witness } = all.world;
	const rows = lane.rowsOf(lane.own);
	for (const row of rows) {
		const record = recordOf(all, lane, row);
		if (!record) witness.accuse(`I1 ${nameOf(row)} never became a ${lane.object}`);
		for (const column of record ? lane.columnsOf(lane.own) : []) {
			const { field, type } = column;
			if (field === undefined) continue;
			const by = lane.played.parents[field]?.by;
			const there = record!.values[field];
			const wanted = wantedOf(all, column, row, by, persons);
			const isRepeated = (lane.edits.get(lane.editOf(row.id, field, there)) ?? 0) > 1;
			// R39: whom Marketo does not find, a reference may name still.
			const isNobody =
				by === 'id' && wanted === null && all.marketo.isNobody(lane.object, field, there);
			const mayDiffer =
				isNobody ||
				(isRepeated && left.has(`${row.id} ${field}`)) ||
				(by !== undefined && isMissing(all, column, row));
			if (said(type, wanted) !== said(type, there) && !mayDiffer)
				witness.accuse(
					`I1 ${nameOf(row)}.${column.name} ${wanted} and the ${lane.object}'s ${there} differ`,
				);
		}
		if (record?.values[MARK] === true)
			witness.accuse(`I1 ${nameOf(row)} is there, and marked as deleted`);
	}
	for (const record of forgotten(all) ? [] : all.marketo.all(lane.object)) {
		const { values } = record;
		const id = String(values[lane.played.key[0]!]);
		if (rows.some((row) => row.id === id) || !lane.whenDeleted) continue;
		// A role that is there still is told by itself, if it should not be.
		if (all.marketo.isNeeded(lane.object, record)) continue;
		if (lane.whenDeleted.do === 'delete' || values[MARK] !== true)
			witness.accuse(
				`I1 ${lane.own.name}:${id} is deleted, and its ${lane.object} is not ${lane.whenDeleted.do === 'delete' ? 'deleted' : 'marked'}`,
			);
	}
}

/** A record that only ties others together is there as long as a row says so, and once. */
function checkTies(
	all: OtherLanes,
	lane: OtherLane,
	persons: ReadonlyMap<string, string>,
	left: ReadonlySet<string>,
): void {
	const { witness } = all.world;
	const wanted = tiesWanted(all, lane, persons);
	for (const [key, { rows, values, says }] of wanted) {
		const record = all.marketo.alike(lane.object, values);
		if (!record) {
			witness.accuse(`I1 ${rows.join()}: no ${lane.object} has ${key}`);
			continue;
		}
		for (const [field, some] of says) {
			const there = record.values[field];
			const isRepeated =
				(lane.edits.get(lane.editOf('', field, there)) ?? 0) > 1 &&
				rows.some((row) => left.has(`${row.split(':')[1]} ${field}`));
			if (!isRepeated && !some.some(([type, value]) => said(type, value) === said(type, there)))
				witness.accuse(
					`I1 ${rows.join()}: ${field} ${some.map(([, value]) => value).join()} and the ${lane.object}'s ${there} differ`,
				);
		}
	}
	for (const { values, isTold, isMoved } of forgotten(all) ? [] : all.marketo.all(lane.object)) {
		const key = lane.played.key.map((field) => values[field]).join(' ');
		// Made by a write without an answer, and by now of no row, after Marketo's users have moved it or its like: nobody knows of it.
		const mayStay = !isTold && (isMoved || all.marketo.wasDeletedByUser(lane.object, values));
		if (!wanted.has(key) && !mayStay)
			witness.accuse(`I1 nobody is ${key}, and there is such a ${lane.object}`);
	}
}

/** R44: the sync was given to another environment, and knows nothing any more of what it has written. */
function forgotten({ world }: OtherLanes): boolean {
	return world.forgottenAt('') !== null;
}

interface Tie {
	rows: string[];
	values: Record<string, Raw>;
	/** What its rows say of each field: any of them is right. */
	says: Map<string, Array<[ValueType, Raw]>>;
}

/** By opportunity, person and role. */
function tiesWanted(
	all: OtherLanes,
	lane: OtherLane,
	persons: ReadonlyMap<string, string>,
): Map<string, Tie> {
	const ties = new Map<string, Tie>();
	const opportunities = all.laneOf('opportunity');
	for (const table of lane.played.tables)
		for (const row of lane.rowsOf(table)) {
			const stands = standsFor(table, row);
			const person = persons.get(String(stands?.whom));
			const isThere =
				opportunities && recordOf(all, opportunities, { id: String(stands?.opportunity) });
			if (!stands || person === undefined || !isThere) continue;
			const key = [stands.opportunity, person, stands.role];
			const tie: Tie = ties.get(key.join(' ')) ?? {
				rows: [],
				values: Object.fromEntries(lane.played.key.map((field, at) => [field, key[at]!])),
				says: new Map(),
			};
			ties.set(key.join(' '), tie);
			tie.rows.push(`${table.name}:${row.id}`);
			for (const { name, field, type } of table.columns)
				if (field)
					tie.says.set(field, [
						...(tie.says.get(field) ?? []),
						[type, row.cells[name]?.value ?? null],
					]);
		}
	return ties;
}

/** Whom a row makes what, in which opportunity. */
function standsFor(
	{ name }: PlayedTable,
	{ id, cells, state }: Row,
): { opportunity: Raw; whom: Raw; role: Raw } | null {
	const of = (column: string) => cells[column]?.value ?? null;
	if (name === 'connection') {
		const [opportunity, whom] = [of('record1id'), of('record2id')];
		const role = of('record2roleid.name') ?? 'Stakeholder';
		return opportunity && whom && state === 0 ? { opportunity, whom, role } : null;
	}
	const customer = of('customerid.contact');
	if (customer) return { opportunity: id, whom: customer, role: 'Potential Customer' };
	const beside = of('parentcontactid');
	return beside ? { opportunity: id, whom: beside, role: 'Contact' } : null;
}

/** What a field should hold; of a reference by Marketo's own id, that of the record. */
function wantedOf(
	all: OtherLanes,
	{ name, of }: PlayedColumn,
	row: Row,
	by: string | undefined,
	persons: ReadonlyMap<string, string>,
): Raw {
	const value = row.cells[name]?.value ?? null;
	if (by !== 'id' || !value) return value;
	if (of!.some(isOfPeople)) return persons.get(String(value)) ?? null;
	const parents = all.laneOf(of![0]!)!;
	return recordOf(all, parents, { id: String(value) })?.id ?? null;
}

/** R39: a reference to a row that a lane here writes waits as long as there is none; that of a deleted one, for ever. */
function isMissing(all: OtherLanes, { name, of }: PlayedColumn, row: Row): boolean {
	const value = row.cells[name]?.value;
	if (!value || !of || of.some(isOfPeople)) return false;
	return !all.dynamics.rows.has(`${of[0]}:${String(value)}`);
}

function recordOf(
	all: OtherLanes,
	lane: OtherLane,
	{ id }: Pick<Row, 'id'>,
): StoredObject | undefined {
	return all.marketo.find(lane.object, lane.played.key[0]!, id);
}

/** Whose person a lead or contact has in Marketo: who belongs together is judged with people. */
async function personsOf(
	{ world }: OtherLanes,
	except: readonly LinkState[] = [],
): Promise<Map<string, string>> {
	const links = await world.file.db
		.selectFrom('link')
		.select(['dynamics_id', 'marketo_id', 'state'])
		.where('lane', '=', 'people')
		.where('state', 'not in', ['goneInMarketo', 'unlinked', 'apart', ...except])
		.execute();
	return new Map(
		links.flatMap(({ dynamics_id: id, marketo_id: person }) =>
			person !== null && world.marketo.people.has(person) ? [[id, person] as const] : [],
		),
	);
}

/** Rows that are looked at later. */
async function queuedIn({ world }: OtherLanes, lane: OtherLane): Promise<Set<string>> {
	const entries = await world.file.db
		.selectFrom('queue')
		.select('subject')
		.where('lane', '=', lane.id)
		.where('state', 'in', ['due', 'help'])
		.execute();
	return new Set(entries.map(({ subject }) => subject));
}

/** Rows of which the ledger knows a record. */
async function linked({ world }: OtherLanes, lane: OtherLane): Promise<Set<string>> {
	const links = await world.file.db
		.selectFrom('link')
		.select(['table_name', 'dynamics_id'])
		.where('lane', '=', lane.id)
		.where('marketo_id', 'is not', null)
		.execute();
	return new Set(links.map(({ table_name, dynamics_id }) => `${table_name}:${dynamics_id}`));
}

/** Rows of which a write was never judged. */
async function unanswered({ world }: OtherLanes, lane: OtherLane): Promise<string[]> {
	const plans = await world.file.db
		.selectFrom('plan')
		.innerJoin('link', 'link.id', 'plan.link')
		.select(['table_name', 'dynamics_id'])
		.where('plan.lane', '=', lane.id)
		.execute();
	return plans.map(({ table_name, dynamics_id }) => `${table_name}:${dynamics_id}`);
}

/** What somebody has put in the place of our value a second time is left there (R55). */
async function leftAsTheyAre({ world }: OtherLanes, lane: OtherLane): Promise<Set<string>> {
	const rows = await world.file.db
		.selectFrom('held')
		.innerJoin('link', 'link.id', 'held.link')
		.select(['link.dynamics_id', 'held.field'])
		.where('held.lane', '=', lane.id)
		.where('held.state', '=', 'held')
		.execute();
	return new Set(rows.map(({ dynamics_id, field }) => `${dynamics_id} ${field}`));
}

/** R52: what belongs to one lane was never another's. */
async function checkOwn({ world, lanes }: OtherLanes): Promise<void> {
	const { witness, file } = world;
	const areThese = new Set(lanes.map(({ id }) => id));
	const belongs = (table: string, lane: string) => {
		const own = laneOfTable(table);
		return own === undefined ? !areThese.has(lane) : lane === own;
	};
	const links = await file.db.selectFrom('link').select(['id', 'lane', 'table_name']).execute();
	for (const { lane, table_name } of links)
		if (!belongs(table_name, lane))
			witness.accuse(`R52 a link of ${table_name} is in the lane ${lane}`);
	const laneOf = new Map(links.map(({ id, lane }) => [id, lane]));
	for (const { link, lane } of await file.db.selectFrom('plan').select(['link', 'lane']).execute())
		if (laneOf.get(link) !== lane) witness.accuse(`R52 a plan of ${lane} is another lane's`);
	for (const { subject, lane } of await file.db.selectFrom('queue').selectAll().execute())
		if (!belongs(subject.split(':')[0]!, lane))
			witness.accuse(`R52 ${subject} is due in the lane ${lane}`);
}

function said(type: ValueType, value: Raw | undefined): string | null {
	return meaningOf(type, 'dynamics', value);
}

function nameOf({ table, id }: { table: DynamicsTable; id: string }): string {
	return `${table}:${id}`;
}
