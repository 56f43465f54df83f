import type { INodeParameters } from 'n8n-workflow';

import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';
import { admin } from '../../apis/marketo/twinWire';
import { runNode } from './runNode';

jest.setTimeout(30_000);

let twin: MarketoTwin;
beforeEach(async () => {
	twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
});
afterEach(async () => await twin.close());

const SUBSCRIPTION: INodeParameters = {
	objectLabel: 'Subscription',
	objectName: 'subscription_c',
	belongsTo: ['lead', 'company'],
	objectFields: {
		fields: [
			{ label: 'Title', name: 'title', dataType: 'string' },
			{ label: 'Number of Seats', name: 'seats', dataType: 'integer' },
		],
	},
};

const create = async (parameters: INodeParameters = SUBSCRIPTION) =>
	(
		await runNode(twin, {
			parameters: { resource: 'setup', operation: 'createObject', ...parameters },
		})
	).map(({ json }) => json);
const describeIt = async () =>
	(
		await runNode(twin, {
			parameters: {
				resource: 'customObject',
				operation: 'describe',
				customObject: 'subscription_c',
			},
		})
	).map(({ json }) => json);
const calls = async () =>
	(await admin<{ byEndpoint: Record<string, number> }>(twin, 'GET', 'calls')).byEndpoint;

describe('Create Custom Object', () => {
	it('creates one with the key, the links and the fields that a table needs, ready for records', async () => {
		expect(await create()).toMatchObject([{ name: 'subscription_c', outcome: 'created' }]);
		expect(await describeIt()).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ name: 'dynamicsId', dataType: 'string', key: true }),
				expect.objectContaining({ name: 'leadId', dataType: 'integer', searchable: true }),
				expect.objectContaining({ name: 'companyId', dataType: 'integer', searchable: true }),
				expect.objectContaining({ name: 'seats', dataType: 'integer' }),
			]),
		);
	});

	it('leaves one that is there alone', async () => {
		await create();
		const before = await describeIt();
		const other = {
			...SUBSCRIPTION,
			objectFields: { fields: [{ label: 'More', name: 'more', dataType: 'string' }] },
		};
		expect(await create(other)).toMatchObject([{ outcome: 'there' }]);
		expect(await describeIt()).toEqual(before);
	});

	it('completes a draft that a try before has left', async () => {
		await admin(twin, 'POST', 'fail', {
			match: { method: 'POST', path: '/approve.json' },
			times: 1,
			code: '1001',
			message: 'No.',
		});
		await expect(create()).rejects.toThrow();
		expect(await create()).toMatchObject([{ outcome: 'created' }]);
		expect((await describeIt()).length).toBeGreaterThan(4);
	});

	it('says so where the subscription does not include it', async () => {
		await admin(twin, 'POST', 'options', { customObjectSchema: false });
		await expect(create()).rejects.toMatchObject({
			message: expect.stringContaining('does not include this') as string,
		});
	});

	it.each([
		['"1seat" is not an API name', [{ label: 'Seats', name: '1seat' }]],
		['Two fields have the API name "leadid"', [{ label: 'Lead', name: 'leadid' }]],
	])('refuses before it creates anything: %s', async (message, fields) => {
		await admin(twin, 'DELETE', 'calls');
		await expect(create({ ...SUBSCRIPTION, objectFields: { fields } })).rejects.toThrow(message);
		expect(Object.keys(await calls()).filter((path) => path.includes('customobjects'))).toEqual([]);
	});
});
