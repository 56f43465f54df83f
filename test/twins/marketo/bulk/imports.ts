import { CallFailure, RecordSkip } from '../errors';
import { checkedValue } from '../people/checkRecord';
import type { Origin } from '../people/origin';
import { applyPlan, planRecord } from '../people/syncPeople';
import type { MarketoInstance } from '../instance';
import { ActivityType } from '../activities/activity';
import { ObjectSync } from '../objects/syncObjects';
import { parseDelimited, writeDelimited, type FileFormat } from './delimited';
import { JobQueue, MAX_QUEUED, type QueuedJob } from './queue';

const KEEP_MS = 7 * 86_400_000;
const FIRST_BATCH = 1001;
/** Why a row without its key fails, in the words the documentation shows. */
const NO_KEY = 'missing.dedupe.fields';

const ORIGIN: Origin = {
	source: 'List import',
	reason: 'List import',
	sourceType: 'List import',
};

/** What is to be done with the rows of a file. */
export type ImportTarget =
	| {
			readonly kind: 'leads';
			readonly lookupField: string;
			readonly partitionName?: string;
			readonly listId?: number;
	  }
	| { readonly kind: 'object'; readonly name: string };

/** An import of a file. */
export interface ImportJob extends QueuedJob {
	readonly batchId: number;
	readonly target: ImportTarget;
	readonly format: FileFormat;
	readonly header: readonly string[];
	readonly rows: ReadonlyArray<readonly string[]>;
	imported: number;
	members: number;
	/** Rows with the reason at their end. */
	readonly failures: string[][];
	readonly warnings: string[][];
}

/** The imports of an instance: files that are read in the background, rows inserted or updated. */
export class Imports {
	private readonly jobs = new Map<number, ImportJob>();
	private readonly queue: JobQueue<ImportJob>;

	constructor(private readonly instance: MarketoInstance) {
		this.queue = new JobQueue(
			() => instance.behaviour.bulkJobMs,
			(job, now) => this.run(job, now),
		);
	}

	/** @throws CallFailure 1016 when too many are waiting, 1019 when the list is being imported to */
	add(target: ImportTarget, format: FileFormat, file: string, now: number): ImportJob {
		if (this.queue.size >= MAX_QUEUED) {
			throw new CallFailure(
				'1016',
				`There are ${MAX_QUEUED} imports currently being processed. Please try again later`,
			);
		}
		const listId = target.kind === 'leads' ? target.listId : undefined;
		if (listId !== undefined && this.isImportedTo(listId)) throw new CallFailure('1019');
		const [header, ...rows] = parseDelimited(file, format);
		if (!header) throw new CallFailure('1003', 'Empty file');
		const job: ImportJob = {
			batchId: FIRST_BATCH + this.jobs.size,
			target,
			format,
			header,
			rows,
			imported: 0,
			members: 0,
			failures: [],
			warnings: [],
		};
		this.jobs.set(job.batchId, job);
		this.queue.add(job, now);
		return job;
	}

	/** A job of this kind; undefined when there is none or it is too long ago. */
	get(batchId: number, now: number): ImportJob | undefined {
		const job = this.jobs.get(batchId);
		return job && now - job.queuedAt! <= KEEP_MS ? job : undefined;
	}

	settle(now: number): void {
		this.queue.settle(now);
	}

	private isImportedTo(listId: number): boolean {
		return [...this.jobs.values()].some(
			({ target, finishedAt }) =>
				finishedAt === undefined && target.kind === 'leads' && target.listId === listId,
		);
	}

	private run(job: ImportJob, now: number): void {
		for (const row of job.rows) {
			try {
				const warning =
					job.target.kind === 'leads'
						? this.importPerson(job, job.target, row, now)
						: this.importObject(job, job.target.name, row, now);
				job.imported++;
				if (warning !== undefined) job.warnings.push([...row, warning]);
			} catch (error) {
				if (!(error instanceof RecordSkip)) throw error;
				job.failures.push([...row, error.reason.message]);
			}
		}
	}

	/**
	 * Values that do not fit are left out with a warning, the rest of the row is written.
	 * @returns the warning
	 */
	private importPerson(
		job: ImportJob,
		{ lookupField, partitionName, listId }: Extract<ImportTarget, { kind: 'leads' }>,
		row: readonly string[],
		now: number,
	): string | undefined {
		const { fields, people, partitions, writer, objects, behaviour, lists, log } = this.instance;
		const warnings: string[] = [];
		const record: Record<string, unknown> = {};
		for (const [name, value] of cells(job, row)) {
			const field = fields.get(name);
			if (!field || value === '') continue;
			if (name !== lookupField && name !== 'id') {
				try {
					checkedValue(field, value, behaviour);
				} catch (error) {
					if (!(error instanceof RecordSkip)) throw error;
					warnings.push(error.reason.message);
					continue;
				}
			}
			record[name] = value;
		}
		if (record[lookupField] === undefined) throw new RecordSkip('1002', NO_KEY);
		const parts = { people, fields, partitions, writer, objects, behaviour };
		const order = {
			action: lookupField === 'id' ? ('updateOnly' as const) : ('createOrUpdate' as const),
			lookupField,
			...(partitionName !== undefined && { partitionName }),
		};
		const result = applyPlan(planRecord(record, order, parts), ORIGIN, now, parts);
		if (!('id' in result))
			throw new RecordSkip(result.reasons[0]!.code, result.reasons[0]!.message);
		const list = listId === undefined ? undefined : lists.get(listId);
		job.members++;
		if (list && !list.members.has(result.id)) {
			list.members.set(result.id, now);
			log.add(
				{
					leadId: result.id,
					typeId: ActivityType.addToList,
					date: now,
					primaryValueId: list.id,
					primaryValue: list.name,
					attributes: [{ name: 'Source', value: 'List import' }],
				},
				now,
			);
		}
		return warnings.length > 0 ? warnings.join('; ') : undefined;
	}

	private importObject(
		job: ImportJob,
		name: string,
		row: readonly string[],
		now: number,
	): undefined {
		const { objects, behaviour } = this.instance;
		const store = objects.customStore(name);
		if (!store) throw new RecordSkip('1013', 'Object not found');
		const known = new Set(store.type.fields.map((field) => field.name));
		const filled = cells(job, row).filter(([column, value]) => known.has(column) && value !== '');
		const record = Object.fromEntries(filled);
		if (store.type.dedupeFields.some((key) => record[key] === undefined)) {
			throw new RecordSkip('1002', NO_KEY);
		}
		const order = { action: 'createOrUpdate', dedupeBy: 'dedupeFields' } as const;
		const sync = new ObjectSync(store, order, behaviour, objects.customRules, now);
		const result = sync.write(record);
		const [why] = (result.reasons ?? []) as Array<{ code: string; message: string }>;
		if (why) throw new RecordSkip(why.code, why.message);
		job.members++;
		return undefined;
	}
}

function cells({ header }: ImportJob, row: readonly string[]): Array<readonly [string, string]> {
	return header.map((name, index) => [name, row[index] ?? ''] as const);
}

/** What the job says of itself, but for its ids. */
export function importState(job: ImportJob): {
	readonly status: string;
	readonly message?: string;
} {
	if (job.finishedAt === undefined) {
		return { status: job.startedAt === undefined ? 'Queued' : 'Importing' };
	}
	const counts = `${job.imported} records imported (${job.members} members)`;
	const failed = job.failures.length;
	return {
		status: 'Complete',
		message:
			failed === 0
				? `Import succeeded, ${counts}`
				: `Import completed with errors, ${counts}, ${failed} failed`,
	};
}

/** The file of what failed or was warned of; undefined where nothing was. */
export function importFile(job: ImportJob, kind: 'failures' | 'warnings'): string | undefined {
	const rows = job[kind];
	if (rows.length === 0) return undefined;
	const column = kind === 'failures' ? 'Import Failure Reason' : 'Import Warning Reason';
	return writeDelimited([[...job.header, column], ...rows], job.format);
}
