import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { CredentialIds } from './credentialPicker';
import { N8nServer, type N8nServerOptions } from './n8nServer';
import { ROOT } from './tools';
import { prepareMarketo } from './prepareMarketo';
import { startTwins, type Twins, type TwinsLine } from './twins';

/** What the webhook of `sync-now.json` asks for. */
export const SYNC_KEY = { name: 'X-Sync-Key', value: randomBytes(24).toString('base64url') };

/** The header by which Marketo's calls are known. */
export const INCOMING_KEY = { name: 'x-api-key', value: randomBytes(24).toString('base64url') };

const WORKFLOWS = path.join(ROOT, 'workflows');

export interface PlacedWorkflow {
	/** Name of the file in `workflows/`. */
	file: string;
	name: string;
	id: string;
}

/** The twins and a real n8n with package, credentials and workflows in place. */
export interface World {
	twins: Twins;
	n8n: N8nServer;
	credentials: CredentialIds;
	/** What is in them, by type. */
	credentialData: Record<string, Record<string, unknown>>;
	workflows: PlacedWorkflow[];
	/** Stops all; a temporary folder goes with it. */
	stop(): Promise<void>;
}

/** What an admin fills in for the twins. */
export const credentialData = ({ dynamics, marketo }: TwinsLine) => ({
	microsoftDynamics365Api: {
		environmentUrl: dynamics.url,
		signInWith: 'clientSecret',
		tenantId: dynamics.tenantId,
		clientId: dynamics.clientId,
		clientSecret: dynamics.clientSecret,
		cloud: 'custom',
		authorityUrl: '',
		tokenUrl: dynamics.tokenUrl,
	},
	marketoApi: {
		endpoint: marketo.url,
		clientId: marketo.clientId,
		clientSecret: marketo.clientSecret,
	},
	marketoIncomingCallsApi: {
		authentication: 'apiKey',
		headerName: INCOMING_KEY.name,
		apiKey: INCOMING_KEY.value,
	},
});

/** Makes both credentials and tries them, as the *Test* button does. */
async function placeCredentials(n8n: N8nServer, line: TwinsLine): Promise<CredentialIds> {
	const names = { microsoftDynamics365Api: 'Dynamics 365 (twin)', marketoApi: 'Marketo (twin)' };
	const data = credentialData(line);
	const placed: CredentialIds = {};
	for (const type of ['microsoftDynamics365Api', 'marketoApi'] as const) {
		const credential = await n8n.createCredential(names[type], type, data[type]);
		const { status, message } = await n8n.testCredential(credential.id);
		if (status !== 'OK')
			throw new Error(`The credential '${names[type]}' does not work: ${message}`);
		placed[type] = credential;
	}
	placed.httpHeaderAuth = await n8n.createCredential('Sync key', 'httpHeaderAuth', SYNC_KEY);
	placed.marketoIncomingCallsApi = await n8n.createCredential(
		'Calls of Marketo',
		'marketoIncomingCallsApi',
		data.marketoIncomingCallsApi,
	);
	return placed;
}

async function placeWorkflows(
	n8n: N8nServer,
	credentials: CredentialIds,
): Promise<PlacedWorkflow[]> {
	const files = (await readdir(WORKFLOWS)).filter((name) => name.endsWith('.json')).sort();
	const placed: PlacedWorkflow[] = [];
	for (const file of files) {
		placed.push({ file, ...(await n8n.importWorkflow(path.join(WORKFLOWS, file), credentials)) });
	}
	return placed;
}

export interface WorldOptions extends N8nServerOptions {
	/** Options of `npm run twins`. */
	twins?: string[];
	/** Intervals, retries and leases are short. */
	fast?: boolean;
	/** Told what is being done. */
	say?: (message: string) => void;
}

/**
 * Starts everything; nothing of the sync has run when it answers. The package has to be built.
 * *Marketo, Setup, Prepare* has run, as an admin runs it once per subscription.
 */
export async function startWorld({
	twins: twinOptions = [],
	fast = false,
	say = () => undefined,
	...options
}: WorldOptions = {}): Promise<World> {
	say('Starting the twins of Dynamics 365 and Marketo …');
	const twins = await startTwins(twinOptions);
	let n8n: N8nServer | undefined;
	const stop = async () => {
		await (options.folder === undefined ? n8n?.remove() : n8n?.stop());
		await twins.stop();
	};
	try {
		say('Starting n8n with the package (the first start takes half a minute) …');
		n8n = await N8nServer.start({
			...options,
			env: { ...(fast && { MARKETO_DYNAMICS_FAST: '1' }), ...options.env },
		});
		const credentials = await placeCredentials(n8n, twins.line);
		say('Preparing Marketo (fields and activity type) …');
		await prepareMarketo(n8n, credentials);
		const workflows = await placeWorkflows(n8n, credentials);
		return { twins, n8n, credentials, credentialData: credentialData(twins.line), workflows, stop };
	} catch (cause) {
		await stop();
		throw cause;
	}
}
