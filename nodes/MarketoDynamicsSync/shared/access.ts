import { createHash } from 'node:crypto';
import {
	NodeOperationError,
	type ICredentialDataDecryptedObject,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeProperties,
} from 'n8n-workflow';

import { dataverse, type Dataverse } from '../../../apis/dataverse/client';
import { whoAmI } from '../../../apis/dataverse/whoAmI';
import { usage } from '../../../apis/marketo/usage';
import type { Side } from '../../../sync/items';
import { factsOf, isBound, isOwn, type System } from '../../../sync/schedule/systems';
import { allLanes, findLane } from '../../../sync/ledger/lanes';
import type { Ledger } from '../../../sync/ledger/ledger';
import { PEOPLE } from '../../../sync/operate/lanes';
import { connectMarketo } from '../../shared/marketoConnection';
import { createWire } from '../../shared/send';
import { DYNAMICS_API, MARKETO_API } from '../../shared/syncPorts';
import { PREVIEW_OF, SOME } from './allRecords';

/**
 * Who may see and steer a sync. Its memory is a file that every node of this n8n can open, so that in an n8n
 * which several people share, people without any right to either system could read names and values and
 * pause it. What shows people's data or steers therefore wants a credential of one of the two systems.
 */

/** Operations that show nobody's data, and change nothing but when the next run starts. */
const OPEN = ['previewMapping', 'recordResults', 'showStatus', 'syncNow'];
/** Those that want both credentials, whatever is chosen. */
const BOTH = ['rePoint'];

const NONE = 'none';
const API: Record<Side, string> = { dynamics: DYNAMICS_API, marketo: MARKETO_API };
const NAMES: Record<Side, string> = { dynamics: 'Dynamics 365', marketo: 'Marketo' };

/** Which of the node's credentials is asked for. Nodes of 0.1 have none. */
const CHOICE: INodeProperties = {
	displayName: 'Access With',
	name: 'accessWith',
	type: 'options',
	noDataExpression: true,
	options: [
		{ name: 'Dynamics 365 Credential', value: 'dynamics' },
		{ name: 'Marketo Credential', value: 'marketo' },
		{
			name: 'No Credential',
			value: NONE,
			description: 'Works only in the workflow that runs the sync',
		},
	],
	default: 'dynamics',
	description:
		'The credential that shows that you may see and control this sync: one for either of the two systems it connects',
};

const shownIn = (version: object | number) => ({
	show: { resource: ['record', 'sync'], '@version': [version as number] },
	hide: { operation: [...OPEN, ...BOTH] },
});

export const ACCESS_PROPERTIES: INodeProperties[] = [
	{ ...CHOICE, default: NONE, displayOptions: shownIn(1) },
	{ ...CHOICE, displayOptions: shownIn({ _cnd: { gte: 1.1 } }) },
];

/** Both for a person and for a preview of all records; for what is guarded the one that is chosen; for the rest none. */
export const CREDENTIALS = (
	[
		['dynamics', 'marketo'],
		['marketo', 'dynamics'],
	] as const
).map(([side, other]) => ({
	name: API[side],
	// Where both are asked for, n8n calls each of them "Credential".
	displayName: `${NAMES[side]} Credential`,
	required: true,
	displayOptions: {
		hide: {
			operation: OPEN.filter((operation) => operation !== 'previewMapping'),
			accessWith: [other, NONE],
			[PREVIEW_OF]: [SOME],
		},
	},
}));

/** For this long a system is not asked again where the same credential, secret included, leads. */
const KNOWN_MS = 5 * 60_000;
const known = new Map<string, { system: System; until: number }>();

type Context = IExecuteFunctions | ILoadOptionsFunctions;

/** The system whose credential the node has to show; undefined where it has none. */
export function accessOf(context: Context): Side | undefined {
	const { parameters, credentials } = context.getNode();
	const side = parameters.accessWith as Side | typeof NONE | undefined;
	return side && side !== NONE && credentials?.[API[side]] ? side : undefined;
}

/** Dynamics by the node's credential. Somebody waits for the answer: a call is not tried for minutes. */
export async function connectDynamics(context: Context): Promise<Dataverse> {
	const wire = await createWire(context, DYNAMICS_API);
	const { environmentUrl } = await context.getCredentials<{ environmentUrl: string }>(DYNAMICS_API);
	return dataverse(wire, environmentUrl, { timeoutMs: 20_000, patience: { attempts: 2 } });
}

/**
 * Lets through the workflow that runs the sync which it is about, and who signs in to one of the sync's two systems. A sync that
 * has not begun has nothing to guard.
 *
 * @throws NodeOperationError for all others, with what to do
 */
export async function assertAccess(
	context: Context,
	ledger: Ledger,
	lane: string = PEOPLE,
): Promise<void> {
	if (!(await isBound(ledger.db))) return;
	const { workflow } = (await findLane(ledger.db, lane)) ?? {};
	if (workflow && workflow === context.getWorkflow().id) return;
	const side = accessOf(context);
	if (!side) throw missing(context);
	if (!(await isOwn(ledger.db, await systemOf(context, side)))) throw foreign(context, side);
}

/**
 * Both systems, by both credentials of the node and asked this moment, for who may give the sync to them: whoever signs in to
 * one of its present two, or the workflow that runs one of its lanes.
 *
 * @throws NodeOperationError for all others, with what to do
 */
export async function assertMayRePoint(
	context: IExecuteFunctions,
	{ db }: Ledger,
): Promise<Record<Side, System>> {
	const { credentials = {} } = context.getNode();
	const lacking = (['dynamics', 'marketo'] as const).filter((side) => !credentials[API[side]]);
	if (lacking.length > 0)
		throw new NodeOperationError(
			context.getNode(),
			`No credential for ${lacking.map((side) => NAMES[side]).join(' and ')} is chosen`,
			{
				description:
					'Re-Point needs both: choose those of the two systems that the sync is to connect from now on',
			},
		);
	const pair = {
		dynamics: await reach(context, 'dynamics'),
		marketo: await reach(context, 'marketo'),
	};
	const workflow = context.getWorkflow().id;
	const isOfTheSync = (await allLanes(db)).some((lane) => lane.workflow === workflow);
	if (workflow && isOfTheSync) return pair;
	for (const system of Object.values(pair)) if (await isOwn(db, system)) return pair;
	throw new NodeOperationError(
		context.getNode(),
		'Both credentials are for other systems than the ones that the sync connects, so it is not known whether you may re-point it',
		{ description: 'Copy this step into the workflow that runs the sync, and execute it there' },
	);
}

async function systemOf(context: Context, side: Side): Promise<System> {
	const credential = await context.getCredentials<ICredentialDataDecryptedObject>(API[side]);
	const key = fingerprintOf(side, credential);
	const before = known.get(key);
	if (before && before.until > Date.now()) return before.system;
	const system = await reach(context, side);
	known.set(key, { system, until: Date.now() + KNOWN_MS });
	return system;
}

/** Asks the system itself: names and ids in a credential are easily copied, its secret is not. */
async function reach(context: Context, side: Side): Promise<System> {
	try {
		if (side === 'marketo') {
			const marketo = await connectMarketo(context);
			await usage(marketo, 'today');
			return { side, id: marketo.subscription, facts: {} };
		}
		const client = await connectDynamics(context);
		const { organizationId, userId } = await whoAmI(client);
		return {
			side,
			id: organizationId.toLowerCase(),
			facts: factsOf({ url: client.origin, user: userId.toLowerCase() }),
		};
	} catch (error) {
		const { message, remedy } = error as Error & { remedy?: string };
		throw new NodeOperationError(
			context.getNode(),
			`The ${NAMES[side]} credential could not be checked: ${message}`,
			{ description: remedy ?? 'Open the credential and test it' },
		);
	}
}

/** All that was typed, without what n8n adds by itself. */
function fingerprintOf(side: Side, credential: ICredentialDataDecryptedObject): string {
	const { accessToken, tokenExpiresAt, missingPermissions, ...typed } = credential;
	const text = JSON.stringify([side, Object.entries(typed).sort()]);
	return createHash('sha256').update(text).digest('base64');
}

function missing(context: Context): NodeOperationError {
	return new NodeOperationError(
		context.getNode(),
		'This operation needs a credential for the Dynamics 365 or Marketo that the sync connects',
		{
			description:
				"Set 'Access With' to Dynamics 365 or Marketo and choose the credential that the sync uses. It shows that you may see and control the sync; in the workflow that runs the sync none is needed",
		},
	);
}

function foreign(context: Context, side: Side): NodeOperationError {
	return new NodeOperationError(
		context.getNode(),
		`This credential is for a different ${NAMES[side]} than the one that the sync connects`,
		{
			description:
				'Choose the credential that the steps of the sync use, or one for the same system',
		},
	);
}
