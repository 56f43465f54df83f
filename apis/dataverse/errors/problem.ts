/** What a refused or lost request means for its caller. */
export type ProblemKind =
	/** Service protection limit: come back after `retryAfterMs`. Never a failure of the record. */
	| 'throttled'
	/** Transient, and nothing was written. */
	| 'again'
	/** No answer, or one from a gateway: the request may have had its effect. */
	| 'unknown'
	/** Dataverse does not take this value or this record. */
	| 'refused'
	/** The row is not there. */
	| 'missing'
	/** The row version given is not the current one. */
	| 'changedMeanwhile'
	/** A row with this id or these key values is there already. */
	| 'exists'
	/** A published duplicate detection rule found a similar row. */
	| 'duplicate'
	/** The delta link is too old to go on from. */
	| 'cursorExpired'
	/** The request is larger than Dataverse takes. */
	| 'tooLarge'
	/** A person has to change rights, the mapping or the environment first. */
	| 'setUp';

export interface ProblemDetails {
	kind: ProblemKind;
	/** HTTP status; 0 where there was no answer. */
	status: number;
	/** `0x8…` in lower case, or empty where Dataverse gave none. */
	code: string;
	/** What happened, in plain words. */
	reason: string;
	/** What to do about it, in plain words. */
	remedy: string;
	/** Column at fault, where Dataverse names one. */
	field?: string;
	retryAfterMs?: number;
	/** Dataverse's own words. */
	original?: string;
}

/** A request to Dataverse that did not do what it was asked for. */
export class DataverseProblem extends Error {
	readonly kind: ProblemKind;
	readonly status: number;
	readonly code: string;
	readonly reason: string;
	readonly remedy: string;
	readonly field?: string;
	readonly retryAfterMs?: number;
	readonly original?: string;

	constructor(details: ProblemDetails) {
		super(details.reason);
		this.name = 'DataverseProblem';
		this.kind = details.kind;
		this.status = details.status;
		this.code = details.code;
		this.reason = details.reason;
		this.remedy = details.remedy;
		this.field = details.field;
		this.retryAfterMs = details.retryAfterMs;
		this.original = details.original;
	}
}
