import type { IHttpRequestHelper, IN8nHttpFullResponse } from 'n8n-workflow';

import { readErrorBody } from '../../apis/dataverse/errors/errorBody';
import { apiRoot, environmentOrigin } from '../../apis/dataverse/transport/environment';
import { parseBody } from '../../apis/wire/json';
import { SignInFailed } from '../../apis/wire/signIn';

/**
 * Asks the environment once with a fresh token whether it lets the user in. Entra also gives a token to
 * an application that the environment has never heard of, and n8n's credential test cannot tell one 403
 * from another; here the two usual mistakes get their names. Contact is in every environment.
 *
 * Anything but a clear refusal passes: the request that follows will say what is wrong.
 *
 * @throws SignInFailed
 */
export async function checkAccess(
	helper: IHttpRequestHelper,
	environmentUrl: string,
	accessToken: string,
): Promise<void> {
	const root = apiRoot(environmentOrigin(environmentUrl));
	const response = (await helper.helpers
		.httpRequest({
			method: 'GET',
			url: `${root}contacts?$select=contactid&$top=1`,
			headers: { Authorization: `Bearer ${accessToken}`, Accept: 'application/json' },
			json: false,
			encoding: 'text',
			timeout: 30_000,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
		})
		.catch(() => undefined)) as IN8nHttpFullResponse | undefined;
	if (response?.statusCode === 401) {
		throw new SignInFailed(
			'The environment does not accept the token of this tenant',
			"Check that 'Environment URL' and 'Tenant ID' belong together, and that the right cloud is chosen",
		);
	}
	if (response?.statusCode === 403) refuse(readErrorBody(parseBody(response.body)));
}

function refuse({ code, message }: { code: string; message: string }): void {
	if (code === '0x80072560' || /not a member of the organization/i.test(message)) {
		throw new SignInFailed(
			'The sign-in works, but the environment has no application user for this client id',
			'Create one in the Power Platform admin center: environment > Settings > Users + permissions > Application users',
		);
	}
	if (code === '0x80042f09' || /roleCount=0\b|not been assigned any roles/i.test(message)) {
		throw new SignInFailed(
			'The sign-in works, but the user has no security role in the environment',
			'Give the (application) user a security role in the Power Platform admin center',
		);
	}
	if (code === '0x8004a112' || /user.*disabled/i.test(message)) {
		throw new SignInFailed(
			'The sign-in works, but the user is disabled in the environment',
			'Enable the (application) user in the Power Platform admin center',
		);
	}
}
