import { dynamicsAddress } from '../schedule/systems';
import type { Ledger } from '../ledger/ledger';
import { explain, type Explanation } from './explain';
import { NEW_IN_DYNAMICS, type HistoryEntry } from './history';
import { sourceOfTable } from './lanes';
import type { RecordReference } from './record';
import { moment, recordLink } from './words';

/** One thing that happened to a record, or stands open: flat, in words, the same columns for all. */
export type ExplainedEvent = {
	/** `2024-05-01 10:00:03 UTC`; empty for how it stands now. */
	when: string;
	event:
		| 'Current status'
		| 'Question'
		| 'Not synced'
		| 'On its way'
		| 'Created'
		| 'Conflict'
		| 'Synced';
	field: string;
	from: string;
	to: string;
	oldValue: string;
	newValue: string;
	what: string;
	/** By which rule. */
	why: string;
	toDo: string;
	record: string;
	dynamicsId: string;
	marketoId: string;
	/** Opens the lead or contact in Dynamics; empty where its address or id is not known yet. */
	dynamicsLink: string;
};

/**
 * The same as `explain`, to be read from top to bottom: how the record stands, what is open, then what
 * happened, the newest first.
 * @throws CannotDo when the sync has never met the record
 */
export async function explainEvents(
	ledger: Ledger,
	reference: RecordReference,
): Promise<ExplainedEvent[]> {
	const told = await explain(ledger, reference);
	const { record, dynamicsId, marketoId } = told;
	const dynamicsLink =
		told.table === 'person'
			? ''
			: recordLink(await dynamicsAddress(ledger.db), sourceOfTable(told.table), dynamicsId);
	return eventsOf(told).map((event) => ({
		...NOTHING,
		...event,
		record,
		dynamicsId,
		marketoId,
		dynamicsLink,
	}));
}

const NOTHING: Omit<ExplainedEvent, 'record' | 'dynamicsId' | 'marketoId' | 'dynamicsLink'> = {
	when: '',
	event: 'Current status',
	field: '',
	from: '',
	to: '',
	oldValue: '',
	newValue: '',
	what: '',
	why: '',
	toDo: '',
};

type Happened = Pick<ExplainedEvent, 'event'> & Partial<ExplainedEvent>;

function eventsOf({
	summary,
	openQuestions,
	heldBack,
	onTheWay,
	history,
}: Explanation): Happened[] {
	return [
		{ event: 'Current status', what: summary },
		...openQuestions.map(
			({ field, askedAt, dynamicsValue, marketoValue, how }): Happened => ({
				when: inWords(askedAt),
				event: 'Question',
				field,
				what:
					dynamicsValue === null || marketoValue === null
						? 'Changed on both sides; waits for an answer'
						: `Changed on both sides: "${dynamicsValue}" in Dynamics, "${marketoValue}" in Marketo; waits for an answer`,
				toDo: how,
			}),
		),
		...heldBack.map(
			({ field, refusedBy, reason, remedy, since }): Happened => ({
				when: inWords(since),
				event: 'Not synced',
				field,
				to: refusedBy,
				what: reason,
				toDo: remedy,
			}),
		),
		...onTheWay.map(
			({ to, what, fields, since }): Happened => ({
				when: inWords(since),
				event: 'On its way',
				field: fields.join(', '),
				to,
				what,
			}),
		),
		...history.map(happened),
	];
}

/** Of what was there before, where neither value is kept and where one is: then the other was not read. */
const NOT_KNOWN = ['', '(not read)'];

function happened(entry: HistoryEntry): Happened {
	const { at, field, from, to, dynamicsValue, marketoValue, winner, rule, outcome } = entry;
	const [newValue, oldValue] =
		to === 'Marketo' ? [dynamicsValue, marketoValue] : [marketoValue, dynamicsValue];
	return {
		when: inWords(at),
		event: rule === NEW_IN_DYNAMICS ? 'Created' : winner ? 'Conflict' : 'Synced',
		field,
		from,
		to,
		oldValue: oldValue ?? NOT_KNOWN[Number(newValue !== null)]!,
		newValue: newValue ?? '',
		what: winner ? `${outcome}; ${winner} wins` : outcome,
		why: rule,
	};
}

function inWords(iso: string): string {
	return moment(Date.parse(iso));
}
