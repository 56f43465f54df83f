/**
 * Nobody could be signed in, so the request was never sent. Thrown by the credentials while they
 * fetch a token; `remedy` says in plain words what to change. Holds no secret and no token.
 */
export class SignInFailed extends Error {
	/** n8n shows `description` below the message. */
	description: string | undefined;

	constructor(
		readonly reason: string,
		readonly remedy: string,
		/** The sign-in service itself is busy or down: worth another try later. */
		readonly transient = false,
	) {
		super(reason);
		this.name = 'SignInFailed';
		this.description = remedy;
	}

	/** The same with the remedy in the message, for n8n's credential test, which shows nothing else. */
	inOneMessage(): this {
		this.message = `${this.reason}. ${this.remedy}.`;
		this.description = undefined;
		return this;
	}
}

/** Whether the value is a `SignInFailed`, also one that another copy of this module has made. */
export function isSignInFailed(value: unknown): value is SignInFailed {
	return value instanceof Error && value.name === 'SignInFailed' && 'remedy' in value;
}
