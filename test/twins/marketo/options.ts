import type { LogRules } from './activities/activityLog';
import type { ValueRules } from './fields/parseValue';
import type { WriteRules } from './people/personWriter';

/** Behaviour that no source settles, or that differs between instances; set under `/__twin/options`. */
export interface TwinBehaviour extends LogRules, ValueRules, WriteRules {
	/** Added to every call of the API, milliseconds. */
	latencyMs: number;
	/** Whether a CRM is synced natively: companies, opportunities and sales persons are its own then. */
	nativeSync: boolean;
	/** Whether custom objects can be made through the API. */
	customObjectSchema: boolean;
	/** How long an import or an extract runs, milliseconds. */
	bulkJobMs: number;
	/** Bytes of extracts a day. */
	exportQuotaBytes: number;
	/** Filters of extracts: not every subscription has `updatedAt` and smart lists. */
	exportFilters: 'all' | 'basic';
	/** Whether a company or sales person can be named before it is there. */
	unknownParents: 'accepted' | 'refused';
	latenessMs: number;
	lateArrivals: 'appended' | 'passedOver';
	longStrings: 'reject' | 'truncate';
	trimStrings: boolean;
	cutTextsAt: string;
	durableUnsubscribe: 'off' | 'logged' | 'silent';
	/** What `createOnly` looks for before it creates: the lookup field, or always the e-mail address. */
	createOnlyDedupesBy: 'lookupField' | 'anyEmail';
	/** Time between lookup and write of a sync call: within it a second call can make a duplicate. */
	upsertWindowMs: number;
	/** Whether the losers of a merge show among the deleted leads. */
	mergeLogsDelete: boolean;
	/** Share of activity pages cut short although there is more, 0 to 1. */
	shortPages: number;
	/** Whether the activity log has an `id` next to the GUID. */
	activityIds: 'present' | 'absent';
	/** Whether `access_token` in the query is still taken. */
	tokenInQuery: 'accepted' | 'refused';
	/** How long a webhook has to answer. */
	webhookTimeoutMs: number;
	/** How long a flow step service has to take an invocation. */
	submitTimeoutMs: number;
	/** How often an invocation that met 429, 5xx or no answer is sent again. */
	submitRetries: number;
	/** Wait before the first of these; each further one takes twice as long. */
	submitBackoffMs: number;
	/** How long a campaign waits for the callback. */
	callbackWaitMs: number;
	/** People of one invocation in a batch campaign. */
	chunkSize: number;
}

export function defaultBehaviour(latencyMs: number): TwinBehaviour {
	return {
		latencyMs,
		nativeSync: false,
		customObjectSchema: true,
		unknownParents: 'accepted',
		bulkJobMs: 1000,
		exportQuotaBytes: 500 * 1024 * 1024,
		exportFilters: 'all',
		latenessMs: 1000,
		lateArrivals: 'appended',
		longStrings: 'reject',
		trimStrings: false,
		cutTextsAt: '',
		durableUnsubscribe: 'off',
		createOnlyDedupesBy: 'lookupField',
		upsertWindowMs: 0,
		mergeLogsDelete: false,
		shortPages: 0,
		activityIds: 'present',
		tokenInQuery: 'accepted',
		webhookTimeoutMs: 30_000,
		submitTimeoutMs: 30_000,
		submitRetries: 3,
		submitBackoffMs: 1000,
		callbackWaitMs: 86_400_000,
		chunkSize: 1000,
	};
}

const CHOICES: {
	readonly [K in keyof TwinBehaviour]: readonly unknown[] | 'number' | 'boolean' | 'pattern';
} = {
	latencyMs: 'number',
	nativeSync: 'boolean',
	customObjectSchema: 'boolean',
	unknownParents: ['accepted', 'refused'],
	bulkJobMs: 'number',
	exportQuotaBytes: 'number',
	exportFilters: ['all', 'basic'],
	latenessMs: 'number',
	lateArrivals: ['appended', 'passedOver'],
	longStrings: ['reject', 'truncate'],
	trimStrings: 'boolean',
	cutTextsAt: 'pattern',
	durableUnsubscribe: ['off', 'logged', 'silent'],
	createOnlyDedupesBy: ['lookupField', 'anyEmail'],
	upsertWindowMs: 'number',
	mergeLogsDelete: 'boolean',
	shortPages: 'number',
	activityIds: ['present', 'absent'],
	tokenInQuery: ['accepted', 'refused'],
	webhookTimeoutMs: 'number',
	submitTimeoutMs: 'number',
	submitRetries: 'number',
	submitBackoffMs: 'number',
	callbackWaitMs: 'number',
	chunkSize: 'number',
};

/**
 * Takes the given settings over into `target`.
 * @throws Error naming the setting that is unknown or has no such value; nothing is set then
 */
export function setBehaviour(
	target: TwinBehaviour,
	given: Readonly<Record<string, unknown>>,
): void {
	for (const [name, value] of Object.entries(given)) {
		const choice = (CHOICES as Record<string, readonly unknown[] | string>)[name];
		if (choice === undefined) {
			throw new Error(`No option ${name}. There are: ${Object.keys(CHOICES).join(', ')}.`);
		}
		if (!fits(choice, value)) {
			const wanted = Array.isArray(choice) ? choice.join(' or ') : `a ${String(choice)}`;
			throw new Error(`${name} is ${wanted}, not ${JSON.stringify(value)}.`);
		}
	}
	Object.assign(target, given);
}

function fits(choice: readonly unknown[] | string, value: unknown): boolean {
	if (Array.isArray(choice)) return choice.includes(value);
	if (choice === 'pattern') return typeof value === 'string' && isPattern(value);
	return typeof value === choice && (typeof value !== 'number' || value >= 0);
}

function isPattern(text: string): boolean {
	try {
		new RegExp(text, 'u');
		return true;
	} catch {
		return false;
	}
}
