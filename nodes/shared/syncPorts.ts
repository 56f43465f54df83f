import { dataverse } from '../../apis/dataverse/client';
import { PERSON_LINK_FIELDS } from '../../apis/marketo/linkFields';
import type { Pace, Wire } from '../../apis/wire/wire';
import type { Side } from '../../sync/items';
import type { Ledger } from '../../sync/ledger/ledger';
import { takeTurn } from '../../sync/ledger/pace';
import type { DynamicsMaker, MarketoPort, PersonLinkFields } from '../../sync/ports';
import { dynamicsPort } from './dynamicsPort';
import { isFast } from './ledger';
import { connectMarketo, MARKETO_API } from './marketoConnection';
import { marketoPort } from './marketoPort';
import { createWire, type WireContext } from './send';

export const DYNAMICS_API = 'microsoftDynamics365Api';
export { MARKETO_API };

/** Updates of one call to Dynamics: a full page takes two. */
const UPDATES_PER_CALL = 500;

/** In fast mode no call is waited for longer than this: what is not answered is judged the sooner. */
const FAST_TIMEOUT_MS = 8_000;

/** The person fields that tie a person to its row, by their fixed names. */
export const LINK_FIELDS: PersonLinkFields = {
	leadId: PERSON_LINK_FIELDS.leadId.name,
	contactId: PERSON_LINK_FIELDS.contactId.name,
	type: PERSON_LINK_FIELDS.type.name,
	createdDate: PERSON_LINK_FIELDS.createdDate.name,
	isDeleted: PERSON_LINK_FIELDS.isDeleted.name,
	lastSync: PERSON_LINK_FIELDS.lastSync.name,
};

/** Dynamics as the engine sees it, over the node's credential, within the ledger's budget of calls. */
export async function connectDynamicsPort(context: WireContext, ledger: Ledger): Promise<DynamicsMaker> {
	const wire = inHaste(await createWire(context, DYNAMICS_API));
	const { environmentUrl } = await context.getCredentials<{ environmentUrl: string }>(DYNAMICS_API);
	const client = dataverse({ ...wire, pace: ledgerPace(ledger, 'dynamics', wire) }, environmentUrl);
	const port = dynamicsPort(client, { batchSize: UPDATES_PER_CALL });
	return { ...port, timeoutMs: timeout(port.timeoutMs) };
}

/** Marketo as the engine sees it, likewise. */
export async function connectMarketoPort(context: WireContext, ledger: Ledger): Promise<MarketoPort> {
	const wire = await createWire(context, MARKETO_API);
	const marketo = await connectMarketo(context, ledgerPace(ledger, 'marketo', wire));
	const port = marketoPort({ ...marketo, wire: inHaste(marketo.wire) });
	return { ...port, timeoutMs: timeout(port.timeoutMs) };
}

function timeout(milliseconds: number): number {
	return isFast() ? Math.min(milliseconds, FAST_TIMEOUT_MS) : milliseconds;
}

function inHaste(wire: Wire): Wire {
	return {
		...wire,
		send: async (request, options) => await wire.send({ ...request, timeoutMs: timeout(request.timeoutMs) }, options),
	};
}

/** All executions share one budget per system through the ledger. */
function ledgerPace(ledger: Ledger, system: Side, wire: Wire): Pace {
	return {
		take: async () => {
			for (;;) {
				const wait = await takeTurn(ledger, system);
				if (wait === 0) return;
				await wire.sleep(wait);
			}
		},
	};
}
