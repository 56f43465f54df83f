import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import type { Marketo } from '../../apis/marketo/client';
import { sharedMetadataCache } from '../../apis/marketo/metadataCache';
import {
	marketoEndpoint,
	subscriptionOf,
	UnusableEndpoint,
} from '../../apis/marketo/transport/endpoint';
import { windowPace, type CallWindow } from '../../apis/marketo/transport/windowPace';
import { SignInFailed } from '../../apis/wire/signIn';
import { callsADayIn, USUAL_CALLS_A_DAY } from './dayQuota';
import { createWire, type WireContext } from './send';

/** Name of the credential type. */
export const MARKETO_API = 'marketoApi';

const windows = new Map<string, CallWindow>();

/**
 * Marketo with the node's credential. All executions of this process share one budget of calls per
 * subscription (the sync has one of its own, in its ledger).
 *
 * @throws SignInFailed where the endpoint of the credential cannot be right
 */
export async function connectMarketo(context: WireContext): Promise<Marketo> {
	let baseUrl = '';
	let account = '';
	let callsADay = USUAL_CALLS_A_DAY;
	const wire = await createWire(context, MARKETO_API, {
		baseUrl: (credential) => {
			baseUrl = baseUrlOf(credential);
			account = `${baseUrl} ${String(credential.clientId)}`;
			callsADay = callsADayIn(credential);
			return baseUrl;
		},
	});
	return {
		subscription: subscriptionOf(baseUrl),
		wire: { ...wire, pace: windowPace(windowOf(account), wire) },
		metadata: sharedMetadataCache(account),
		callsADay,
	};
}

function baseUrlOf(credential: ICredentialDataDecryptedObject): string {
	let unusable: UnusableEndpoint;
	try {
		return marketoEndpoint(String(credential.endpoint ?? ''));
	} catch (cause) {
		unusable = cause as UnusableEndpoint;
	}
	throw new SignInFailed(unusable.message, unusable.remedy);
}

function windowOf(account: string): CallWindow {
	let window = windows.get(account);
	if (!window) {
		window = { starts: [] };
		windows.set(account, window);
	}
	return window;
}
