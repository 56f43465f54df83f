import { redactJson, redactQuery } from './redact';
import type { LoggedPart, TwinRequest } from './types';

/** One call as the admin API shows it. Secrets are left out. */
export interface LoggedCall {
	/** Twin time of arrival, ISO 8601. */
	readonly at: string;
	readonly method: string;
	readonly path: string;
	readonly query: string;
	/** HTTP status of the answer; 0 while none was given, and for ever when it was lost. */
	status: number;
	records?: number;
	parts?: LoggedPart[];
	readonly body?: unknown;
}

export interface CallSummary {
	readonly total: number;
	readonly byEndpoint: Readonly<Record<string, number>>;
	readonly log: readonly LoggedCall[];
}

export interface CallSelection {
	/** Only the last so many. */
	readonly limit?: number;
	/** Only calls whose path contains this. */
	readonly path?: string;
	/** False leaves the bodies out. */
	readonly bodies?: boolean;
}

/** Entries kept; the counts go on exactly beyond that. */
const MAX_ENTRIES = 20_000;
/** Larger bodies are not kept. */
const MAX_BODY_BYTES = 64 * 1024;
/** All kept bodies together; beyond that new ones are not kept. */
const MAX_BODY_BYTES_TOTAL = 32 * 1024 * 1024;

/** Counts every call and keeps the most recent ones, in bounded memory. */
export class CallLog {
	private total = 0;
	private counts = new Map<string, number>();
	private entries: LoggedCall[] = [];
	private bodyBytes = 0;

	/** Notes a call on its arrival; status, records and parts are filled in later. */
	add(request: TwinRequest, endpoint: string, now: number): LoggedCall {
		this.total++;
		const key = `${request.method} ${endpoint}`;
		this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
		const entry: LoggedCall = {
			at: new Date(now).toISOString(),
			method: request.method,
			path: request.path,
			query: redactQuery(request.rawQuery),
			status: 0,
			...this.keptBody(request),
		};
		this.entries.push(entry);
		if (this.entries.length > MAX_ENTRIES * 1.25) {
			this.entries = this.entries.slice(-MAX_ENTRIES);
		}
		return entry;
	}

	summary(selection: CallSelection = {}): CallSummary {
		const { limit = MAX_ENTRIES, path, bodies = true } = selection;
		const wanted = path ? this.entries.filter((entry) => entry.path.includes(path)) : this.entries;
		const last = limit > 0 ? wanted.slice(-limit) : [];
		return {
			total: this.total,
			byEndpoint: Object.fromEntries([...this.counts].sort()),
			log: bodies ? last : last.map(({ body: _body, ...rest }) => rest),
		};
	}

	clear(): void {
		this.total = 0;
		this.counts = new Map();
		this.entries = [];
		this.bodyBytes = 0;
	}

	private keptBody(request: TwinRequest): { body?: unknown } {
		const size = request.body.length;
		if (size === 0) return {};
		if (size > MAX_BODY_BYTES || this.bodyBytes + size > MAX_BODY_BYTES_TOTAL) return {};
		this.bodyBytes += size;
		const type = request.headers['content-type'] ?? '';
		if (type.includes('application/x-www-form-urlencoded')) {
			return { body: redactQuery(request.text()) };
		}
		if (type.includes('json')) {
			try {
				return { body: redactJson(request.json()) };
			} catch {
				return { body: request.text() };
			}
		}
		return { body: request.text() };
	}
}
