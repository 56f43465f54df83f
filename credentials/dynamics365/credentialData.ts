/** What the credential *Microsoft Dynamics 365 API* holds, as people typed it. */
export interface Dynamics365CredentialData {
	environmentUrl: string;
	signInWith: 'clientSecret' | 'certificate' | 'password';
	tenantId: string;
	clientId: string;
	clientSecret?: string;
	certificate?: string;
	privateKey?: string;
	passphrase?: string;
	username?: string;
	password?: string;
	cloud: CloudName | 'custom';
	authorityUrl?: string;
	tokenUrl?: string;
}

export type CloudName = 'public' | 'usGovernment' | 'china';
