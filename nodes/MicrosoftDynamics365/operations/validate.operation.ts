import type { IExecuteFunctions } from 'n8n-workflow';

import type { Dataverse } from '../../../apis/dataverse/client';
import { describe } from '../../../apis/dataverse/metadata/describe';
import { listTables } from '../../../apis/dataverse/metadata/listTables';
import type { DataverseTable } from '../../../apis/dataverse/metadata/table';
import { privilegesOf, type Depth } from '../../../apis/dataverse/setup/privileges';
import { securedColumns } from '../../../apis/dataverse/setup/securedColumns';
import { readUser } from '../../../apis/dataverse/setup/user';
import { totalRows } from '../../../apis/dataverse/totals';
import { whoAmI, type WhoAmI } from '../../../apis/dataverse/whoAmI';
import { dayUsage } from '../../../sync/ledger/dayUsage';
import { findLane } from '../../../sync/ledger/lanes';
import { pinnedMapping } from '../../../sync/ledger/mappings';
import { runBy } from '../../../sync/ledger/runBy';
import { lastCompleteRun } from '../../../sync/ledger/runs';
import { copyInWords } from '../../../sync/operate/forecast';
import type { TableMapping } from '../../../sync/mapping';
import { describeAnew } from '../../../sync/page/columnCache';
import { factsOf, type System } from '../../../sync/schedule/systems';
import { checklist, ok, toDo, warning, type Check, type Finding } from '../../shared/checklist';
import { syncColumns } from '../../shared/syncColumns';
import { customTableOf } from '../../../sync/lanes/customTables';
import { keepOffer } from '../../shared/customTableOffer';
import { customLanes } from '../../shared/customLanes';
import {
	CUSTOM_TABLE,
	definitionOf,
	LANES,
	WHAT_TO_SYNC,
	type OfferedLane,
} from '../../shared/lanes';
import { openNodeLedger } from '../../shared/ledger';
import type { OperationDefinition } from '../../shared/operation';
import { mappingCheck } from '../../shared/mappingCheck';
import { memoryCheck, ownLedger } from '../../shared/syncMemory';
import { SETUP } from '../resources';
import { clientOf } from '../shared/client';
import { dynamicsError } from '../shared/dynamicsError';

type Right = 'Read' | 'Write' | 'Create' | 'Append' | 'AppendTo' | 'Assign' | 'Delete';

/** A table that the sync reads or writes, as people and as privileges call it. */
interface Needed {
	label: string;
	privilege: string;
	rights: readonly Right[];
	/** Without all of them the sync stops; without those of others, only links to their rows stay behind. */
	isSynced?: true;
}

const SYNCED: readonly Right[] = ['Read', 'Write', 'Create', 'Append', 'AppendTo', 'Assign'];
const POINTED_TO: readonly Right[] = ['Read', 'AppendTo'];

/** The security role of the connect page. */
const FOR_PEOPLE: readonly Needed[] = [
	{ label: 'Lead', privilege: 'Lead', rights: SYNCED, isSynced: true },
	{ label: 'Contact', privilege: 'Contact', rights: SYNCED, isSynced: true },
	{ label: 'Account', privilege: 'Account', rights: POINTED_TO },
	{ label: 'User', privilege: 'User', rights: POINTED_TO },
	{ label: 'Team', privilege: 'Team', rights: POINTED_TO },
	{ label: 'Business Unit', privilege: 'BusinessUnit', rights: POINTED_TO },
	{ label: 'Currency', privilege: 'TransactionCurrency', rights: POINTED_TO },
];

interface Table {
	name: string;
	label: string;
}

/** What each sync asks of the role, and the tables that it reads changes of. */
const NEEDED: Record<OfferedLane, { rights: readonly Needed[]; tables: readonly Table[] }> = {
	people: {
		rights: FOR_PEOPLE,
		tables: [
			{ name: 'lead', label: 'Lead' },
			{ name: 'contact', label: 'Contact' },
		],
	},
	companies: {
		rights: [{ label: 'Account', privilege: 'Account', rights: ['Read'], isSynced: true }],
		tables: [{ name: 'account', label: 'Account' }],
	},
	owners: {
		rights: [
			{ label: 'User', privilege: 'User', rights: ['Read'], isSynced: true },
			{ label: 'Team', privilege: 'Team', rights: ['Read'] },
		],
		tables: [
			{ name: 'systemuser', label: 'User' },
			{ name: 'team', label: 'Team' },
		],
	},
	opportunities: {
		rights: [
			{ label: 'Opportunity', privilege: 'Opportunity', rights: ['Read'], isSynced: true },
			{ label: 'Account', privilege: 'Account', rights: ['Read'] },
			{ label: 'Contact', privilege: 'Contact', rights: ['Read'] },
		],
		tables: [{ name: 'opportunity', label: 'Opportunity' }],
	},
	roles: {
		rights: [
			{ label: 'Opportunity', privilege: 'Opportunity', rights: ['Read'], isSynced: true },
			{ label: 'Contact', privilege: 'Contact', rights: ['Read'], isSynced: true },
			{ label: 'Account', privilege: 'Account', rights: ['Read'] },
			{ label: 'Connection', privilege: 'Connection', rights: ['Read'] },
			{ label: 'Connection Role', privilege: 'ConnectionRole', rights: ['Read'] },
		],
		tables: [
			{ name: 'opportunity', label: 'Opportunity' },
			{ name: 'connection', label: 'Connection' },
		],
	},
};

/** How far a privilege reaches, as the editor of security roles says it. */
const REACH: Record<Depth, string> = {
	Basic:
		'no further than User, or comes through a team, in which case Dynamics does not say how far',
	Local: 'no further than Business Unit',
	Deep: 'no further than Parent: Child Business Units',
	Global: 'the Organization',
};

const ROLES =
	'Power Platform admin center > environment > Settings > Users + permissions > Security roles';

export const validateOperation: OperationDefinition = {
	value: 'validate',
	name: 'Validate Setup',
	action: () => 'Validate the setup of the sync',
	description:
		'Check everything that the sync needs in Dynamics 365 and list what has to be done; changes nothing there',
	resources: [SETUP.value],
	properties: [WHAT_TO_SYNC],
	async execute(context, items) {
		const pairedItem = items.map((_, item) => ({ item }));
		const lane = context.getNodeParameter('lane', 0, 'people') as OfferedLane | typeof CUSTOM_TABLE;
		const checks = lane === CUSTOM_TABLE ? await customChecksOf(context) : checksOf(context, lane);
		const lines = await checklist(
			'Dynamics 365',
			checks,
			(error) => dynamicsError(context.getNode(), error) as Error,
		);
		return lines.map((json) => ({ json, pairedItem }));
	},
};

/** What several lines ask Dynamics for, asked once. */
class Asked {
	private me?: Promise<WhoAmI>;
	private privileges?: Promise<ReadonlyMap<string, Depth>>;

	constructor(readonly client: Dataverse) {}

	async whoAmI(): Promise<WhoAmI> {
		return await (this.me ??= whoAmI(this.client));
	}

	async privilegesHeld(): Promise<ReadonlyMap<string, Depth>> {
		const { userId } = await this.whoAmI();
		return await (this.privileges ??= privilegesOf(this.client, userId));
	}

	async system(): Promise<System> {
		const { organizationId, userId } = await this.whoAmI();
		const facts = factsOf({ url: this.client.origin, user: userId.toLowerCase() });
		return { side: 'dynamics', id: organizationId.toLowerCase(), facts };
	}
}

function checksOf(context: IExecuteFunctions, lane: OfferedLane): [Check, ...Check[]] {
	const { rights, tables } = NEEDED[lane];
	let asked: Asked | undefined;
	const check = (name: string, look: (asked: Asked) => Promise<Finding>): Check => ({
		name,
		look: async () => await look((asked ??= new Asked(await clientOf(context)))),
	});
	return [
		check('Sign-in', async (dynamics) => {
			await dynamics.whoAmI();
			return ok(`Signed in to ${dynamics.client.origin}`);
		}),
		// What goes one way writes nothing to Dynamics that could be taken for the user's.
		...(LANES[lane].twoWay ? [check('User', checkUser)] : []),
		check('Security role', checkRole),
		...rights.map((needed) =>
			check(
				`Privileges: ${needed.label}`,
				async (dynamics) => await checkRights(context, dynamics, lane, needed),
			),
		),
		...tables.map((table) =>
			check(`Change tracking: ${table.label}`, async (dynamics) => {
				const described = await describe(dynamics.client, table.name, { fresh: true });
				await keepColumns(context, dynamics, described);
				return checkTracking(described, table);
			}),
		),
		...tables.map((table) =>
			check(
				`Column security: ${table.label}`,
				async (dynamics) => await checkColumns(context, dynamics, lane, table),
			),
		),
		mappingCheck(context, 'dynamics', async () => await asked!.system(), LANES[lane]),
		memoryCheck(context, async () => await asked!.system()),
		check('Workflow that runs the sync', async () => await checkWorkflow(context, lane)),
		check('First copy', async (dynamics) => await checkCopy(context, dynamics, lane)),
	];
}

/**
 * Of custom tables: which there are to choose from, and of each that is synced, or was looked at in a preview, what its
 * sync needs.
 */
async function customChecksOf(context: IExecuteFunctions): Promise<[Check, ...Check[]]> {
	const lanes = await customLanes(context);
	let asked: Asked | undefined;
	const check = (name: string, look: (asked: Asked) => Promise<Finding>): Check => ({
		name,
		look: async () => await look((asked ??= new Asked(await clientOf(context)))),
	});
	const ofLane = async (lane: string): Promise<Check[]> => {
		const { table: name, object } = customTableOf(lane)!;
		const table = { name, label: name };
		const what = `${name} to ${object}`;
		const definition = await definitionOf(await openNodeLedger(context), lane);
		const mapping = mappingCheck(
			context,
			'dynamics',
			async () => await asked!.system(),
			definition,
		);
		return [
			check(`Privileges: ${what}`, async (dynamics) => {
				const wanted = `prvread${name}`;
				const held = [...(await dynamics.privilegesHeld())].find(
					([privilege]) => privilege.toLowerCase() === wanted,
				);
				return checkPrivileges(new Map(held && [[`prvRead${name}`, held[1]]]), {
					label: name,
					privilege: name,
					rights: ['Read'],
					isSynced: true,
				});
			}),
			check(`Change tracking: ${what}`, async (dynamics) => {
				const described = await describe(dynamics.client, name, { fresh: true });
				await keepColumns(context, dynamics, described);
				return checkTracking(described, table);
			}),
			check(
				`Column security: ${what}`,
				async (dynamics) => await checkColumns(context, dynamics, lane, table),
			),
			{ ...mapping, name: `${mapping.name}: ${what}` },
			check(`Workflow that runs the sync: ${what}`, async () => await checkWorkflow(context, lane)),
		];
	};
	return [
		check('Sign-in', async (dynamics) => {
			await dynamics.whoAmI();
			return ok(`Signed in to ${dynamics.client.origin}`);
		}),
		check('Security role', checkRole),
		check('Tables', async (dynamics) => await offerTables(context, dynamics)),
		...(await Promise.all(lanes.map(ofLane))).flat(),
		memoryCheck(context, async () => await asked!.system()),
	];
}

/** What it takes, before it begins. */
async function checkCopy(
	context: IExecuteFunctions,
	dynamics: Asked,
	lane: OfferedLane,
): Promise<Finding> {
	const ledger = await ownLedger(context, await dynamics.system()).catch(() => undefined);
	if (ledger && (await lastCompleteRun(ledger.db, lane))) return ok('Done');
	const names = NEEDED[lane].tables.map(({ name }) => name);
	const counts = await totalRows(dynamics.client, names).catch(() => undefined);
	if (!counts)
		return warning(
			'Dynamics 365 does not say how many records there are, so it is not known what it takes',
			'Nothing to do: Show Status says how far it is, once it runs',
		);
	const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
	const usage = ledger && (await dayUsage(ledger.db, 'marketo', ledger.clock.now()));
	return ok(copyInWords(lane, rows, usage));
}

/** For the list of tables in *Resolve Sync Conflict*. */
async function offerTables(context: IExecuteFunctions, dynamics: Asked): Promise<Finding> {
	const all = await listTables(dynamics.client);
	const tracked = all.filter((table) => table.isReachable && table.changeTracking);
	const ledger = await ownLedger(context, await dynamics.system()).catch(() => undefined);
	if (ledger) await keepOffer(ledger.db, 'tables', tracked);
	return ok(
		`${tracked.length} of ${all.length} tables have change tracking on; these can be synced`,
	);
}

async function checkUser(dynamics: Asked): Promise<Finding> {
	const { userId } = await dynamics.whoAmI();
	const { name, isApplication } = await readUser(dynamics.client, userId);
	if (isApplication) return ok(`${name}, an application user`);
	return warning(
		`${name} is a person: what this user edits by hand is mistaken for the sync's own writes`,
		'Sign in as an application user that is used for nothing else',
	);
}

async function checkRole(dynamics: Asked): Promise<Finding> {
	const { size } = await dynamics.privilegesHeld();
	if (size > 0) return ok(`The user has a role: ${size} privileges in all`);
	return toDo('The user has no security role', `Give it one: ${ROLES}`);
}

/** R29: rows are deleted by choice alone, and the lack of that right holds up nothing else. */
async function checkRights(
	context: IExecuteFunctions,
	dynamics: Asked,
	lane: string,
	needed: Needed,
): Promise<Finding> {
	const held = await dynamics.privilegesHeld();
	const finding = checkPrivileges(held, needed);
	if (finding.status !== 'ok' || !needed.isSynced) return finding;
	const { label, privilege } = needed;
	const mapping = await mappingOf(context, dynamics, lane, privilege.toLowerCase());
	if (mapping?.whenPersonDeleted !== 'delete') return finding;
	return checkPrivileges(held, { label, privilege, rights: ['Delete'] });
}

function checkPrivileges(
	held: ReadonlyMap<string, Depth>,
	{ label, privilege, rights, isSynced }: Needed,
): Finding {
	const named = rights.map((right) => ({ right, depth: held.get(`prv${right}${privilege}`) }));
	const inWords = ({ right }: { right: Right }) =>
		`${right === 'AppendTo' ? 'Append To' : right} (prv${right}${privilege})`;
	const missing = named.filter(({ depth }) => !depth).map(inWords);
	const short = named.filter(({ depth }) => depth && depth !== 'Global');
	if (missing.length + short.length === 0) return ok('All there, at organization level');
	const found = [
		...(missing.length > 0 ? [`Missing: ${missing.join(', ')}`] : []),
		...short.map((one) => `${inWords(one)} reaches ${REACH[one.depth!]}`),
	];
	const isCertain = missing.length > 0 || short.some(({ depth }) => depth !== 'Basic');
	const finding = isSynced && isCertain ? toDo : warning;
	return finding(
		found.join('. '),
		`Give the role these rights on ${label} at organization level: ${ROLES}`,
	);
}

function checkTracking({ changeTracking }: DataverseTable, { label }: Table): Finding {
	if (changeTracking) return ok('On');
	return toDo(
		'Off: the sync cannot ask what has changed',
		`Switch it on in Power Apps: Tables > ${label} > Properties > Advanced options > Track changes`,
	);
}

async function checkColumns(
	context: IExecuteFunctions,
	dynamics: Asked,
	lane: string,
	{ name, label }: Table,
): Promise<Finding> {
	const { userId } = await dynamics.whoAmI();
	const secured = await securedColumns(dynamics.client, name, userId);
	const closed = secured.filter(({ canRead, canWrite }) => !canRead || !canWrite);
	if (closed.length === 0) return ok('No column is closed to this user');
	const inWords = (columns: typeof closed) =>
		columns
			.map((column) => `${column.label} (${column.name}) cannot be ${deeds(column)}`)
			.join(', ');
	const remedy = `Add the user to a profile that may read and update them: Power Platform admin center > environment > Settings > Users + permissions > Column security profiles. Or leave them out of the mapping of ${label}`;
	const mapping = await mappingOf(context, dynamics, lane, name);
	if (!mapping) return warning(`${inWords(closed)}; this matters where they are mapped`, remedy);
	const mapped = closed.filter((column) => isHindered(column, mapping));
	if (mapped.length === 0) return ok('No mapped column is closed to this user');
	return toDo(`Mapped, but closed to this user: ${inWords(mapped)}`, remedy);
}

interface Rights {
	canRead: boolean;
	canWrite: boolean;
}

function deeds({ canRead, canWrite }: Rights): string {
	return [...(canRead ? [] : ['read']), ...(canWrite ? [] : ['written'])].join(' or ');
}

/** A row that only reads its column is not hindered where it cannot be written. */
function isHindered({ name, canRead }: Rights & { name: string }, { rows }: TableMapping): boolean {
	return rows.some(
		({ column, direction }) => column === name && (!canRead || direction !== 'toMarketo'),
	);
}

/** The mapping of the last run; undefined before the first, or where the sync's memory is another system's. */
async function mappingOf(
	context: IExecuteFunctions,
	dynamics: Asked,
	lane: string,
	table: string,
): Promise<TableMapping | undefined> {
	const system = await dynamics.system();
	const ledger = await ownLedger(context, system).catch(() => undefined);
	return ledger && (await pinnedMapping(ledger.db, lane))?.mapping[table];
}

/** For the lists of the field mapping. What the sync keeps of another environment is left alone. */
async function keepColumns(
	context: IExecuteFunctions,
	dynamics: Asked,
	described: DataverseTable,
): Promise<void> {
	const system = await dynamics.system();
	// What is wrong with the memory is said by its own line.
	const ledger = await ownLedger(context, system).catch(() => undefined);
	if (ledger)
		await describeAnew(
			ledger,
			described.name,
			async () =>
				await syncColumns(dynamics.client, described, async () => (await dynamics.whoAmI()).userId),
		);
}

async function checkWorkflow(context: IExecuteFunctions, lane: string): Promise<Finding> {
	const { db } = await openNodeLedger(context);
	const workflow = (await findLane(db, lane))?.workflow;
	if (!workflow) return ok('None yet');
	if (workflow === context.getWorkflow().id) return ok('This one');
	const by = await runBy(db, lane, workflow);
	return warning(
		`${by ? `"${by.name}", with` : 'The one with'} the ID ${workflow} (the last part of its URL)`,
		'If this workflow is to run the sync: unpublish the other one, then use Take Over in the Marketo Dynamics Sync node, in this workflow. Otherwise nothing has to be done',
	);
}
