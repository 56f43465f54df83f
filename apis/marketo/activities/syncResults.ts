import type { Marketo } from '../client';
import type { Prepared } from '../fields/prepareFields';
import { utcSeconds } from '../fields/values';
import { METADATA_AGE_MS } from '../metadataCache';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { TIMEOUT_MS } from '../transport/limits';
import type { RecordOutcome } from '../transport/outcomes';
import { writeBatch } from '../transport/writeBatch';

/** One entry in a person's activity log: what a sync did or could not do. */
export interface SyncResultEntry {
	personId: string;
	/** When it happened; ISO 8601. */
	at: string;
	/** What it is about, e.g. `Job Title`; the entry's headline in Marketo. */
	subject: string;
	/** REST name of the field, where it is about one. */
	field: string;
	reason: string;
	remedy: string;
	/** In a word, e.g. `needs help`. */
	outcome: string;
}

/** The kind of activity that carries sync results; Marketo allows ten of one's own. */
export const SYNC_RESULT_TYPE = {
	apiName: 'dynamicsSyncResult',
	name: 'Dynamics Sync Result',
	triggerName: 'Has Dynamics Sync Result',
	filterName: 'Had Dynamics Sync Result',
	description: 'What the sync with Dynamics 365 did, or could not do, for this person',
	primaryAttribute: {
		apiName: 'subject',
		name: 'Subject',
		description: 'What the result is about',
	},
	attributes: [
		{ apiName: 'field', name: 'Field', dataType: 'string', description: 'Field at fault' },
		{ apiName: 'reason', name: 'Reason', dataType: 'text', description: 'What happened' },
		{ apiName: 'remedy', name: 'Remedy', dataType: 'text', description: 'What to do about it' },
		{ apiName: 'outcome', name: 'Outcome', dataType: 'string', description: 'In a word' },
	],
} as const;

interface DescribedType {
	id: number;
	apiName: string;
	name: string;
	status?: string;
	attributes?: Array<{ apiName?: string }>;
}

/** Characters by type of attribute; longer text may be refused, and with it the whole entry. */
const LONGEST = { string: 255, text: 2_000 } as const;

const CACHED_AS = 'sync result type';

/**
 * Makes and approves the kind of activity for sync results, where it is not there, and finishes what
 * an earlier attempt left half done. May be repeated.
 *
 * @throws MarketoProblem, NoAnswer
 */
export async function prepareResultType(marketo: Marketo): Promise<Prepared> {
	const { apiName, name: label } = SYNC_RESULT_TYPE;
	marketo.metadata.forget(CACHED_AS);
	const found = (await customTypes(marketo)).find(isOurs);
	if (!found) await createType(marketo);
	const type = await describe(marketo, found ?? { apiName, status: 'draft' });
	const present = new Set((type.attributes ?? []).map((attribute) => attribute.apiName));
	const lacking = SYNC_RESULT_TYPE.attributes.filter(
		(attribute) => !present.has(attribute.apiName),
	);
	if (lacking.length > 0) await addAttributes(marketo, type.apiName, lacking);
	const complete = found !== undefined && lacking.length === 0 && type.status === 'approved';
	if (complete) return { name: apiName, label, outcome: 'there', message: 'Already existed' };
	await approve(marketo, type.apiName);
	const message = found ? 'Existed in part; completed and approved' : 'Created and approved';
	return { name: apiName, label, outcome: 'created', message };
}

/** Whether entries can be added: the kind of activity is there and approved. @throws MarketoProblem, NoAnswer */
export async function hasResultType(marketo: Marketo): Promise<boolean> {
	const type = (await customTypes(marketo)).find(isOurs);
	return type !== undefined && type.status !== 'draft';
}

/**
 * Adds entries to people's activity logs. Entries cannot be asked for or taken back, so an unclear
 * answer is never followed by a second call. One that Marketo refuses does not keep the others out. Errors as `writeBatch`.
 *
 * @throws MarketoProblem `setUp` where the kind of activity has not been prepared
 */
export async function addSyncResults(
	marketo: Marketo,
	entries: SyncResultEntry[],
): Promise<RecordOutcome[]> {
	if (entries.length === 0) return [];
	const activityTypeId = await resultTypeId(marketo);
	const request = {
		path: '/rest/v1/activities/external.json',
		timeoutMs: TIMEOUT_MS.addActivities,
		permission: 'Read-Write Activity',
	};
	const body = (input: object[]): object => ({ input });
	return await writeBatch(
		marketo,
		{ request, body, mayHalve: false, halveRefused: true },
		entries.map((entry) => toActivity(entry, activityTypeId)),
	);
}

function toActivity(entry: SyncResultEntry, activityTypeId: number): object {
	const attributes = SYNC_RESULT_TYPE.attributes.flatMap(({ apiName, dataType }) => {
		const value = entry[apiName].slice(0, LONGEST[dataType]);
		return value === '' ? [] : [{ apiName, value }];
	});
	return {
		leadId: Number(entry.personId),
		activityDate: utcSeconds(entry.at),
		activityTypeId,
		primaryAttributeValue: entry.subject.slice(0, LONGEST.string),
		attributes,
	};
}

async function resultTypeId(marketo: Marketo): Promise<number> {
	const maxAgeMs = METADATA_AGE_MS.activityTypes;
	return await marketo.metadata.get(CACHED_AS, maxAgeMs, marketo.wire.now(), async () => {
		const type = (await customTypes(marketo)).find(isOurs);
		if (!type || type.status === 'draft') {
			throw new MarketoProblem(
				'setUp',
				'not prepared',
				`Marketo has no approved activity type '${SYNC_RESULT_TYPE.name}'`,
				'Run the Marketo node once with resource Setup, operation Prepare',
			);
		}
		return type.id;
	});
}

/** Marketo puts `_c` behind the names of types made on screen. */
function isOurs({ apiName }: DescribedType): boolean {
	return apiName.replace(/_c$/, '') === SYNC_RESULT_TYPE.apiName;
}

const EXTERNAL = '/rest/v1/activities/external';

async function customTypes(marketo: Marketo): Promise<DescribedType[]> {
	const { result } = await call<DescribedType>(marketo, {
		method: 'GET',
		path: `${EXTERNAL}/types.json`,
		timeoutMs: TIMEOUT_MS.usual,
		permission: 'Read-Only Activity Metadata',
		effect: 'read',
	});
	return result;
}

async function describe(
	marketo: Marketo,
	{ apiName, status }: Pick<DescribedType, 'apiName' | 'status'>,
): Promise<DescribedType> {
	const { result } = await call<DescribedType>(marketo, {
		method: 'GET',
		path: `${EXTERNAL}/type/${encodeURIComponent(apiName)}/describe.json`,
		// Where there is a draft, it has the attributes that the approved version still lacks.
		query: status === 'approved' ? undefined : { draft: 'true' },
		timeoutMs: TIMEOUT_MS.usual,
		permission: 'Read-Only Activity Metadata',
		effect: 'read',
	});
	return result[0] ?? { id: 0, apiName, name: SYNC_RESULT_TYPE.name };
}

async function createType(marketo: Marketo): Promise<void> {
	const { apiName, name, description, triggerName, filterName, primaryAttribute } =
		SYNC_RESULT_TYPE;
	await post(marketo, `${EXTERNAL}/type.json`, {
		apiName,
		name,
		description,
		triggerName,
		filterName,
		primaryAttribute,
	});
}

async function addAttributes(
	marketo: Marketo,
	apiName: string,
	attributes: readonly object[],
): Promise<void> {
	const path = `${EXTERNAL}/type/${encodeURIComponent(apiName)}/attributes/create.json`;
	await post(marketo, path, { attributes });
}

async function approve(marketo: Marketo, apiName: string): Promise<void> {
	await post(marketo, `${EXTERNAL}/type/${encodeURIComponent(apiName)}/approve.json`);
}

async function post(marketo: Marketo, path: string, body?: object): Promise<void> {
	await call(marketo, {
		method: 'POST',
		path,
		body,
		timeoutMs: TIMEOUT_MS.usual,
		permission: 'Read-Write Activity Metadata',
		effect: 'write',
	});
}
