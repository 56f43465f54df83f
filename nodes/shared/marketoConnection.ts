import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import type { Marketo } from '../../apis/marketo/client';
import { sharedMetadataCache } from '../../apis/marketo/metadataCache';
import { marketoEndpoint, UnusableEndpoint } from '../../apis/marketo/transport/endpoint';
import { windowPace, type CallWindow } from '../../apis/marketo/transport/windowPace';
import { SignInFailed } from '../../apis/wire/signIn';
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
	let subscription = '';
	const wire = await createWire(context, MARKETO_API, {
		baseUrl: (credential) => {
			const baseUrl = baseUrlOf(credential);
			subscription = `${baseUrl} ${String(credential.clientId)}`;
			return baseUrl;
		},
	});
	return {
		wire: { ...wire, pace: windowPace(windowOf(subscription), wire) },
		metadata: sharedMetadataCache(subscription),
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

function windowOf(subscription: string): CallWindow {
	let window = windows.get(subscription);
	if (!window) {
		window = { starts: [] };
		windows.set(subscription, window);
	}
	return window;
}
