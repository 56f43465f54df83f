import type { Marketo } from '../client';
import type { MarketoObject } from '../objects/object';
import type { ObjectValues } from '../objects/syncObjects';
import { call } from '../transport/call';
import { MarketoProblem } from '../transport/errors';
import { LARGEST_FILE_BYTES, TIMEOUT_MS } from '../transport/limits';
import { readCsv, writeCsv } from './csv';

/** Ten jobs wait or run at most, those of people's own list imports among them. */
const TOO_MANY_JOBS = '1016';
const NOT_FOUND = '1013';
/** The last column of the files of failures and warnings. */
const REASON = /^Import (Failure|Warning) Reason$/;

/** Where an object takes files: `/bulk/v1/…` in place of `/rest/v1/…`. */
function importPath({ path }: MarketoObject): string {
	return `${path.replace('/rest/', '/bulk/')}/import`;
}

/**
 * Hands over a file of records, which Marketo creates or updates by their key in the background (developer guide,
 * "Bulk custom object import"). A value that is null or left out stays as it is there: it cannot be cleared so.
 * Returns the job's id; null where the file would be too large, or Marketo has too many to work off.
 *
 * @throws MarketoProblem, NoAnswer: whether the file arrived is not known then
 */
export async function startImport(
	marketo: Marketo,
	object: MarketoObject,
	records: ObjectValues[],
): Promise<string | null> {
	const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
	const rows = records.map((record) => columns.map((name) => String(record[name] ?? '')));
	const file = writeCsv([columns, ...rows]);
	if (Buffer.byteLength(file) > LARGEST_FILE_BYTES) return null;
	const boundary = boundaryFor(file, marketo.wire.random());
	try {
		const { result } = await call<{ batchId: number }>(marketo, {
			method: 'POST',
			path: `${importPath(object)}.json`,
			query: { format: 'csv' },
			headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
			body: [
				`--${boundary}`,
				'Content-Disposition: form-data; name="file"; filename="records.csv"',
				'Content-Type: text/csv; charset=utf-8',
				'',
				file,
				`--${boundary}--`,
				'',
			].join('\r\n'),
			timeoutMs: TIMEOUT_MS.writeObjects,
			permission: `Read-Write ${object.permission}`,
			effect: 'write',
		});
		return String(result[0]!.batchId);
	} catch (cause) {
		if (cause instanceof MarketoProblem && cause.code === TOO_MANY_JOBS) return null;
		throw cause;
	}
}

/** A text that stands nowhere in the file. */
function boundaryFor(file: string, random: number): string {
	let boundary = `records-${Math.floor(random * 1e9)}`;
	while (file.includes(boundary)) boundary += '-';
	return boundary;
}

/** How a file was worked off. */
export interface ImportEnd {
	/** Records that were not taken, or not as they were, by their key, and why. */
	failed: Map<string, string>;
	/** Marketo has worked off none of it, or does not know (any more): nobody can tell record by record. */
	lost?: string;
}

interface ImportState {
	status?: string;
	message?: string;
	numOfRowsFailed?: number;
	numOfRowsWithWarning?: number;
}

/**
 * What became of a file; null while Marketo is at it. Costs one call, and one for each of the two lists that has
 * something in it.
 *
 * @throws MarketoProblem, NoAnswer
 */
export async function lookAtImport(
	marketo: Marketo,
	object: MarketoObject,
	job: string,
	keyField: string,
): Promise<ImportEnd | null> {
	const path = `${importPath(object)}/${encodeURIComponent(job)}`;
	const read = {
		method: 'GET',
		timeoutMs: TIMEOUT_MS.usual,
		permission: `Read-Write ${object.permission}`,
		effect: 'read',
	} as const;
	const failed = new Map<string, string>();
	let state: ImportState | undefined;
	try {
		const { result } = await call<ImportState>(marketo, { ...read, path: `${path}/status.json` });
		state = result[0];
	} catch (cause) {
		if (!(cause instanceof MarketoProblem) || cause.code !== NOT_FOUND) throw cause;
		return { failed, lost: 'Marketo no longer has the file' };
	}
	if (state?.status === 'Failed')
		return { failed, lost: state.message ?? 'Marketo could not process the file' };
	if (state?.status !== 'Complete') return null;
	const lists = [
		['warnings', state.numOfRowsWithWarning],
		['failures', state.numOfRowsFailed],
	] as const;
	for (const [name, count] of lists) {
		if (!count) continue;
		const { result } = await call<string>(marketo, {
			...read,
			path: `${path}/${name}.json`,
			givesText: true,
		});
		const reasons = reasonsIn(result[0] ?? '', keyField);
		// The list is late at times, though the file is worked off.
		if (reasons.length < count)
			return { failed, lost: `Marketo does not list all ${count} ${name} of the file` };
		for (const [key, why] of reasons) failed.set(key, why);
	}
	return { failed };
}

/** Empty where the list cannot be read. */
function reasonsIn(list: string, keyField: string): Array<[key: string, why: string]> {
	const [header = [], ...rows] = rowsIn(list);
	const key = header.indexOf(keyField);
	const why = header.findIndex((name) => REASON.test(name));
	return key < 0 ? [] : rows.map((row) => [row[key] ?? '', row[why] ?? 'Marketo gave no reason']);
}

function rowsIn(list: string): string[][] {
	try {
		return readCsv(list);
	} catch {
		return [];
	}
}
