import type { LedgerView, Link } from './ledgerFile';
import { isEmptyInDynamics, isEmptyInMarketo, type Compared } from './sameValue';

/** Of leads: neither qualified nor disqualified. */
const OPEN = 0;

/** Why a row of the mapping lets its two values differ; `undefined`: it does not. */
function ruleOfRow(compared: Compared): string | undefined {
	const { mapped, row } = compared;
	const emptyHere = isEmptyInDynamics(compared);
	const emptyThere = isEmptyInMarketo(compared);
	if (mapped.table === 'lead' && mapped.direction !== 'toMarketo' && row.statecode !== OPEN)
		return 'the lead is closed: nothing is written to it';
	if (mapped.onlyOnCreate) return 'rule: only on create';
	if (mapped.empty === 'onlyFill') return 'rule: only fill empty';
	if (mapped.empty === 'neverOverwrite' && emptyHere !== emptyThere) {
		return 'rule: never overwrite with empty';
	}
	// What one side never had is not taken from the other when the two meet for the first time.
	const source = mapped.direction === 'toMarketo' ? emptyHere : emptyThere;
	if (mapped.direction !== 'both' && source) return 'rule: one way, and its source is empty';
	return undefined;
}

/** The recorded reason for a difference; `undefined` where nobody gave one. */
export const excuseFor = (
	ledger: LedgerView<string>,
	link: Link<string>,
	compared: Compared,
): string | undefined => recordedExcuse(ledger, link, compared) ?? ruleOfRow(compared);

/** That of the ledger alone. */
export function recordedExcuse(
	ledger: LedgerView<string>,
	link: Link<string>,
	compared: Compared,
): string | undefined {
	const { column, field } = compared.mapped;
	const held = ledger.held.find(
		(one) => one.link === link.id && one.field === (one.side === 'dynamics' ? column : field),
	);
	if (held) return `left behind: ${held.reason}`;
	if (ledger.questions.has(`${link.id} ${column}>${field}`)) return 'open question';
	const help =
		ledger.needHelp.get(`${link.table}:${link.dynamicsId}`) ??
		ledger.needHelp.get(`person:${link.marketoId}`);
	return help && `needs help: ${help}`;
}
