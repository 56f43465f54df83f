import { lookAtImport, startImport } from '../../../../../apis/marketo/files/importObjects';
import { customObject } from '../../../../../apis/marketo/objects/object';
import { LARGEST_FILE_BYTES } from '../../../../../apis/marketo/transport/limits';
import { startMarketoTwin, type MarketoTwin } from '../../../../twins/marketo';
import { SUBSCRIPTION_OBJECT, makeObject } from '../../../../vendors/customTable';
import { MarketoVendor } from '../../../../vendors/marketo';
import { admin, twinMarketo } from '../twinWire';

const OBJECT = customObject(SUBSCRIPTION_OBJECT.apiName);
const KEY = 'dynamicsId';

describe('records in a file', () => {
	let twin: MarketoTwin;
	beforeEach(async () => {
		twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
		await makeObject(
			new MarketoVendor({ url: twin.url, clientId: 'human', clientSecret: 'secret-human' }),
		);
		await admin(twin, 'POST', 'options', { bulkJobMs: 10_000 });
	});
	afterEach(async () => await twin.close());
	const wait = async () => await admin(twin, 'POST', 'clock', { advanceSeconds: 10 });
	const there = async () =>
		(
			await admin<{ records: Array<Record<string, unknown>> }>(
				twin,
				'GET',
				`objects/${SUBSCRIPTION_OBJECT.apiName}`,
			)
		).records;

	it('are created as they are in the background; those that were not taken are named with the reason', async () => {
		const marketo = twinMarketo(twin);
		const job = await startImport(marketo, OBJECT, [
			{ dynamicsId: 'a', title: 'Say "hi", then\ngo', seats: 0 },
			{ dynamicsId: 'b', title: null, seats: 2 },
			{ dynamicsId: 'c', leadId: 4711 },
		]);
		expect(await lookAtImport(marketo, OBJECT, job!, KEY)).toBeNull();
		await wait();
		const end = await lookAtImport(marketo, OBJECT, job!, KEY);
		expect([...end!.failed]).toEqual([['c', expect.stringContaining('Lead not found') as string]]);
		expect(end!.lost).toBeUndefined();
		expect(await there()).toMatchObject([
			{ dynamicsId: 'a', title: 'Say "hi", then\ngo', seats: 0 },
			{ dynamicsId: 'b', seats: 2 },
		]);
	});

	it('are not handed over where ten files wait already, nor where they are more than 10 MB', async () => {
		const marketo = twinMarketo(twin);
		const jobs = [];
		for (let at = 0; at < 11; at++)
			jobs.push(await startImport(marketo, OBJECT, [{ dynamicsId: String(at) }]));
		expect(jobs.map((job) => job !== null)).toEqual([...Array<boolean>(10).fill(true), false]);
		const large = { dynamicsId: 'x', title: 'x'.repeat(LARGEST_FILE_BYTES) };
		expect(await startImport(marketo, OBJECT, [large])).toBeNull();
	});

	it.each([
		['is not there', 404, 'There is no file'],
		['is cut off', 200, 'dynamicsId,Import Failure Reason\nc,"Lead no'],
		['is another one', 200, '<html>'],
	])(
		'are lost, in words, where the list of failures %s: nobody is taken for written who may not be',
		async (_, status, body) => {
			const marketo = twinMarketo(twin);
			const job = await startImport(marketo, OBJECT, [{ dynamicsId: 'c', leadId: 4711 }]);
			await wait();
			const { send } = marketo.wire;
			marketo.wire.send = async (request, options) =>
				request.url.endsWith('/failures.json')
					? { status, headers: {}, body }
					: await send(request, options);
			const end = await lookAtImport(marketo, OBJECT, job!, KEY);
			expect(end).toMatchObject({ lost: 'Marketo does not list all 1 failures of the file' });
		},
	);

	it('are lost, in words, where Marketo does not know the file any more', async () => {
		const marketo = twinMarketo(twin);
		const end = await lookAtImport(marketo, OBJECT, '99', KEY);
		expect(end).toMatchObject({ lost: expect.stringContaining('no longer has') as string });
	});
});
