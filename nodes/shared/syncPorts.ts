import type { Marketo } from '../../apis/marketo/client';
import type { Wire } from '../../apis/wire/wire';
import type { Ledger } from '../../sync/ledger/ledger';
import type { DynamicsMaker, MarketoObjectPort, MarketoPort } from '../../sync/ports';
import { isFast } from './ledgerOpening';
import { connectMarketo, MARKETO_API } from './marketoConnection';
import { marketoObjectOf } from './marketoObjects';
import { createWire, type WireContext } from './send';
import { dynamicsOver, marketoObjectOver, marketoOver } from './vendorPorts';

export const DYNAMICS_API = 'microsoftDynamics365Api';
export { MARKETO_API };
export { PEOPLE_LANE } from './vendorPorts';

/** In fast mode no call is waited for longer than this: what is not answered is judged the sooner. */
const FAST_TIMEOUT_MS = 8_000;

/** Told of each call, as it goes out. */
type OnCall = () => void;

/** Dynamics as the engine sees it, over the node's credential, within the ledger's budget of calls. */
export async function connectDynamicsPort(
	context: WireContext,
	ledger: Ledger,
	onCall?: OnCall,
): Promise<DynamicsMaker> {
	const wire = counted(await createWire(context, DYNAMICS_API), onCall);
	const credential = await context.getCredentials<DynamicsAccount>(DYNAMICS_API);
	return dynamicsOver(wire, credential.environmentUrl, ledger, {
		longest: longestCall(),
		account: accountOf(credential),
	});
}

/** Of a credential for Dynamics: where to, and who signs in. */
interface DynamicsAccount {
	environmentUrl: string;
	signInWith: string;
	tenantId: string;
	clientId: string;
	username?: string;
}

function accountOf({ signInWith, tenantId, clientId, username }: DynamicsAccount): string {
	return [tenantId, clientId, signInWith === 'password' ? username : ''].join(' ');
}

/** Marketo as the engine sees it, likewise. */
export async function connectMarketoPort(
	context: WireContext,
	ledger: Ledger,
	{ onCall, partition }: { onCall?: OnCall; partition?: string } = {},
): Promise<MarketoPort> {
	const marketo = await connectCounted(context, onCall);
	return marketoOver(marketo, ledger, { longest: longestCall(), partition });
}

/** An object of Marketo other than the person as the engine sees it, likewise. */
export async function connectMarketoObjectPort(
	context: WireContext,
	ledger: Ledger,
	object: string,
	onCall?: OnCall,
): Promise<MarketoObjectPort> {
	const marketo = await connectCounted(context, onCall);
	return marketoObjectOver(marketo, marketoObjectOf(object), ledger, longestCall());
}

async function connectCounted(context: WireContext, onCall?: OnCall): Promise<Marketo> {
	const marketo = await connectMarketo(context);
	return { ...marketo, wire: counted(marketo.wire, onCall) };
}

function counted(wire: Wire, onCall?: OnCall): Wire {
	if (!onCall) return wire;
	return {
		...wire,
		send: async (...request) => {
			onCall();
			return await wire.send(...request);
		},
	};
}

function longestCall(): number | undefined {
	return isFast() ? FAST_TIMEOUT_MS : undefined;
}
