import { SignInFailed } from '../../apis/wire/signIn';
import type { CloudName, Dynamics365CredentialData } from './credentialData';

/** Sign-in hosts of Microsoft's national clouds. GCC, unlike GCC High, signs in at the public one. */
const HOSTS: Record<CloudName, string> = {
	public: 'login.microsoftonline.com',
	usGovernment: 'login.microsoftonline.us',
	china: 'login.partner.microsoftonline.cn',
};

const LOCAL = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/;

/** The part of MSAL's configuration that says where to sign in. */
export interface AuthorityConfig {
	authority: string;
	knownAuthorities?: string[];
	authorityMetadata?: string;
}

/**
 * Where to sign in. A token endpoint of one's own is handed to MSAL as ready-made metadata, so that MSAL
 * discovers nothing; that is also what makes a stand-in on this machine work, because MSAL itself refuses
 * authorities without TLS.
 *
 * @throws SignInFailed where the fields cannot be used
 */
export function authorityConfig(data: Dynamics365CredentialData): AuthorityConfig {
	const tenant = checkedTenant(data.tenantId);
	const authority =
		data.cloud === 'custom' && data.authorityUrl?.trim()
			? ownAuthority(data.authorityUrl, tenant)
			: `https://${HOSTS[data.cloud === 'custom' ? 'public' : data.cloud]}/${tenant}`;
	const host = new URL(authority).host;
	const tokenUrl = data.cloud === 'custom' ? data.tokenUrl?.trim() : undefined;
	if (!tokenUrl)
		return data.cloud === 'custom' ? { authority, knownAuthorities: [host] } : { authority };
	return {
		authority,
		knownAuthorities: [host],
		authorityMetadata: JSON.stringify(
			metadata(authority, checkedUrl(tokenUrl, 'Token Endpoint', true)),
		),
	};
}

function metadata(authority: string, tokenUrl: string): Record<string, string> {
	return {
		issuer: `${authority}/v2.0`,
		authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
		token_endpoint: tokenUrl,
		end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
		jwks_uri: `${authority}/discovery/v2.0/keys`,
	};
}

function ownAuthority(pasted: string, tenant: string): string {
	const url = new URL(checkedUrl(pasted, 'Authority', false));
	const path = url.pathname.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
	return `${url.origin}${path === '' ? `/${tenant}` : path}`;
}

function checkedUrl(pasted: string, field: string, localHttp: boolean): string {
	const text = pasted.trim();
	if (URL.canParse(text) && (text.startsWith('https://') || (localHttp && LOCAL.test(text))))
		return text;
	throw new SignInFailed(
		`The ${field} is not a valid URL`,
		`Enter a full URL that starts with https:// in the field '${field}'`,
	);
}

/**
 * A tenant by its id or by one of its domains. Signing in as an application needs one certain tenant, so
 * the placeholders for "any" are refused before they lead to a riddle.
 */
function checkedTenant(pasted: string): string {
	const tenant = pasted.trim().replace(/^\{(.*)\}$/, '$1');
	const usable =
		/^[\w-]+(\.[\w-]+)*$/.test(tenant) && !/^(common|organizations|consumers)$/i.test(tenant);
	if (usable) return tenant;
	throw new SignInFailed(
		tenant ? `"${tenant.slice(0, 60)}" is not a tenant` : 'The tenant is missing',
		"Enter the directory (tenant) ID or a domain of the tenant in the field 'Tenant ID'",
	);
}
