/**
 * Nobody could be signed in, so the request was never sent. Thrown by the credentials while they
 * fetch a token; `remedy` says in plain words what to change. Holds no secret and no token.
 */
export class SignInFailed extends Error {
	/** n8n shows `description` below the message. */
	readonly description: string;

	constructor(
		message: string,
		readonly remedy: string,
		/** The sign-in service itself is busy or down: worth another try later. */
		readonly transient = false,
	) {
		super(message);
		this.name = 'SignInFailed';
		this.description = remedy;
	}
}

/** Whether the value is a `SignInFailed`, also one that another copy of this module has made. */
export function isSignInFailed(value: unknown): value is SignInFailed {
	return value instanceof Error && value.name === 'SignInFailed' && 'remedy' in value;
}
