import { randomBytes, randomUUID } from 'node:crypto';
import type { TwinRequest, TwinResponse } from '../chassis';
import { TENANT_ID, type Principal } from './principals';

/** Life of an access token, seconds. */
const TOKEN_LIFE = 3599;

interface Token {
	readonly principal: Principal;
	/** Twin time, milliseconds. */
	readonly expiresAt: number;
}

/** An error of Microsoft Entra ID: number, HTTP status, OAuth error, text. */
type EntraError = readonly [number: number, status: number, error: string, text: string];

/** Microsoft Entra ID: hands out access tokens and knows them again. */
export class TokenService {
	private readonly tokens = new Map<string, Token>();

	constructor(
		private readonly principals: () => ReadonlyMap<string, Principal>,
		private readonly now: () => number,
		/** True when a resource (origin) is this environment. */
		private readonly isEnvironment: (resource: string, request: TwinRequest) => boolean,
	) {}

	/** Whose token this is; undefined when it is unknown or expired. */
	principalOf(token: string): Principal | undefined {
		const found = this.tokens.get(token);
		if (!found || found.expiresAt <= this.now()) return undefined;
		return this.principals().get(found.principal.key);
	}

	expireAll(): void {
		this.tokens.clear();
	}

	/** `POST /{tenant}/oauth2/v2.0/token`, and the older `/oauth2/token` with `resource`. */
	answer(request: TwinRequest, tenant: string): TwinResponse {
		const form = new URLSearchParams(request.text());
		const clientId = form.get('client_id') ?? '';
		const failure = this.check(form, tenant, clientId, request);
		if (failure) return entraError(failure, this.now());
		const principal = this.signIn(form, clientId);
		if (!('key' in principal)) return entraError(principal, this.now());
		const token = `twin.${randomBytes(48).toString('base64url')}`;
		this.tokens.set(token, { principal, expiresAt: this.now() + TOKEN_LIFE * 1000 });
		return {
			status: 200,
			headers: { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' },
			body: {
				token_type: 'Bearer',
				expires_in: TOKEN_LIFE,
				ext_expires_in: TOKEN_LIFE,
				access_token: token,
				...(form.get('grant_type') === 'password' && { scope: form.get('scope') ?? '' }),
			},
		};
	}

	/** What can be wrong before it matters who signs in. */
	private check(
		form: URLSearchParams,
		tenant: string,
		clientId: string,
		request: TwinRequest,
	): EntraError | undefined {
		const grant = form.get('grant_type');
		if (!grant) {
			return [
				900144,
				400,
				'invalid_request',
				"The request body must contain the following parameter: 'grant_type'.",
			];
		}
		if (!clientId) {
			return [
				900144,
				400,
				'invalid_request',
				"The request body must contain the following parameter: 'client_id'.",
			];
		}
		const known = tenant === TENANT_ID || tenant === 'twin.onmicrosoft.example';
		const shared = grant === 'password' && ['organizations', 'common'].includes(tenant);
		if (!known && !shared) {
			return [
				90002,
				400,
				'invalid_request',
				`Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
			];
		}
		if (grant !== 'client_credentials' && grant !== 'password') {
			return [
				70003,
				400,
				'unsupported_grant_type',
				`The app requested an unsupported grant type '${grant}'.`,
			];
		}
		const resource = resourceOf(form);
		if (grant === 'client_credentials' && !form.get('resource')) {
			if (!(form.get('scope') ?? '').split(' ').some((scope) => scope.endsWith('/.default'))) {
				return [
					1002012,
					400,
					'invalid_scope',
					`The provided value for scope ${form.get('scope')} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
				];
			}
		}
		if (!resource || !this.isEnvironment(resource, request)) {
			return [
				500011,
				400,
				'invalid_resource',
				`The resource principal named ${resource} was not found in the tenant named Twin. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
			];
		}
		return undefined;
	}

	private signIn(form: URLSearchParams, clientId: string): Principal | EntraError {
		const app = this.principals().get(clientId);
		if (!app) {
			return [
				700016,
				400,
				'unauthorized_client',
				`Application with identifier '${clientId}' was not found in the directory 'Twin'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
			];
		}
		if (form.get('grant_type') === 'password') {
			const person = this.principals().get((form.get('username') ?? '').toLowerCase());
			if (person && person.secret === form.get('password')) return person;
			return [
				50126,
				400,
				'invalid_grant',
				'Error validating credentials due to invalid username or password.',
			];
		}
		const assertion = form.get('client_assertion');
		if (assertion) return this.checkAssertion(assertion, app);
		const secret = form.get('client_secret');
		if (!secret) {
			return [
				7000218,
				401,
				'invalid_client',
				"The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
			];
		}
		if (secret !== app.secret) {
			return [
				7000215,
				401,
				'invalid_client',
				`Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
			];
		}
		if (app.secretExpired) {
			return [
				7000222,
				401,
				'invalid_client',
				`The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
			];
		}
		return app;
	}

	/** Looks at who signed, for whom and until when; not at the signature, having no certificate. */
	private checkAssertion(assertion: string, app: Principal): Principal | EntraError {
		const claims = claimsOf(assertion);
		if (!claims) return [50027, 401, 'invalid_client', 'JWT token is invalid or malformed.'];
		if (claims.iss !== app.key || claims.sub !== app.key) {
			return [
				700021,
				401,
				'invalid_client',
				'Client assertion application identifier doesn’t match ‘client_id’ parameter.',
			];
		}
		if (!String(claims.aud).includes('/oauth2/') && !String(claims.aud).includes(TENANT_ID)) {
			return [
				700023,
				401,
				'invalid_client',
				'Client assertion audience claim does not match Realm issuer.',
			];
		}
		if (typeof claims.exp !== 'number' || claims.exp * 1000 < this.now() - 300_000) {
			return [
				700024,
				401,
				'invalid_client',
				'Client assertion is not within its valid time range.',
			];
		}
		return app;
	}
}

/** An error as Entra words it. */
export function entraError([number, status, error, text]: EntraError, now: number): TwinResponse {
	const trace = randomUUID();
	const correlation = randomUUID();
	const time = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
	return {
		status,
		body: {
			error,
			error_description: `AADSTS${number}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${time}`,
			error_codes: [number],
			timestamp: time,
			trace_id: trace,
			correlation_id: correlation,
			error_uri: `https://login.microsoftonline.com/error?code=${number}`,
		},
	};
}

/** The resource a token is asked for: `resource`, or the scope without its last part. */
function resourceOf(form: URLSearchParams): string | undefined {
	const resource = form.get('resource');
	if (resource) return resource.replace(/\/+$/, '');
	const scope = (form.get('scope') ?? '').split(' ').find((part) => /^https?:\/\//.test(part));
	return scope?.replace(/\/+[^/]*$/, '').replace(/\/+$/, '');
}

function claimsOf(assertion: string): Record<string, unknown> | undefined {
	const parts = assertion.split('.');
	if (parts.length !== 3) return undefined;
	try {
		const claims: unknown = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8'));
		return claims !== null && typeof claims === 'object'
			? (claims as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}

/** The OpenID Connect discovery document of a tenant. */
export function discoveryDocument(origin: string, tenant: string): object {
	const base = `${origin}/${tenant}`;
	return {
		token_endpoint: `${base}/oauth2/v2.0/token`,
		token_endpoint_auth_methods_supported: [
			'client_secret_post',
			'private_key_jwt',
			'client_secret_basic',
		],
		jwks_uri: `${base}/discovery/v2.0/keys`,
		response_modes_supported: ['query', 'fragment', 'form_post'],
		subject_types_supported: ['pairwise'],
		id_token_signing_alg_values_supported: ['RS256'],
		response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
		scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
		issuer: `${origin}/${TENANT_ID}/v2.0`,
		authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
		device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
		end_session_endpoint: `${base}/oauth2/v2.0/logout`,
		cloud_instance_name: 'microsoftonline.com',
		tenant_region_scope: 'EU',
	};
}
