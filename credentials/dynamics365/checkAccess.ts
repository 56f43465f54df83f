import type { IHttpRequestHelper, IN8nHttpFullResponse } from 'n8n-workflow';

import { readErrorBody } from '../../apis/dataverse/errors/errorBody';
import { apiRoot, environmentOrigin } from '../../apis/dataverse/transport/environment';
import { isObject, parseBody } from '../../apis/wire/json';
import { SignInFailed } from '../../apis/wire/signIn';
import { couldNotReach } from '../../apis/wire/unreachable';

/**
 * Asks the environment once with a fresh token whether it lets the user in. Entra also gives a token to
 * an application that the environment has never heard of, and n8n's credential test cannot tell one 403
 * from another, nor Dynamics from anything else that answers, and shows a broken connection as its code;
 * here the usual mistakes get their names. Contact is in every environment.
 *
 * What is unclear passes: the request that follows will say what is wrong.
 *
 * @throws SignInFailed
 */
export async function checkAccess(
	helper: IHttpRequestHelper,
	environmentUrl: string,
	accessToken: string,
): Promise<void> {
	const origin = environmentOrigin(environmentUrl);
	const root = apiRoot(origin);
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
		.catch((error: unknown) => {
			throw new SignInFailed(
				couldNotReach(new URL(origin).host, error),
				"Check 'Environment URL', and the network and proxy of this n8n",
				true,
			);
		})) as IN8nHttpFullResponse;
	if (response.statusCode === 401) {
		throw new SignInFailed(
			'The environment does not accept the token of this tenant',
			"Check that 'Environment URL' and 'Tenant ID' belong together, and that the right cloud is chosen",
		);
	}
	const body = parseBody(response.body);
	if (response.statusCode === 403) refuse(readErrorBody(body));
	const isElsewhere = response.statusCode === 404 || isRedirect(response.statusCode);
	const isOther = response.statusCode < 300 && !(isObject(body) && Array.isArray(body.value));
	if (isElsewhere || isOther) {
		throw new SignInFailed(
			`What answers at ${origin} is not a Dynamics 365 environment`,
			"Copy 'Environment URL' from the address bar of the browser where Dynamics 365 is open; if it is right, check whether a proxy changes answers",
		);
	}
}

function isRedirect(status: number): boolean {
	return status >= 300 && status < 400;
}

function refuse({ code, message }: { code: string; message: string }): void {
	if (code === '0x80072560' || /not a member of the organization/i.test(message)) {
		throw new SignInFailed(
			'The sign-in works, but the environment has no application user for this client ID',
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
