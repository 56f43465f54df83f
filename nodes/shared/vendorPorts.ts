import { dataverse } from '../../apis/dataverse/client';
import type { Marketo } from '../../apis/marketo/client';
import { PERSON_LINK_FIELDS } from '../../apis/marketo/fields/linkFields';
import type { MarketoObject } from '../../apis/marketo/objects/object';
import { RECORDS_PER_CALL } from '../../apis/marketo/transport/limits';
import type { Wire } from '../../apis/wire/wire';
import type { Side } from '../../sync/items';
import { peopleLane } from '../../sync/lanes/people';
import type { Ledger } from '../../sync/ledger/ledger';
import type {
	DynamicsMaker,
	MarketoObjectPort,
	MarketoPort,
	PersonLinkFields,
} from '../../sync/ports';
import { dynamicsPort, WRITES_PER_CALL } from './dynamicsPort';
import { ledgerWire, type LedgerWireOptions } from './ledgerWire';
import { marketoObjectPort } from './marketoObjectPort';
import { marketoPort } from './marketoPort';

/** Records of one call that writes. */
export const PER_CALL: Record<Side, number> = {
	dynamics: WRITES_PER_CALL,
	marketo: RECORDS_PER_CALL,
};

/** The person fields that tie a person to its row, by their fixed names. */
const LINK_FIELDS: PersonLinkFields = {
	leadId: PERSON_LINK_FIELDS.leadId.name,
	contactId: PERSON_LINK_FIELDS.contactId.name,
	type: PERSON_LINK_FIELDS.type.name,
	createdDate: PERSON_LINK_FIELDS.createdDate.name,
	isDeleted: PERSON_LINK_FIELDS.isDeleted.name,
	lastSync: PERSON_LINK_FIELDS.lastSync.name,
	leftOut: PERSON_LINK_FIELDS.leftOut.name,
};

/** The lane of leads, contacts and people. */
export const PEOPLE_LANE = peopleLane(LINK_FIELDS);

/**
 * Dynamics as the engine sees it, over any wire, within the ledger's budget of calls. No call is waited
 * for longer than `longest` milliseconds; of the `account` that signs in, who it is is kept for other executions.
 */
export function dynamicsOver(
	wire: Wire,
	environmentUrl: string,
	ledger: Ledger,
	{ longest = Infinity, account }: { longest?: number; account?: string } = {},
): DynamicsMaker {
	const client = dataverse(ledgerWire(wire, ledger, 'dynamics', { longest }), environmentUrl);
	const port = dynamicsPort(client, { account });
	return { ...port, timeoutMs: Math.min(port.timeoutMs, longest) };
}

/** Marketo as the engine sees it, likewise. */
export function marketoOver(
	marketo: Marketo,
	ledger: Ledger,
	{ longest = Infinity, partition }: { longest?: number; partition?: string } = {},
): MarketoPort {
	const port = marketoPort(withinBudget(marketo, ledger, { longest }), { partition });
	return { ...port, timeoutMs: Math.min(port.timeoutMs, longest) };
}

/** An object of Marketo other than the person as the engine sees it, likewise. */
export function marketoObjectOver(
	marketo: Marketo,
	object: MarketoObject,
	ledger: Ledger,
	longest = Infinity,
): MarketoObjectPort {
	const budgeted = withinBudget(marketo, ledger, { longest, caller: 'beside people' });
	const port = marketoObjectPort(budgeted, object);
	return { ...port, timeoutMs: Math.min(port.timeoutMs, longest) };
}

function withinBudget(marketo: Marketo, ledger: Ledger, options: LedgerWireOptions): Marketo {
	return { ...marketo, wire: ledgerWire(marketo.wire, ledger, 'marketo', options) };
}
