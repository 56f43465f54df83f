import type { DynamicsTable, PeopleTable, Side } from '../../sync/items';
import type { MappingRow } from '../../sync/mapping';
import type { Raw } from '../../sync/values';
import { retryAll } from '../../sync/operate/retry';
import { overlapOf } from '../../sync/page/lateness';
import { logCursor } from '../../sync/page/logCursor';
import { NOT_KEPT } from '../../sync/page/notKept';
import type { Answer } from '../../sync/ledger/answers';
import { PEOPLE } from '../../sync/lanes/people';
import { feedOf, LOG_FEED } from '../../sync/ledger/feeds';
import type { Campaigns } from './campaigns';
import type { N8n } from './n8n';
import {
	comesOf,
	descendsFrom,
	haveMet,
	isSame,
	isToldOf,
	type Cell,
	type Edit,
} from './world/edits';
import { LINK_FIELDS, pairOf } from './world/fields';
import { BASE_KEY } from './world/ledgerFile';
import * as meaning from './world/meaning';
import type { Overwrite } from './world/witness';
import type { World } from './world/world';

/** Cycles within which everything must have come to rest when nobody edits any more. */
/** A look may be this old when its write takes effect, milliseconds. */
const ON_ITS_WAY = 400_000;
const MOST_CYCLES = 40;
/** Longest that a record may wait to be tried again, in milliseconds. */
const HOURS = 6 * 3_600_000;
const DAY = 24 * 3_600_000;

/** No more edits, no more trouble: does it come to rest, and is everything as it should be? */
export async function judge(
	world: World,
	n8n: N8n,
	campaigns: Campaigns,
	wasRestored: boolean,
): Promise<void> {
	world.say('=== no more edits');
	await world.openEyes();
	await world.resumeStopped();
	let rests = await comeToRest(world, n8n, campaigns);
	if (rests && world.habits.marketo.untold) {
		// R51: what the log has not told is found within a day.
		world.clock.advance(DAY);
		rests = await comeToRest(world, n8n, campaigns);
	}
	const pending = rests ? await checkRefusals(world) : [];
	await checkKept(world);
	// Whoever was asked for help looks once, and has everything tried again.
	if (rests) await checkBehind(world);
	const parked = await needingHelp(world, 'twoRowsOneEmail');
	world.isRetried = true;
	const retried = await retryAll(world.ledgerFor());
	if (retried.records + retried.fields > 0) rests &&= await comeToRest(world, n8n, campaigns);
	if (!rests) world.witness.accuse('I1 it does not come to rest');
	await checkStillPending(world, pending);
	const still = await needingHelp(world);
	for (const subject of parked)
		if (!still.includes(subject))
			world.witness.accuse(
				`I1 ${subject} was out of the way of others, but nobody looked until somebody pressed Retry`,
			);
	const writes = world.witness.writes;
	// The last cycle before it rested wrote nothing either.
	await n8n.cycle([]);
	if (world.witness.writes !== writes)
		world.witness.accuse('I3 it wrote again after it had come to rest');
	checkAddresses(world);
	await checkRows(world);
	await checkDeleted(world);
	await checkFollowed(world);
	await checkQualified(world);
	await checkWanted(world);
	await checkAnswers(world);
	// Who has an old copy of the ledger does not know of it.
	if (!wasRestored) for (const one of world.passedOver) world.witness.accuse(one);
	checkOverwrites(world, wasRestored);
	await checkConflictsOnce(world);
	// R49: an inactive row that has stepped aside waits for its next save, whoever is gone meanwhile.
	if (world.saveInactive()) await comeToRest(world, n8n, campaigns);
	const isQualified = [...world.dynamics.rows.values()].some(({ contact }) => contact !== null);
	if (isQualified || isSomebodyWanted(world)) {
		// R59: whoever was there before the sync, and has not changed since, is told of only now; so is a closed lead that
		// was not looked at since its twin became another one's.
		await world.rewind(0);
		await comeToRest(world, n8n, campaigns);
	}
	await world.rewind(0);
	const before = world.witness.writes;
	await n8n.cycle([]);
	if (world.witness.writes !== before)
		world.witness.accuse('I4 reading everything again led to writes');
}

/** Whoever was asked for is linked, or their campaign was told why not. */
async function checkAnswers(world: World): Promise<void> {
	const requests = await world.file.db
		.selectFrom('request')
		.select(['id', 'person', 'answer'])
		.execute();
	const links = await world.file.db
		.selectFrom('link')
		.select(['table_name', 'dynamics_id', 'marketo_id', 'state'])
		.execute();
	for (const { id, person, answer } of requests) {
		const { success, errorCode, reason } = JSON.parse(answer ?? '{}') as Partial<Answer>;
		if (!world.asked.has(id) || success === undefined)
			world.witness.accuse(`I16 person ${person} was asked for and got no answer`);
		if (success === false && (!errorCode || !reason))
			world.witness.accuse(`I16 person ${person} was not synced, and nobody says why`);
		const isKnown = links.some(
			(link) =>
				link.marketo_id === person &&
				['active', 'goneInDynamics', 'goneInMarketo', 'leftOut'].includes(link.state),
		);
		// R28: the row was merged, or qualified, into one that has a person, and this one's was unlinked.
		const wasMerged = [...world.dynamics.rows.values(), ...world.dynamics.bin].some(
			({ id, master, contact }) =>
				(master ?? contact) !== null &&
				Object.values(world.marketo.people.get(person)?.own ?? {}).includes(id),
		);
		// R29: its row was deleted, and its link was to be forgotten with it.
		const mayBeUnlinked = Object.values(world.habits.mapping).some(
			({ whenRowDeleted }) => whenRowDeleted === 'unlink',
		);
		// R27: somebody has said that the row is not theirs.
		const isForgotten = [...world.dynamics.rows.keys(), ...world.goneSince.keys()].some(
			(row) =>
				world.forgottenAt(row) !== null &&
				Object.values(world.marketo.people.get(person)?.own ?? {}).includes(row.split(':')[1]!),
		);
		const mayBeNobodys = wasMerged || mayBeUnlinked || isForgotten;
		if (success && !isKnown && !mayBeNobodys && world.marketo.people.has(person))
			world.witness.accuse(`I16 person ${person} counts as synced, but is not linked`);
		for (const row of world.rowsMadeFor(person)) {
			const other = links.find(
				(link) =>
					link.dynamics_id === row.id &&
					link.table_name === row.table &&
					link.marketo_id !== person,
			);
			// Unless the person belongs to another row by now, behind which this one stood.
			const hasAnother = links.some((one) => one.marketo_id === person && one.state === 'active');
			const isOver = (row.master ?? row.contact) !== null;
			if (other && !hasAnother && !isOver && world.marketo.people.has(person))
				world.witness.accuse(
					`I6 ${row.table}:${row.id} was made for person ${person}, and belongs to ${other.marketo_id}`,
				);
		}
	}
}

async function needingHelp(world: World, code?: string): Promise<string[]> {
	const rows = await world.file.db
		.selectFrom('queue')
		.select(['subject', 'code'])
		.where('state', '=', 'help')
		.execute();
	return rows.filter((row) => code === undefined || row.code === code).map((row) => row.subject);
}

async function comeToRest(world: World, n8n: N8n, campaigns: Campaigns): Promise<boolean> {
	// R34: what is told late, among many entries, is read by the second look: once an overlap, of what is an overlap old.
	const { lateness } = world.habits.marketo;
	if (lateness > 0) world.clock.advance(lateness + 2 * (await overlapNow(world)));
	for (let cycle = 0, quiet = 0; cycle < MOST_CYCLES; cycle++) {
		const writes = world.witness.writes;
		if (world.asked.size > 0) await campaigns.serve();
		await n8n.cycle([]);
		const { db } = world.file;
		const queued = await db
			.selectFrom('queue')
			.select('due_at')
			// The other lanes have runs of their own, and are judged apart.
			.where('lane', '=', 'people')
			.where('due_at', '>', 0)
			.where('state', 'in', ['due', 'help', 'solved'])
			.execute();
		const open = await openPlans(world);
		const asked = await db
			.selectFrom('request')
			.select('due_at')
			.where('state', '!=', 'answered')
			.execute();
		const isQuiet =
			world.witness.writes === writes &&
			queued.length === 0 &&
			asked.length === 0 &&
			open.length === 0 &&
			!world.clock.somethingIsComing &&
			!world.marketo.isBehind;
		quiet = isQuiet ? quiet + 1 : 0;
		if (quiet === 1) return true;
		const next = Math.min(...queued.map((row) => Number(row.due_at) - world.habits.hostSkew));
		if (queued.length > 0 && next > world.clock.now)
			world.clock.advance(Math.min(next - world.clock.now, HOURS));
	}
	return false;
}

/** R51: longer than usual where the log has been found to be so late. */
async function overlapNow(world: World): Promise<number> {
	const { db, clock, timing } = world.ledgerFor();
	const feed = await feedOf(db, PEOPLE, LOG_FEED);
	const now = clock.now();
	return overlapOf(logCursor(feed?.cursor ?? null, now, timing).late, now, timing);
}

/** R27: whoever stands behind another row is free once that is no partner any more, and nobody has to press Retry for it. */
async function checkBehind(world: World): Promise<void> {
	const waiting = await needingHelp(world, 'secondary');
	const links = await world.file.db.selectFrom('link').selectAll().execute();
	for (const { table_name: table, dynamics_id: id, marketo_id: person, state } of links) {
		const subject = `${table}:${id}`;
		if (state !== 'secondary' || !waiting.includes(subject) || !world.dynamics.rows.has(subject))
			continue;
		if (!links.some((one) => one.marketo_id === person && one.state === 'active'))
			world.witness.accuse(`I1 ${subject} stands behind a row that is no partner any more`);
	}
}

/** Writes whose end is open, but for those of records that wait for a person. */
async function openPlans(world: World) {
	const { blocked, cutsTo } = world.habits.marketo;
	const { db } = world.file;
	const plans = await db
		.selectFrom('plan')
		.innerJoin('link', 'link.id', 'plan.link')
		.select(['table_name', 'dynamics_id'])
		// The other lanes are judged apart.
		.where('plan.lane', '=', 'people')
		// What was answered and not kept is seen when its echo has not come (R48).
		.where('plan.state', '!=', blocked || cutsTo ? 'planned' : 'echo')
		.execute();
	const help = await db.selectFrom('queue').select('subject').where('state', '=', 'help').execute();
	return plans.filter(
		(plan) => !help.some((row) => row.subject === `${plan.table_name}:${plan.dynamics_id}`),
	);
}

/** I1, I14: each row that sync is to keep has a person, and both agree. */
async function checkRows(world: World): Promise<void> {
	const { db } = world.file;
	const links = await db.selectFrom('link').selectAll().execute();
	const helps = new Map(
		(await db.selectFrom('queue').selectAll().where('state', '=', 'help').execute()).map((row) => [
			row.subject,
			row,
		]),
	);
	const held = await db.selectFrom('held').selectAll().where('state', '=', 'held').execute();
	const questions = await db
		.selectFrom('conflict')
		.selectAll()
		.where('state', '=', 'open')
		.execute();
	for (const [subject, row] of world.dynamics.rows) {
		const link = links.find((one) => one.table_name === row.table && one.dynamics_id === row.id);
		const help = helps.get(subject);
		if (row.outSince !== null) {
			if (link && ['active', 'creating'].includes(link.state))
				world.witness.accuse(`R54 ${subject} is left out, but its link is ${link.state}`);
			continue;
		}
		if (row.master !== null) {
			const other = links.find(
				(one) => one.table_name === row.table && one.dynamics_id === row.master,
			);
			if (link?.state === 'active' && other?.state === 'active' && !help)
				world.witness.accuse(
					`R28 ${subject} was merged into ${row.master}, and both have a person`,
				);
			const isOfAnother = links.some(
				(one) => one.marketo_id === link?.marketo_id && one.state !== 'secondary',
			);
			if (link?.state === 'secondary' && !isOfAnother && world.marketo.people.has(link.marketo_id!))
				world.witness.accuse(
					`R28 ${subject} was merged into ${row.master}, and its person is left behind`,
				);
			continue;
		}
		// R49: an inactive row steps aside; where it has a person, the two agree.
		if (row.state !== 0 && link?.state !== 'active') continue;
		// What was edited in Marketo of a closed lead waits until it is open again.
		if (row.state !== 0 && row.table === 'lead') continue;
		if (!link || link.state === 'creating' || (link.state === 'goneInMarketo' && help)) {
			if (!help)
				world.witness.accuse(`I1 ${subject} was never synced (${link?.state ?? 'no link'})`);
			continue;
		}
		if (link.state === 'secondary') {
			if (help && help.code !== 'secondary') continue;
			const partner = links.find(
				(one) => one.marketo_id === link.marketo_id && one.state === 'active',
			);
			if (partner?.table_name !== 'contact')
				world.witness.accuse(`I1 ${subject} stands behind a contact that is not there`);
			continue;
		}
		if (link.state === 'leftOut') {
			if (!help) world.witness.accuse(`R54 ${subject} takes part, but its link is left out`);
			continue;
		}
		if (link.state === 'goneInDynamics') {
			// R27: one that was restored may find its person with another row.
			if (help) continue;
			world.witness.accuse(`I1 ${subject} lives, but counts as deleted`);
			continue;
		}
		if (link.state === 'apart') continue;
		if (world.apart.has(subject))
			world.witness.accuse(`R27 ${subject} was unlinked, and is ${link.state} by itself`);
		if (link.state === 'goneInMarketo') {
			world.checkTombstone(subject);
			continue;
		}
		const person = world.marketo.people.get(link.marketo_id!);
		if (!person) {
			if (!help) world.witness.accuse(`I1 ${subject} is linked with a person that is not there`);
			continue;
		}
		const others = links.filter(
			(one) => one.marketo_id === link.marketo_id && one.state === 'active',
		);
		if (others.length > 1) world.witness.accuse(`I6 person ${person.id} has two partners`);
		if (
			!['refused', 'again'].includes(help?.code ?? '') &&
			person.own[row.table === 'lead' ? LINK_FIELDS.leadId : LINK_FIELDS.contactId] !== row.id
		)
			world.witness.accuse(`I1 person ${person.id} does not carry the id of ${subject}`);
		for (const mapped of world.habits.mapping[row.table as PeopleTable].rows) {
			const left = row.cells[mapped.column]!;
			const right = person.cells[mapped.field]!;
			if (agree(mapped, left, right)) continue;
			if (
				held.some(
					(one) =>
						one.link === link.id && (one.field === mapped.column || one.field === mapped.field),
				)
			)
				continue;
			if (
				questions.some(
					(one) =>
						one.link === link.id && one.row === mapped.id && isAsShown(one, mapped, left, right),
				)
			)
				continue;
			if (help?.code === 'refused' && world.habits.refuses?.names !== true) continue;
			if (help?.code === 'again') continue;
			if (isKept(world, row.table, mapped, left, right)) continue;
			if (isLikeStoredForm(world, right)) continue;
			world.witness.accuse(
				`I1 ${subject}.${mapped.column} ${JSON.stringify(left.value)} and person ${person.id} ${JSON.stringify(right.value)} differ`,
			);
		}
	}
}

/** R14: an edit that the log does not tell of, right after our own write, looks like what Marketo has made of that. */
function isLikeStoredForm(world: World, { edit }: Cell): boolean {
	return world.untoldEdits.has(edit) && edit.before !== null && edit.before.record !== edit.record;
}

/** R24: what we wrote gave nobody the address of somebody who had had it for longer than a write may be on its way. */
function checkAddresses(world: World): void {
	const people = [...world.marketo.people.values()];
	const address = (person: (typeof people)[number]) =>
		meaning.meaning('email', 'marketo', person.cells.email!.value);
	for (const person of people) {
		const { addressed } = person;
		if (!addressed?.bySync || address(person) === null) continue;
		const other = people.find(
			(one) =>
				one !== person &&
				address(one) === address(person) &&
				(one.addressed?.at ?? 0) < addressed.at - ON_ITS_WAY,
		);
		if (other)
			world.witness.accuse(
				`R24 person ${person.id} got the e-mail of person ${other.id} from sync`,
			);
	}
}

/** An edit of a field that had refused a value. */
interface AfterRefusal {
	link: number;
	field: string;
	edit: Edit;
}

/**
 * R36: an edit where a value was refused settles the field: nobody has to press Retry.
 * @returns those that wait since whoever is to get their value turns it away for now
 */
async function checkRefusals(world: World): Promise<AfterRefusal[]> {
	const pending: AfterRefusal[] = [];
	const turnedAway = new Set(await needingHelp(world, 'again'));
	const left = await world.file.db
		.selectFrom('held')
		.innerJoin('link', 'link.id', 'held.link')
		.selectAll('held')
		.select(['table_name', 'dynamics_id', 'marketo_id', 'link.state as link_state'])
		.where('held.lane', '=', 'people')
		.where('held.state', '=', 'held')
		.execute();
	const asked = await world.file.db
		.selectFrom('conflict')
		.select(['link', 'row'])
		.where('state', '=', 'open')
		.execute();
	for (const one of left) {
		const mapped = world.habits.mapping[one.table_name as PeopleTable].rows.find(
			(row) => (one.side === 'dynamics' ? row.column : row.field) === one.field,
		);
		const record =
			one.side === 'dynamics'
				? world.dynamics.rows.get(`${one.table_name}:${one.dynamics_id}`)
				: world.marketo.people.get(one.marketo_id ?? '');
		const cell = record?.cells[one.field];
		// R49: what was edited in Marketo of a closed lead waits until it is open again, be it in place of what was refused.
		const row = world.dynamics.rows.get(`${one.table_name}:${one.dynamics_id}`);
		const theirs = mapped && world.marketo.people.get(one.marketo_id ?? '')?.cells[mapped.field];
		const isEditedThere =
			one.side === 'marketo' ||
			(theirs && meaning.printOf(BASE_KEY, mapped.field, 'marketo', theirs.value) !== one.source);
		if (isEditedThere && one.table_name === 'lead' && row?.state !== 0) continue;
		const empty =
			mapped && (mapped.empty ?? world.habits.mapping[one.table_name as PeopleTable].emptyValues);
		if (!cell || one.link_state !== 'active' || mapped?.direction !== 'both' || empty !== 'copy')
			continue;
		// The other side has let go of that value, too: people are asked about the two that stand there now.
		if (asked.some(({ link, row }) => link === one.link && row === mapped.id)) continue;
		const isEdited =
			cell.edit.at > one.since - world.habits.hostSkew &&
			meaning.printOf(BASE_KEY, one.field, one.side, cell.value) !== one.stood;
		if (!isEdited) continue;
		if (turnedAway.has(`${one.table_name}:${one.dynamics_id}`))
			pending.push({ link: one.link, field: one.field, edit: cell.edit });
		else
			world.witness.accuse(
				`I1 ${one.table_name}:${one.dynamics_id}.${mapped.column}: ${one.side} had refused a value, a user typed ${JSON.stringify(cell.value)} there, and nobody took it`,
			);
	}
	return pending;
}

/** R36: so it is where somebody chooses Retry meanwhile: the refused value is not sent over that edit. */
async function checkStillPending(world: World, pending: AfterRefusal[]): Promise<void> {
	for (const { link, field, edit } of pending) {
		const again = await world.file.db
			.selectFrom('held')
			.select('since')
			.where('link', '=', link)
			.where('field', '=', field)
			.where('state', '=', 'held')
			.executeTakeFirst();
		if (again)
			world.witness.accuse(
				`I1 ${edit.record}.${field}: a user typed ${JSON.stringify(edit.value)} where a value had been refused, and with Retry that was sent again`,
			);
	}
}

/** R48: Dynamics keeps what is written to it, but for what a plug-in or a flow makes of it. */
async function checkKept(world: World): Promise<void> {
	if (world.habits.plugIn || world.habits.insist) return;
	const left = await world.file.db
		.selectFrom('held')
		.innerJoin('link', 'link.id', 'held.link')
		.select(['held.field', 'table_name', 'dynamics_id'])
		.where('held.state', '=', 'held')
		.where('held.side', '=', 'dynamics')
		.where('held.code', '=', NOT_KEPT)
		.execute();
	for (const { field, table_name: table, dynamics_id: id } of left)
		world.witness.accuse(`R48 ${table}:${id}.${field} counts as not kept by Dynamics`);
}

/** A question is about what stands there now, not about what was there once. */
function isAsShown(
	question: { shown_dynamics: string; shown_marketo: string },
	mapped: MappingRow,
	left: Cell,
	right: Cell,
): boolean {
	const shown = (name: string, side: 'dynamics' | 'marketo', cell: Cell) =>
		meaning.printOf(BASE_KEY, name, side, cell.value);
	return (
		question.shown_dynamics === shown(mapped.column, 'dynamics', left) &&
		question.shown_marketo === shown(mapped.field, 'marketo', right)
	);
}

/** Native: a person whose row was deleted is marked, unless another row is its partner by now. */
async function checkDeleted(world: World): Promise<void> {
	const links = await world.file.db.selectFrom('link').selectAll().execute();
	for (const link of links) {
		const person = world.marketo.people.get(link.marketo_id ?? '');
		if (!person || world.dynamics.rows.has(`${link.table_name}:${link.dynamics_id}`)) continue;
		if (link.state === 'active')
			world.witness.accuse(
				`I1 ${link.table_name}:${link.dynamics_id} is deleted, but counts as alive`,
			);
		// R27: somebody has said before that it is not theirs.
		if (link.state === 'apart') continue;
		const isAnothers = links.some(
			(one) => one.marketo_id === link.marketo_id && ['active', 'leftOut'].includes(one.state),
		);
		// R29: by choice nothing is said of it; that whoever was to go is gone says `checkFollowed`.
		if (world.habits.mapping[link.table_name as PeopleTable].whenRowDeleted) continue;
		const wasPartner =
			person.own[link.table_name === 'lead' ? LINK_FIELDS.leadId : LINK_FIELDS.contactId] ===
			link.dynamics_id;
		if (wasPartner && !isAnothers && person.own[LINK_FIELDS.isDeleted] !== true)
			world.witness.accuse(`I1 person ${person.id} is not marked as deleted in Dynamics`);
	}
}

/** R29: whatever was to follow a delete has done so at rest, or waits for a person. */
async function checkFollowed(world: World): Promise<void> {
	const help = await needingHelp(world);
	const links = await world.file.db
		.selectFrom('link')
		.selectAll()
		.where('deletion', 'in', ['counting', 'counted'])
		.execute();
	for (const { table_name: table, dynamics_id: id, state, deletion } of links)
		if (!help.includes(`${table}:${id}`))
			world.witness.accuse(`R29 ${table}:${id} is ${state} and ${deletion} for ever`);
}

/** R28: a lead that was qualified has left its person to the contact, where that takes part. */
async function checkQualified(world: World): Promise<void> {
	const help = await needingHelp(world);
	const links = await world.file.db
		.selectFrom('link')
		.select(['table_name', 'dynamics_id', 'state'])
		.execute();
	const isLinked = (record: string) =>
		!help.includes(record) &&
		links.some(
			(one) => `${one.table_name}:${one.dynamics_id}` === record && one.state === 'active',
		);
	for (const [lead, { contact, state, outSince }] of world.dynamics.rows) {
		// Not yet: where both come in for the first time each gets a person, until they are read together once more.
		if (!contact || state !== 1 || outSince !== null || world.metQualified.has(lead)) continue;
		const other = world.dynamics.rows.get(`contact:${contact}`);
		if (!other || other.state !== 0 || other.outSince !== null) continue;
		if (isLinked(lead) && isLinked(`contact:${contact}`))
			world.witness.accuse(`R28 ${lead} was qualified into ${contact}, and both have a person`);
	}
}

function isSomebodyWanted({ habits: { mapping } }: World): boolean {
	return Object.values(mapping).some(({ createdFrom }) => createdFrom !== undefined);
}

/** R59: whoever is new or was edited, meets the conditions and has no row, has got one, or needs help. */
async function checkWanted(world: World): Promise<void> {
	const first = world.executions.find(({ hasDecided }) => hasDecided);
	if (!first) return;
	const help = await needingHelp(world);
	const links = await world.file.db.selectFrom('link').select(['marketo_id']).execute();
	const { lead, contact } = world.habits.mapping;
	const address = (value: Raw | undefined) => String(value ?? '').toLowerCase();
	for (const [id, person] of world.marketo.people) {
		const conditions = [contact, lead].flatMap(({ createdFrom }) => createdFrom ?? []);
		const isWanted = conditions.some((one) =>
			meaning.meets(one, (field) => person.cells[field]!.value),
		);
		if (!isWanted || help.includes(`person:${id}`)) continue;
		if (links.some(({ marketo_id }) => marketo_id === id)) continue;
		if (person.own[LINK_FIELDS.leadId] || person.own[LINK_FIELDS.contactId]) continue;
		const fields = ['email', ...conditions.flatMap((one) => one.conditions[0]!.column)];
		const since = [
			world.cameAt.get(id) ?? 0,
			...fields.flatMap((field) => {
				const { edit } = person.cells[field]!;
				return edit.record === `person:${id}` && !world.untoldEdits.has(edit) ? edit.at : [];
			}),
		];
		const from = Math.max(
			first.startedAt - world.habits.hostSkew,
			world.forgottenAt('') ?? -Infinity,
		);
		if (Math.max(...since) <= from + 1000) continue;
		const email = address(person.cells.email!.value);
		const isAnothers = [...world.dynamics.rows.values()].some(
			(row) => email !== '' && address(row.cells.emailaddress1!.value) === email,
		);
		if (!isAnothers)
			world.witness.accuse(`R59 person ${id} is wanted in Dynamics, and nobody made a row`);
	}
}

/** Of one value, though each system may store it its own way. */
function agree(mapped: MappingRow, left: Cell, right: Cell): boolean {
	if (left.edit === right.edit) return true;
	// Edits that end where they began: one side has its own form of what the other has again.
	return (
		meaning.agree(mapped, left.value, right.value) ||
		(left.edit.field === mapped.column
			? meaning.agree(mapped, left.edit.value, right.value)
			: meaning.sameIn(mapped.field, 'marketo', left.edit.value, right.value)) ||
		(right.edit.field === mapped.field
			? meaning.agree(mapped, left.value, right.edit.value)
			: meaning.sameIn(mapped.column, 'dynamics', right.edit.value, left.value))
	);
}

/** A rule of the row lets the difference stand. */
function isKept(
	world: World,
	table: DynamicsTable,
	mapped: MappingRow,
	left: Cell,
	right: Cell,
): boolean {
	const empty = mapped.empty ?? world.habits.mapping[table as PeopleTable].emptyValues;
	const leftEmpty = meaning.isNothing(mapped.column, 'dynamics', left.value);
	const rightEmpty = meaning.isNothing(mapped.field, 'marketo', right.value);
	if (empty === 'onlyFill' || mapped.onlyOnCreate) return true;
	if (empty === 'neverOverwrite' && (leftEmpty || rightEmpty)) return true;
	return mapped.direction === 'toMarketo'
		? leftEmpty
		: mapped.direction === 'toDynamics'
			? rightEmpty
			: false;
}

/** I2: whoever lost a value without knowing can find it on record. */
function checkOverwrites(world: World, wasRestored: boolean): void {
	for (const one of world.witness.overwrites) {
		if (
			one.lost.overruled !== undefined ||
			isToldOf(one.by, one.lost) ||
			isOnRecord(world, one) ||
			isNetNil(one.lost, one.by) ||
			isEmptyAtFirst(world, one) ||
			isIgnoredEmpty(world, one) ||
			isGoneUnseen(world, one) ||
			isTypedAgain(world, one) ||
			isOfRowBefore(one) ||
			isChosenInMerge(world, one) ||
			isToldNotKept(world, one) ||
			world.untoldEdits.has(one.lost) ||
			wasRestored
		)
			continue;
		world.witness.accuse(
			`I2 ${one.side} ${one.row}.${one.column}: e${one.lost.id} ${JSON.stringify(one.lostValue)} was overwritten by e${one.by.id} ${JSON.stringify(one.by.value)} and is on no record`,
		);
	}
}

function isOnRecord(world: World, { row, column, lost, by, after }: Overwrite): boolean {
	const isBy = (edit: Edit | null) => edit !== null && isSame(edit, by);
	const isLost = (edit: Edit | null) => edit !== null && isSame(edit, lost);
	// Or what its own side made of it knowingly stands on record against the very value that replaced it.
	const madeOfIt = (one: Edit | null, other: Edit | null) =>
		one !== null && other !== null && descendsFrom(one, lost) && descendsFrom(other, by);
	return world.witness.conflicts.some(
		({ row: where, column: what, dynamics, marketo, winner }, at) =>
			where === row &&
			what === column &&
			// What has lost there does not replace the winner later, unless that is on record as well.
			!(at < after && winner === 'dynamics' && isLost(dynamics) && isBy(marketo)) &&
			!(at < after && winner === 'marketo' && isLost(marketo) && isBy(dynamics)) &&
			(isLost(dynamics) ||
				isLost(marketo) ||
				madeOfIt(dynamics, marketo) ||
				madeOfIt(marketo, dynamics)),
	);
}

/**
 * R26: when two records meet for the first time, an empty value gives way without further ado; so it does where either
 * field was synced with another one in between (R50).
 */
function isEmptyAtFirst(world: World, { lost, lostValue, by, ...pair }: Overwrite): boolean {
	return (
		meaning.isNothing(lost.field, sideOf(lost), lostValue) &&
		(!haveMet(lost, by, pair) ||
			world.witness.wasPairedOtherwise(pair, lost.at) ||
			isOfQualified(lost) ||
			hadForgotten(world, pair.row, pair.at))
	);
}

/** R28: what was edited in a lead, and not synced before it was qualified, the contact says as at a first contact. */
function isOfQualified({ record, joined }: Edit): boolean {
	return (
		record.startsWith('contact:') &&
		joined.some(({ edit }) => edit.record.startsWith('lead:') && !edit.carried)
	);
}

/** Whether people had said before an execution that nothing is known of the row, or that it is another one's. */
function hadForgotten(world: World, row: string, at: number): boolean {
	const began = world.executions[at]!.startedAt - world.habits.hostSkew;
	return (world.forgottenAt(row) ?? Infinity) < began;
}

/** The row's rule says that emptying a field on one side means nothing to the other. */
function isIgnoredEmpty(world: World, { row, column, lost, lostValue }: Overwrite): boolean {
	const table = world.habits.mapping[row.split(':')[0] as PeopleTable];
	const rule = table.rows.find((one) => one.column === column)?.empty ?? table.emptyValues;
	return rule !== 'copy' && meaning.meaning(lost.field, sideOf(lost), lostValue) === null;
}

/** What stays impossible: one of the two was deleted before Marketo's log could be relied on, so there is no pair to put it on record for. */
function isGoneUnseen(world: World, { row, lost, at }: Overwrite): boolean {
	const { overlap, unansweredGrace } = world.ledgerFor().timing;
	const began = world.executions[at]!.startedAt - world.habits.hostSkew;
	const until = began + overlap + unansweredGrace;
	const forgotten = world.forgottenAt(row);
	return (
		(forgotten !== null && forgotten >= began && forgotten < until) ||
		[row, lost.record].some((record) => (world.goneSince.get(record) ?? Infinity) < until)
	);
}

/** On a row that follows Marketo: what it held came from a person, or agreed with them, who was merged into one with another value. */
function isChosenInMerge(world: World, { side, row, column, lost, by }: Overwrite): boolean {
	const { rows } = world.habits.mapping[row.split(':')[0] as PeopleTable];
	return (
		side === 'dynamics' &&
		rows.some((one) => one.column === column && one.direction === 'toDynamics') &&
		world.chosen.some(({ kept, left }) => descendsFrom(by, kept) && descendsFrom(left, lost))
	);
}

/** R48: people were told of both values, and somebody has edited the one that Marketo has kept after that. */
function isToldNotKept(world: World, { side, lost, by }: Overwrite): boolean {
	return (
		side === 'dynamics' &&
		world.notKept.some(({ kept, sent }) => isSame(sent, lost) && descendsFrom(by, kept))
	);
}

/**
 * R28: a row that takes the place of another one of its person and says the same is known to say it. Whoever edits the person
 * then has replaced that value knowingly, as the other row had it.
 */
function isOfRowBefore({ row, column, lost, lostValue, by }: Overwrite): boolean {
	const [table] = row.split(':');
	return comesOf(
		by,
		({ record, field, value }) =>
			record !== row &&
			record.startsWith(`${table}:`) &&
			field === column &&
			lost.field === column &&
			meaning.sameIn(column, 'dynamics', value, lostValue),
	);
}

/** Somebody has typed it again in the same place, and both sides have it. */
function isTypedAgain(world: World, { row, column, lost, lostValue }: Overwrite): boolean {
	const [kind, id] = lost.record.split(':') as [string, string];
	const place =
		kind === 'person'
			? world.marketo.people.get(id)?.cells
			: world.dynamics.rows.get(lost.record)?.cells;
	const here = place?.[lost.field];
	const there = world.dynamics.rows.get(row)?.cells[column];
	return (
		here !== undefined &&
		there !== undefined &&
		here.edit.at > lost.at &&
		meaning.sameIn(lost.field, sideOf(lost), here.value, lostValue) &&
		(sideOf(lost) === 'dynamics'
			? meaning.sameIn(column, 'dynamics', there.value, lostValue)
			: meaning.agree({ column, field: lost.field }, there.value, lostValue))
	);
}

/** What stays impossible: an edit back to what sync knew, with nothing in between that sync carried. */
function isNetNil(lost: Edit, by: Edit): boolean {
	for (let edit = lost.before; edit; edit = edit.before) {
		// A write that was not answered, and undone before anybody looked, may never have been there.
		if (edit.unacknowledged) continue;
		if (descendsFrom(by, edit)) return saysTheSame(edit, lost);
		if (edit.carried) return false;
	}
	return false;
}

/**
 * To the other side, since an edit may change what that cannot tell from before; or in its own place, where what the
 * other side has never filled in stands for something (a yes/no of Marketo is never unset).
 */
function saysTheSame(edit: Edit, lost: Edit): boolean {
	const side = sideOf(lost);
	const isHere = edit.field === lost.field;
	const toOther = isHere
		? meaning.told(edit.field, side, edit.value)
		: meaning.meaning(edit.field, sideOf(edit), edit.value);
	const here = isHere ? edit.value : meaning.carried(pairOf(lost.field)!, side, edit.value);
	return (
		toOther === meaning.told(lost.field, side, lost.value) ||
		(here !== undefined && meaning.sameIn(lost.field, side, here, lost.value))
	);
}

function sideOf({ record }: Edit): Side {
	return record.startsWith('person:') ? 'marketo' : 'dynamics';
}

/** The same two values are put on record once. */
async function checkConflictsOnce(world: World): Promise<void> {
	const rows = await world.file.db
		.selectFrom('conflict')
		.select(['link', 'row', 'shown_dynamics', 'shown_marketo', 'rule'])
		.execute();
	const seen = new Set<string>();
	for (const row of rows) {
		const key = JSON.stringify(row);
		if (seen.has(key)) world.witness.accuse('conflicts: one is on record twice');
		seen.add(key);
	}
}
