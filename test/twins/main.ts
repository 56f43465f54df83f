import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PEOPLE_PASSWORD, personName } from './dynamics/principals';
import { marketoPeople, startDynamicsTwin, startMarketoTwin } from './index';
import { sideBySidePage } from './page/page';

const HELP = `npm run twins -- [options]
  --seed <n>               which data to make (1)
  --leads <n>              leads in Dynamics (1000)
  --contacts <n>           contacts in Dynamics (500)
  --accounts <n>           accounts in Dynamics beside those of the people (0)
  --opportunities <n>      opportunities in Dynamics, with whom they concern (0)
  --people <n>             people in Marketo (200)
  --latency-ms <n>         added to every call of either API (0)
  --marketo-fields <file>  more Marketo fields, in the shape of describe.json
  --dynamics-tables <file> more tables and columns, in the shape of EntityDefinitions
  --organization-id <guid> of Dynamics, to tell two environments apart
  --munchkin-id <id>       of Marketo, to tell two subscriptions apart
  --port-dynamics <n>      (a free one)
  --port-marketo <n>       (a free one)`;

const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const MUNCHKIN_ID = /^\d{3}-[A-Z]{3}-\d{3}$/;

/** Starts both twins, prints the ready line, and serves until stopped. */
async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			seed: { type: 'string', default: '1' },
			leads: { type: 'string', default: '1000' },
			contacts: { type: 'string', default: '500' },
			accounts: { type: 'string', default: '0' },
			opportunities: { type: 'string', default: '0' },
			people: { type: 'string', default: '200' },
			'latency-ms': { type: 'string', default: '0' },
			'marketo-fields': { type: 'string' },
			'dynamics-tables': { type: 'string' },
			'organization-id': { type: 'string' },
			'munchkin-id': { type: 'string' },
			'port-dynamics': { type: 'string', default: '0' },
			'port-marketo': { type: 'string', default: '0' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) {
		process.stdout.write(`${HELP}\n`);
		return;
	}
	const seed = whole('seed', values.seed);
	const latencyMs = whole('latency-ms', values['latency-ms']);
	const leads = whole('leads', values.leads);
	const contacts = whole('contacts', values.contacts);
	const tables = jsonFile(values['dynamics-tables']);
	const fields = jsonFile(values['marketo-fields']);
	const organizationId = shaped(
		'organization-id',
		values['organization-id'],
		GUID,
		'a GUID in lower case',
	);
	const munchkinId = shaped(
		'munchkin-id',
		values['munchkin-id'],
		MUNCHKIN_ID,
		'a Munchkin ID such as 123-ABC-456',
	);
	const dynamics = await startDynamicsTwin({
		seed,
		leads,
		contacts,
		accounts: whole('accounts', values.accounts),
		opportunities: whole('opportunities', values.opportunities),
		latencyMs,
		port: whole('port-dynamics', values['port-dynamics']),
		...(tables !== undefined && { tables }),
		...(organizationId !== undefined && { organizationId }),
	});
	const people = marketoPeople(
		seed,
		whole('people', values.people),
		dynamics.people.filter(({ origin }) => origin === 'lead'),
		dynamics.people.filter(({ origin }) => origin === 'contact'),
	);
	const marketo = await startMarketoTwin({
		seed,
		people,
		latencyMs,
		port: whole('port-marketo', values['port-marketo']),
		...(fields !== undefined && { fields }),
		...(munchkinId !== undefined && { munchkinId }),
	});
	const { url, tokenUrl, clientId } = dynamics;
	dynamics.showPage(
		sideBySidePage({
			dynamics: { url, tokenUrl, clientId, username: personName(1), password: PEOPLE_PASSWORD },
			// A service beside the sync's, so that edits on the page are told from the sync's.
			marketo: { url: marketo.url, clientId: 'human', clientSecret: 'secret-human', firstId: 1001 },
		}),
	);
	const ready = {
		dynamics: {
			url: dynamics.url,
			tokenUrl: dynamics.tokenUrl,
			tenantId: dynamics.tenantId,
			clientId: dynamics.clientId,
			clientSecret: dynamics.clientSecret,
		},
		marketo: { url: marketo.url, clientId: marketo.clientId, clientSecret: marketo.clientSecret },
	};
	process.stdout.write(`${JSON.stringify(ready)}\n`);
	await new Promise<void>((resolve) => {
		process.once('SIGTERM', resolve);
		process.once('SIGINT', resolve);
	});
	await Promise.all([dynamics.close(), marketo.close()]);
}

function whole(name: string, text: string): number {
	if (/^\d+$/.test(text)) return Number(text);
	throw new Error(`--${name} takes a whole number, not "${text}".`);
}

function shaped(
	name: string,
	text: string | undefined,
	shape: RegExp,
	inWords: string,
): string | undefined {
	if (text === undefined || shape.test(text)) return text;
	throw new Error(`--${name} takes ${inWords}, not "${text}".`);
}

function jsonFile(path: string | undefined): unknown {
	if (path === undefined) return undefined;
	try {
		return JSON.parse(readFileSync(path, 'utf8')) as unknown;
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new Error(`${path} cannot be read as JSON: ${reason}`);
	}
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exit(1);
});
