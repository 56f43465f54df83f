import { formParts } from '../bulk/multipart';
import { formatOf } from '../bulk/delimited';
import { importFile, importState, type ImportJob, type ImportTarget } from '../bulk/imports';
import { CallFailure, missing } from '../errors';
import { toInteger, type Answer, type Call } from './call';
import { customStore } from './customObjectRoutes';
import { noFile } from './envelope';
import { searchableField } from './peopleRoutes';
import type { Register } from './service';

const LEAD = ['Read-Write Lead'] as const;
const OBJECT = ['Read-Write Custom Object'] as const;

/** Files of people and of custom objects that are imported in the background. */
export function bulkImportRoutes(register: Register): void {
	register('POST', '/bulk/v1/leads.json', LEAD, importLeads);
	register('GET', '/bulk/v1/leads/batch/{id}.json', LEAD, (call) => {
		const job = jobIn(call, 'leads');
		const { batchId } = job;
		const counts = job.finishedAt === undefined ? {} : { numOfLeadsProcessed: job.imported };
		return {
			result: [
				{ batchId, importId: String(batchId), ...importState(job), ...counts, ...rows(job) },
			],
		};
	});
	const objectPath = '/bulk/v1/customobjects/{name}/import';
	register('POST', `${objectPath}.json`, OBJECT, importObjects);
	register('GET', `${objectPath}/{id}/status.json`, OBJECT, (call) => {
		const job = jobIn(call, call.request.params.name!);
		return {
			result: [
				{
					batchId: job.batchId,
					operation: 'import',
					...importState(job),
					objectApiName: call.request.params.name,
					...(job.finishedAt !== undefined && {
						numOfObjectsProcessed: job.imported,
						importTime: `${Math.round((job.finishedAt - job.startedAt!) / 1000)} second(s)`,
					}),
					...rows(job),
				},
			],
		};
	});
	for (const kind of ['failures', 'warnings'] as const) {
		register('GET', `/bulk/v1/leads/batch/{id}/${kind}.json`, LEAD, (call) =>
			fileOf(jobIn(call, 'leads'), kind),
		);
		register('GET', `${objectPath}/{id}/${kind}.json`, OBJECT, (call) =>
			fileOf(jobIn(call, call.request.params.name!), kind),
		);
	}
}

function importLeads(call: Call): Answer {
	const parts = partsIn(call);
	const lookupField = parameter(call, parts, 'lookupField') ?? 'email';
	searchableField(call, lookupField);
	const partitionName = parameter(call, parts, 'partitionName');
	if (partitionName !== undefined && !call.instance.partitions.byName(partitionName)) {
		throw new CallFailure('1008', `Access denied to partition '${partitionName}'`);
	}
	const list = parameter(call, parts, 'listId');
	const listId = list === undefined ? undefined : toInteger(list);
	if (listId !== undefined && !call.instance.lists.get(listId)) {
		throw new CallFailure('1013', `List '${listId}' not found`);
	}
	const { batchId } = added(call, parts, {
		kind: 'leads',
		lookupField,
		...(partitionName !== undefined && { partitionName }),
		...(listId !== undefined && { listId }),
	});
	return { result: [{ batchId, importId: String(batchId), status: 'Queued' }] };
}

function importObjects(call: Call): Answer {
	const { name } = customStore(call).type;
	const { batchId } = added(call, partsIn(call), { kind: 'object', name });
	return { result: [{ batchId, status: 'Queued', objectApiName: name }] };
}

function added(call: Call, parts: ReadonlyMap<string, string>, target: ImportTarget): ImportJob {
	const format = formatOf(parameter(call, parts, 'format'));
	if (!format) throw new CallFailure('1003', "Invalid value for 'format'");
	const file = parts.get('file');
	if (file === undefined) throw new CallFailure('1002', missing('file'));
	return call.instance.imports.add(target, format, file, call.now);
}

/** @throws CallFailure 612, 613 */
function partsIn({ request }: Call): ReadonlyMap<string, string> {
	const type = request.headers['content-type'];
	if (!/^multipart\/form-data/i.test(type ?? '')) throw new CallFailure('612');
	const parts = formParts(type, request.body);
	if (!parts) throw new CallFailure('613');
	return parts;
}

/** A parameter of the query or of the form. */
function parameter(
	{ request }: Call,
	parts: ReadonlyMap<string, string>,
	name: string,
): string | undefined {
	return (request.query.get(name) ?? parts.get(name)) || undefined;
}

function jobIn(call: Call, object: string): ImportJob {
	const { id } = call.request.params;
	const job = call.instance.imports.get(toInteger(id), call.now);
	const ofJob = job?.target.kind === 'object' ? job.target.name : 'leads';
	if (!job || ofJob !== object) throw new CallFailure('1013', `Import '${id}' not found`);
	return job;
}

function rows(job: ImportJob): object {
	if (job.finishedAt === undefined) return {};
	return { numOfRowsFailed: job.failures.length, numOfRowsWithWarning: job.warnings.length };
}

function fileOf(job: ImportJob, kind: 'failures' | 'warnings'): Answer {
	const body = importFile(job, kind);
	if (body === undefined) return { raw: noFile(`There is no file of ${kind}.`) };
	const headers = { 'Content-Type': 'text/csv;charset=UTF-8' };
	return { raw: { status: 200, headers, body } };
}
