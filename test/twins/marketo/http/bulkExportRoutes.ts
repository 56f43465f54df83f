import { exportState, statusOf, type ExportJob, type ExportSource } from '../bulk/exports';
import { CallFailure } from '../errors';
import type { TwinResponse } from '../../chassis';
import { jsonBody, listParameter, pageOf, type Answer, type Call } from './call';
import type { Permission } from './clients';
import { customStore } from './customObjectRoutes';
import { noFile } from './envelope';
import type { Register } from './service';

/** Files that people and custom objects are written to in the background. */
export function bulkExportRoutes(register: Register): void {
	exportsOf(register, '/bulk/v1/leads/export', ['Read-Only Lead', 'Read-Write Lead'], () => ({
		object: 'leads',
	}));
	exportsOf(
		register,
		'/bulk/v1/customobjects/{name}/export',
		['Read-Only Custom Object', 'Read-Write Custom Object'],
		(call) => {
			const store = customStore(call);
			return { object: store.type.name, store };
		},
	);
}

function exportsOf(
	register: Register,
	path: string,
	permissions: readonly Permission[],
	sourceOf: (call: Call) => ExportSource,
): void {
	const jobIn = (call: Call): ExportJob => {
		const { id } = call.request.params;
		const { object } = sourceOf(call);
		const job = call.instance.exports.get(object, id!, call.client.user, call.now);
		if (!job) throw new CallFailure('1013', `Export '${id}' not found`);
		return job;
	};
	register('GET', `${path}.json`, permissions, (call) => list(call, sourceOf(call)));
	register('POST', `${path}/create.json`, permissions, (call) => {
		const { exports } = call.instance;
		const job = exports.create(sourceOf(call), jsonBody(call), call.client.user, call.now);
		return { result: [exportState(job)] };
	});
	register('POST', `${path}/{id}/enqueue.json`, permissions, (call) => {
		const job = jobIn(call);
		call.instance.exports.enqueue(job, call.now);
		// It may have begun at once; the answer is about the queue.
		const { startedAt: _startedAt, ...queued } = exportState(job) as Record<string, unknown>;
		return { result: [{ ...queued, status: 'Queued' }] };
	});
	register('POST', `${path}/{id}/cancel.json`, permissions, (call) => {
		const job = jobIn(call);
		call.instance.exports.cancel(job);
		return { result: [exportState(job)] };
	});
	register('GET', `${path}/{id}/status.json`, permissions, (call) => ({
		result: [exportState(jobIn(call))],
	}));
	register('GET', `${path}/{id}/file.json`, permissions, (call) => {
		const { exports } = call.instance;
		const { id } = call.request.params;
		const job = exports.get(sourceOf(call).object, id!, call.client.user, call.now);
		const file = job && exports.fileOf(job, call.now);
		if (!file) return { raw: noFile(`There is no file of export ${id}.`) };
		return { raw: ranged(file, call.request.headers.range) };
	});
}

function list(call: Call, { object }: ExportSource): Answer {
	const wanted = listParameter(call, 'status').map((one) =>
		one.replace(/^Canceled$/i, 'Cancelled'),
	);
	const jobs = call.instance.exports
		.recent(object, call.client.user, call.now)
		.filter((job) => wanted.length === 0 || wanted.includes(statusOf(job)));
	const { page, nextPageToken } = pageOf(call, `exports ${object} ${wanted.join()}`, jobs);
	return {
		result: page.map(exportState),
		...(nextPageToken !== undefined && { nextPageToken, moreResult: true }),
	};
}

/** The whole file, or the bytes that are asked for. */
function ranged(file: Buffer, range: string | undefined): TwinResponse {
	const headers = { 'Content-Type': 'text/csv;charset=UTF-8', 'Accept-Ranges': 'bytes' };
	const [, from = '', to = ''] = /^bytes[= ](\d*)-(\d*)$/.exec(range ?? '') ?? [];
	if (from === '' && to === '') return { status: 200, headers, body: file };
	const first = from === '' ? Math.max(0, file.length - Number(to)) : Number(from);
	const last = from === '' || to === '' ? file.length - 1 : Math.min(Number(to), file.length - 1);
	if (first > last) {
		const wrong = { 'Content-Range': `bytes */${file.length}` };
		return { status: 416, headers: wrong, body: '' };
	}
	return {
		status: 206,
		headers: { ...headers, 'Content-Range': `bytes ${first}-${last}/${file.length}` },
		body: file.subarray(first, last + 1),
	};
}
