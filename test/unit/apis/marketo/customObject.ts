import type { MarketoTwin } from '../../../twins/marketo';

/** Makes an approved custom object `car` that belongs to people, with the key `vin`. */
export async function makeCustomObject(
	twin: Pick<MarketoTwin, 'url' | 'clientId' | 'clientSecret'>,
): Promise<void> {
	const { url, clientId, clientSecret } = twin;
	const asked = `grant_type=client_credentials&client_id=${clientId}&client_secret=${clientSecret}`;
	const signedIn = await fetch(`${url}/identity/oauth/token?${asked}`);
	const { access_token: token } = (await signedIn.json()) as { access_token: string };
	const post = async (path: string, body: object = {}) => {
		const answer = await fetch(`${url}/rest/v1/customobjects/schema${path}.json`, {
			method: 'POST',
			headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		});
		const { success } = (await answer.json()) as { success: boolean };
		if (!success) throw new Error(`${path} failed`);
	};
	await post('', { apiName: 'car', displayName: 'Car' });
	await post('/car/addField', {
		input: [
			{
				displayName: 'Lead ID',
				name: 'leadID',
				dataType: 'link',
				relatedTo: { name: 'lead', field: 'id' },
			},
			{ displayName: 'VIN', name: 'vin', dataType: 'string', isDedupeField: true },
			{ displayName: 'Make', name: 'make', dataType: 'string' },
			{ displayName: 'Year', name: 'year', dataType: 'integer' },
		],
	});
	await post('/car/approve');
}
