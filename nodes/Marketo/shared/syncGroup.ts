import type { IDataObject } from 'n8n-workflow';

import type { FieldValue } from '../../../apis/marketo/fields/values';
import type { SyncOptions } from '../../../apis/marketo/people/syncLeads';
import type { RecordOutcome } from '../../../apis/marketo/transport/outcomes';

/** Items with the same options may share a call. */
export function groupOf(options: SyncOptions): string {
	return JSON.stringify(options);
}

export function syncOptionsOf(group: string): SyncOptions {
	return JSON.parse(group) as SyncOptions;
}

/** What Marketo takes for the same person: letter case does not count. */
export function keyOf(value: FieldValue | undefined): string | undefined {
	return value === null || value === undefined ? undefined : String(value).trim().toLowerCase();
}

/** The output for a person who was written. */
export function written({ id, created }: RecordOutcome & { kind: 'ok' }): IDataObject {
	return { id: Number(id), status: created ? 'created' : 'updated' };
}
