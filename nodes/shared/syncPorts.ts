import type { Ledger } from '../../sync/ledger/ledger';
import type { DynamicsMaker, MarketoObjectPort, MarketoPort } from '../../sync/ports';
import { isFast } from './ledger';
import { connectMarketo, MARKETO_API } from './marketoConnection';
import { marketoObjectOf } from './marketoObjects';
import { createWire, type WireContext } from './send';
import { dynamicsOver, marketoObjectOver, marketoOver } from './vendorPorts';

export const DYNAMICS_API = 'microsoftDynamics365Api';
export { MARKETO_API };
export { PEOPLE_LANE } from './vendorPorts';

/** In fast mode no call is waited for longer than this: what is not answered is judged the sooner. */
const FAST_TIMEOUT_MS = 8_000;

/** Dynamics as the engine sees it, over the node's credential, within the ledger's budget of calls. */
export async function connectDynamicsPort(
	context: WireContext,
	ledger: Ledger,
): Promise<DynamicsMaker> {
	const wire = await createWire(context, DYNAMICS_API);
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
): Promise<MarketoPort> {
	return marketoOver(await connectMarketo(context), ledger, longestCall());
}

/** An object of Marketo other than the person as the engine sees it, likewise. */
export async function connectMarketoObjectPort(
	context: WireContext,
	ledger: Ledger,
	object: string,
): Promise<MarketoObjectPort> {
	const wired = marketoObjectOf(object);
	return marketoObjectOver(await connectMarketo(context), wired, ledger, longestCall());
}

function longestCall(): number | undefined {
	return isFast() ? FAST_TIMEOUT_MS : undefined;
}
