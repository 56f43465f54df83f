import { fingerprint, fingerprintOf } from '../fingerprint';
import type { ConflictItem, DynamicsTable, FieldEdit, RecordItem, Side } from '../items';
import { baseOf, known, lastHeld, LOST, stale, suspected, type Bases } from '../ledger/bases';
import { decideConflict, recordConflict } from '../ledger/conflicts';
import { enqueue } from '../ledger/due';
import type { ShownValues } from '../ledger/history';
import { basesOf, changeLink, type Link } from '../ledger/links';
import {
	dropPlans,
	keepFields,
	OWN_FIELD,
	PUT_BACK,
	type Plan,
	type PlannedField,
} from '../ledger/plans';
import type { Refusal } from '../ledger/refusals';
import { normalForm } from '../normalForm';
import { convert } from '../convert';
import type { Raw } from '../values';
import type { LiveRow } from './catalogue';
import { isInherited } from './companyFields';
import {
	decideOverwritten,
	decideRow,
	standing,
	valueForCreate,
	type Contest,
	type FieldState,
	type Verdict,
} from './decide';
import { overwrittenBy, type Overwritten } from './echo';
import { holdField, solveHeld } from './hold';
import { isPingPong } from './pingPong';
import { emailKeyOf, linkSubject, type PageState } from './pageState';
import { planWrite, type DraftField } from './plan';
import { likeness } from './storedForm';

/**
 * Compares one linked pair field by field, moves the bases that need no write (R7) and plans the
 * writes. `row` null: the Dynamics row was not read; its row version vouches for it (R5).
 */
export async function settlePair(
	state: PageState,
	link: Link,
	row: RecordItem | null,
	person: RecordItem,
): Promise<void> {
	const plans = state.plans.get(link.id) ?? [];
	if (await unansweredTooYoung(state, link, plans)) {
		state.unsettled.add(person.id);
		return;
	}
	const pair = new Pair(state, link, row, person, plans);
	const drafts: Drafts = { dynamics: new Map(), marketo: new Map() };
	const verdicts = pair.verdicts();
	if (verdicts.some(({ verdict }) => verdict.do === 'read')) {
		// Both sides are read together in the next page; nothing of this pair is decided from half of it.
		state.unsettled.add(person.id);
		await enqueue(state.ledger, state.db, {
			subject: linkSubject(link),
			dueAt: state.now,
			code: 'readBoth',
			reason: 'Both sides are read together',
			lane: state.ref.lane,
			run: state.ref.run,
			label: person.label,
		});
		return;
	}
	for (const one of verdicts) await pair.take(one, drafts);
	if (pair.doubtUntil > 0) state.unsettled.add(person.id);
	const waits = pair.doubtUntil > 0 || verdicts.some(({ verdict }) => verdict.do === 'wait');
	if (waits) {
		const dueAt = Math.max(state.now + state.ledger.timing.unansweredGrace, pair.doubtUntil);
		await enqueue(state.ledger, state.db, {
			subject: linkSubject(link),
			dueAt,
			code: 'settling',
			reason: 'Marketo may still be logging an edit',
			lane: state.ref.lane,
			run: state.ref.run,
			label: person.label,
		});
	}
	const linkFields = pair.linkFieldsThatDiffer();
	for (const [field, draft] of linkFields) drafts.marketo.set(field, draft);
	await pair.save();
	await pair.dropAnswered();
	const label = row?.label ?? person.label;
	if (drafts.dynamics.size > 0) {
		await planWrite(state, {
			link,
			side: 'dynamics',
			operation: 'update',
			id: link.dynamicsId,
			table: link.table,
			label,
			changedAt: person.changedAt,
			version: row?.version ?? link.version,
			fields: drafts.dynamics,
			shown: pair.shown,
		});
		state.counts.toDynamics++;
	}
	if (drafts.marketo.size > 0) {
		await planWrite(state, {
			link,
			side: 'marketo',
			operation: 'update',
			id: person.id,
			table: 'person',
			label,
			changedAt: row?.changedAt ?? null,
			version: null,
			fields: drafts.marketo,
			shown: pair.shown,
		});
		state.counts.toMarketo++;
	}
	if (waits) return;
	const writes = drafts.dynamics.size + drafts.marketo.size > 0;
	(writes ? state.inHand : state.settled).push(linkSubject(link), `person:${person.id}`);
}

/** What a row held when sync looked at it last: its bases, and what it asked about or left behind. */
export function lastKnown(state: PageState, link: Link): Bases {
	const bases = basesOf(state.ledger, link, 'dynamics');
	const isUnset = (column: string) => baseOf(bases, column) === null;
	for (const { row } of state.live[link.table]) {
		const question = state.questions.get(link.id)?.find((open) => open.row === row.id);
		const held = state.held
			.get(link.id)
			?.find((one) => one.side === 'marketo' && one.field === row.field);
		const shown = question?.shown.dynamics ?? held?.source;
		if (shown && isUnset(row.column)) bases.set(row.column, known(shown));
	}
	return bases;
}

/** Whether a user has changed any mapped column since sync last dealt with the row. */
export function isEditedSince(state: PageState, link: Link, row: RecordItem): boolean {
	const bases = basesOf(state.ledger, link, 'dynamics');
	const sent = (state.plans.get(link.id) ?? [])
		.filter((plan) => plan.side === 'dynamics')
		.map(({ fields }) => fields);
	return state.live[link.table].some((live) => {
		const name = live.row.column;
		const held = lastHeld(bases, name);
		if (live.row.direction === 'toDynamics' || held === null || row.values[name] === undefined)
			return false;
		const hash = fingerprintOf(state.ledger.key, live.column, 'dynamics', row.values[name]);
		return hash !== held && !sent.some((fields) => fields[name]?.new === hash);
	});
}

/** What a row holds, as its bases. */
export function asItStands(state: PageState, row: RecordItem): Bases {
	const read = state.live[row.table as DynamicsTable].filter(
		(live) => row.values[live.row.column] !== undefined,
	);
	return new Map(
		read.map((live) => [
			live.row.column,
			known(fingerprintOf(state.ledger.key, live.column, 'dynamics', row.values[live.row.column])),
		]),
	);
}

/** The row's bases, with what it holds of the values that were sent to it without an answer. */
export function valuesArrived(
	state: PageState,
	link: Link,
	row: RecordItem,
	unanswered: Plan[],
): Bases {
	const bases = basesOf(state.ledger, link, 'dynamics');
	const columns = state.columns[link.table];
	for (const [name, { new: sent }] of unanswered.flatMap(({ fields }) => Object.entries(fields))) {
		const column = columns.get(name);
		const holds =
			column &&
			row.values[name] !== undefined &&
			fingerprintOf(state.ledger.key, column, 'dynamics', row.values[name]);
		if (holds === sent && lastHeld(bases, name)) bases.set(name, known(sent));
	}
	return bases;
}

/** Plans a person for a Dynamics row that has none (R23: the create carries the Dynamics id). */
export async function planCreate(state: PageState, link: Link, row: RecordItem): Promise<void> {
	const drafts = new Map<string, DraftField>();
	const bases: Bases = new Map();
	for (const live of state.live[link.table]) {
		const value = row.values[live.row.column];
		if (value === undefined) continue;
		const hash = fingerprintOf(state.ledger.key, live.column, 'dynamics', value);
		const there = valueForCreate(live.row, live.column, live.field, value);
		if (!there) continue;
		if (drafts.has(live.row.field)) continue;
		if ('refusal' in there) {
			// The person will be made without it.
			const left = {
				source: hash,
				stood: fingerprintOf(state.ledger.key, live.field, 'marketo', null),
			};
			await holdField(state, link, 'marketo', live, left, there.refusal, row.label);
			continue;
		}
		if (there.value === null || (live.field.type === 'boolean' && there.value === false)) {
			bases.set(live.row.column, known(hash));
			continue;
		}
		drafts.set(live.row.field, {
			row: live.row.id,
			column: live.field,
			value: there.value,
			old: null,
			source: { column: live.row.column, value: hash },
			rule: 'New in Dynamics',
		});
	}
	for (const [field, value] of ownFields(state, link, row)) {
		const column = state.personColumns.get(field);
		if (column)
			drafts.set(field, { row: OWN_FIELD, column, value, old: null, source: null, rule: 'Link' });
	}
	await changeLink(state.db, link, {
		bases: { ...link.bases, dynamics: bases },
		version: row.version ?? null,
	});
	await planWrite(state, {
		link,
		side: 'marketo',
		operation: 'create',
		id: '',
		table: 'person',
		label: row.label,
		changedAt: row.changedAt,
		version: null,
		fields: drafts,
		shown: {},
	});
	state.inHand.push(linkSubject(link));
}

/** What sync itself keeps on the person (native: Microsoft Type, Created Date, is Deleted; and the ids). */
function ownFields(state: PageState, link: Link, row: RecordItem | null): Array<[string, Raw]> {
	const { fields } = state;
	const own: Array<[string, Raw]> = [
		[link.table === 'lead' ? fields.leadId : fields.contactId, link.dynamicsId],
		[fields.type, link.table === 'lead' ? 'Lead' : 'Contact'],
		[fields.isDeleted, false],
	];
	if (row?.values.createdon) own.push([fields.createdDate, row.values.createdon]);
	return own;
}

/** R17: an unanswered write is judged when its time is over; in Marketo, when the log was read past it. */
export async function unansweredTooYoung(
	state: PageState,
	link: Link,
	plans: Plan[],
): Promise<boolean> {
	const unanswered = plans.filter((plan) => plan.state === 'unknown');
	const judgedAt = Math.max(
		0,
		...unanswered.map((plan) => (plan.overAt ?? 0) + state.ledger.timing.unansweredGrace),
	);
	const readTo = unanswered.some((plan) => plan.side === 'marketo')
		? state.logReadTo
		: state.readAt.dynamics;
	if (unanswered.length === 0 || judgedAt <= readTo) return false;
	const dueAt = Math.max(judgedAt, state.now + 1);
	await enqueue(state.ledger, state.db, {
		subject: linkSubject(link),
		dueAt,
		code: 'unanswered',
		reason: 'Waiting to see whether a write arrived',
		lane: state.ref.lane,
		run: state.ref.run,
	});
	return true;
}

type Drafts = Record<Side, Map<string, DraftField>>;

interface Judged {
	live: LiveRow;
	dynamics: FieldState;
	marketo: FieldState;
	verdict: Verdict;
	/** Marketo's field as it was before our own write replaced it unseen, and what the policy says to it (R13). */
	overwritten?: { lost: FieldState; verdict: Verdict };
}

/** One pair in one page. */
class Pair {
	readonly shown: ShownValues = {};
	readonly overwritten: Map<string, Overwritten>;
	/** Until when the log may still show that nothing was overwritten after all; 0: nothing is in doubt. */
	readonly doubtUntil: number = 0;
	private readonly bases: Record<Side, Bases>;
	private readonly held: Refusal[];

	constructor(
		private readonly state: PageState,
		private readonly link: Link,
		private readonly row: RecordItem | null,
		private readonly person: RecordItem,
		private readonly plans: Plan[],
	) {
		this.bases = {
			dynamics: basesOf(state.ledger, link, 'dynamics'),
			marketo: basesOf(state.ledger, link, 'marketo'),
		};
		this.held = state.held.get(link.id) ?? [];
		this.acknowledge();
		const echoes = plans.filter((plan) => plan.side === 'marketo' && plan.state !== 'planned');
		this.overwritten = overwrittenBy(state.ledger, state.personColumns, echoes, person.edits ?? []);
		for (const [name, { by }] of this.overwritten) {
			const until = (by.overAt ?? 0) + state.ledger.timing.overlap;
			if (until <= state.logReadTo) continue;
			// The true echo may be late, and this edit a user's who came back to our value.
			this.overwritten.delete(name);
			this.doubtUntil = Math.max(this.doubtUntil, until);
		}
	}

	/**
	 * R15: a value of ours that was not answered and stands there has arrived. The bases of both sides are
	 * what its answer would have made of them: the source may have gone back to its old value since.
	 */
	private acknowledge() {
		for (const { side, state, fields } of this.plans) {
			if (state !== 'unknown') continue;
			for (const [name, { new: sent, source }] of Object.entries(fields)) {
				if (!source || !this.arrived(side, name, sent)) continue;
				this.bases[side].set(name, known(sent));
				// A row that was not read may hold something else by now (R5).
				if (side === 'marketo') this.bases.dynamics.set(source.column, stale(source.value));
				else this.bases.marketo.set(source.column, known(source.value));
			}
		}
	}

	private arrived(side: Side, name: string, sent: string): boolean {
		const record = side === 'dynamics' ? this.row : this.person;
		const column =
			side === 'dynamics'
				? this.state.columns[this.link.table].get(name)
				: this.state.personColumns.get(name);
		if (!column || record?.values[name] === undefined) return false;
		// R16: the same value by somebody else's hand is theirs.
		if (side === 'dynamics' && record.changedBy !== this.state.me) return false;
		return fingerprintOf(this.state.ledger.key, column, side, record.values[name]) === sent;
	}

	/** Every row of the mapping judged, before anything is changed. */
	verdicts(): Judged[] {
		const { row, person } = this;
		return this.state.live[this.link.table]
			.filter(
				({ row: { column, field } }) =>
					(!row || row.values[column] !== undefined) && person.values[field] !== undefined,
			)
			.filter(({ row: { field } }) => !isInherited(person, field))
			.map((live) => {
				const input = this.input(live);
				const verdict = decideRow(input);
				const found = this.overwritten.get(live.row.field);
				const lost = found && this.lostEdit(live, input.marketo, found);
				if (!lost || verdict.do === 'read')
					return { live, dynamics: input.dynamics, marketo: input.marketo, verdict };
				const late = decideOverwritten({ ...input, marketo: lost });
				if (late?.do === 'read')
					return { live, dynamics: input.dynamics, marketo: input.marketo, verdict: late };
				return {
					live,
					dynamics: input.dynamics,
					marketo: input.marketo,
					verdict,
					overwritten: late ? { lost, verdict: late } : undefined,
				};
			});
	}

	input(live: LiveRow) {
		const table = this.state.mapping[this.link.table];
		const question = (this.state.questions.get(this.link.id) ?? []).find(
			(open) => open.row === live.row.id,
		);
		return {
			row: live.row,
			table: this.link.table,
			column: live.column,
			field: live.field,
			dynamics: this.dynamicsField(live),
			marketo: this.marketoField(live),
			winner: live.row.winner ?? table.ifBothChanged,
			empty: live.row.empty ?? table.emptyValues,
			question: question
				? { shownDynamics: question.shown.dynamics, shownMarketo: question.shown.marketo }
				: null,
			refused: this.held.flatMap(({ side, field, source, stood }) =>
				stood !== null && field === (side === 'dynamics' ? live.row.column : live.row.field)
					? [{ on: side, source, stood }]
					: [],
			),
		};
	}

	private dynamicsField(live: LiveRow): FieldState {
		const name = live.row.column;
		const base = baseOf(this.bases.dynamics, name);
		const unanswered = this.unanswered('dynamics', name);
		const value = this.row?.values[name] ?? null;
		const hash = this.row
			? fingerprintOf(this.state.ledger.key, live.column, 'dynamics', value)
			: (base?.hash ?? '');
		return {
			read: this.row !== null,
			value,
			hash,
			base: base?.hash ?? null,
			provisional: false,
			storedForm: false,
			sent: unanswered,
			movedUnanswered: unanswered.length > 0 && this.row?.version !== this.link.version,
			writtenByOther: unanswered.includes(hash) && this.row?.changedBy !== this.state.me,
			logged: false,
			settling: false,
			lostTrack:
				this.lostTrack('dynamics', name) ||
				(unanswered.length > 0 && this.row?.version !== this.link.version),
			vouched:
				base?.kind === 'known' &&
				!base.isStale &&
				unanswered.length === 0 &&
				this.link.version !== null,
			changedAt: this.row?.changedAt ?? null,
		};
	}

	private marketoField(live: LiveRow): FieldState {
		const name = live.row.field;
		const base = baseOf(this.bases.marketo, name);
		const isProvisional = base?.kind === 'unconfirmed';
		const suspect = base?.kind === 'unconfirmed' ? base.suspect : undefined;
		const unanswered = this.unanswered('marketo', name);
		const value = this.person.values[name] ?? null;
		const edits = (this.person.edits ?? []).filter((edit) => edit.field === name);
		const hash = fingerprintOf(this.state.ledger.key, live.field, 'marketo', value);
		const awaited = this.plans.findLast(
			({ side, state, fields }) => side === 'marketo' && state === 'echo' && fields[name],
		);
		return {
			read: true,
			value,
			hash,
			base: base?.hash ?? null,
			provisional: isProvisional,
			storedForm: isProvisional && this.isStoredForm(live, edits, hash, awaited?.fields[name]),
			sent: unanswered,
			movedUnanswered:
				unanswered.length > 0 &&
				(edits.length > 0 || (hash !== base?.hash && !unanswered.includes(hash))),
			writtenByOther: false,
			logged: edits.length > 0,
			settling:
				suspect?.hash !== hash ||
				suspect.since + this.state.ledger.timing.overlap > this.state.logReadTo,
			lostTrack: this.lostTrack('marketo', name) || unanswered.length > 0,
			vouched: true,
			changedAt: edits.at(-1)?.at ?? null,
		};
	}

	/**
	 * R14: the one logged change since our write replaced what we meant to replace, is what stands there, and
	 * is like what we sent. A write whose stored form stood there before is not logged: then the one change is a user's.
	 */
	private isStoredForm(
		live: LiveRow,
		edits: FieldEdit[],
		hash: string,
		sent: PlannedField | undefined,
	): boolean {
		const [only, more] = edits;
		if (!only || more || !sent?.old) return false;
		const print = (value: Raw) =>
			fingerprintOf(this.state.ledger.key, live.field, 'marketo', value);
		if (print(only.newValue) !== hash || print(only.oldValue) !== sent.old) return false;
		return (
			sent.like === undefined ||
			fingerprint(this.state.ledger.key, likeness(live.field, only.newValue)) === sent.like
		);
	}

	/** R15, R31: synced before, but the base is not to be trusted, or was made with another key. */
	private lostTrack(side: Side, name: string): boolean {
		return (
			this.bases[side].get(name)?.kind === 'lost' || this.link.keyId !== this.state.ledger.key.id
		);
	}

	/** Values of a field that were sent without an answer, oldest first. */
	private unanswered(side: Side, name: string): string[] {
		return this.plans
			.filter(
				({ side: to, state, fields }) =>
					to === side && state === 'unknown' && fields[name] && fields[name].row !== PUT_BACK,
			)
			.map(({ fields }) => fields[name]!.new);
	}

	private lostEdit(
		live: LiveRow,
		marketo: FieldState,
		lost: { value: Raw; at: string },
	): FieldState {
		return {
			...marketo,
			value: lost.value,
			hash: fingerprintOf(this.state.ledger.key, live.field, 'marketo', lost.value),
			changedAt: lost.at,
		};
	}

	async take({ live, dynamics, marketo, verdict, overwritten }: Judged, drafts: Drafts) {
		const { row } = live;
		if (overwritten && (await this.putBack(live, dynamics, marketo, overwritten, drafts))) {
			this.confirm(row.field, marketo);
			return;
		}
		switch (verdict.do) {
			case 'nothing':
				if (verdict.keep) break;
				if (dynamics.read) this.bases.dynamics.set(row.column, known(dynamics.hash));
				this.bases.marketo.set(row.field, known(marketo.hash));
				if (verdict.why === 'equal') {
					await this.closeQuestion(live, 'nobody yet', 'Both sides are equal again');
					await solveHeld(this.state, this.held, row);
				} else if (verdict.why === 'unchanged') {
					// The refused value was taken back: both sides stand where they last agreed.
					const back = this.held.filter(({ side, source }) =>
						side === 'dynamics'
							? source !== marketo.hash
							: dynamics.read && source !== dynamics.hash,
					);
					await solveHeld(this.state, back, row);
				}
				break;
			case 'hold': {
				const left =
					verdict.on === 'marketo'
						? { source: dynamics.hash, stood: marketo.hash }
						: { source: marketo.hash, stood: dynamics.hash };
				await holdField(
					this.state,
					this.link,
					verdict.on,
					live,
					left,
					verdict.refusal,
					this.person.label,
				);
				break;
			}
			case 'ask':
				await this.record(live, dynamics, marketo, verdict.contest, true);
				break;
			case 'write':
				await this.write(live, dynamics, marketo, verdict, drafts);
				break;
			default:
				break;
		}
		// R15: once an unanswered write was judged and the record had moved, the old base means nothing.
		if (dynamics.movedUnanswered && standing(dynamics) === 'unset' && verdict.do !== 'nothing')
			this.bases.dynamics.set(row.column, LOST);
		if (marketo.movedUnanswered && standing(marketo) === 'unset' && verdict.do !== 'nothing')
			this.bases.marketo.set(row.field, LOST);
		this.markStale(row.column, dynamics);
		this.confirm(row.field, marketo);
	}

	/** R14: what the log has told once is not told again; from here on the base is compared like any other. */
	private confirm(field: string, marketo: FieldState) {
		const base = baseOf(this.bases.marketo, field);
		if (base?.kind !== 'unconfirmed') return;
		if (marketo.storedForm) this.bases.marketo.set(field, known(marketo.hash));
		else if (marketo.logged || marketo.hash === base.hash)
			this.bases.marketo.set(field, known(base.hash));
		else if (base.suspect?.hash !== marketo.hash)
			this.bases.marketo.set(field, suspected(base.hash, marketo.hash, this.state.readAt.marketo));
	}

	/** R5: remember that the row at this version holds something else than the base. */
	private markStale(column: string, dynamics: FieldState) {
		const base = baseOf(this.bases.dynamics, column);
		if (base && dynamics.read)
			this.bases.dynamics.set(
				column,
				base.hash === dynamics.hash ? known(base.hash) : stale(base.hash),
			);
	}

	private async write(
		live: LiveRow,
		dynamics: FieldState,
		marketo: FieldState,
		verdict: Extract<Verdict, { do: 'write' }>,
		drafts: Drafts,
	) {
		const { to } = verdict;
		const { row } = live;
		const target = to === 'dynamics' ? row.column : row.field;
		const column = to === 'dynamics' ? live.column : live.field;
		const source =
			to === 'dynamics'
				? { column: row.field, value: marketo.hash }
				: { column: row.column, value: dynamics.hash };
		if (drafts[to].has(target)) return;
		const refusedBefore = this.held.find((held) => held.side === to && held.field === target);
		if (refusedBefore?.source === source.value) return;
		const hash = fingerprint(this.state.ledger.key, normalForm(column, to, verdict.value));
		if (to === 'dynamics' && !dynamics.read && hash === dynamics.base) {
			// The unread row is vouched for, and holds this very value.
			this.bases.marketo.set(row.field, known(marketo.hash));
			return;
		}
		if (isPingPong(this.link.wrote, to, target, hash, this.state.lane.cycle)) {
			const refusal = {
				code: 'pingPong',
				reason: `Sync wrote "${show(verdict.value)}" to ${column.label} again and again, and something changes it back to "${show(to === 'dynamics' ? dynamics.value : marketo.value)}" each time`,
				remedy:
					'Find the plug-in, flow or campaign that rewrites the field, or give this row one direction',
			};
			const stood = (to === 'dynamics' ? dynamics : marketo).hash;
			await holdField(
				this.state,
				this.link,
				to,
				live,
				{ source: source.value, stood },
				refusal,
				this.person.label,
			);
			return;
		}
		if (verdict.contest) await this.record(live, dynamics, marketo, verdict.contest, false);
		else await this.closeQuestion(live, to === 'dynamics' ? 'marketo' : 'dynamics', verdict.rule);
		this.shown[row.id] = [dynamics.value, marketo.value];
		drafts[to].set(target, {
			row: row.id,
			column,
			value: verdict.value,
			old: (to === 'dynamics' ? dynamics : marketo).hash,
			source,
			rule: verdict.rule,
		});
	}

	/**
	 * R13: an edit that our write replaced unseen. It is put on record; unless Dynamics wins, it is also put
	 * back, as the edit that it was: from there on the row goes its usual way. False where nothing is put
	 * back: somebody has edited the field since, or Dynamics wins.
	 */
	private async putBack(
		live: LiveRow,
		dynamics: FieldState,
		marketo: FieldState,
		overwritten: { lost: FieldState; verdict: Verdict },
		drafts: Drafts,
	): Promise<boolean> {
		const { lost, verdict } = overwritten;
		const { row, field } = live;
		const kept: Contest = {
			base: 'known',
			winner: 'marketo',
			rule: 'The row keeps what Marketo has',
		};
		const contest =
			verdict.do === 'write' || verdict.do === 'ask' ? (verdict.contest ?? kept) : kept;
		const stands = standing(marketo) === 'same';
		await this.record(live, dynamics, lost, contest, verdict.do === 'ask' && stands);
		const back = convert(field, field, 'marketo', lost.value);
		if (!stands || (verdict.do === 'write' && verdict.to === 'marketo') || !('value' in back))
			return false;
		drafts.marketo.set(row.field, {
			row: PUT_BACK,
			column: field,
			value: back.value,
			old: marketo.hash,
			source: null,
			rule: 'Put back: our write had replaced it unseen',
		});
		return true;
	}

	/** One conflict per field and pair of values: its id says so, a repeated page records it once. */
	private async record(
		live: LiveRow,
		dynamics: FieldState,
		marketo: FieldState,
		contest: Contest,
		open: boolean,
	) {
		const { state, link } = this;
		const old = await this.closeQuestion(live, contest.winner ?? 'nobody yet', contest.rule, !open);
		const id =
			old ??
			fingerprint(
				state.ledger.key,
				[link.id, live.row.id, dynamics.hash, marketo.hash, contest.rule].join('|'),
			);
		const { base, winner, rule } = contest;
		const shown = { dynamics: dynamics.hash, marketo: marketo.hash };
		await recordConflict(state.db, {
			id,
			link: link.id,
			row: live.row.id,
			state: open ? 'open' : 'decided',
			base,
			shown,
			winner: winner ?? '',
			rule,
			lane: state.ref.lane,
			run: state.ref.run,
			at: state.now,
		});
		state.out.conflicts.push(this.conflictItem(id, live, dynamics.value, marketo.value, contest));
		state.counts.conflicts++;
	}

	private conflictItem(
		id: string,
		live: LiveRow,
		dynamicsValue: Raw,
		marketoValue: Raw,
		contest: Contest,
	): ConflictItem {
		return {
			kind: 'conflict',
			page: this.state.token,
			id,
			label: this.row?.label ?? this.person.label,
			table: this.link.table,
			dynamicsId: this.link.dynamicsId,
			marketoId: this.person.id,
			field: `${live.column.label} (${live.row.column}) = ${live.field.label} (${live.row.field})`,
			base: contest.base,
			dynamicsValue: show(dynamicsValue),
			marketoValue: show(marketoValue),
			winner: contest.winner ?? 'nobody yet',
			rule: contest.rule,
			run: this.state.ref.run,
			at: new Date(this.state.now).toISOString(),
		};
	}

	/** Closes an open question of the row; returns its id. `keepSilent`: the caller tells people itself. */
	private async closeQuestion(
		live: LiveRow,
		winner: ConflictItem['winner'],
		rule: string,
		silent = false,
	): Promise<string | null> {
		const open = (this.state.questions.get(this.link.id) ?? []).find(
			(question) => question.row === live.row.id,
		);
		if (!open) return null;
		await decideConflict(this.state.db, open.id, winner, rule);
		if (!silent && rule === 'Both sides are equal again') {
			const contest: Contest = { base: open.base, winner: null, rule };
			this.state.out.conflicts.push(
				this.conflictItem(
					open.id,
					live,
					this.row?.values[live.row.column] ?? null,
					this.person.values[live.row.field] ?? null,
					contest,
				),
			);
		}
		return open.id;
	}

	/** The fields that sync itself keeps on the person, where they are not as they should be. */
	linkFieldsThatDiffer(): Array<[string, DraftField]> {
		const differing: Array<[string, DraftField]> = [];
		for (const [field, value] of ownFields(this.state, this.link, this.row)) {
			const column = this.state.personColumns.get(field);
			if (!column || this.person.values[field] === undefined) continue;
			const wanted = normalForm(column, 'marketo', value);
			if (normalForm(column, 'marketo', this.person.values[field]) === wanted) continue;
			differing.push([
				field,
				{ row: OWN_FIELD, column, value, old: null, source: null, rule: 'Link' },
			]);
		}
		return differing;
	}

	/** R6, R7: the bases that moved, and the row version they belong to. */
	async save() {
		const { state, link, row } = this;
		await changeLink(state.db, link, {
			bases: this.bases,
			keyId: state.ledger.key.id,
			version: row?.version ?? link.version,
			...(row
				? {
						emailKey: emailKeyOf(state, row),
						generation: state.generations.get(row.table) ?? link.generation,
					}
				: {}),
			updatedAt: state.now,
		});
	}

	/** Unanswered plans were judged by what was read; echoes that came are no longer awaited. */
	async dropAnswered() {
		const judged = this.plans.filter(
			({ state, side }) => state === 'unknown' && (side === 'marketo' || this.row !== null),
		);
		await dropPlans(
			this.state.db,
			judged.map(({ id }) => id),
		);
		if (this.doubtUntil === 0) await dropEchoed(this.state, this.plans, this.person);
	}
}

/** Our own writes came back as they were sent: their bases are confirmed without reading the person (R14). */
export async function confirmEcho(
	state: PageState,
	link: Link,
	plans: Plan[],
	person: RecordItem,
): Promise<void> {
	const bases = basesOf(state.ledger, link, 'marketo');
	const awaited = new Set(
		(person.edits ?? [])
			.map(({ field }) => field)
			.filter((field) => bases.get(field)?.kind === 'unconfirmed'),
	);
	for (const field of awaited) bases.set(field, known(baseOf(bases, field)!.hash));
	if (awaited.size > 0)
		await changeLink(state.db, link, { bases: { ...link.bases, marketo: bases } });
	await dropEchoed(state, plans, person);
}

/** R13: a Marketo write waits for its echo, field by field; what has been seen is awaited no longer. */
async function dropEchoed(state: PageState, plans: Plan[], person: RecordItem): Promise<void> {
	if (!person.edits?.length) return;
	for (const plan of plans) {
		if (plan.side !== 'marketo' || plan.state !== 'echo') continue;
		const left = Object.entries(plan.fields).filter(([name, field]) => {
			const column = state.personColumns.get(name);
			return !person.edits!.some(
				(edit) =>
					edit.field === name &&
					column &&
					fingerprintOf(state.ledger.key, column, 'marketo', edit.newValue) === field.new,
			);
		});
		if (left.length === Object.keys(plan.fields).length) continue;
		await keepFields(
			state.db,
			plan.id,
			left.every(([, field]) => field.row === OWN_FIELD) ? {} : Object.fromEntries(left),
		);
	}
}

export function show(value: Raw | undefined): string {
	if (value === null || value === undefined) return '';
	const text = String(value);
	return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
