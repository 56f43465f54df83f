import { parseBody } from '../../wire/json';
import type { WireAnswer } from '../../wire/wire';
import { batchBody, partsIn, type BatchPart } from './multipart';
import { call, type Safety } from '../transport/call';
import type { Dataverse } from '../client';
import { DataverseProblem } from '../errors/problem';
import { ODATA_HEADERS } from '../transport/call';

/** One request of a batch, with its path relative to the root of the Web API. */
export type BatchRequest = BatchPart;

/**
 * Sends up to 1,000 requests in one call, without a change set: one refusal does not undo or stop the
 * others. Gives one answer per request, in their order; undefined where the batch answer was cut off.
 *
 * @throws DataverseProblem where the batch as a whole was refused or lost
 */
export async function sendBatch(
	client: Dataverse,
	requests: BatchRequest[],
	safety: Safety,
): Promise<Array<WireAnswer | undefined>> {
	if (requests.length === 0) return [];
	const boundary = boundaryFor(client);
	const root = new URL(client.root).pathname;
	const parts = requests.map((request) => ({
		...request,
		path: root + request.path,
		headers: { ...PART_HEADERS, ...request.headers },
	}));
	const answer = await call(client, {
		method: 'POST',
		path: '$batch',
		headers: {
			'Content-Type': `multipart/mixed; boundary="${boundary}"`,
			Prefer: 'odata.continue-on-error',
		},
		body: batchBody(parts, boundary),
		safety,
	});
	const found =
		typeof answer.body === 'string' ? partsIn(answer.body, answer.headers['content-type']) : [];
	if (found.length === 0) {
		throw new DataverseProblem({
			kind: 'unknown',
			status: answer.status,
			code: '',
			reason: 'The batch was answered, but its parts cannot be read',
			remedy: 'Check whether a proxy between n8n and Dynamics 365 changes answers',
		});
	}
	// Dataverse says the time once for all.
	const { date } = answer.headers;
	return requests.map((_, index) => {
		const part = found[index];
		const headers = { ...(date !== undefined && { date }), ...part?.headers };
		return part && { status: part.status, headers, body: parseBody(part.text) };
	});
}

const PART_HEADERS = {
	'OData-Version': ODATA_HEADERS['OData-Version']!,
	'OData-MaxVersion': ODATA_HEADERS['OData-MaxVersion']!,
};

function boundaryFor(client: Dataverse): string {
	const digits = Array.from({ length: 4 }, () =>
		Math.floor(client.wire.random() * 0x1_0000_0000)
			.toString(16)
			.padStart(8, '0'),
	);
	return `batch_${digits.join('')}`;
}
