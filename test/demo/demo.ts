import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { CredentialIds } from '../e2e/harness/credentialPicker';
import { N8nServer } from '../e2e/harness/n8nServer';
import { ROOT } from '../e2e/harness/tools';
import { prepareMarketo } from './prepareMarketo';
import { startTwins, type Twins, type TwinsLine } from './twins';

const FOLDER = path.join(ROOT, '.demo');
const WORKFLOWS = path.join(ROOT, 'workflows');

export interface PlacedWorkflow {
	/** Name of the file in `workflows/`. */
	file: string;
	name: string;
	id: string;
}

/** The twins and a real n8n with package, credentials and workflows in place. */
export interface Demo {
	twins: Twins;
	n8n: N8nServer;
	workflows: PlacedWorkflow[];
	stop(): Promise<void>;
}

const say = (message: string) => process.stderr.write(`${message}\n`);

const credentialData = ({ dynamics, marketo }: TwinsLine) => ({
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
});

/** Makes both credentials and tries them, as the *Test* button does. */
async function placeCredentials(n8n: N8nServer, line: TwinsLine): Promise<CredentialIds> {
	const names = { microsoftDynamics365Api: 'Dynamics 365 (twin)', marketoApi: 'Marketo (twin)' };
	const data = credentialData(line);
	const placed: CredentialIds = {};
	for (const type of ['microsoftDynamics365Api', 'marketoApi'] as const) {
		const credential = await n8n.createCredential(names[type], type, data[type]);
		const { status, message } = await n8n.testCredential(credential.id);
		if (status !== 'OK') throw new Error(`The credential '${names[type]}' does not work: ${message}`);
		placed[type] = credential;
	}
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

/** Starts everything; nothing of the sync has run when it answers. */
export async function startDemo(options: {
	fast: boolean;
	twins: string[];
	port?: number;
}): Promise<Demo> {
	await rm(FOLDER, { recursive: true, force: true });
	say('Starting the twins of Dynamics 365 and Marketo …');
	const twins = await startTwins(options.twins);
	let n8n: N8nServer | undefined;
	const stop = async () => {
		await n8n?.stop();
		await twins.stop();
	};
	try {
		say('Starting n8n with the package (the first start takes half a minute) …');
		n8n = await N8nServer.start({
			folder: FOLDER,
			port: options.port,
			env: options.fast ? { MARKETO_DYNAMICS_FAST: '1' } : {},
		});
		const credentials = await placeCredentials(n8n, twins.line);
		say('Preparing Marketo (fields and activity type) …');
		await prepareMarketo(n8n, credentials);
		return { twins, n8n, workflows: await placeWorkflows(n8n, credentials), stop };
	} catch (cause) {
		await stop();
		throw cause;
	}
}
