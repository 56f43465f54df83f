import type { IExecuteFunctions } from 'n8n-workflow';

import { hasResultType, SYNC_RESULT_TYPE } from '../../../../apis/marketo/activities/syncResults';
import type { Marketo } from '../../../../apis/marketo/client';
import { DEFAULT_MAPPING_FIELDS } from '../../../../apis/marketo/fields/defaultMappingFields';
import { PERSON_LINK_FIELDS, type LinkField } from '../../../../apis/marketo/fields/linkFields';
import { personFields } from '../../../../apis/marketo/fields/personFields';
import { checkFields } from '../../../../apis/marketo/fields/prepareFields';
import { customObjects } from '../../../../apis/marketo/objects/customObjects';
import { describeObject } from '../../../../apis/marketo/objects/describeObject';
import { customObject } from '../../../../apis/marketo/objects/object';
import {
	CUSTOM_OBJECT_PERMISSIONS,
	objectPermissions,
	SYNC_PERMISSIONS,
	type Permission,
} from '../../../../apis/marketo/permissions';
import { isGranted } from '../../../../apis/marketo/setup/isGranted';
import { isNativeSyncOn, NATIVE_SYNC_PERMISSION } from '../../../../apis/marketo/setup/nativeSync';
import { usage } from '../../../../apis/marketo/usage';
import { customObjectKey, customTableOf } from '../../../../sync/lanes/customTables';
import type { LaneDefinition } from '../../../../sync/lanes/definition';
import { PEOPLE, PERSON } from '../../../../sync/lanes/people';
import { REFERENCES } from '../../../../sync/lanes/references';
import { pinnedMapping } from '../../../../sync/ledger/mappings';
import { keepUsage, STOPS_AT } from '../../../../sync/schedule/dayQuota';
import type { System } from '../../../../sync/schedule/systems';
import type { Column } from '../../../../sync/values';
import { describeAnew } from '../../../../sync/page/columnCache';
import {
	checklist,
	ok,
	toDo,
	warning,
	type Check,
	type Finding,
	type Status,
} from '../../../shared/checklist';
import { customLanes } from '../../../shared/customLanes';
import { keepOffer } from '../../../shared/customTableOffer';
import {
	CUSTOM_TABLE,
	definitionOf,
	LANES,
	WHAT_TO_SYNC,
	type OfferedLane,
} from '../../../shared/lanes';
import { openNodeLedger } from '../../../shared/ledger';
import { mappingCheck } from '../../../shared/mappingCheck';
import { peopleMappingBehind } from '../../../shared/mappingParameters';
import { objectColumns, toColumn } from '../../../shared/marketoColumns';
import { dayQuotaOf } from '../../../shared/dayQuota';
import { connectMarketo } from '../../../shared/marketoConnection';
import { marketoObjectOf } from '../../../shared/marketoObjects';
import type { OperationDefinition } from '../../../shared/operation';
import { keptExecutionsCheck } from '../../../shared/keptExecutions';
import { memoryCheck, ownLedger } from '../../../shared/syncMemory';
import { marketoError } from '../../shared/marketoError';

const PREPARE = 'Execute the Marketo node with resource Setup, operation Prepare';
/** Without the flag of those who are left out: who does not choose it does without. */
const { leftOut: _, ...NEEDED_FIELDS } = PERSON_LINK_FIELDS;
const LINK_FIELDS: readonly LinkField[] = Object.values(NEEDED_FIELDS);

export const validate: OperationDefinition = {
	value: 'validate',
	name: 'Validate Setup',
	action: () => 'Validate the setup of the sync',
	description:
		'Check everything that the sync needs in Marketo and list what has to be done; changes nothing there',
	resources: ['setup'],
	properties: [WHAT_TO_SYNC],
	async execute(context, items) {
		const pairedItem = items.map((_, item) => ({ item }));
		const chosen = context.getNodeParameter('lane', 0, 'people') as
			| OfferedLane
			| typeof CUSTOM_TABLE;
		const checks =
			chosen === CUSTOM_TABLE
				? await customChecks(context)
				: LANES[chosen].twoWay
					? checksOf(context)
					: objectChecks(context, LANES[chosen]);
		const lines = await checklist('Marketo', checks, (error) => marketoError(context, error));
		return lines.map((json) => ({ json, pairedItem }));
	},
};

type Look = (marketo: Marketo) => Promise<Finding>;

/** Makes checks that share one connection. */
function checker(context: IExecuteFunctions) {
	let connected: Promise<Marketo> | undefined;
	const marketo = async () => await (connected ??= connectMarketo(context));
	const check = (name: string, look: Look): Check => ({
		name,
		look: async () => await look(await marketo()),
	});
	const permitted = (permissions: readonly Permission[]): Check[] =>
		permissions.map((permission) =>
			check(
				`Permission ${permission.name}`,
				async (client) => await checkPermission(client, permission),
			),
		);
	return { marketo, check, permitted };
}

/** Of a lane that goes one way: it needs no fields of its own. */
function objectChecks(context: IExecuteFunctions, lane: LaneDefinition): [Check, ...Check[]] {
	const { marketo, check, permitted } = checker(context);
	const object = marketoObjectOf(lane.object);
	return [
		check('Sign-in', signIn),
		...permitted(objectPermissions(object)),
		check('Native CRM sync', async (client) => readOnlyWords(await checkNativeSync(client))),
		check('Fields', async (client) => {
			const described = await describeObject(client, object, 0);
			await keepColumns(context, client, lane.object, async () => objectColumns(described));
			return ok(`${described.fields.length} fields`);
		}),
		check('Calls today', async (client) => await checkCalls(context, client)),
		mappingCheck(context, 'marketo', async () => systemOf(await marketo()), lane),
		memoryCheck(context, async () => systemOf(await marketo())),
	];
}

/** Of custom tables: which objects there are to choose from, and of each that is synced, or was looked at, its key. */
async function customChecks(context: IExecuteFunctions): Promise<[Check, ...Check[]]> {
	const { marketo, check, permitted } = checker(context);
	const ofLane = async (lane: string): Promise<Check[]> => {
		const { table, object } = customTableOf(lane)!;
		const what = `${table} to ${object}`;
		const definition = await definitionOf(await openNodeLedger(context), lane);
		const mapping = mappingCheck(
			context,
			'marketo',
			async () => systemOf(await marketo()),
			definition,
		);
		return [
			check(`Custom object: ${what}`, async (client) => await checkObject(context, client, object)),
			{ ...mapping, name: `${mapping.name}: ${what}` },
		];
	};
	return [
		check('Sign-in', signIn),
		...permitted(CUSTOM_OBJECT_PERMISSIONS),
		check('Custom objects', async (client) => await offerObjects(context, client)),
		...(await Promise.all((await customLanes(context)).map(ofLane))).flat(),
		check('Calls today', async (client) => await checkCalls(context, client)),
		memoryCheck(context, async () => systemOf(await marketo())),
	];
}

/** For the list of objects in *Resolve Sync Conflict*. */
async function offerObjects(context: IExecuteFunctions, marketo: Marketo): Promise<Finding> {
	const objects = await customObjects(marketo, 0);
	const ledger = await ownLedger(context, systemOf(marketo)).catch(() => undefined);
	if (ledger) await keepOffer(ledger.db, 'objects', objects);
	if (objects.length > 0)
		return ok(`${objects.length}: ${objects.map(({ name }) => name).join(', ')}`);
	return toDo('There is no approved custom object', MAKE_OBJECT);
}

const MAKE_OBJECT =
	'Create one in Marketo, Admin > Database Management > Marketo Custom Objects, with one dedupe field of type string for the ID of the row and a link to the person or company, and approve it';

async function checkObject(
	context: IExecuteFunctions,
	marketo: Marketo,
	name: string,
): Promise<Finding> {
	const described = await describeObject(marketo, customObject(name), 0);
	await keepColumns(context, marketo, customObjectKey(name), async () => objectColumns(described));
	const { keyFields, fields } = described;
	if (keyFields.length === 1) return ok(`${fields.length} fields; ${keyFields[0]} is the key`);
	return toDo(
		`It has ${keyFields.length} dedupe fields (${keyFields.join(', ')}), and needs exactly one for the ID of the row`,
		`A dedupe field cannot be changed later. ${MAKE_OBJECT}`,
	);
}

function checksOf(context: IExecuteFunctions): [Check, ...Check[]] {
	const { marketo, check, permitted } = checker(context);
	return [
		check('Sign-in', signIn),
		...permitted(SYNC_PERMISSIONS),
		check('Native CRM sync', async (client) => {
			const finding = await checkNativeSync(client);
			return (await namesParents(context, client)) ? finding : forPeopleAlone(finding);
		}),
		check('Person fields of the sync', async (client) => {
			const finding = await checkPersonFields(client, LINK_FIELDS, 'to do');
			await keepFields(context, client);
			return finding;
		}),
		check(
			'Person fields of the default mapping',
			async (client) => await checkPersonFields(client, DEFAULT_MAPPING_FIELDS, 'warning'),
		),
		check('Activity type', checkResultType),
		check('Calls today', async (client) => await checkCalls(context, client)),
		mappingCheck(context, 'marketo', async () => systemOf(await marketo())),
		memoryCheck(context, async () => systemOf(await marketo())),
		keptExecutionsCheck(context),
	];
}

/** The count of calls needs no permission. */
async function signIn(marketo: Marketo): Promise<Finding> {
	await usage(marketo, 'today');
	return ok(`Signed in to ${marketo.subscription}`);
}

async function checkPermission(marketo: Marketo, permission: Permission): Promise<Finding> {
	if (await isGranted(marketo, permission)) return ok('The role has it');
	if (permission.onlyForPrepare && (await isPrepared(marketo)))
		return ok('The role lacks it; only Prepare needs it, and that has run');
	return toDo(
		'The role of the API user lacks it',
		'Select it in Marketo, Admin > Users & Roles > Roles > Access API; if it is selected already, add the address of this n8n to the IP allowlist',
	);
}

/** What cannot be read is not known to be there. */
async function isPrepared(marketo: Marketo): Promise<boolean> {
	const fields = await checkFields(marketo, LINK_FIELDS).catch(() => undefined);
	return fields?.every(({ there }) => there?.outcome === 'there') ?? false;
}

async function checkNativeSync(marketo: Marketo): Promise<Finding> {
	const isOn = await isNativeSyncOn(marketo);
	if (isOn === false) return ok('Off');
	if (isOn === undefined)
		return warning(
			`Not visible without the permission ${NATIVE_SYNC_PERMISSION}`,
			`Check in Marketo, Admin > Microsoft Dynamics or Salesforce, whether the native sync is off, or select ${NATIVE_SYNC_PERMISSION} and validate again`,
		);
	return toDo(
		"On: Marketo's own sync with a CRM refuses what another sync writes (code 1018)",
		'Switch it off in Marketo: Admin > Microsoft Dynamics > Disable Sync (or Admin > Salesforce)',
	);
}

/** It may have left companies, sales persons and opportunities read-only, although it is off. */
function readOnlyWords(finding: Finding): Finding {
	if (finding.status !== 'to do') return finding;
	return toDo(
		'Marketo keeps companies, sales persons and opportunities read-only (code 1018): its own CRM sync is on, or left them that way',
		`${finding.remedy}. If that does not help, ask Marketo Support to unlock them, or do without this sync: company and owner can be written to the people (columns such as Company Name: Account Name and Owner: Email in the field mapping of leads and contacts), opportunities in a custom object`,
	);
}

/** Whether the field mapping, as it is drafted or was in the last run, ties people to companies or sales persons. */
async function namesParents(context: IExecuteFunctions, marketo: Marketo): Promise<boolean> {
	const ledger = await ownLedger(context, systemOf(marketo)).catch(() => undefined);
	const mapping =
		peopleMappingBehind(context) ??
		(ledger && (await pinnedMapping(ledger.db, PEOPLE))?.mapping) ??
		{};
	const rows = Object.values(mapping).flatMap((table) => table?.rows ?? []);
	return rows.some(({ field, direction }) => direction !== 'toDynamics' && REFERENCES.has(field));
}

/** People are written either way; no call tells whether a second sync writes them, or has left its mark alone. */
function forPeopleAlone(finding: Finding): Finding {
	if (finding.status !== 'to do') return finding;
	return warning(
		"Marketo's own CRM sync is on, or has left companies, sales persons and opportunities read-only (code 1018); the field mapping of leads and contacts names none of them",
		'See in Marketo, Admin > Microsoft Dynamics (or Admin > Salesforce), whether that sync is off: two syncs must not write the same people. If it is off, there is nothing to do',
	);
}

async function checkPersonFields(
	marketo: Marketo,
	wanted: readonly LinkField[],
	otherwise: Exclude<Status, 'ok'>,
): Promise<Finding> {
	const checked = await checkFields(marketo, wanted);
	const inTheWay = checked.flatMap(({ there }) => (there?.outcome === 'wrongType' ? there : []));
	const missing = checked.flatMap(({ field, there }) => (there ? [] : field.label));
	if (inTheWay.length + missing.length === 0) return ok(`All ${wanted.length} are there`);
	const found = [
		...(missing.length > 0 ? [`Missing: ${missing.join(', ')}`] : []),
		...inTheWay.map(({ label }) => `Another field conflicts with ${label}`),
	];
	const remedy = inTheWay.length > 0 ? inTheWay.map(({ message }) => message) : [PREPARE];
	return { status: otherwise, found: found.join('. '), remedy: remedy.join('. ') };
}

async function checkResultType(marketo: Marketo): Promise<Finding> {
	if (await hasResultType(marketo)) return ok(`'${SYNC_RESULT_TYPE.name}' is there`);
	return warning(
		`'${SYNC_RESULT_TYPE.name}' is missing, so no results can be logged with people`,
		PREPARE,
	);
}

/** R57: by all programs, of what the credential says that there are; the sync goes by it, too. */
async function checkCalls(context: IExecuteFunctions, marketo: Marketo): Promise<Finding> {
	const { callsADay, callsUsed } = dayQuotaOf(marketo);
	const used = await callsUsed();
	const ledger = await ownLedger(context, systemOf(marketo)).catch(() => undefined);
	if (ledger) await keepUsage(ledger, callsADay, used);
	const made = used?.total ?? 0;
	const number = (count: number) => count.toLocaleString('en-US');
	const found = `${number(made)} made; ${number(Math.max(0, callsADay - made))} left of ${number(callsADay)}, as the credential says`;
	if (made < callsADay * STOPS_AT.copy) return ok(found);
	return warning(
		`${found}. First copies stop at ${number(callsADay * STOPS_AT.copy)}, what people change at ${number(callsADay * STOPS_AT.people)}, and continue the next day`,
		'See in Marketo, Admin > Integration > Web Services, how many calls the subscription has and who makes them, and enter it in the credential (Calls per Day); the count starts again at midnight US Central time',
	);
}

/** For the lists of the field mapping. */
async function keepFields(context: IExecuteFunctions, marketo: Marketo): Promise<void> {
	await keepColumns(context, marketo, PERSON, async () =>
		(await personFields(marketo)).map(toColumn),
	);
}

/** What the sync keeps of another subscription is left alone. */
async function keepColumns(
	context: IExecuteFunctions,
	marketo: Marketo,
	object: string,
	describe: () => Promise<Column[]>,
): Promise<void> {
	// What is wrong with the memory is said by its own line.
	const ledger = await ownLedger(context, systemOf(marketo)).catch(() => undefined);
	if (ledger) await describeAnew(ledger, object, describe);
}

function systemOf({ subscription }: Marketo): System {
	return { side: 'marketo', id: subscription, facts: {} };
}
