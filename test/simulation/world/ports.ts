import {
	ComeBackLater,
	CursorExpired,
	type DynamicsCreate,
	type DynamicsMaker,
	type DynamicsRow,
	type MarketoPort,
	type WriteOutcome,
} from '../../../sync/ports';
import type { Raw } from '../../../sync/values';
import type { Cells } from './edits';
import type { Execution } from './execution';
import { ALL_PAIRS, DYNAMICS_COLUMNS, FILTER, LINK_FIELDS, pairOf, PERSON_FIELDS } from './fields';
import { OWN_USER, type Row } from './dynamicsSystem';
import type { StoredPerson } from './marketoSystem';
import type { World } from './world';

/** Who they are. */
export const DYNAMICS_URL = 'https://simulation.test';
export const SUBSCRIPTION = 'sim-subscription';
const DYNAMICS_TIMEOUT = 120_000;
const MARKETO_TIMEOUT = 90_000;
/** Longest time after its time-out that a request can still take effect. */
const LANDS_WITHIN = 85_000;
/** What each call takes. */
const CALL_MS = 150;

/** R44: of another system nothing is asked but who it is, and what it has. */
function unlessOther<Port extends object>(world: World, isOther: boolean, port: Port): Port {
	if (!isOther) return port;
	return new Proxy(port, {
		get(target, name) {
			const found: unknown = Reflect.get(target, name);
			if (typeof found !== 'function' || name === 'whoAmI' || name === 'describe') return found;
			return () => {
				world.witness.accuse(`R44 ${String(name)} reached another system`);
				throw new ComeBackLater('Another system', 1000, 'throttled');
			};
		},
	});
}

/** Dynamics as one execution reaches it. */
export function dynamicsPort(world: World, execution: Execution): DynamicsMaker {
	const { dynamics, organization } = world;
	const isOther = world.switched === 'dynamics';
	const saw = <T extends { rows: DynamicsRow[] }>(answer: T): T => {
		for (const row of answer.rows) noteRow(world, execution, row);
		return answer;
	};
	return unlessOther(world, isOther, {
		batchSize: world.habits.batch,
		timeoutMs: DYNAMICS_TIMEOUT,
		url: DYNAMICS_URL,
		whoAmI: async () => ({ user: OWN_USER, organization: isOther ? 'another' : organization }),
		describe: async () =>
			[...DYNAMICS_COLUMNS, ...(world.habits.filtered ? [FILTER] : [])].map((column) =>
				dynamics.eyes.mayRead(column.name) ? column : { ...column, closedTo: 'reading' as const },
			),
		closedColumns: async (table) =>
			await read(world, execution, 'dynamics.closedColumns', table, () => dynamics.eyes.closed),
		readChanges: async (table, columns, link, pageSize) =>
			await read(
				world,
				execution,
				link === null ? 'dynamics.readAll' : 'dynamics.readChanges',
				table,
				() => saw(dynamics.readChanges(table, columns, link, pageSize)),
			),
		readModifiedSince: async (table, columns, since, next, pageSize) =>
			await read(world, execution, 'dynamics.readModifiedSince', table, () =>
				saw(dynamics.readModifiedSince(table, columns, since, next, pageSize)),
			),
		readBySavedParent: async () => {
			throw new Error('No column of a parent is mapped');
		},
		readByIds: async (table, columns, ids) =>
			await read(
				world,
				execution,
				'dynamics.readByIds',
				table,
				() => saw({ rows: dynamics.readByIds(table, columns, ids) }).rows,
			),
		readEach: async (table, columns, ids) =>
			await read(world, execution, 'dynamics.readEach', table, () =>
				saw(dynamics.readEach(table, columns, ids)),
			),
		update: async (updates) =>
			await write(
				world,
				execution,
				'dynamics.update',
				DYNAMICS_TIMEOUT,
				updates.length,
				(index) => {
					const update = updates[index]!;
					const record = `${update.table}:${update.id}`;
					const row = dynamics.rows.get(record);
					if (!row) return { kind: 'missing' };
					if (!dynamics.eyes.sees(row)) return { kind: 'refused', refusal: dynamics.eyes.noAccess };
					if (update.version !== '*' && String(row.version) !== update.version)
						return { kind: 'changedMeanwhile' };
					if ('statecode' in update.values) {
						world.endsBySync(row, 'deactivated');
						return { kind: 'ok', id: row.id, version: String(row.version) };
					}
					const refused =
						dynamics.eyes.refusal(row, update.values) ?? world.refusal('dynamics', update.values);
					return refused ?? saveRow(world, execution, row, update.values);
				},
			),
		remove: async (removals) =>
			await write(
				world,
				execution,
				'dynamics.remove',
				DYNAMICS_TIMEOUT,
				removals.length,
				(index) => {
					const { table, id, version } = removals[index]!;
					const row = dynamics.rows.get(`${table}:${id}`);
					if (!row) return { kind: 'missing' };
					if (!dynamics.eyes.sees(row)) return { kind: 'refused', refusal: dynamics.eyes.noAccess };
					if (String(row.version) !== version) return { kind: 'changedMeanwhile' };
					world.endsBySync(row, 'deleted');
					return { kind: 'ok', id };
				},
			),
		merge: async ({ table, target, subordinate }) => {
			const [outcome] = await write(
				world,
				execution,
				'dynamics.merge',
				DYNAMICS_TIMEOUT,
				1,
				(): WriteOutcome => {
					const row = dynamics.rows.get(`${table}:${subordinate}`);
					const into = dynamics.rows.get(`${table}:${target}`);
					if (!row || !into) return { kind: 'missing' };
					if (!dynamics.eyes.sees(row)) return { kind: 'refused', refusal: dynamics.eyes.noAccess };
					if (row.state !== 0 || into.state !== 0) return { kind: 'refused', refusal: INACTIVE };
					world.mergeThem(row, into);
					return { kind: 'ok', id: subordinate };
				},
			);
			return outcome!;
		},
		readByMailbox: async (columns, mailboxes) => {
			execution.lookedAt = world.clock.now;
			return await read(
				world,
				execution,
				'dynamics.readByMailbox',
				'row',
				() => saw({ rows: dynamics.readByMailbox(columns, mailboxes) }).rows,
			);
		},
		create: async (creates) => {
			const people = await world.peopleOf(creates);
			const sentAt = world.clock.now;
			return await write(
				world,
				execution,
				'dynamics.create',
				DYNAMICS_TIMEOUT,
				creates.length,
				(index) =>
					createRow(
						world,
						execution,
						creates[index]!,
						people.get(creates[index]!.id) ?? '',
						sentAt,
					),
			);
		},
	});
}

/** What Dynamics says of a merge with a row that is closed. */
const INACTIVE = { code: 'inactive', reason: 'A row is inactive', remedy: 'Activate it' };

/** Marketo as one execution reaches it. */
export function marketoPort(world: World, execution: Execution): MarketoPort {
	const { marketo } = world;
	const isOther = world.switched === 'marketo';
	return unlessOther(world, isOther, {
		subscription: isOther ? 'another' : SUBSCRIPTION,
		batchSize: world.habits.batch,
		mergeSize: 2,
		timeoutMs: MARKETO_TIMEOUT,
		describe: async () => PERSON_FIELDS,
		readChanges: async (from, fields, limit) =>
			await read(world, execution, 'marketo.readChanges', 'person', () =>
				marketo.readChanges(from, fields, limit),
			),
		readBy: async (filter, values, fields) =>
			await read(world, execution, 'marketo.readBy', 'person', () => {
				const people = marketo.readBy(filter, values, fields);
				for (const { id } of people) execution.read(`person:${id}`, marketo.people.get(id)!.cells);
				return people;
			}),
		update: async (updates) =>
			await write(world, execution, 'marketo.update', MARKETO_TIMEOUT, updates.length, (index) => {
				const person = marketo.people.get(updates[index]!.id);
				if (!person) return { kind: 'missing' };
				return (
					world.refusal('marketo', updates[index]!.values) ??
					savePerson(world, execution, person, updates[index]!.values)
				);
			}),
		create: async (people, lookupField) =>
			await write(
				world,
				execution,
				'marketo.create',
				MARKETO_TIMEOUT,
				people.length,
				(index, before) => createPerson(world, execution, people[index]!, lookupField, before),
			),
		remove: async (ids) => {
			const sentAt = world.clock.now;
			return await write(
				world,
				execution,
				'marketo.remove',
				MARKETO_TIMEOUT,
				ids.length,
				(index) => {
					const person = marketo.people.get(ids[index]!);
					if (!person) return { kind: 'missing' };
					world.deletedBySync(person, sentAt);
					return { kind: 'ok', id: person.id };
				},
			);
		},
		merge: async (winner, losers) => {
			const outcomes = await write(world, execution, 'marketo.merge', MARKETO_TIMEOUT, 1, () =>
				mergePeople(world, winner, losers),
			);
			return outcomes[0] ?? { kind: 'unknown', reason: 'no answer' };
		},
		logResults: async (entries) =>
			await write(
				world,
				execution,
				'marketo.logResults',
				MARKETO_TIMEOUT,
				entries.length,
				(index) => ({ kind: 'ok', id: String(index) }),
				false,
			),
	});
}

/** All of them or none, as Marketo does it. */
function mergePeople(world: World, winner: string, losers: string[]): WriteOutcome {
	const { people } = world.marketo;
	const survivor = people.get(winner);
	const merged = losers.map((id) => people.get(id));
	if (!survivor || merged.some((person) => !person)) return { kind: 'missing' };
	for (const loser of merged) world.join(loser!, survivor);
	return { kind: 'ok', id: winner };
}

async function read<T>(
	world: World,
	execution: Execution,
	label: string,
	feed: string,
	ask: () => T,
): Promise<T> {
	await execution.gate(label);
	world.clock.advance(CALL_MS);
	const fault = execution.callFault(label);
	if (fault?.kind === 'comeBackLater' || fault?.kind === 'again')
		throw new ComeBackLater('Too many calls', fault.ms, 'throttled');
	if (fault?.kind === 'expired' && label === 'dynamics.readChanges') throw new CursorExpired(feed);
	const answer = ask();
	await execution.gate(`${label} answered`);
	return answer;
}

/** A write call: it lands once, at the latest a while after its time-out, whatever became of its sender. */
async function write(
	world: World,
	execution: Execution,
	label: string,
	timeoutMs: number,
	count: number,
	land: (index: number, peopleBefore: StoredPerson[]) => WriteOutcome,
	counts = true,
): Promise<WriteOutcome[]> {
	const fault = execution.callFault(label);
	if (fault?.kind === 'comeBackLater') throw new ComeBackLater('Too many calls', fault.ms, 'quota');
	if (fault?.kind === 'again')
		return Array.from({ length: count }, () => ({ kind: 'again', reason: 'Try again' }));
	if (!execution.isAtOnce) world.checkMaySend(execution, label);
	const sentAt = world.clock.now;
	let outcomes: WriteOutcome[] | null = null;
	let isAnswered = true;
	const arrive = () => {
		if (outcomes) return;
		world.witness.landed = [];
		// Marketo looks for the same e-mail among the people that were there before the call.
		const before = [...world.marketo.people.values()];
		outcomes = Array.from({ length: count }, (_, index) => land(index, before));
		for (const edit of world.witness.landed) edit.unacknowledged = !isAnswered;
		if (counts) world.witness.writes += outcomes.filter((one) => one.kind === 'ok').length;
		world.say(`${label} #${execution.id}: ${outcomes.map((one) => one.kind).join(' ')}`);
	};
	const unknown = (): WriteOutcome[] =>
		Array.from({ length: count }, () => ({ kind: 'unknown', reason: 'No answer' }));
	const later = () => world.clock.at(sentAt + world.chance.below(timeoutMs + LANDS_WITHIN), arrive);
	if (fault?.kind === 'lost') {
		isAnswered = false;
		if (fault.done && fault.ms === 0) arrive();
		else if (fault.done) later();
		await execution.gate(`${label} lost`);
		world.clock.advance(timeoutMs);
		return unknown();
	}
	const stopped = execution.gate(label);
	if (execution.state !== 'running') isAnswered = false;
	if (execution.state !== 'running' && world.chance.yes(0.7)) later();
	await stopped;
	if (world.clock.now - sentAt > timeoutMs) return unknown();
	arrive();
	world.clock.advance(CALL_MS);
	const told = execution.gate(`${label} answered`);
	if (execution.state === 'dead')
		for (const edit of world.witness.landed) edit.unacknowledged = true;
	await told;
	return outcomes!;
}

/** Of a row the columns that were asked for, as far as they may be read. */
function noteRow(world: World, execution: Execution, { table, id, values }: DynamicsRow) {
	const { rows, eyes } = world.dynamics;
	const record = `${table}:${id}`;
	world.known.add(record);
	const cells = Object.entries(eyes.readable(rows.get(record)!.cells));
	execution.read(record, Object.fromEntries(cells.filter(([name]) => name in values)));
}

/** R54: no values flow between a row that is left out and its person, in a page that began after that. */
function checkTakesPart(
	world: World,
	{ startedAt, isAtOnce }: Execution,
	row: Row | undefined,
	values: Record<string, Raw>,
): void {
	const began = startedAt - world.habits.hostSkew;
	const since = row?.outSince ?? null;
	if (isAtOnce || since === null || since >= began) return;
	const flows = Object.keys(values).filter((name) => pairOf(name));
	if (flows.length > 0)
		world.witness.accuse(
			`R54 ${row!.table}:${row!.id} is left out, but ${flows.join()} was written`,
		);
}

function saveRow(
	world: World,
	execution: Execution,
	row: Row,
	values: Record<string, Raw>,
): WriteOutcome {
	const record = `${row.table}:${row.id}`;
	if (row.table === 'lead' && row.state !== 0)
		world.witness.accuse(`R49 ${record} is closed, and was written`);
	checkTakesPart(world, execution, row, values);
	const saved: Cells = {};
	for (const [column, value] of Object.entries(values)) {
		const edit = world.witness.wrote(
			execution,
			'dynamics',
			record,
			record,
			column,
			value,
			row.cells[column] ?? null,
		);
		if (edit) saved[column] = { value, edit };
	}
	world.dynamics.save(row, world.plugIn(row, saved), OWN_USER);
	world.say(`  ${record} := ${JSON.stringify(values)}`);
	const stored = Object.fromEntries(
		Object.keys(saved).map((column) => [column, row.cells[column]!.value]),
	);
	const version = String(row.version);
	if ('jobtitle' in saved) world.insist(row);
	return { kind: 'ok', id: row.id, version, modifiedOn: world.clock.iso(), values: stored };
}

function createRow(
	world: World,
	execution: Execution,
	create: DynamicsCreate,
	person: string,
	sentAt: number,
): WriteOutcome {
	const { dynamics } = world;
	const record = `${create.table}:${create.id}`;
	const there = dynamics.rows.get(record);
	if (there && !dynamics.eyes.sees(there)) return { kind: 'exists', reason: 'It is there' };
	if (there) {
		const values = Object.fromEntries(
			Object.keys(create.values).map((column) => [column, there.cells[column]!.value]),
		);
		return {
			kind: 'ok',
			id: create.id,
			version: String(there.version),
			createdOn: new Date(there.createdOn).toISOString(),
			values,
			created: false,
		};
	}
	const refused =
		dynamics.eyes.refusal(null, create.values) ?? world.refusal('dynamics', create.values);
	// Campaigns wait for a day.
	if (refused && refused.kind !== 'again') return refused;
	world.checkMayMakeRow(execution, create, person, sentAt);
	if (!execution.isAtOnce) world.checkIsWanted(execution, create, person);
	execution.partners.set(person, record);
	const cells: Cells = {};
	for (const { column, field } of ALL_PAIRS) {
		const own = execution.readings.get(`person:${person}`)?.get(field);
		// What the person has nothing in says nothing: the row's own nothing comes from there.
		cells[column] = {
			value: null,
			edit:
				own && world.saysNothing(field, 'dynamics', own.value)
					? own.edit
					: world.nobody(record, column),
		};
	}
	for (const [column, value] of Object.entries(create.values)) {
		const edit = world.witness.wrote(execution, 'dynamics', record, record, column, value, null);
		if (edit) cells[column] = { value, edit };
	}
	const row = dynamics.create(create.table, create.id, cells, OWN_USER);
	world.say(`  made ${record} for person:${person}: ${JSON.stringify(create.values)}`);
	const values = Object.fromEntries(
		[...Object.keys(create.values), ...(create.alsoTell ?? [])].map((column) => [
			column,
			row.cells[column]!.value,
		]),
	);
	return {
		kind: 'ok',
		id: row.id,
		version: String(row.version),
		createdOn: world.clock.iso(),
		values,
		created: true,
	};
}

function savePerson(
	world: World,
	execution: Execution,
	person: StoredPerson,
	values: Record<string, Raw>,
): WriteOutcome {
	const record = `person:${person.id}`;
	const row = execution.partners.get(person.id) ?? '';
	checkTakesPart(world, execution, world.dynamics.rows.get(row), values);
	const saved: Cells = {};
	for (const [field, value] of Object.entries(values)) {
		if (field === world.marketo.habits.blocked) continue;
		const edit = world.witness.wrote(
			execution,
			'marketo',
			record,
			row,
			field,
			value,
			person.cells[field] ?? null,
		);
		if (edit) saved[field] = { value, edit };
		else person.own[field] = value;
	}
	if (values[LINK_FIELDS.isDeleted] === true) world.checkIsDeleted(row, record);
	const given = world.marketo.save(person, saved);
	if (given.includes('email')) person.addressed = { at: world.clock.now, bySync: true };
	if ('email' in saved) world.optOutAgain(record, person.cells);
	if ('title' in saved) world.insist(person);
	world.say(`  ${record} (${row}) := ${JSON.stringify(values)}`);
	return { kind: 'ok', id: person.id };
}

function createPerson(
	world: World,
	execution: Execution,
	values: Record<string, Raw>,
	lookupField: string,
	people: StoredPerson[],
): WriteOutcome {
	const { marketo } = world;
	const refused = world.refusal('marketo', values);
	if (refused) return refused;
	const idField = values[LINK_FIELDS.leadId] ? LINK_FIELDS.leadId : LINK_FIELDS.contactId;
	const byId = people.filter((person) => person.own[idField] === values[idField]);
	if (lookupField === 'email') {
		const email = String(values.email).toLowerCase();
		const found = people.some(
			(person) => String(person.cells.email!.value ?? '').toLowerCase() === email,
		);
		if (
			found ||
			email === world.habits.taken ||
			(marketo.habits.createOnlyLooksAtIds && byId.length > 0)
		)
			return { kind: 'exists', reason: 'Lead already exists' };
	} else if (byId[0]) {
		return savePerson(world, execution, byId[0], values);
	}
	const row = `${idField === LINK_FIELDS.leadId ? 'lead' : 'contact'}:${String(values[idField])}`;
	world.checkMayCreate(row, values.email ?? null);
	const cells: Cells = {};
	const own: Record<string, Raw> = {};
	const id = world.marketo.nextId;
	execution.partners.set(id, row);
	for (const { field } of ALL_PAIRS)
		cells[field] = { value: null, edit: world.nobody(`person:${id}`, field) };
	for (const [field, value] of Object.entries(values)) {
		const edit = world.witness.wrote(execution, 'marketo', `person:${id}`, row, field, value, null);
		if (edit) cells[field] = { value, edit };
		else own[field] = value;
	}
	for (const pair of world.habits.mapping.lead.rows) {
		if (pair.field in values) continue;
		// What the row has nothing in, and what is not mapped, comes from nobody; the row's own nothing is its source.
		const source = execution.readings.get(row)?.get(pair.column);
		if (
			source &&
			world.isCarried(row, pair.column) &&
			world.saysNothing(pair.column, 'marketo', source.value)
		)
			cells[pair.field] = { value: null, edit: source.edit };
	}
	const person = marketo.create(cells, own);
	world.optOutAgain(`person:${person.id}`, person.cells);
	world.say(`  created ${person.id} for ${row}: ${JSON.stringify(values)}`);
	return { kind: 'ok', id: person.id, created: true };
}
