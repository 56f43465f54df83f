import type { Side, Table } from '../items';
import { baseOf, type ReadonlyBases } from '../ledger/bases';
import { keptColumns, type Columns } from '../ledger/columns';
import { questionsOf, type Conflict } from '../ledger/conflicts';
import type { Due } from '../ledger/due';
import { askedValues } from '../ledger/history';
import type { Ledger } from '../ledger/ledger';
import { basesOf, type Link } from '../ledger/links';
import { pinnedMapping } from '../ledger/mappings';
import { OWN_FIELD, plansOfLinks, type Plan } from '../ledger/plans';
import { refusalsOf, type Refusal } from '../ledger/refusals';
import type { Db } from '../ledger/schema';
import { heldUpBy, parentKey, readParentKey, requiredOf } from '../ledger/waiting';
import type { Direction, MappingRow, TableMapping } from '../mapping';
import { historyOf, inWords, type HistoryEntry } from './history';
import { OPPORTUNITIES } from '../lanes/opportunities';
import { PEOPLE, PERSON } from '../lanes/people';
import { CHILDREN } from '../lanes/references';
import { OPPORTUNITY_ROLE } from '../lanes/roles';
import { recordOf, type KnownRecord, type RecordReference } from './record';
import {
	counted,
	fieldName,
	iso,
	moment,
	placeName,
	recordName,
	rowName,
	systemName,
	tableName,
	valuesAsked,
} from './words';

/** Verdicts shown of a record. */
const MOST_VERDICTS = 20;

/** Everything the sync knows of one record, in plain words. */
export interface Explanation {
	record: string;
	table: Table;
	dynamicsId: string;
	marketoId: string;
	/** In one or a few sentences: how it stands and what to do. */
	summary: string;
	/** What happened, oldest first; one line each. */
	timeline: string[];
	fields: ExplainedField[];
	heldBack: HeldBack[];
	openQuestions: Question[];
	onTheWay: OnTheWay[];
	history: HistoryEntry[];
}

export interface ExplainedField {
	/** `Job Title (jobtitle) = Job Title (title)` */
	field: string;
	direction: string;
	/** Is the value of the last comparison known, on each side? */
	dynamics: string;
	marketo: string;
	remark: string;
}

export interface HeldBack {
	field: string;
	refusedBy: string;
	reason: string;
	remedy: string;
	since: string;
}

export interface Question {
	field: string;
	askedAt: string;
	/** As they were shown, in words; null where they are not kept. */
	dynamicsValue: string | null;
	marketoValue: string | null;
	how: string;
}

export interface OnTheWay {
	to: string;
	what: string;
	fields: string[];
	since: string;
}

const DIRECTIONS: Record<Direction, string> = {
	both: 'Both ways',
	toMarketo: 'Dynamics to Marketo',
	toDynamics: 'Marketo to Dynamics',
};

const HOW_TO_ANSWER =
	'Choose Answer a Question in the Marketo Dynamics Sync node, or set the value you want in either system; the next run syncs it and closes the question';

/**
 * How a record stands: its partner, each field, what stays behind and why, open questions, and the last
 * verdicts as a timeline. Changes nothing.
 * @throws CannotDo when the sync has never met the record
 */
export async function explain(ledger: Ledger, reference: RecordReference): Promise<Explanation> {
	return await ledger.db.transaction().execute(async (db) => {
		const record = await recordOf(ledger, reference, db);
		const { link } = record;
		const marketo = await keptColumns(db, link?.object ?? PERSON);
		const dynamics = link ? await keptColumns(db, link.table) : (new Map() as Columns);
		const columns = { dynamics, marketo };
		const held = (link && (await refusalsOf(db, [link.id])).get(link.id)) ?? [];
		const questions = (link && (await questionsOf(db, [link.id])).get(link.id)) ?? [];
		const asked = link ? (await askedValues(db, [link.id])).get(link.id) : undefined;
		const plans = (link && (await plansOfLinks(db, [link.id])).get(link.id)) ?? [];
		const mapped = link ? await mappingOf(db, link) : undefined;
		const rows = mapped?.rows ?? [];
		const history = link ? await historyOf(db, link, columns, rows, MOST_VERDICTS) : [];
		const heldBack = held.map((one) => heldBackOf(one, link!, columns));
		return {
			record: recordName(record.table, record.id, record.label),
			table: record.table,
			dynamicsId: link?.dynamicsId ?? (record.table === 'person' ? '' : record.id),
			marketoId: link?.marketoId ?? (record.table === 'person' ? record.id : ''),
			summary: [
				summaryOf(ledger, record, held, questions, plans, mapped?.whenRowDeleted === undefined),
				...(await parentSentences(db, record)),
			].join(' '),
			timeline: timelineOf(record, history, heldBack, questions, columns, rows),
			fields: link
				? rows.map((row) => explainedField(ledger, link, row, columns, held, questions))
				: [],
			heldBack,
			openQuestions: questions.map((one) => ({
				field: rowName(one.row, rows, columns),
				askedAt: iso(one.at),
				...valuesAsked(
					asked?.[one.row],
					rows.find(({ id }) => id === one.row),
					columns,
				),
				how: HOW_TO_ANSWER,
			})),
			onTheWay: plans.map((plan) => onTheWay(plan, columns)),
			history,
		};
	});
}

async function mappingOf(db: Db, link: Link): Promise<TableMapping | undefined> {
	return (await pinnedMapping(db, link.lane))?.mapping[link.table];
}

function summaryOf(
	ledger: Ledger,
	record: KnownRecord,
	held: Refusal[],
	questions: Conflict[],
	plans: Plan[],
	isMarked: boolean,
): string {
	const sentences = [standing(record, isMarked)];
	for (const row of record.queue) sentences.push(...queueSentences(ledger, row));
	if (plans.some((plan) => plan.state === 'unknown' || plan.state === 'sent')) {
		sentences.push(
			'A write was not answered: the record is read before anything is written again.',
		);
	}
	if (plans.some((plan) => plan.state === 'inFile'))
		sentences.push(
			'It is in a file that Marketo is processing; nothing else is written to it until Marketo is done.',
		);
	if (held.length > 0)
		sentences.push(
			`${counted(held.length, 'field is', 'fields are')} not synced; each is listed with the reason and what to do.`,
		);
	if (questions.length > 0)
		sentences.push(
			`${counted(questions.length, 'question is', 'questions are')} open. ${HOW_TO_ANSWER}.`,
		);
	if (sentences.length === 1 && record.link?.state === 'active')
		sentences.push('Nothing about it is waiting or needs help.');
	return sentences.join(' ');
}

/** R39: for whom it waits as a whole, and who waits for it. */
async function parentSentences(db: Db, { lane, subject, id }: KnownRecord): Promise<string[]> {
	const missing = (await requiredOf(db, lane, [subject])).get(subject) ?? [];
	const waits = missing.map((parent) => {
		const { lane: of, dynamicsId } = readParentKey(parent);
		return `It waits for ${PARENT_WORDS[of] ?? 'the record'} ${dynamicsId}, which is not in Marketo yet.`;
	});
	const holdsUp = (await heldUpBy(db, parentKey(lane, id))).map((some) => {
		const words = CHILDREN[some.lane] ?? ['record', 'records'];
		return `${counted(some.records, ...words)} ${some.records === 1 ? 'waits' : 'wait'} for it.`;
	});
	return [...waits, ...holdsUp];
}

const PARENT_WORDS: Readonly<Record<string, string>> = {
	[OPPORTUNITIES]: 'the opportunity',
	[PEOPLE]: 'the contact or lead',
};

function standing({ link, others, table }: KnownRecord, isMarked: boolean): string {
	if (!link) return `This ${tableName(table).toLowerCase()} is not linked yet.`;
	const row = tableName(link.table).toLowerCase();
	const object = tableName(link.object).toLowerCase();
	const isPerson = link.object === PERSON;
	const isKeyed = link.object === OPPORTUNITY_ROLE;
	const behind = others
		.filter((one) => one.state === 'secondary')
		.map((one) => `${tableName(one.table)} ${one.dynamicsId}`);
	const partner = others.find((one) => one.state === 'active');
	switch (link.state) {
		case 'active': {
			const more =
				behind.length > 0 ? ` With the same e-mail, and not synced: ${behind.join(', ')}.` : '';
			return `The ${row} has been linked with Marketo ${object} ${link.marketoId} since ${moment(link.createdAt)}; it was last checked ${moment(link.updatedAt)}.${more}`;
		}
		case 'creating':
			return isKeyed
				? `There is no Marketo ${object} for this ${row} yet.`
				: `A Marketo ${object} is being created for this ${row}.`;
		case 'reserved':
			return `The ${row} is being created in Dynamics for Marketo person ${link.marketoId}.`;
		case 'secondary':
			if (isKeyed) return `Another row belongs to the same Marketo ${object} as this ${row}.`;
			return `This ${row} has the same e-mail as ${partner ? `the ${partner.table} ${partner.dynamicsId}` : 'a contact'}, which is linked with Marketo person ${link.marketoId}; this ${row} is not synced.`;
		case 'goneInDynamics':
			if (isKeyed) return `The ${row} was deleted in Dynamics, or no longer names anybody.`;
			if (link.deletion)
				return `The ${row} was deleted in Dynamics; Marketo ${object} ${link.marketoId} will be deleted, too, once all deletes of a run are counted.`;
			if (isPerson && !link.marketoId)
				return `The ${row} was deleted in Dynamics and is not linked with anybody.`;
			return `The ${row} was deleted in Dynamics${link.marketoId ? `; Marketo ${object} ${link.marketoId} stays${isPerson && isMarked ? ' and is marked "Microsoft is Deleted"' : ''}` : ''}.`;
		case 'goneInMarketo':
			if (link.deletion === 'deactivated')
				return `The person ${link.marketoId} was deleted in Marketo, and the ${row} was deactivated in Dynamics. If somebody activates or edits it, a new person is created.`;
			if (link.deletion)
				return `The person ${link.marketoId} was deleted in Marketo; the ${row} follows as chosen in Resolve Sync Conflict, once the activity log is complete and all deletes of a run are counted.`;
			return `The person ${link.marketoId} was deleted in Marketo; the next edit of the ${row} in Dynamics creates a new person.`;
		case 'leftOut':
			return `The ${row} has been left out by the sync filter since ${moment(link.updatedAt)}: no values are synced. Marketo ${object} ${link.marketoId} stays as it is; once the ${row} takes part again, what was edited in the meantime is synced.`;
		case 'apart':
			return `The ${row} was unlinked from Marketo ${object} ${link.marketoId} by hand at ${moment(link.updatedAt)}: both stay as they are, no values are synced, and the sync does not link them again by itself. To link them, choose Link by Hand; to have the ${row} matched again, choose Sync Again.`;
		case 'unlinked':
			return link.isInactive
				? `The ${row} has not been linked with anybody since ${moment(link.updatedAt)}: it was merged or qualified in Dynamics, and the record that stays has a person of its own; or somebody chose Forget for this ${row}.`
				: `The sync was told to forget what this ${row} is linked with; it is matched again.`;
	}
}

function queueSentences(ledger: Ledger, row: Due): string[] {
	const sentences: string[] = [];
	if (row.state === 'help')
		sentences.push(`It has needed help since ${moment(row.since)}: ${row.reason}. ${row.remedy}.`);
	if (row.dueAt > 0) {
		const when =
			row.dueAt <= ledger.clock.now()
				? 'when the sync next runs'
				: `not before ${moment(row.dueAt)}`;
		sentences.push(
			row.state === 'due' ? `It is checked ${when}: ${row.reason}.` : `It is tried again ${when}.`,
		);
	}
	return sentences;
}

function explainedField(
	ledger: Ledger,
	link: Link,
	row: MappingRow,
	columns: { dynamics: Columns; marketo: Columns },
	held: Refusal[],
	questions: Conflict[],
): ExplainedField {
	const refused = held.find(
		(one) => one.field === (one.side === 'dynamics' ? row.column : row.field),
	);
	const asked = questions.some((one) => one.row === row.id);
	return {
		field: rowName(row.id, [row], columns),
		direction: DIRECTIONS[row.direction],
		dynamics: comparedWith(basesOf(ledger, link, 'dynamics'), row.column),
		marketo: comparedWith(basesOf(ledger, link, 'marketo'), row.field),
		remark: refused
			? `Not synced: ${refused.reason}`
			: asked
				? 'Changed on both sides; waits for an answer'
				: '',
	};
}

function comparedWith(bases: ReadonlyBases, name: string): string {
	const base = baseOf(bases, name);
	if (!base) return bases.get(name)?.kind === 'lost' ? 'no longer known' : 'not known yet';
	if (base.kind === 'unconfirmed') return 'written, not confirmed yet';
	return base.isStale ? 'known; has changed since' : 'known';
}

function heldBackOf(
	one: Refusal,
	link: Link,
	columns: { dynamics: Columns; marketo: Columns },
): HeldBack {
	const { side, field, reason, remedy } = one;
	return {
		field: fieldName(columns[side].get(field), field),
		refusedBy: placeName(side, link.table),
		reason,
		remedy,
		since: iso(one.since),
	};
}

const PLAN_STATES: Record<Plan['state'], string> = {
	planned: 'about to be written',
	sent: 'being written',
	unknown: 'not answered',
	echo: 'written; Marketo has not logged it yet',
	inFile: 'in a file that Marketo is processing',
};

function onTheWay(plan: Plan, columns: { dynamics: Columns; marketo: Columns }): OnTheWay {
	const side: Side = plan.side;
	const mapped = Object.entries(plan.fields).filter(([, field]) => field.row !== OWN_FIELD);
	return {
		to: systemName(side),
		what: `${plan.operation === 'create' ? 'New person, ' : ''}${PLAN_STATES[plan.state]}`,
		fields: mapped.map(([name]) => fieldName(columns[side].get(name), name)),
		since: iso(plan.sentAt ?? plan.createdAt),
	};
}

function timelineOf(
	record: KnownRecord,
	history: HistoryEntry[],
	heldBack: HeldBack[],
	questions: Conflict[],
	columns: { dynamics: Columns; marketo: Columns },
	rows: MappingRow[],
): string[] {
	const events: Array<[number, string]> = [];
	if (record.link)
		events.push([record.link.createdAt, 'The sync met this record and looked for its match']);
	// The history comes newest first.
	for (const entry of [...history].reverse()) events.push([Date.parse(entry.at), inWords(entry)]);
	for (const one of heldBack)
		events.push([
			Date.parse(one.since),
			`${one.refusedBy} cannot take ${one.field}: ${one.reason}`,
		]);
	for (const one of questions)
		events.push([
			one.at,
			`${rowName(one.row, rows, columns)} changed on both sides; a person is asked`,
		]);
	for (const row of record.queue)
		if (row.state === 'help') events.push([row.since, `Needs help: ${row.reason}`]);
	return events.sort(([a], [b]) => a - b).map(([at, text]) => `${moment(at)}  ${text}`);
}
