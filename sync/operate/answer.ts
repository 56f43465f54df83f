import { convert, fit } from '../convert';
import { fingerprintOf } from '../fingerprint';
import type { Side } from '../items';
import { keptColumns } from '../ledger/columns';
import { conflictById, noteAnswer, openQuestions, type Conflict } from '../ledger/conflicts';
import { enqueue } from '../ledger/due';
import { askedValues } from '../ledger/history';
import type { Ledger } from '../ledger/ledger';
import { linksById, type Link } from '../ledger/links';
import { pinnedMapping } from '../ledger/mappings';
import type { Db } from '../ledger/schema';
import { linkSubject } from '../ledger/subject';
import type { LaneMapping, MappingRow } from '../mapping';
import { show } from '../page/show';
import type { WriteOutcome } from '../ports';
import { assertOwn, type Step } from '../schedule/systems';
import type { Column, Raw } from '../values';
import { CannotDo } from '../cannotDo';
import type { Desk } from './desk';
import { PEOPLE, startSoon } from './lanes';
import { fieldName, moment, recordName, rowName, systemName, valuesAsked } from './words';

/** A field that both sides had changed and that waits for an answer, in words. */
export interface OpenQuestion {
	/** Names the question and the values that it is about. */
	key: string;
	table: string;
	dynamicsId: string;
	marketoId: string;
	/** `Job Title (jobtitle) = Job Title (title)` */
	field: string;
	/** As they were shown; null where they are not kept. */
	dynamicsValue: string | null;
	marketoValue: string | null;
	askedAt: string;
}

/** The oldest open questions. */
export async function questions(ledger: Ledger, most = 100): Promise<OpenQuestion[]> {
	const { db } = ledger;
	const open = await openQuestions(db, PEOPLE, most);
	const links = await linksById(
		db,
		open.map(({ link }) => link),
	);
	const values = await askedValues(db, [...links.keys()]);
	const mapping = (await pinnedMapping(db, PEOPLE))?.mapping;
	const marketo = await keptColumns(db, 'person');
	const found: OpenQuestion[] = [];
	for (const one of open) {
		const link = links.get(one.link);
		if (!link) continue;
		const columns = { dynamics: await keptColumns(db, link.table), marketo };
		const rows = mapping?.[link.table]?.rows ?? [];
		const row = rows.find(({ id }) => id === one.row);
		const shown = values.get(link.id)?.[one.row];
		found.push({
			key: keyOf(one),
			table: link.table,
			dynamicsId: link.dynamicsId,
			marketoId: link.marketoId ?? '',
			field: rowName(one.row, rows, columns),
			...valuesAsked(shown, row, columns),
			askedAt: moment(one.at),
		});
	}
	return found;
}

export interface Answered {
	record: string;
	field: string;
	message: string;
}

/**
 * R38: one of the two values stands. The next page carries it over, if both are still as they were shown; else it
 * asks again. The last answer before that page counts.
 * @throws CannotDo where the question is not open, or is about other values by now, or what an expression gave is no side
 */
export async function keepValue(ledger: Ledger, key: string, side: Side): Promise<Answered> {
	if (side !== 'dynamics' && side !== 'marketo')
		throw new CannotDo(
			`"${String(side)}" is not an answer`,
			'Enter dynamics or marketo for the value that stands, or another for another one',
		);
	return await ledger.db.transaction().execute(async (db) => {
		const asked = await questionOf(db, key);
		await noteAnswer(db, asked.question.id, side);
		await lookSoon(ledger, db, asked.link);
		const other = side === 'dynamics' ? 'marketo' : 'dynamics';
		return {
			...inWords(asked),
			message: `The value of ${systemName(side)} is synced to ${systemName(other)} when the sync next runs. If somebody changes the field before that, the question is asked again.`,
		};
	});
}

/**
 * R38: neither of the two values stands: another one is written to one system, which is the edit that answers the
 * question; the next page carries it over.
 * @throws CannotDo where the question is not open, the value fits one side only, or what stands there is not what
 * was shown: then the question is asked again; OtherSystem
 */
export async function setValue(
	ledger: Ledger,
	key: string,
	text: string,
	desk: Desk,
	by: Step,
): Promise<Answered> {
	const asked = await questionOf(ledger.db, key);
	const { question, link, row } = asked;
	const { side } = desk;
	const column = asked[side];
	const value = fitting(asked, side, text);
	await assertOwn(ledger.db, await desk.reach(by));
	const print = (one: Raw) => fingerprintOf(ledger.key, column, side, one);
	const name = side === 'dynamics' ? row.column : row.field;
	const present = await desk.read(link, name);
	if (!present || print(present.value) !== question.shown[side]) {
		await ledger.db.transaction().execute(async (db) => await lookSoon(ledger, db, link));
		throw new CannotDo(
			`${fieldName(column, name)} has changed in ${systemName(side)} since the question was asked`,
			'Nothing was written. The next run looks at both sides, and asks again where they still differ',
		);
	}
	if (print(value) === print(present.value)) return await keepValue(ledger, key, side);
	const outcome = await desk.write(link, name, value, present.version);
	if (outcome.kind !== 'ok') throw notWritten(outcome, side);
	await ledger.db.transaction().execute(async (db) => {
		// An answer of before was about the old value.
		await noteAnswer(db, question.id, '');
		await lookSoon(ledger, db, link);
	});
	const other = side === 'dynamics' ? 'marketo' : 'dynamics';
	return {
		...inWords(asked),
		message: `Written to ${systemName(side)}; it is synced to ${systemName(other)} when the sync next runs.`,
	};
}

interface Asked {
	question: Conflict;
	link: Link;
	row: MappingRow;
	dynamics: Column;
	marketo: Column;
}

const HOW = 'Choose it from the list of open questions again';

async function questionOf(db: Db, key: string): Promise<Asked> {
	const [id = '', ...shown] = key.trim().split('.');
	const question = id ? await conflictById(db, id) : null;
	if (!question || question.lane !== PEOPLE)
		throw new CannotDo(id ? `There is no question "${id}"` : 'No question was chosen', HOW);
	if (question.state !== 'open')
		throw new CannotDo('This question is no longer open', 'Nothing is left to do');
	if (shown.length > 0 && keyOf(question) !== key.trim())
		throw new CannotDo(
			'A value has changed since: the question was asked again with other values',
			HOW,
		);
	const link = (await linksById(db, [question.link])).get(question.link);
	const mapping = (await pinnedMapping(db, PEOPLE))?.mapping;
	const row = link && rowOf(mapping, link.table, question.row);
	const dynamics = row && (await keptColumns(db, link.table)).get(row.column);
	const marketo = row && (await keptColumns(db, 'person')).get(row.field);
	if (!link || !dynamics || !marketo)
		throw new CannotDo(
			`The row ${question.row} is no longer in the field mapping`,
			'Add it again to answer, or leave both values as they are',
		);
	return { question, link, row, dynamics, marketo };
}

function rowOf(mapping: LaneMapping | undefined, table: string, id: string) {
	return mapping?.[table]?.rows.find((row) => row.id === id);
}

function keyOf({ id, shown }: Conflict): string {
	return [id, shown.dynamics, shown.marketo].join('.');
}

/** What was typed as both sides can hold it. @throws CannotDo */
function fitting(asked: Asked, side: Side, text: string): Raw {
	if (text.trim() === '')
		throw new CannotDo(
			'No value was given',
			'Enter the value; to empty the field, empty it in Dynamics or Marketo',
		);
	const other = side === 'dynamics' ? 'marketo' : 'dynamics';
	const { transform } = asked.row;
	const here = fit(asked[side], side, text.trim(), transform);
	if ('refusal' in here) throw new CannotDo(here.refusal.reason, 'Enter another value');
	const there = convert(asked[side], asked[other], other, here.value, transform);
	if ('refusal' in there)
		throw new CannotDo(
			`${systemName(other)} cannot hold it: ${there.refusal.reason}`,
			'Nothing was written. Enter a value that fits on both sides',
		);
	return here.value;
}

function notWritten(outcome: Exclude<WriteOutcome, { kind: 'ok' }>, side: Side): CannotDo {
	const system = systemName(side);
	switch (outcome.kind) {
		case 'refused':
			return new CannotDo(
				`${system} refused the value: ${outcome.refusal.reason}`,
				outcome.refusal.remedy,
			);
		case 'changedMeanwhile':
			return new CannotDo(
				'Somebody changed the record at this moment',
				'Nothing was written. Answer again; where the field was changed, the next run asks again',
			);
		case 'missing':
			return new CannotDo(`The record is no longer in ${system}`, 'Nothing is left to do');
		case 'unknown':
			return new CannotDo(
				`${system} did not answer (${show(outcome.reason)})`,
				`Look at the record in ${system}: if the value is there, the question is answered; otherwise answer again`,
			);
		default:
			return new CannotDo(
				`${system}: ${show(outcome.reason)}`,
				'Nothing was written. Answer again',
			);
	}
}

async function lookSoon(ledger: Ledger, db: Db, link: Link): Promise<void> {
	await enqueue(ledger, db, {
		lane: PEOPLE,
		subject: linkSubject(link),
		dueAt: ledger.clock.now(),
		code: 'answered',
		reason: 'A person answered a question',
		run: '',
	});
	await startSoon(ledger, db, PEOPLE);
}

function inWords({ question, link, row, ...columns }: Asked): Pick<Answered, 'record' | 'field'> {
	const names = {
		dynamics: new Map([[row.column, columns.dynamics]]),
		marketo: new Map([[row.field, columns.marketo]]),
	};
	return {
		record: recordName(link.table, link.dynamicsId, ''),
		field: rowName(question.row, [row], names),
	};
}
