import { isSignInFailed, SignInFailed } from '../../apis/wire/signIn';
import { couldNotReach } from '../../apis/wire/unreachable';

/**
 * Microsoft Entra's error numbers ("AADSTS" codes) in the words of the person who fills in the credential.
 */
const BY_NUMBER: Readonly<Record<number, [message: string, remedy: string]>> = {
	7000215: [
		'The client secret is wrong',
		"Paste the value of the secret, not its ID, into 'Client Secret' (Entra admin center > App registrations > Certificates & secrets)",
	],
	7000222: [
		'The client secret has expired',
		"Create a new client secret in the Entra admin center (App registrations > Certificates & secrets) and paste its value into 'Client Secret'",
	],
	700016: [
		'The tenant does not know this client ID',
		"Check 'Client ID' and 'Tenant ID': the app registration must be in this tenant",
	],
	90002: [
		'There is no such tenant',
		"Check 'Tenant ID' (Entra admin center > Overview), and that the right cloud is chosen",
	],
	500011: [
		'The tenant does not know this environment',
		"Check 'Environment URL': the environment must belong to this tenant",
	],
	65001: [
		'Nobody has given the application consent yet',
		'Ask an administrator to grant consent for Dynamics CRM > user_impersonation (App registrations > API permissions)',
	],
	50126: ['The user name or the password is wrong', "Check 'User Name' and 'Password'"],
	50034: ['The tenant does not know this user', "Check 'User Name' and 'Tenant ID'"],
	50053: ['The account of the user is locked', 'Wait, or ask an administrator to unlock it'],
	50055: [
		'The password of the user has expired',
		'Sign in as this user once and change the password',
	],
	50057: ['The account of the user is disabled', 'Ask an administrator to enable it'],
	50076: [
		'This user has to confirm the sign-in with a second factor',
		'Sign in with a client secret or a certificate instead; user name and password cannot do that',
	],
	53003: [
		'A conditional access rule of the tenant blocks the sign-in',
		'Ask an administrator to exempt this application, or to allow the address of this n8n',
	],
	700027: [
		'The tenant does not know this certificate',
		'Upload the certificate to the app registration (Certificates & secrets > Certificates)',
	],
	700024: ['The clock of this n8n is wrong', 'Correct the time on the machine'],
	7000218: [
		'This app registration does not allow signing in with user name and password alone',
		"Fill in 'Client Secret' too, or allow public client flows in the app registration",
	],
	7000112: ['The application is disabled in the tenant', 'Enable it under Enterprise applications'],
	50105: [
		'The user is not assigned to the application',
		'Assign the user under Enterprise applications',
	],
	90033: ['Microsoft Entra is busy', 'Try again in a few minutes'],
	90055: ['Microsoft Entra is busy', 'Try again in a few minutes'],
};

/** Numbers that mean the same as another one. */
const SAME_AS: Readonly<Record<number, number>> = {
	900021: 90002,
	900023: 90002,
	90022: 90002,
	500012: 500011,
	650057: 500011,
	50056: 50126,
	51004: 50034,
	50079: 50076,
	50158: 50076,
	50072: 50076,
	530003: 53003,
	700025: 7000218,
};

const BUSY = new Set([90033, 90055, 90025, 90024, 50196]);

/**
 * Why nobody could be signed in, as a `SignInFailed`. Never repeats what Entra sent word for word, since
 * its texts name tenants, users and applications.
 *
 * @param failure what went wrong below HTTP, where something did
 */
export function signInProblem(error: unknown, failure?: unknown): SignInFailed {
	if (isSignInFailed(error)) return error;
	if (failure !== undefined) {
		return new SignInFailed(
			couldNotReach('the sign-in service', failure),
			'Check the network and the proxy of this n8n, and the chosen cloud',
			true,
		);
	}
	const number = numberOf(error);
	const status = Number((error as { status?: unknown }).status);
	const busy = BUSY.has(number ?? 0) || status === 429 || status >= 500;
	const known = number === undefined ? undefined : BY_NUMBER[SAME_AS[number] ?? number];
	if (known) return new SignInFailed(known[0], known[1], busy);
	if (busy) return new SignInFailed('Microsoft Entra is busy', 'Try again in a few minutes', true);
	if (number === undefined) {
		return new SignInFailed(
			`The sign-in failed (${shortCode(error)})`,
			'Check the fields of the credential, the cloud and, if used, authority and token endpoint',
		);
	}
	return new SignInFailed(
		`Microsoft Entra refused the sign-in (AADSTS${number})`,
		`See https://login.microsoftonline.com/error?code=${number} for what it means`,
	);
}

function numberOf(error: unknown): number | undefined {
	const { errorNo, errorCode, message, errorMessage } = error as Record<string, unknown>;
	const text = `${String(errorMessage ?? '')} ${String(message ?? '')}`;
	const number = Number(errorNo ?? /AADSTS(\d+)/.exec(text)?.[1] ?? errorCode);
	return Number.isInteger(number) && number > 0 ? number : undefined;
}

/** MSAL's own error codes are plain words such as `endpoints_resolution_error`. */
function shortCode(error: unknown): string {
	const code = (error as { errorCode?: unknown }).errorCode;
	return typeof code === 'string' && /^[\w-]{1,60}$/.test(code) ? code : 'no reason was given';
}
