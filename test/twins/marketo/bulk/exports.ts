import { createHash, randomUUID } from 'node:crypto';
import { CallFailure, missing } from '../errors';
import type { FieldValue } from '../fields/parseValue';
import { instanceDay, parseDateTime } from '../fields/time';
import type { MarketoInstance } from '../instance';
import type { ObjectStore } from '../objects/objectStore';
import { fieldOf } from '../objects/objectType';
import { formatOf, writeDelimited, type FileFormat } from './delimited';
import { JobQueue, MAX_QUEUED, type QueuedJob } from './queue';

const DAY_MS = 86_400_000;
const MAX_RANGE_MS = 31 * DAY_MS;
const FILE_KEPT_MS = 7 * DAY_MS;
const STATUS_KEPT_MS = 30 * DAY_MS;

/** Which records an export takes. */
type Filter =
	| {
			readonly kind: 'createdAt' | 'updatedAt';
			readonly from: number;
			readonly to: number;
	  }
	| { readonly kind: 'list'; readonly listId: number };

/** An extract: a set of records that is written to a file in the background. */
export interface ExportJob extends QueuedJob {
	readonly exportId: string;
	/** `leads`, or the name of a custom object. */
	readonly object: string;
	/** Who made it; nobody else sees it. */
	readonly user: string;
	readonly format: FileFormat;
	readonly fields: readonly string[];
	readonly headers: readonly string[];
	readonly filter: Filter;
	readonly createdAt: number;
	cancelled?: boolean;
	records?: number;
	file?: Buffer;
}

/** What the bulk calls of an object are about. */
export interface ExportSource {
	readonly object: string;
	readonly store?: ObjectStore;
}

/** The exports of an instance. */
export class Exports {
	private readonly jobs = new Map<string, ExportJob>();
	private readonly queue: JobQueue<ExportJob>;

	constructor(private readonly instance: MarketoInstance) {
		this.queue = new JobQueue(
			() => instance.behaviour.bulkJobMs,
			(job) => this.run(job),
		);
	}

	settle(now: number): void {
		this.queue.settle(now);
	}

	/** @throws CallFailure for fields, filters and ranges that cannot be, and above the daily quota */
	create(
		source: ExportSource,
		body: Readonly<Record<string, unknown>>,
		user: string,
		now: number,
	): ExportJob {
		this.demandQuota(now);
		const fields = this.fieldsIn(source, body.fields);
		const format = formatOf(body.format);
		if (!format) throw new CallFailure('1003', `Invalid value '${String(body.format)}' for format`);
		const names = (body.columnHeaderNames ?? {}) as Record<string, unknown>;
		const job: ExportJob = {
			exportId: randomUUID(),
			object: source.object,
			user,
			format,
			fields,
			headers: fields.map((field) => String(names[field] ?? field)),
			filter: this.filterIn(source, body.filter),
			createdAt: now,
		};
		this.jobs.set(job.exportId, job);
		return job;
	}

	/** @throws CallFailure 1029 */
	enqueue(job: ExportJob, now: number): void {
		this.demandQuota(now);
		if (job.queuedAt !== undefined) throw new CallFailure('1029', 'Job already queued');
		if (job.cancelled) throw new CallFailure('1003', 'Job was canceled');
		if (this.queue.size >= MAX_QUEUED) throw new CallFailure('1029', 'Too many jobs in queue');
		this.queue.add(job, now);
	}

	/** @throws CallFailure 1003 when it has ended already */
	cancel(job: ExportJob): void {
		if (job.finishedAt !== undefined) throw new CallFailure('1003', 'Job has ended already');
		job.cancelled = true;
		this.queue.drop(job);
	}

	get(object: string, exportId: string, user: string, now: number): ExportJob | undefined {
		const job = this.jobs.get(exportId);
		if (!job || job.object !== object || job.user !== user) return undefined;
		const ended = job.finishedAt;
		return ended !== undefined && now - ended > STATUS_KEPT_MS ? undefined : job;
	}

	/** Somebody's jobs of the last seven days. */
	recent(object: string, user: string, now: number): ExportJob[] {
		return [...this.jobs.values()].filter(
			(job) => job.object === object && job.user === user && now - job.createdAt <= FILE_KEPT_MS,
		);
	}

	/** The file; undefined until the job has ended, and when it was kept long enough. */
	fileOf(job: ExportJob, now: number): Buffer | undefined {
		if (job.finishedAt === undefined || now - job.finishedAt > FILE_KEPT_MS) return undefined;
		return job.file;
	}

	private demandQuota(now: number): void {
		const today = instanceDay(now);
		let bytes = 0;
		for (const { finishedAt, file } of this.jobs.values()) {
			if (finishedAt !== undefined && instanceDay(finishedAt) === today) bytes += file?.length ?? 0;
		}
		if (bytes >= this.instance.behaviour.exportQuotaBytes) {
			throw new CallFailure('1029', 'Export daily quota exceeded');
		}
	}

	private fieldsIn({ store }: ExportSource, given: unknown): string[] {
		if (!Array.isArray(given) || given.length === 0) {
			throw new CallFailure('1002', missing('fields'));
		}
		const names = given.map(String);
		const isKnown = (name: string) =>
			store ? fieldOf(store.type, name) : this.instance.fields.get(name);
		const unknown = names.filter((name) => !isKnown(name));
		if (unknown.length > 0) throw new CallFailure('1003', `Invalid fields [${unknown.join(', ')}]`);
		return names;
	}

	private filterIn({ store }: ExportSource, given: unknown): Filter {
		const filter = (given ?? {}) as Record<string, unknown>;
		const [kind, ...more] = Object.keys(filter);
		if (kind === undefined) throw new CallFailure('1002', missing('filter'));
		if (more.length > 0) throw new CallFailure('1003', 'Only one filter type can be given');
		if (store && !store.type.fields.some(({ linksTo }) => linksTo?.object === 'lead')) {
			throw new CallFailure('1003', `Custom object '${store.type.name}' is not linked to leads`);
		}
		const basic = this.instance.behaviour.exportFilters === 'basic';
		switch (kind) {
			case 'createdAt':
			case 'updatedAt':
				if ((kind === 'createdAt' && store) || (kind === 'updatedAt' && !store && basic)) {
					throw unsupported();
				}
				return { kind, ...rangeIn(filter[kind]) };
			case 'staticListId':
			case 'staticListName':
				return { kind: 'list', listId: this.listId(kind, filter[kind]) };
			case 'smartListId':
			case 'smartListName':
				if (basic) throw unsupported();
				throw new CallFailure('1013', `Smart list '${String(filter[kind])}' not found`);
			default:
				throw new CallFailure('1003', `Invalid filter '${kind}'`);
		}
	}

	private listId(kind: string, value: unknown): number {
		const { lists } = this.instance;
		const list = kind === 'staticListId' ? lists.get(Number(value)) : lists.byName(String(value));
		if (!list) throw new CallFailure('1013', `List '${String(value)}' not found`);
		return list.id;
	}

	private run(job: ExportJob): void {
		const rows = job.object === 'leads' ? this.peopleRows(job) : this.objectRows(job);
		job.records = rows.length;
		job.file = Buffer.from(writeDelimited([job.headers, ...rows], job.format));
	}

	private peopleRows({ filter, fields }: ExportJob): string[][] {
		const { people, lists } = this.instance;
		const members = filter.kind === 'list' ? lists.get(filter.listId)?.members : undefined;
		const rows: string[][] = [];
		for (const person of people.all()) {
			// The filter looks at changes of any field, the field `updatedAt` at those of standard ones.
			const time = filter.kind === 'createdAt' ? person.createdAt : person.changedAt;
			const wanted = filter.kind === 'list' ? members?.has(person.id) : isWithin(time, filter);
			if (wanted) rows.push(fields.map((name) => shown(people.read(person, name))));
		}
		return rows;
	}

	/** Records that belong to a person: of the list, or changed in the time. */
	private objectRows({ object, filter, fields }: ExportJob): string[][] {
		const { objects, people, lists } = this.instance;
		const store = objects.customStore(object);
		const link = store?.type.fields.find(({ linksTo }) => linksTo?.object === 'lead');
		if (!store || !link) return [];
		const names = fields.map((name) => fieldOf(store.type, name)!.name);
		const members = filter.kind === 'list' ? lists.get(filter.listId)?.members : undefined;
		const rows: string[][] = [];
		for (const record of store.all()) {
			const value = record.values[link.name];
			const [person] = value === undefined ? [] : people.find(link.linksTo!.field, value);
			if (!person) continue;
			const wanted =
				filter.kind === 'list' ? members?.has(person.id) : isWithin(record.updatedAt, filter);
			if (wanted) rows.push(names.map((name) => shown(store.read(record, name))));
		}
		return rows;
	}
}

function unsupported(): CallFailure {
	return new CallFailure('1035', 'Unsupported filter type for target subscription');
}

/** @throws CallFailure 704, 1003 */
function rangeIn(given: unknown): { readonly from: number; readonly to: number } {
	const { startAt, endAt } = (given ?? {}) as Record<string, unknown>;
	const [from, to] = [startAt, endAt].map((text) =>
		typeof text === 'string' && !/\.\d/.test(text) ? parseDateTime(text) : undefined,
	);
	if (from === undefined || to === undefined) throw new CallFailure('704');
	if (to < from) throw new CallFailure('1003', 'endAt is before startAt');
	if (to - from > MAX_RANGE_MS) throw new CallFailure('1003', 'Date range is more than 31 days');
	return { from, to };
}

function isWithin(time: number, filter: Exclude<Filter, { kind: 'list' }>): boolean {
	return time >= filter.from && time < filter.to;
}

/** An empty value is the word null. */
function shown(value: FieldValue): string {
	return value === null ? 'null' : String(value);
}

/** What the job says of itself. */
export function exportState(job: ExportJob): object {
	const time = (name: string, at: number | undefined) =>
		at === undefined ? {} : { [name]: `${new Date(at).toISOString().slice(0, 19)}Z` };
	const { file } = job;
	return {
		exportId: job.exportId,
		format: job.format.toUpperCase(),
		status: statusOf(job),
		...time('createdAt', job.createdAt),
		...time('queuedAt', job.queuedAt),
		...time('startedAt', job.startedAt),
		...time('finishedAt', job.finishedAt),
		...(file && {
			numberOfRecords: job.records,
			fileSize: file.length,
			fileChecksum: `sha256:${createHash('sha256').update(file).digest('hex')}`,
		}),
	};
}

export function statusOf(job: ExportJob): string {
	if (job.cancelled) return 'Cancelled';
	if (job.finishedAt !== undefined) return 'Completed';
	if (job.startedAt !== undefined) return 'Processing';
	return job.queuedAt === undefined ? 'Created' : 'Queued';
}
