import type { DynamicsTable, Side } from '../../../../sync/items';
import type { EmptyRule, MappingRow, Winner } from '../../../../sync/mapping';
import { normalForm } from '../../../../sync/normalForm';
import {
	AFTER_REFUSAL,
	decideOverwritten,
	decideRow,
	standing,
	valueForCreate,
	type FieldState,
	type RowInput,
	type Verdict,
} from '../../../../sync/page/decide';
import type { Column, Raw } from '../../../../sync/values';
import { column } from '../column';
import { LANE } from '../operate/sandbox';

const TEXT = column('text');
const YES_NO = column('boolean');
const WINNERS: Winner[] = ['native', 'marketo', 'dynamics', 'newest', 'ask'];

/** How a side stands to what sync knows of it. */
type Stands = 'same' | 'edited' | 'new' | 'lost';

/** The normal form stands in for its fingerprint: null has one as well. */
const print = (of: Column, side: Side, raw: Raw) => `=${normalForm(of, side, raw)}`;

/** A field that was read; no other column is looked at. */
function state(
	of: Column,
	side: Side,
	value: Raw,
	stands: Stands,
	more: Partial<FieldState> = {},
): FieldState {
	const hash = print(of, side, value);
	return {
		read: true,
		value,
		hash,
		base: { same: hash, edited: '=before', new: null, lost: null }[stands],
		provisional: false,
		storedForm: false,
		unsure: false,
		leftByCreate: false,
		sent: [],
		movedUnanswered: false,
		writtenByOther: false,
		unproven: null,
		logged: stands === 'edited',
		settling: false,
		vouched: true,
		lostTrack: stands === 'lost',
		changedAt: null,
		...more,
	};
}

interface Case extends Partial<Omit<RowInput, 'row' | 'native' | 'dynamics' | 'marketo'>> {
	table?: DynamicsTable;
	row?: Partial<MappingRow>;
	dynamics?: Partial<FieldState>;
	marketo?: Partial<FieldState>;
}

/** A row of texts that goes both ways; each side has a value and a standing. */
function pair(
	[d, dStands]: [Raw, Stands],
	[m, mStands]: [Raw, Stands],
	{ row, dynamics, marketo, table = 'lead', ...more }: Case = {},
): RowInput {
	const of = more.column ?? TEXT;
	const there = more.field ?? of;
	return {
		row: { id: 'x>x', column: 'x', field: 'x', direction: 'both', ...row },
		native: LANE.tables.find(({ name }) => name === table)!.native,
		column: of,
		field: there,
		winner: 'native',
		empty: 'copy',
		question: null,
		answered: null,
		refused: [],
		leftApart: false,
		...more,
		dynamics: state(of, 'dynamics', d, dStands, dynamics),
		marketo: state(there, 'marketo', m, mStands, marketo),
	};
}

/** The row did not come in; what it holds is its base, if there is one. */
const unread = (base: string | null, [m, mStands]: [Raw, Stands], more: Case = {}) =>
	pair([null, 'same'], [m, mStands], {
		...more,
		dynamics: { read: false, hash: base ?? '', base, vouched: base !== null, ...more.dynamics },
	});

const nothing = (why: 'equal' | 'unchanged' | 'rule' | 'asked', keep = false): Verdict => ({
	do: 'nothing',
	why,
	keep,
});
const text = expect.stringMatching(/./) as string;
const write = (to: Side, value: Raw) => ({ do: 'write', to, value, rule: text, contest: null });
/** Both sides meant something: whoever loses is on record. */
const won = (winner: Side, value: Raw, base: 'known' | 'unset' = 'known') => ({
	do: 'write',
	to: winner === 'dynamics' ? 'marketo' : 'dynamics',
	value,
	rule: text,
	contest: expect.objectContaining({ base, winner, rule: text }) as unknown,
});
const ask = (base: 'known' | 'unset' = 'known') => ({
	do: 'ask',
	contest: { base, winner: null, rule: text },
});

describe('emptiness, where nobody knows any more what was last compared (A10, R26)', () => {
	/** The write was lost, the row has moved, and this is what it held before. */
	const asBefore: Partial<FieldState> = { movedUnanswered: true, lostTrack: true };

	it.each<[string, RowInput, unknown]>([
		[
			'adopted, another key, another mapping row: a contact that is empty takes the value',
			pair([null, 'new'], ['m', 'new'], { table: 'contact' }),
			write('dynamics', 'm'),
		],
		[
			'so does a person who is empty, of a lead',
			pair(['d', 'new'], [null, 'new']),
			write('marketo', 'd'),
		],
		[
			'a yes/no that Marketo may never have been told gives way',
			pair([true, 'new'], [false, 'new'], { column: YES_NO }),
			write('marketo', true),
		],
		[
			'an answer was lost, and the contact is as empty as before: the value stays, on record',
			pair([null, 'same'], ['m', 'edited'], { table: 'contact', dynamics: asBefore }),
			won('marketo', 'm', 'unset'),
		],
		[
			'an answer was lost, and the contact was emptied: that may be an edit, the policy decides',
			pair([null, 'edited'], ['m', 'edited'], { table: 'contact', dynamics: asBefore }),
			won('dynamics', null, 'unset'),
		],
		[
			'the base is gone for good: as above',
			pair([null, 'lost'], ['m', 'same'], { table: 'contact' }),
			won('dynamics', null, 'unset'),
		],
		[
			'two values: the policy decides in any case',
			pair(['d', 'same'], ['m', 'edited'], { table: 'contact', dynamics: asBefore }),
			won('dynamics', 'd', 'unset'),
		],
	])('%s', (_, input, verdict) => {
		expect(decideRow(input)).toEqual(verdict);
	});

	it.each<[Stands, Stands]>([
		['new', 'new'],
		['lost', 'lost'],
		['lost', 'same'],
		['same', 'lost'],
	])('an opt-out wins from either side (%s, %s)', (d, m) => {
		const of = { ...YES_NO, name: 'donotbulkemail' };
		const more = { column: of, field: YES_NO, table: 'contact' as const };
		expect(decideRow(pair([false, d], [true, m], more))).toEqual(won('marketo', true, 'unset'));
		expect(decideRow(pair([true, d], [false, m], more))).toEqual(won('dynamics', true, 'unset'));
	});
});

describe(standing, () => {
	const of = (more: Partial<FieldState>) =>
		standing({ ...state(TEXT, 'marketo', 'a', 'same'), ...more });

	it.each<[string, string, Partial<FieldState>]>([
		['same', 'holds its base', {}],
		['edited', 'holds something else', { base: '=b' }],
		['unset', 'was never compared', { base: null }],
		['same', 'was not read: the row version vouches for it (R5)', { read: false, base: '=b' }],
		[
			'same',
			'holds what was sent to it without an answer: it has arrived (R15)',
			{ base: '=b', sent: ['=a'] },
		],
		['same', 'holds an older one of several such values (R15)', { base: '=c', sent: ['=a', '=b'] }],
		[
			'unset',
			'holds that by the hand of somebody else (R16)',
			{ base: '=b', sent: ['=a'], writtenByOther: true },
		],
		[
			'edited',
			'holds what nobody sent, whoever wrote last (R16)',
			{ base: '=b', writtenByOther: true },
		],
		[
			'unset',
			'has moved since an unanswered write, also where it holds its base: our value may have come and gone (R15)',
			{ sent: ['=b'], movedUnanswered: true },
		],
		[
			'wait',
			'differs from what we sent, and the log may be late (R14)',
			{ base: '=b', provisional: true, settling: true },
		],
		[
			'same',
			'differs from what we sent, and no edit is logged in time: the stored form (R14)',
			{ base: '=b', provisional: true },
		],
		[
			'same',
			'differs from what we sent as the log says we have changed it (R14)',
			{ base: '=b', provisional: true, logged: true, storedForm: true },
		],
		[
			'edited',
			'differs from what we sent by a logged edit (R14)',
			{ base: '=b', provisional: true, logged: true, settling: true },
		],
		['same', 'holds what we sent', { provisional: true, settling: true }],
	])('is %s where a field %s', (stands, _, more) => {
		expect(of(more)).toBe(stands);
	});
});

describe(decideRow, () => {
	describe('a row that goes both ways', () => {
		it.each<[string, Stands, Stands, unknown]>([
			['two that differ by an earlier rule stay so', 'same', 'same', nothing('unchanged')],
			['an edit in Dynamics goes to Marketo', 'edited', 'same', write('marketo', 'd')],
			['an edit in Marketo goes to Dynamics', 'same', 'edited', write('dynamics', 'm')],
			['two edits are a conflict', 'edited', 'edited', won('marketo', 'm')],
			['two that meet are one', 'new', 'new', won('marketo', 'm', 'unset')],
			[
				'so is one that was never compared with one that was',
				'new',
				'same',
				won('marketo', 'm', 'unset'),
			],
			['and the other way round, edited or not', 'edited', 'new', won('marketo', 'm', 'unset')],
			['where track was lost nobody can tell', 'lost', 'same', won('marketo', 'm', 'unset')],
			['on either side', 'same', 'lost', won('marketo', 'm', 'unset')],
			['or on both', 'lost', 'lost', won('marketo', 'm', 'unset')],
		])('decides by what each side is known to hold: %s', (_, d, m, verdict) => {
			expect(decideRow(pair(['d', d], ['m', m]))).toEqual(verdict);
		});

		it.each<[string, Stands, Stands, unknown]>([
			['from Dynamics', 'edited', 'same', won('dynamics', 'd', 'unset')],
			['from Marketo', 'same', 'edited', won('marketo', 'm', 'unset')],
		])(
			'puts on record what an edit replaces that the mapping of before had let differ, %s (R50)',
			(_, d, m, verdict) => {
				for (const winner of WINNERS)
					expect(decideRow(pair(['d', d], ['m', m], { leftApart: true, winner }))).toEqual(verdict);
			},
		);

		it.each<Stands>(['same', 'edited', 'new', 'lost'])(
			'does nothing where both sides agree, however they came to (Dynamics %s): bases move (R7)',
			(d) => {
				for (const m of ['same', 'edited', 'new', 'lost'] as const)
					expect(decideRow(pair(['x', d], [' x ', m]))).toEqual(nothing('equal'));
			},
		);

		it.each<Stands>(['same', 'edited', 'new', 'lost'])(
			'waits for the log of Marketo, whatever Dynamics has (%s) (R14)',
			(d) => {
				expect(
					decideRow(
						pair(['d', d], ['m', 'edited'], {
							marketo: { provisional: true, logged: false, settling: true },
						}),
					),
				).toEqual({ do: 'wait' });
			},
		);

		const EARLY = '2026-03-31T09:00:00Z';
		const LATE = '2026-03-31T09:00:01Z';
		const POLICIES: Array<
			[Winner, string, DynamicsTable, Side | null, string | null, string | null]
		> = [
			['native', 'for a lead', 'lead', 'marketo', null, null],
			['native', 'for a contact', 'contact', 'dynamics', null, null],
			['marketo', 'for a contact', 'contact', 'marketo', null, null],
			['dynamics', 'for a lead', 'lead', 'dynamics', null, null],
			['ask', 'for a lead', 'lead', null, null, null],
			['newest', 'with Dynamics later', 'lead', 'dynamics', LATE, EARLY],
			['newest', 'with Marketo later', 'contact', 'marketo', EARLY, LATE],
			['newest', 'in the same second, for a lead', 'lead', 'marketo', EARLY, EARLY],
			[
				'newest',
				'in the same second, for a contact',
				'contact',
				'dynamics',
				EARLY.replace('Z', '.100Z'),
				EARLY,
			],
			['newest', 'with a time that nobody knows, for a contact', 'contact', 'dynamics', null, LATE],
			['newest', 'with another such time, for a lead', 'lead', 'marketo', LATE, null],
		];
		const CONTESTED: Array<[Stands, Stands, 'known' | 'unset']> = [
			['edited', 'edited', 'known'],
			['new', 'new', 'unset'],
			['new', 'edited', 'unset'],
			['edited', 'new', 'unset'],
			['lost', 'edited', 'unset'],
			['edited', 'lost', 'unset'],
		];
		const contests = POLICIES.flatMap(([winner, how, table, side, dAt, mAt]) =>
			CONTESTED.map(([d, m, base]) => ({ winner, how, d, m, base, table, side, dAt, mAt })),
		);

		it.each(contests)(
			'lets the policy $winner decide $how, Dynamics $d, Marketo $m: $side',
			({ winner, d, m, base, table, side, dAt, mAt }) => {
				const verdict = decideRow(
					pair(['d', d], ['m', m], {
						winner,
						table,
						dynamics: { changedAt: dAt },
						marketo: { changedAt: mAt },
					}),
				);
				expect(verdict).toEqual(
					side ? won(side, side === 'dynamics' ? 'd' : 'm', base) : ask(base),
				);
			},
		);

		it.each<[string, EmptyRule, Raw, Raw, 'nothing' | 'write']>([
			['an emptied field is carried like any edit', 'copy', null, 'old', 'write'],
			['but not where empty never overwrites', 'neverOverwrite', null, 'old', 'nothing'],
			['nor where only empty fields are filled', 'onlyFill', null, 'old', 'nothing'],
			['a value replaces another', 'copy', 'new', 'old', 'write'],
			['also where empty never overwrites', 'neverOverwrite', 'new', 'old', 'write'],
			['but not where only empty fields are filled', 'onlyFill', 'new', 'old', 'nothing'],
			['an empty field is filled', 'copy', 'new', null, 'write'],
			['by every rule', 'neverOverwrite', 'new', null, 'write'],
			['also by this one', 'onlyFill', 'new', null, 'write'],
		])(
			'keeps the rule for empty values in either direction: %s (%s)',
			(_, empty, source, target, what) => {
				expect(decideRow(pair([source, 'edited'], [target, 'same'], { empty }))).toEqual(
					what === 'write' ? write('marketo', source) : nothing('rule'),
				);
				expect(decideRow(pair([target, 'same'], [source, 'edited'], { empty }))).toEqual(
					what === 'write' ? write('dynamics', source) : nothing('rule'),
				);
			},
		);

		it.each<[string, EmptyRule, Winner, Raw, Raw, unknown]>([
			['an emptied field may win', 'copy', 'dynamics', null, 'm', won('dynamics', null)],
			[
				'but emptiness is no value here, whoever wins: nothing is lost',
				'neverOverwrite',
				'dynamics',
				null,
				'm',
				write('dynamics', 'm'),
			],
			['nor here', 'onlyFill', 'marketo', 'd', null, write('marketo', 'd')],
			['so nobody is asked', 'neverOverwrite', 'ask', 'd', null, write('marketo', 'd')],
			[
				'of two values the policy decides',
				'neverOverwrite',
				'dynamics',
				'd',
				'm',
				won('dynamics', 'd'),
			],
			[
				'and nothing is written where only empty fields are filled',
				'onlyFill',
				'dynamics',
				'd',
				'm',
				nothing('rule'),
			],
		])('in a conflict: %s (%s, %s)', (_, empty, winner, d, m, verdict) => {
			expect(decideRow(pair([d, 'edited'], [m, 'edited'], { empty, winner }))).toEqual(verdict);
		});
	});

	describe('at first contact (R26)', () => {
		it.each<[string, Column, Raw, Raw, Side]>([
			['Dynamics fills what is empty in Marketo', TEXT, 'd', null, 'marketo'],
			['Marketo fills what is empty in Dynamics', TEXT, null, 'm', 'dynamics'],
			['nought is a value', column('integer'), 0, null, 'marketo'],
			['a yes fills what nobody answered in Dynamics', YES_NO, null, true, 'dynamics'],
			[
				'a yes wins over a no of Marketo, where nobody may have answered',
				YES_NO,
				true,
				false,
				'marketo',
			],
		])(
			'an empty value never wins, whatever the policy, and that is no conflict: %s',
			(_, of, d, m, to) => {
				for (const winner of WINNERS)
					expect(decideRow(pair([d, 'new'], [m, 'new'], { column: of, winner }))).toEqual(
						write(to, to === 'marketo' ? d : m),
					);
			},
		);

		it('a no of Dynamics is an answer, which the policy weighs', () => {
			expect(decideRow(pair([false, 'new'], [true, 'new'], { column: YES_NO }))).toEqual(
				won('marketo', true, 'unset'),
			);
			expect(
				decideRow(pair([false, 'new'], [true, 'new'], { column: YES_NO, winner: 'ask' })),
			).toEqual(ask('unset'));
		});

		it.each<EmptyRule>(['neverOverwrite', 'onlyFill'])(
			'an empty value is filled where the rule is %s as well',
			(empty) => {
				expect(decideRow(pair([null, 'new'], ['m', 'new'], { empty }))).toEqual(
					write('dynamics', 'm'),
				);
				expect(decideRow(pair(['d', 'new'], [null, 'new'], { empty }))).toEqual(
					write('marketo', 'd'),
				);
			},
		);

		it('is over once both sides have a base: an emptied field is an edit then', () => {
			expect(decideRow(pair([null, 'edited'], ['m', 'same']))).toEqual(write('marketo', null));
		});

		const OPT_OUT = column('boolean', { name: 'donotbulkemail' });
		it.each<[string, Raw, Raw, Side]>([
			['of Dynamics', true, false, 'dynamics'],
			['of Marketo', false, true, 'marketo'],
			['of Marketo, where nobody answered in Dynamics', null, true, 'marketo'],
		])('an opt-out %s stays, whatever the policy, and is on record', (_, d, m, side) => {
			for (const table of ['lead', 'contact'] as const) {
				for (const winner of WINNERS) {
					// Also where the two have met before, and nobody knows with what (A10).
					for (const stands of ['new', 'lost'] as const) {
						const about = { column: OPT_OUT, field: YES_NO, table, winner };
						expect(decideRow(pair([d, stands], [m, stands], about))).toEqual(
							won(side, true, 'unset'),
						);
					}
				}
			}
		});

		it('an opt-out that Marketo has the other way round stays as well', () => {
			const inverted = { column: OPT_OUT, field: YES_NO, row: { transform: { invert: true } } };
			expect(decideRow(pair([true, 'new'], [true, 'new'], inverted))).toEqual(
				won('dynamics', false, 'unset'),
			);
		});

		it('an opt-out is an edit like any other afterwards (somebody opted in again)', () => {
			expect(
				decideRow(pair([false, 'edited'], [true, 'same'], { column: OPT_OUT, field: YES_NO })),
			).toEqual(write('marketo', false));
		});
	});

	describe.each<[Side, Side]>([
		['dynamics', 'marketo'],
		['marketo', 'dynamics'],
	])('a row from %s to %s', (from, to) => {
		const direction = to === 'marketo' ? 'toMarketo' : 'toDynamics';
		const oneWay = (source: [Raw, Stands], target: [Raw, Stands], more: Case = {}) =>
			decideRow(
				from === 'dynamics'
					? pair(source, target, { ...more, row: { direction, ...more.row } })
					: pair(target, source, { ...more, row: { direction, ...more.row } }),
			);

		it.each<[string, [Raw, Stands], [Raw, Stands], unknown]>([
			[
				'two that differ by an earlier rule stay so',
				['s', 'same'],
				['t', 'same'],
				nothing('unchanged'),
			],
			['an edit of the source is carried', ['s', 'edited'], ['t', 'same'], write(to, 's')],
			['an emptied source as well', [null, 'edited'], ['t', 'same'], write(to, null)],
			[
				'an edit of the target is put back, on record',
				['s', 'same'],
				['t', 'edited'],
				won(from, 's'),
			],
			[
				'an emptied target is an edit like any other',
				['s', 'same'],
				[null, 'edited'],
				won(from, 's'),
			],
			['of two edits the target is on record', ['s', 'edited'], ['t', 'edited'], won(from, 's')],
			['at first contact an empty target is filled', ['s', 'new'], [null, 'new'], write(to, 's')],
			[
				'and another value is replaced, on record',
				['s', 'new'],
				['t', 'new'],
				won(from, 's', 'unset'),
			],
			[
				'but an empty source says nothing, and what stands there is not known by that',
				[null, 'new'],
				['t', 'new'],
				nothing('rule', true),
			],
			[
				'where track was lost the target is on record',
				['s', 'same'],
				['t', 'lost'],
				won(from, 's', 'unset'),
			],
			['two that agree are left alone', ['x', 'new'], ['x', 'edited'], nothing('equal')],
		])('%s', (_, source, target, verdict) => {
			for (const winner of ['native', 'ask', to] as const)
				expect(oneWay(source, target, { winner })).toEqual(verdict);
		});

		it.each<[EmptyRule, Raw, Raw, boolean]>([
			['neverOverwrite', null, 't', false],
			['neverOverwrite', 's', 't', true],
			['onlyFill', 's', 't', false],
			['onlyFill', 's', null, true],
		])('keeps the rule for empty values: %s, %j over %j', (empty, source, target, isWritten) => {
			expect(oneWay([source, 'edited'], [target, 'same'], { empty })).toEqual(
				isWritten ? write(to, source) : nothing('rule'),
			);
		});

		it('has a constant to say, also at first contact with an empty source', () => {
			expect(
				oneWay([null, 'new'], [null, 'new'], { row: { transform: { constant: 'CRM' } } }),
			).toEqual(write(to, 'CRM'));
		});

		it('has a default to say where the target is empty, also at first contact', () => {
			const row = { transform: { defaultWhenEmpty: 'CRM' } };
			expect(oneWay([null, 'new'], [null, 'new'], { row })).toEqual(write(to, 'CRM'));
			expect(oneWay([null, 'new'], ['t', 'new'], { row })).toEqual(nothing('rule', true));
		});

		it('cuts a target that holds the whole value without a conflict (nobody meant anything else)', () => {
			const row = { transform: { truncate: 3, letterCase: 'upper' as const } };
			expect(oneWay(['clerk', 'new'], ['CLERK', 'new'], { row })).toEqual(write(to, 'CLE'));
			expect(oneWay(['clerk', 'new'], ['CLERGY', 'new'], { row })).toEqual(
				won(from, 'CLE', 'unset'),
			);
			expect(oneWay(['clerk', 'same'], ['CLERK', 'edited'], { row })).toEqual(won(from, 'CLE'));
		});
	});

	it('writes a row that is for new records only at no other time', () => {
		for (const d of ['same', 'edited', 'new', 'lost'] as const) {
			for (const m of ['same', 'edited', 'new', 'lost'] as const)
				expect(decideRow(pair(['d', d], ['m', m], { row: { onlyOnCreate: true } }))).toEqual(
					nothing('rule'),
				);
		}
		expect(decideRow(unread('=d', ['m', 'edited'], { row: { onlyOnCreate: true } }))).toEqual(
			nothing('unchanged'),
		);
	});

	describe('with values of two types', () => {
		const DAYS = column('multiChoice', {
			options: ['Mon', 'Tue', 'Wed'].map((label, value) => ({ label, value })),
		});
		it.each<[string, Column, Column, Raw, Raw]>([
			['the order and case of labels', DAYS, TEXT, '0,2', 'wed; MON'],
			['a label and its number', DAYS, TEXT, '1', 'Tue (1)'],
			['zeros in front of a number', column('integer'), TEXT, 7, '007'],
			[
				'digits that the column does not keep',
				column('decimal', { precision: 2 }),
				column('decimal'),
				1.24,
				1.239,
			],
			[
				'signs that nobody sees in an e-mail',
				column('email'),
				column('email'),
				'a\u200b@x.test',
				'a@x.test',
			],
			['a yes/no that nobody has answered', YES_NO, YES_NO, null, false],
		])('takes %s for no difference, whichever side it is on', (_, one, other, d, m) => {
			for (const stands of ['same', 'edited', 'new'] as const) {
				expect(decideRow(pair([d, stands], [m, stands], { column: one, field: other }))).toEqual(
					nothing('equal'),
				);
			}
		});

		it('takes another value for one', () => {
			expect(
				decideRow(pair(['0,2', 'same'], ['Mon', 'edited'], { column: DAYS, field: TEXT })),
			).toEqual(write('dynamics', '0'));
		});
	});

	describe('with a transform', () => {
		const upper = { row: { transform: { letterCase: 'upper' } } } as const;

		it('takes two sides for equal when one is what the other becomes on the way', () => {
			expect(decideRow(pair(['ada', 'edited'], ['ADA', 'edited'], upper))).toEqual(
				nothing('equal'),
			);
		});

		it('carries the value as it is to be on the other side', () => {
			expect(decideRow(pair(['ada', 'edited'], ['BOB', 'same'], upper))).toEqual(
				write('marketo', 'ADA'),
			);
		});

		it('compares the way back where the way there is refused', () => {
			const input = pair(['many', 'edited'], [7, 'edited'], {
				column: TEXT,
				field: column('integer'),
			});
			expect(decideRow(input)).toEqual(won('marketo', '7'));
			expect(decideRow({ ...input, dynamics: { ...input.dynamics, value: '7' } })).toEqual(
				nothing('equal'),
			);
		});
	});

	describe('a value that the target cannot hold (R36)', () => {
		const short = column('text', { maxLength: 3, label: 'Title' });

		it('is held, on the side that cannot hold it', () => {
			const refusal = expect.objectContaining({
				code: 'tooLong',
				reason: text,
				remedy: text,
			}) as unknown;
			expect(decideRow(pair(['Clerk', 'edited'], ['Boss', 'same'], { field: short }))).toEqual({
				do: 'hold',
				on: 'marketo',
				refusal,
			});
			expect(
				decideRow(pair(['Boss', 'same'], ['Clerk', 'edited'], { column: short, field: TEXT })),
			).toEqual({ do: 'hold', on: 'dynamics', refusal });
		});

		const refused = (on: Side, source: string, stood: string) => [
			{ on, source: `=${source}`, stood: `=${stood}`, isQuiet: false },
		];
		it.each<[string, DynamicsTable, [Raw, Stands], [Raw, Stands], Case, unknown]>([
			[
				'an edit on the side that refused settles it, against the policy',
				'lead',
				['new', 'edited'],
				['bad', 'edited'],
				{ refused: refused('dynamics', 'bad', 'old') },
				{ ...won('dynamics', 'new'), rule: AFTER_REFUSAL },
			],
			[
				'on the other side as well',
				'contact',
				['bad', 'edited'],
				['new', 'edited'],
				{ refused: refused('marketo', 'bad', 'old') },
				{ ...won('marketo', 'new'), rule: AFTER_REFUSAL },
			],
			[
				'an edit of what was not kept of a value (R48) is one edit, and no conflict',
				'contact',
				['longer', 'same'],
				['new', 'edited'],
				{ refused: refused('marketo', 'longer', 'lo') },
				write('dynamics', 'new'),
			],
			[
				'what stood there at the refusal is no later edit',
				'lead',
				['old', 'edited'],
				['bad', 'edited'],
				{ refused: refused('dynamics', 'bad', 'old') },
				won('marketo', 'bad'),
			],
			[
				'an edit back to what both sides had settles it as well',
				'lead',
				['old', 'same'],
				['bad', 'edited'],
				{ refused: refused('dynamics', 'bad', 'edited before') },
				{ ...won('dynamics', 'old'), rule: AFTER_REFUSAL },
			],
			[
				'what was not edited at all is none',
				'lead',
				['old', 'same'],
				['bad', 'edited'],
				{ refused: refused('dynamics', 'bad', 'old') },
				write('dynamics', 'bad'),
			],
			[
				'what we sent ourselves is none',
				'lead',
				['new', 'edited'],
				['bad', 'edited'],
				{
					refused: refused('dynamics', 'bad', 'old'),
					dynamics: { sent: ['=new'], writtenByOther: true },
				},
				won('marketo', 'bad', 'unset'),
			],
			[
				'another value of the source is tried anew',
				'lead',
				['new', 'edited'],
				['better', 'edited'],
				{ refused: refused('dynamics', 'bad', 'old') },
				won('marketo', 'better'),
			],
			[
				'an edit that the rule for empty values keeps to itself settles nothing',
				'lead',
				[null, 'edited'],
				['bad', 'edited'],
				{ refused: refused('dynamics', 'bad', 'old'), empty: 'neverOverwrite' },
				write('dynamics', 'bad'),
			],
		])('%s (%s)', (_, table, d, m, more, verdict) => {
			expect(decideRow(pair(d, m, { ...more, table }))).toEqual(verdict);
		});
	});

	describe('with an open question (R38)', () => {
		const question = { shownDynamics: '=d', shownMarketo: '=m', answer: null };

		it.each<[string, [Raw, Stands], [Raw, Stands], unknown]>([
			[
				'it stays open while both sides are as shown, and no base moves',
				['d', 'edited'],
				['m', 'edited'],
				nothing('asked', true),
			],
			[
				'an edit in Dynamics is the answer',
				['d2', 'edited'],
				['m', 'edited'],
				won('dynamics', 'd2'),
			],
			['an edit in Marketo is the answer', ['d', 'edited'], ['m2', 'edited'], won('marketo', 'm2')],
			['edits of both sides are a new question', ['d2', 'edited'], ['m2', 'edited'], ask()],
			['equal sides need no answer', ['x', 'edited'], ['x', 'edited'], nothing('equal')],
			[
				'one of a first contact is answered likewise',
				['d2', 'new'],
				['m', 'new'],
				won('dynamics', 'd2', 'unset'),
			],
		])('%s', (_, d, m, verdict) => {
			expect(decideRow(pair(d, m, { winner: 'ask', question }))).toEqual(verdict);
		});

		const askedAgain = {
			do: 'ask',
			contest: {
				base: 'known',
				winner: null,
				rule: 'Asked again: a value has changed since the answer',
			},
		};
		it.each<[string, [Raw, Stands], [Raw, Stands], Side, Partial<RowInput>, unknown]>([
			['Dynamics stays', ['d', 'edited'], ['m', 'edited'], 'dynamics', {}, 'd'],
			['Marketo stays', ['d', 'edited'], ['m', 'edited'], 'marketo', {}, 'm'],
			[
				'a rule for empty values does not overrule who answers for this very record',
				['d', 'edited'],
				['m', 'edited'],
				'marketo',
				{ empty: 'onlyFill' },
				'm',
			],
			[
				'an edit after it is another question',
				['d2', 'edited'],
				['m', 'edited'],
				'marketo',
				{},
				askedAgain,
			],
			[
				'so is one on the side that was to stay',
				['d', 'edited'],
				['m2', 'edited'],
				'marketo',
				{},
				askedAgain,
			],
			['and one of both', ['d2', 'edited'], ['m2', 'edited'], 'dynamics', {}, askedAgain],
			[
				'where nobody is asked any more the policy decides it',
				['d2', 'edited'],
				['m', 'edited'],
				'marketo',
				{ winner: 'dynamics' },
				won('dynamics', 'd2'),
			],
			['equal sides need none', ['x', 'edited'], ['x', 'edited'], 'marketo', {}, nothing('equal')],
		])('that a person has answered: %s', (_, d, m, answer, more, verdict) => {
			const asked = { winner: 'ask' as const, question: { ...question, answer }, ...more };
			expect(decideRow(pair(d, m, asked))).toEqual(
				typeof verdict === 'string' ? won(answer, verdict) : verdict,
			);
		});

		it('whose answer was not carried out is not asked again, unless a value has changed', () => {
			const answered = { ...question, answer: 'marketo' as const };
			const again = (m: Raw) =>
				decideRow(pair(['d', 'edited'], [m, 'edited'], { winner: 'ask', answered }));
			expect(again('m')).toEqual(won('marketo', 'm'));
			expect(again('m2')).toEqual(ask());
		});
	});

	describe('a Dynamics row that was not read (R5)', () => {
		const question = { shownDynamics: '=d', shownMarketo: '=m', answer: null };

		it.each<[string, RowInput, unknown]>([
			['nothing has happened', unread('=d', ['m', 'same']), nothing('unchanged')],
			[
				'an edit in Marketo is carried where the row version vouches for the base',
				unread('=d', ['m', 'edited']),
				write('dynamics', 'm'),
			],
			[
				'else the row is read first',
				unread('=d', ['m', 'edited'], { dynamics: { vouched: false } }),
				{ do: 'read' },
			],
			['so it is where both were never compared', unread(null, ['m', 'same']), { do: 'read' }],
			['and where Marketo was not', unread('=d', ['m', 'new']), { do: 'read' }],
			[
				'and for another value than a question shows',
				unread('=d', ['m2', 'edited'], { question }),
				{ do: 'read' },
			],
			[
				'or its answer',
				unread(null, ['m', 'same'], { question: { ...question, answer: 'dynamics' } }),
				{ do: 'read' },
			],
			[
				'and for what was sent, had no answer and is not there (its source waits in Dynamics)',
				unread('=d', ['m', 'same'], { marketo: { sent: ['=x'] } }),
				{ do: 'read' },
			],
			[
				'but not for a question that nobody has touched',
				unread(null, ['m', 'edited'], { question }),
				nothing('asked', true),
			],
			[
				'a row to Marketo has to put back what was edited there: with which value?',
				unread('=d', ['m', 'edited'], { row: { direction: 'toMarketo' } }),
				{ do: 'read' },
			],
			[
				'a row from Marketo alone has no base in Dynamics',
				unread(null, ['m', 'same'], { row: { direction: 'toDynamics' } }),
				nothing('unchanged'),
			],
			[
				'whether it is empty cannot be known',
				unread('=d', ['m', 'edited'], { empty: 'onlyFill' }),
				{ do: 'read' },
			],
			[
				'an emptied field says nothing where empty never overwrites',
				unread('=d', [null, 'edited'], { empty: 'neverOverwrite' }),
				nothing('rule'),
			],
			[
				'a value does',
				unread('=d', ['m', 'edited'], { empty: 'neverOverwrite' }),
				write('dynamics', 'm'),
			],
			[
				'the log may be late',
				unread('=d', ['m', 'edited'], {
					marketo: { provisional: true, logged: false, settling: true },
				}),
				{ do: 'wait' },
			],
			[
				'it cannot hold the value: what stands there has to be seen',
				unread('=d', ['Clerk', 'edited'], {
					column: column('text', { maxLength: 3 }),
					field: TEXT,
				}),
				{ do: 'read' },
			],
			[
				'it was seen already when it could not hold the value',
				unread('=d', ['Clerk', 'edited'], {
					column: column('text', { maxLength: 3 }),
					field: TEXT,
					refused: [{ on: 'dynamics', source: '=Clerk', stood: '=d', isQuiet: false }],
				}),
				{ do: 'hold', on: 'dynamics', refusal: expect.anything() as unknown },
			],
		])('%s', (_, input, verdict) => {
			expect(decideRow(input)).toEqual(verdict);
		});
	});
});

describe(decideOverwritten, () => {
	it.each<[string, RowInput, unknown]>([
		[
			'for a lead Marketo wins: the edit is put back',
			pair(['d', 'same'], ['lost', 'edited']),
			won('marketo', 'lost'),
		],
		[
			'for a contact Dynamics wins: the edit is on record',
			pair(['d', 'same'], ['lost', 'edited'], { table: 'contact' }),
			won('dynamics', 'd'),
		],
		['somebody is asked', pair(['d', 'same'], ['lost', 'edited'], { winner: 'ask' }), ask()],
		['Dynamics is read for it', unread('=d', ['lost', 'edited']), { do: 'read' }],
		['both had come to the same value', pair(['x', 'same'], ['x', 'edited']), null],
		[
			'a field that was emptied says nothing where empty never overwrites',
			pair(['d', 'same'], [null, 'edited'], { empty: 'neverOverwrite' }),
			null,
		],
		[
			'on a row to Marketo it is on record',
			pair(['d', 'same'], ['lost', 'edited'], { row: { direction: 'toMarketo' } }),
			won('dynamics', 'd'),
		],
	])('decides what our own write has replaced unseen (R13): %s', (_, input, verdict) => {
		expect(decideOverwritten(input)).toEqual(verdict);
	});
});

describe(valueForCreate, () => {
	const row = (direction: MappingRow['direction'], more: Partial<MappingRow> = {}): MappingRow => ({
		id: 'x>x',
		column: 'x',
		field: 'x',
		direction,
		...more,
	});

	it.each<[string, MappingRow, unknown]>([
		['of a row that goes both ways', row('both'), { value: 'Clerk' }],
		['of a row to Marketo', row('toMarketo'), { value: 'Clerk' }],
		['of a row for new records only', row('both', { onlyOnCreate: true }), { value: 'Clerk' }],
		['as the row changes it', row('toMarketo', { transform: { truncate: 3 } }), { value: 'Cle' }],
		['of no row to Dynamics', row('toDynamics'), null],
	])('is what a new person gets %s', (_, one, made) => {
		expect(valueForCreate(one, TEXT, TEXT, 'Clerk')).toEqual(made);
	});
});
