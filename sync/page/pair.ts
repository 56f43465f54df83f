import { fingerprint, fingerprintOf } from '../fingerprint';
import type { ConflictItem, FieldEdit, RecordItem, Side } from '../items';
import { basesOf, lastHeld, LOST, readBase, stale, suspected } from '../ledger/bases';
import { enqueue } from '../ledger/queue';
import { PUT_BACK, type Bases, type HeldRow, type LinkRow, type PlanRow, type PlannedField, type PlannedFields } from '../ledger/schema';
import { normalForm } from '../normalForm';
import { convert } from '../convert';
import type { Raw } from '../values';
import type { LiveRow } from './catalogue';
import { isInherited } from './companyFields';
import { decideOverwritten, decideRow, standing, valueForCreate, type Contest, type FieldState, type Verdict } from './decide';
import { overwrittenBy, type Overwritten } from './echo';
import { holdField, solveHeld } from './hold';
import { isPingPong, type Wrote } from './pingPong';
import { emailKeyOf, linkSubject, plannedFields, type PageState } from './pageState';
import { planWrite, type DraftField } from './plan';
import { likeness } from './storedForm';

/**
 * Compares one linked pair field by field, moves the bases that need no write (R7) and plans the
 * writes. `row` null: the Dynamics row was not read; its row version vouches for it (R5).
 */
export async function settlePair(state: PageState, link: LinkRow, row: RecordItem | null, person: RecordItem): Promise<void> {
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
		await enqueue(state.ledger, state.db, { subject: linkSubject(link), dueAt: state.now, code: 'readBoth', reason: 'Both sides are read together', run: state.ref.run, label: person.label });
		return;
	}
	for (const one of verdicts) await pair.take(one, drafts);
	if (pair.doubtUntil > 0) state.unsettled.add(person.id);
	const waits = pair.doubtUntil > 0 || verdicts.some(({ verdict }) => verdict.do === 'wait');
	if (waits) {
		const dueAt = Math.max(state.now + state.ledger.timing.unansweredGrace, pair.doubtUntil);
		await enqueue(state.ledger, state.db, { subject: linkSubject(link), dueAt, code: 'settling', reason: 'Marketo may still be logging an edit', run: state.ref.run, label: person.label });
	}
	const linkFields = pair.linkFieldsThatDiffer();
	for (const [field, draft] of linkFields) drafts.marketo.set(field, draft);
	await pair.save();
	await pair.dropAnswered();
	const label = row?.label ?? person.label;
	if (drafts.dynamics.size > 0) {
		await planWrite(state, { link, side: 'dynamics', operation: 'update', id: link.dynamics_id, table: link.table_name, label, changedAt: person.changedAt, version: row?.version ?? link.version, fields: drafts.dynamics, shown: pair.shown });
		state.counts.toDynamics++;
	}
	if (drafts.marketo.size > 0) {
		await planWrite(state, { link, side: 'marketo', operation: 'update', id: person.id, table: 'person', label, changedAt: row?.changedAt ?? null, version: null, fields: drafts.marketo, shown: pair.shown });
		state.counts.toMarketo++;
	}
	if (waits) return;
	const writes = drafts.dynamics.size + drafts.marketo.size > 0;
	(writes ? state.inHand : state.settled).push(linkSubject(link), `person:${person.id}`);
}

/** What a row held when sync looked at it last: its bases, and what it asked about or left behind. */
export function lastKnown(state: PageState, link: LinkRow): Bases {
	const bases = basesOf(state.ledger, link, 'dynamics');
	const unset = (column: string) => readBase(bases, column) === null;
	for (const { row } of state.live[link.table_name]) {
		const question = state.questions.get(link.id)?.find((open) => open.row === row.id);
		const held = state.held.get(link.id)?.find((one) => one.side === 'marketo' && one.field === row.field);
		const seen = question?.shown_dynamics ?? held?.source;
		if (seen && unset(row.column)) bases[row.column] = seen;
	}
	return bases;
}

/** Whether a user has changed any mapped column since sync last dealt with the row. */
export function isEditedSince(state: PageState, link: LinkRow, row: RecordItem): boolean {
	const bases = basesOf(state.ledger, link, 'dynamics');
	const sent = (state.plans.get(link.id) ?? []).filter((plan) => plan.side === 'dynamics').map(plannedFields);
	return state.live[link.table_name].some((live) => {
		const name = live.row.column;
		const held = lastHeld(bases, name);
		if (live.row.direction === 'toDynamics' || held === null || row.values[name] === undefined) return false;
		const hash = fingerprintOf(state.ledger.key, live.column, 'dynamics', row.values[name]);
		return hash !== held && !sent.some((fields) => fields[name]?.new === hash);
	});
}

/** The row's bases, with what it holds of the values that were sent to it without an answer. */
export function valuesArrived(state: PageState, link: LinkRow, row: RecordItem, unanswered: PlanRow[]): Bases {
	const bases = basesOf(state.ledger, link, 'dynamics');
	const columns = state.columns[link.table_name];
	for (const [name, { new: sent }] of unanswered.flatMap((plan) => Object.entries(plannedFields(plan)))) {
		const column = columns.get(name);
		const holds = column && row.values[name] !== undefined && fingerprintOf(state.ledger.key, column, 'dynamics', row.values[name]);
		if (holds === sent && lastHeld(bases, name)) bases[name] = sent;
	}
	return bases;
}

/** Plans a person for a Dynamics row that has none (R23: the create carries the Dynamics id). */
export async function planCreate(state: PageState, link: LinkRow, row: RecordItem): Promise<void> {
	const drafts = new Map<string, DraftField>();
	const bases: Bases = {};
	for (const live of state.live[link.table_name]) {
		const value = row.values[live.row.column];
		if (value === undefined) continue;
		const hash = fingerprintOf(state.ledger.key, live.column, 'dynamics', value);
		const there = valueForCreate(live.row, live.column, live.field, value);
		if (!there) continue;
		if (drafts.has(live.row.field)) continue;
		if ('refusal' in there) {
			// The person will be made without it.
			const left = { source: hash, stood: fingerprintOf(state.ledger.key, live.field, 'marketo', null) };
			await holdField(state, link, 'marketo', live, left, there.refusal, row.label);
			continue;
		}
		if (there.value === null || (live.field.type === 'boolean' && there.value === false)) {
			bases[live.row.column] = hash;
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
		if (column) drafts.set(field, { row: 'link', column, value, old: null, source: null, rule: 'Link' });
	}
	await state.db.updateTable('link').set({ bases_dynamics: JSON.stringify(bases), version: row.version ?? null }).where('id', '=', link.id).execute();
	await planWrite(state, { link, side: 'marketo', operation: 'create', id: '', table: 'person', label: row.label, changedAt: row.changedAt, version: null, fields: drafts, shown: {} });
	state.inHand.push(linkSubject(link));
}

/** What sync itself keeps on the person (native: Microsoft Type, Created Date, is Deleted; and the ids). */
function ownFields(state: PageState, link: LinkRow, row: RecordItem | null): Array<[string, Raw]> {
	const { fields } = state;
	const own: Array<[string, Raw]> = [
		[link.table_name === 'lead' ? fields.leadId : fields.contactId, link.dynamics_id],
		[fields.type, link.table_name === 'lead' ? 'Lead' : 'Contact'],
		[fields.isDeleted, false],
	];
	if (row?.values.createdon) own.push([fields.createdDate, row.values.createdon]);
	return own;
}

/** R17: an unanswered write is judged when its time is over; in Marketo, when the log was read past it. */
export async function unansweredTooYoung(state: PageState, link: LinkRow, plans: PlanRow[]): Promise<boolean> {
	const unanswered = plans.filter((plan) => plan.state === 'unknown');
	const judgedAt = Math.max(0, ...unanswered.map((plan) => (plan.over_at ?? 0) + state.ledger.timing.unansweredGrace));
	const readTo = unanswered.some((plan) => plan.side === 'marketo') ? state.logReadTo : state.readAt.dynamics;
	if (unanswered.length === 0 || judgedAt <= readTo) return false;
	const dueAt = Math.max(judgedAt, state.now + 1);
	await enqueue(state.ledger, state.db, { subject: linkSubject(link), dueAt, code: 'unanswered', reason: 'Waiting to see whether a write arrived', run: state.ref.run });
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
	readonly shown: Record<string, [Raw, Raw]> = {};
	readonly overwritten: Map<string, Overwritten>;
	/** Until when the log may still show that nothing was overwritten after all; 0: nothing is in doubt. */
	readonly doubtUntil: number = 0;
	private readonly bases: Record<Side, Bases>;
	private readonly held: HeldRow[];
	private readonly wrote: Wrote;
	private readonly planned: Array<{ plan: PlanRow; fields: PlannedFields }>;

	constructor(
		private readonly state: PageState,
		private readonly link: LinkRow,
		private readonly row: RecordItem | null,
		private readonly person: RecordItem,
		plans: PlanRow[],
	) {
		this.bases = { dynamics: basesOf(state.ledger, link, 'dynamics'), marketo: basesOf(state.ledger, link, 'marketo') };
		this.held = state.held.get(link.id) ?? [];
		this.wrote = JSON.parse(link.wrote) as Wrote;
		this.planned = plans.map((plan) => ({ plan, fields: plannedFields(plan) }));
		this.acknowledge();
		const echoes = plans.filter((plan) => plan.side === 'marketo' && plan.state !== 'planned');
		this.overwritten = overwrittenBy(state.ledger, state.personColumns, echoes, person.edits ?? []);
		for (const [name, { by }] of this.overwritten) {
			const until = (by.over_at ?? 0) + state.ledger.timing.overlap;
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
		for (const { plan, fields } of this.planned) {
			if (plan.state !== 'unknown') continue;
			for (const [name, { new: sent, source }] of Object.entries(fields)) {
				if (!source || !this.arrived(plan.side, name, sent)) continue;
				this.bases[plan.side][name] = sent;
				// A row that was not read may hold something else by now (R5).
				if (plan.side === 'marketo') this.bases.dynamics[source.column] = stale(source.value);
				else this.bases.marketo[source.column] = source.value;
			}
		}
	}

	private arrived(side: Side, name: string, sent: string): boolean {
		const record = side === 'dynamics' ? this.row : this.person;
		const column = side === 'dynamics' ? this.state.columns[this.link.table_name].get(name) : this.state.personColumns.get(name);
		if (!column || record?.values[name] === undefined) return false;
		// R16: the same value by somebody else's hand is theirs.
		if (side === 'dynamics' && record.changedBy !== this.state.me) return false;
		return fingerprintOf(this.state.ledger.key, column, side, record.values[name]) === sent;
	}

	/** Every row of the mapping judged, before anything is changed. */
	verdicts(): Judged[] {
		const { row, person } = this;
		return this.state.live[this.link.table_name]
			.filter(({ row: { column, field } }) => (!row || row.values[column] !== undefined) && person.values[field] !== undefined)
			.filter(({ row: { field } }) => !isInherited(person, field))
			.map((live) => {
				const input = this.input(live);
				const verdict = decideRow(input);
				const found = this.overwritten.get(live.row.field);
				const lost = found && this.lostEdit(live, input.marketo, found);
				if (!lost || verdict.do === 'read') return { live, dynamics: input.dynamics, marketo: input.marketo, verdict };
				const late = decideOverwritten({ ...input, marketo: lost });
				if (late?.do === 'read') return { live, dynamics: input.dynamics, marketo: input.marketo, verdict: late };
				return { live, dynamics: input.dynamics, marketo: input.marketo, verdict, overwritten: late ? { lost, verdict: late } : undefined };
			});
	}

	input(live: LiveRow) {
		const table = this.state.mapping[this.link.table_name];
		const question = (this.state.questions.get(this.link.id) ?? []).find((open) => open.row === live.row.id);
		return {
			row: live.row,
			table: this.link.table_name,
			column: live.column,
			field: live.field,
			dynamics: this.dynamicsField(live),
			marketo: this.marketoField(live),
			winner: live.row.winner ?? table.ifBothChanged,
			empty: live.row.empty ?? table.emptyValues,
			question: question ? { shownDynamics: question.shown_dynamics, shownMarketo: question.shown_marketo } : null,
			refused: this.held.flatMap(({ side, field, source, stood }) => (stood !== null && field === (side === 'dynamics' ? live.row.column : live.row.field) ? [{ on: side, source, stood }] : [])),
		};
	}

	private dynamicsField(live: LiveRow): FieldState {
		const name = live.row.column;
		const base = readBase(this.bases.dynamics, name);
		const unanswered = this.unanswered('dynamics', name);
		const value = this.row?.values[name] ?? null;
		const hash = this.row ? fingerprintOf(this.state.ledger.key, live.column, 'dynamics', value) : (base?.hash ?? '');
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
			lostTrack: this.lostTrack('dynamics', name) || (unanswered.length > 0 && this.row?.version !== this.link.version),
			vouched: base !== null && !base.stale && unanswered.length === 0 && this.link.version !== null,
			changedAt: this.row?.changedAt ?? null,
		};
	}

	private marketoField(live: LiveRow): FieldState {
		const name = live.row.field;
		const base = readBase(this.bases.marketo, name);
		const unanswered = this.unanswered('marketo', name);
		const value = this.person.values[name] ?? null;
		const edits = (this.person.edits ?? []).filter((edit) => edit.field === name);
		const hash = fingerprintOf(this.state.ledger.key, live.field, 'marketo', value);
		const awaited = this.planned.findLast(({ plan, fields }) => plan.side === 'marketo' && plan.state === 'echo' && fields[name]);
		return {
			read: true,
			value,
			hash,
			base: base?.hash ?? null,
			provisional: base?.provisional ?? false,
			storedForm: base?.provisional === true && this.isStoredForm(live, edits, hash, awaited?.fields[name]),
			sent: unanswered,
			movedUnanswered: unanswered.length > 0 && (edits.length > 0 || (hash !== base?.hash && !unanswered.includes(hash))),
			writtenByOther: false,
			logged: edits.length > 0,
			settling: base?.suspect?.hash !== hash || base.suspect.since + this.state.ledger.timing.overlap > this.state.logReadTo,
			lostTrack: this.lostTrack('marketo', name) || unanswered.length > 0,
			vouched: true,
			changedAt: edits.at(-1)?.at ?? null,
		};
	}

	/**
	 * R14: the one logged change since our write replaced what we meant to replace, is what stands there, and
	 * is like what we sent. A write whose stored form stood there before is not logged: then the one change is a user's.
	 */
	private isStoredForm(live: LiveRow, edits: FieldEdit[], hash: string, sent: PlannedField | undefined): boolean {
		const [only, more] = edits;
		if (!only || more || !sent?.old) return false;
		const print = (value: Raw) => fingerprintOf(this.state.ledger.key, live.field, 'marketo', value);
		if (print(only.newValue) !== hash || print(only.oldValue) !== sent.old) return false;
		return sent.like === undefined || fingerprint(this.state.ledger.key, likeness(live.field, only.newValue)) === sent.like;
	}

	/** R15, R31: synced before, but the base is not to be trusted, or was made with another key. */
	private lostTrack(side: Side, name: string): boolean {
		return this.bases[side][name] === LOST || this.link.key_id !== this.state.ledger.key.id;
	}

	/** Values of a field that were sent without an answer, oldest first. */
	private unanswered(side: Side, name: string): string[] {
		return this.planned
			.filter(({ plan, fields }) => plan.side === side && plan.state === 'unknown' && fields[name] && fields[name].row !== PUT_BACK)
			.map(({ fields }) => fields[name]!.new);
	}

	private lostEdit(live: LiveRow, marketo: FieldState, lost: { value: Raw; at: string }): FieldState {
		return { ...marketo, value: lost.value, hash: fingerprintOf(this.state.ledger.key, live.field, 'marketo', lost.value), changedAt: lost.at };
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
				if (dynamics.read) this.bases.dynamics[row.column] = dynamics.hash;
				this.bases.marketo[row.field] = marketo.hash;
				if (verdict.why === 'equal') {
					await this.closeQuestion(live, 'nobody yet', 'Both sides are equal again');
					await solveHeld(this.state, this.link, this.held, row);
				} else if (verdict.why === 'unchanged') {
					// The refused value was taken back: both sides stand where they last agreed.
					const back = this.held.filter(({ side, source }) => (side === 'dynamics' ? source !== marketo.hash : dynamics.read && source !== dynamics.hash));
					await solveHeld(this.state, this.link, back, row);
				}
				break;
			case 'hold': {
				const left = verdict.on === 'marketo' ? { source: dynamics.hash, stood: marketo.hash } : { source: marketo.hash, stood: dynamics.hash };
				await holdField(this.state, this.link, verdict.on, live, left, verdict.refusal, this.person.label);
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
		if (dynamics.movedUnanswered && standing(dynamics) === 'unset' && verdict.do !== 'nothing') this.bases.dynamics[row.column] = LOST;
		if (marketo.movedUnanswered && standing(marketo) === 'unset' && verdict.do !== 'nothing') this.bases.marketo[row.field] = LOST;
		this.markStale(row.column, dynamics);
		this.confirm(row.field, marketo);
	}

	/** R14: what the log has told once is not told again; from here on the base is compared like any other. */
	private confirm(field: string, marketo: FieldState) {
		const base = readBase(this.bases.marketo, field);
		if (!base?.provisional) return;
		if (marketo.storedForm) this.bases.marketo[field] = marketo.hash;
		else if (marketo.logged || marketo.hash === base.hash) this.bases.marketo[field] = base.hash;
		else if (base.suspect?.hash !== marketo.hash) this.bases.marketo[field] = suspected(base.hash, marketo.hash, this.state.readAt.marketo);
	}

	/** R5: remember that the row at this version holds something else than the base. */
	private markStale(column: string, dynamics: FieldState) {
		const base = readBase(this.bases.dynamics, column);
		if (base && dynamics.read) this.bases.dynamics[column] = base.hash === dynamics.hash ? base.hash : stale(base.hash);
	}

	private async write(live: LiveRow, dynamics: FieldState, marketo: FieldState, verdict: Extract<Verdict, { do: 'write' }>, drafts: Drafts) {
		const { to } = verdict;
		const { row } = live;
		const target = to === 'dynamics' ? row.column : row.field;
		const column = to === 'dynamics' ? live.column : live.field;
		const source = to === 'dynamics' ? { column: row.field, value: marketo.hash } : { column: row.column, value: dynamics.hash };
		if (drafts[to].has(target)) return;
		const refusedBefore = this.held.find((held) => held.side === to && held.field === target);
		if (refusedBefore?.source === source.value) return;
		const hash = fingerprint(this.state.ledger.key, normalForm(column, to, verdict.value));
		if (to === 'dynamics' && !dynamics.read && hash === dynamics.base) {
			// The unread row is vouched for, and holds this very value.
			this.bases.marketo[row.field] = marketo.hash;
			return;
		}
		if (isPingPong(this.wrote, to, target, hash, this.state.lane.cycle)) {
			const refusal = {
				code: 'pingPong',
				reason: `Sync wrote "${show(verdict.value)}" to ${column.label} again and again, and something changes it back to "${show(to === 'dynamics' ? dynamics.value : marketo.value)}" each time`,
				remedy: 'Find the plug-in, flow or campaign that rewrites the field, or give this row one direction',
			};
			const stood = (to === 'dynamics' ? dynamics : marketo).hash;
			await holdField(this.state, this.link, to, live, { source: source.value, stood }, refusal, this.person.label);
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
	private async putBack(live: LiveRow, dynamics: FieldState, marketo: FieldState, overwritten: { lost: FieldState; verdict: Verdict }, drafts: Drafts): Promise<boolean> {
		const { lost, verdict } = overwritten;
		const { row, field } = live;
		const kept: Contest = { base: 'known', winner: 'marketo', rule: 'The row keeps what Marketo has' };
		const contest = verdict.do === 'write' || verdict.do === 'ask' ? (verdict.contest ?? kept) : kept;
		const stands = standing(marketo) === 'same';
		await this.record(live, dynamics, lost, contest, verdict.do === 'ask' && stands);
		const back = convert(field, field, 'marketo', lost.value);
		if (!stands || (verdict.do === 'write' && verdict.to === 'marketo') || !('value' in back)) return false;
		drafts.marketo.set(row.field, { row: PUT_BACK, column: field, value: back.value, old: marketo.hash, source: null, rule: 'Put back: our write had replaced it unseen' });
		return true;
	}

	/** One conflict per field and pair of values: its id says so, a repeated page records it once. */
	private async record(live: LiveRow, dynamics: FieldState, marketo: FieldState, contest: Contest, open: boolean) {
		const { state, link } = this;
		const old = await this.closeQuestion(live, contest.winner ?? 'nobody yet', contest.rule, !open);
		const id = old ?? fingerprint(state.ledger.key, [link.id, live.row.id, dynamics.hash, marketo.hash, contest.rule].join('|'));
		const row = {
			id,
			link: link.id,
			row: live.row.id,
			state: open ? ('open' as const) : ('decided' as const),
			base: contest.base,
			shown_dynamics: dynamics.hash,
			shown_marketo: marketo.hash,
			winner: contest.winner ?? '',
			rule: contest.rule,
			run: state.ref.run,
			at: state.now,
		};
		await state.db.insertInto('conflict').values(row).onConflict((c) => c.column('id').doUpdateSet(row)).execute();
		state.out.conflicts.push(this.conflictItem(id, live, dynamics.value, marketo.value, contest));
		state.counts.conflicts++;
	}

	private conflictItem(id: string, live: LiveRow, dynamicsValue: Raw, marketoValue: Raw, contest: Contest): ConflictItem {
		return {
			kind: 'conflict',
			page: this.state.token,
			id,
			label: this.row?.label ?? this.person.label,
			table: this.link.table_name,
			dynamicsId: this.link.dynamics_id,
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
	private async closeQuestion(live: LiveRow, winner: ConflictItem['winner'], rule: string, silent = false): Promise<string | null> {
		const open = (this.state.questions.get(this.link.id) ?? []).find((question) => question.row === live.row.id);
		if (!open) return null;
		await this.state.db.updateTable('conflict').set({ state: 'decided', winner, rule }).where('id', '=', open.id).execute();
		if (!silent && rule === 'Both sides are equal again') {
			const contest: Contest = { base: open.base, winner: null, rule };
			this.state.out.conflicts.push(this.conflictItem(open.id, live, this.row?.values[live.row.column] ?? null, this.person.values[live.row.field] ?? null, contest));
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
			differing.push([field, { row: 'link', column, value, old: null, source: null, rule: 'Link' }]);
		}
		return differing;
	}

	/** R6, R7: the bases that moved, and the row version they belong to. */
	async save() {
		const { state, link, row } = this;
		await state.db
			.updateTable('link')
			.set({
				bases_dynamics: JSON.stringify(this.bases.dynamics),
				bases_marketo: JSON.stringify(this.bases.marketo),
				key_id: state.ledger.key.id,
				version: row?.version ?? link.version,
				...(row ? { email_key: emailKeyOf(state, row), generation: state.generations.get(row.table) ?? link.generation } : {}),
				updated_at: state.now,
			})
			.where('id', '=', link.id)
			.execute();
	}

	/** Unanswered plans were judged by what was read; echoes that came are no longer awaited. */
	async dropAnswered() {
		const judged = this.planned
			.filter(({ plan }) => plan.state === 'unknown' && (plan.side === 'marketo' || this.row !== null))
			.map(({ plan }) => plan.id);
		if (judged.length > 0) await this.state.db.deleteFrom('plan').where('id', 'in', judged).execute();
		if (this.doubtUntil === 0) await dropEchoed(this.state, this.planned.map(({ plan }) => plan), this.person);
	}
}

/** Our own writes came back as they were sent: their bases are confirmed without reading the person (R14). */
export async function confirmEcho(state: PageState, link: LinkRow, plans: PlanRow[], person: RecordItem): Promise<void> {
	const bases = basesOf(state.ledger, link, 'marketo');
	const awaited = (person.edits ?? []).filter((edit) => readBase(bases, edit.field)?.provisional);
	for (const { field } of awaited) bases[field] = readBase(bases, field)!.hash;
	if (awaited.length > 0) await state.db.updateTable('link').set({ bases_marketo: JSON.stringify(bases) }).where('id', '=', link.id).execute();
	await dropEchoed(state, plans, person);
}

/** R13: a Marketo write waits for its echo, field by field; what has been seen is awaited no longer. */
async function dropEchoed(state: PageState, plans: PlanRow[], person: RecordItem): Promise<void> {
	if (!person.edits?.length) return;
	for (const plan of plans) {
		if (plan.side !== 'marketo' || plan.state !== 'echo') continue;
		const fields = plannedFields(plan);
		const left = Object.entries(fields).filter(([name, field]) => {
			const column = state.personColumns.get(name);
			return !person.edits!.some((edit) => edit.field === name && column && fingerprintOf(state.ledger.key, column, 'marketo', edit.newValue) === field.new);
		});
		if (left.length === Object.keys(fields).length) continue;
		if (left.every(([, field]) => field.row === 'link')) await state.db.deleteFrom('plan').where('id', '=', plan.id).execute();
		else await state.db.updateTable('plan').set({ fields: JSON.stringify(Object.fromEntries(left)) }).where('id', '=', plan.id).execute();
	}
}

export function show(value: Raw | undefined): string {
	if (value === null || value === undefined) return '';
	const text = String(value);
	return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

