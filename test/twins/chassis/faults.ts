import type { InjectedFault, TwinOperation } from './types';

/** What a call or an operation inside it must look like for a fault to strike. */
export interface FaultMatch {
	readonly method?: string;
	/** Part of the path. */
	readonly path?: string;
	/** Record id, anywhere in path or query, or the id of a record in a bulk call. */
	readonly id?: string;
	/** Page of a paged read, counted from 1. */
	readonly page?: number;
}

/** A fault as the admin API takes it. */
export interface FaultRule extends InjectedFault {
	readonly match: FaultMatch;
	/** How often it strikes; default 1, -1 for ever. */
	readonly times: number;
	/** Lets so many matching calls pass first. */
	readonly skip: number;
	/** The connection is cut before anything happened. */
	readonly drop: boolean;
	readonly delayMs: number;
	/** No answer until released, or until the client goes away. */
	readonly hold: boolean;
	/** The call takes effect; only its answer is lost (or replaced by `status` / `code`). */
	readonly afterEffect: boolean;
}

interface ArmedRule {
	readonly rule: FaultRule;
	left: number;
	toSkip: number;
}

export interface FaultTarget extends TwinOperation {
	readonly method: string;
	readonly path: string;
	readonly page?: number;
}

/** The faults waiting to strike. */
export class Faults {
	private rules: ArmedRule[] = [];

	/**
	 * Arms a fault.
	 * @throws Error in plain words when the body says nothing that could happen.
	 */
	add(body: unknown): void {
		const rule = parseRule(body);
		this.rules.push({ rule, left: rule.times, toSkip: rule.skip });
	}

	/**
	 * The first armed fault for this target, used up by one; undefined when there is none. `except`
	 * are those that struck the whole call already and must not strike its parts as well.
	 */
	take(target: FaultTarget, except?: ReadonlySet<FaultRule>): FaultRule | undefined {
		for (const armed of this.rules) {
			if (except?.has(armed.rule) || !matches(armed.rule.match, target)) continue;
			if (armed.toSkip > 0) {
				armed.toSkip--;
				continue;
			}
			if (armed.left > 0) {
				armed.left--;
				if (armed.left === 0) this.rules = this.rules.filter((other) => other !== armed);
			}
			return armed.rule;
		}
		return undefined;
	}

	get armed(): boolean {
		return this.rules.length > 0;
	}

	list(): object[] {
		return this.rules.map(({ rule, left }) => ({ ...rule, left }));
	}

	clear(): void {
		this.rules = [];
	}
}

function matches(match: FaultMatch, target: FaultTarget): boolean {
	if (match.method && match.method.toUpperCase() !== target.method) return false;
	if (match.path && !includesDecoded(target.path, match.path)) return false;
	if (match.page !== undefined && match.page !== (target.page ?? 1)) return false;
	if (match.id === undefined) return target.id === undefined;
	if (target.id !== undefined) return target.id.toLowerCase() === match.id.toLowerCase();
	return hasId(target.path, match.id) || hasId(target.query ?? '', match.id);
}

function includesDecoded(path: string, part: string): boolean {
	return path.includes(part) || decode(path).includes(part);
}

/** True when the id stands alone in the text: id 12 is not in 312. */
function hasId(text: string, id: string): boolean {
	const escaped = id.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return new RegExp(`(^|[^0-9a-z])${escaped}($|[^0-9a-z])`, 'i').test(decode(text));
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function parseRule(body: unknown): FaultRule {
	if (body === null || typeof body !== 'object') throw new Error('A fault is a JSON object.');
	const raw = body as Record<string, unknown>;
	const match = (raw.match ?? {}) as Record<string, unknown>;
	const rule: FaultRule = {
		match: {
			...(match.method !== undefined && { method: String(match.method) }),
			...(match.path !== undefined && { path: String(match.path) }),
			...(match.id !== undefined && { id: String(match.id) }),
			...(match.page !== undefined && { page: Number(match.page) }),
		},
		times: raw.times === undefined ? 1 : Number(raw.times),
		skip: Number(raw.skip ?? 0),
		drop: Boolean(raw.drop),
		hold: Boolean(raw.hold),
		afterEffect: Boolean(raw.afterEffect),
		delayMs: Number(raw.delayMs ?? 0),
		...(raw.status !== undefined && { status: Number(raw.status) }),
		...(raw.code !== undefined && { code: String(raw.code) }),
		...(raw.message !== undefined && { message: String(raw.message) }),
		...(raw.retryAfter !== undefined && { retryAfter: Number(raw.retryAfter) }),
	};
	const numbers = [rule.times, rule.skip, rule.delayMs, rule.status ?? 500, rule.retryAfter ?? 0];
	if (numbers.some((number) => !Number.isFinite(number))) {
		throw new Error('times, skip, delayMs, status and retryAfter are numbers.');
	}
	const says = rule.drop || rule.hold || rule.afterEffect || rule.delayMs > 0;
	if (!says && rule.status === undefined && rule.code === undefined) {
		throw new Error('A fault needs one of status, code, drop, delayMs, hold, afterEffect.');
	}
	return rule;
}
