import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { Ledger } from '../../../../sync/ledger/ledger';
import { setMeta } from '../../../../sync/ledger/meta';
import { keptColumns } from '../../../../sync/ledger/columns';
import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';
import { admin } from '../../apis/marketo/twinWire';
import { Sandbox } from '../../sync/operate/sandbox';
import { runNode, type NodeRun } from './runNode';

jest.setTimeout(30_000);

let twin: MarketoTwin;
let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));

// A new one each time: what this process shares per subscription (metadata, call budget) is new too.
beforeEach(async () => {
	twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
	({ ledger } = await Sandbox.open());
});
afterEach(async () => await twin.close());

const person = (operation: string, parameters: INodeParameters = {}): INodeParameters => ({
	resource: 'person',
	operation,
	...parameters,
});

const mapped = (values: IDataObject, types: Record<string, string> = {}): INodeParameters =>
	({
		mappingMode: 'defineBelow',
		value: values,
		matchingColumns: [],
		schema: Object.keys(values).map((id) => ({
			id,
			displayName: id,
			required: false,
			defaultMatch: false,
			display: true,
			type: types[id] ?? 'string',
			readOnly: false,
			removed: false,
		})),
		attemptToConvertTypes: false,
		convertFieldsToString: false,
	}) as unknown as INodeParameters;

const fromInput = { mappingMode: 'autoMapInputData', value: null } as unknown as INodeParameters;

async function run(
	parameters: INodeParameters,
	more: Partial<NodeRun> = {},
): Promise<INodeExecutionData[]> {
	return await runNode(twin, { parameters, ...more });
}

const json = (items: INodeExecutionData[]): IDataObject[] => items.map((item) => item.json);

async function made(count: number): Promise<number[]> {
	const items = Array.from({ length: count }, (_, at) => ({
		email: `p${at}@made.example`,
		firstName: `P${at}`,
	}));
	const out = await run(person('create', { fields: fromInput, options: {} }), { items });
	return out.map((item) => item.json.id as number);
}

async function read(lookupValue: number, fieldNames: string[]): Promise<IDataObject> {
	const parameters = person('get', {
		lookupField: 'id',
		lookupValue: String(lookupValue),
		fieldNames,
	});
	return (await run(parameters))[0]!.json;
}

async function callsTo(endpoint: string): Promise<number> {
	const { byEndpoint } = await admin<{ byEndpoint: Record<string, number> }>(twin, 'GET', 'calls');
	return byEndpoint[endpoint] ?? 0;
}

describe('Marketo: create', () => {
	it('creates 1,000 people in four calls, each paired with its item', async () => {
		const items = Array.from({ length: 1_000 }, (_, at) => ({
			email: `p${at}@made.example`,
			other: 'x',
		}));
		const out = await run(person('create', { fields: fromInput, options: {} }), { items });
		expect(await callsTo('POST /rest/v1/leads.json')).toBe(4);
		expect(out.map(({ pairedItem }) => pairedItem)).toEqual(items.map((_, item) => ({ item })));
		expect(new Set(out.map((item) => item.json.id)).size).toBe(1_000);
		expect(out[999]!.json.status).toBe('created');
	});

	it('refuses somebody who is there, and names the item', async () => {
		await made(1);
		const items = [{ email: 'new@made.example' }, { email: 'p0@made.example' }];
		const created = run(person('create', { fields: fromInput, options: {} }), { items });
		await expect(created).rejects.toMatchObject({
			message: expect.stringContaining('already') as string,
			context: { itemIndex: 1 },
		});
	});

	it('creates the same e-mail once, though it comes twice in one input', async () => {
		const items = [{ email: 'same@made.example' }, { email: 'SAME@made.example' }];
		const out = await run(person('create', { fields: fromInput, options: {} }), {
			items,
			onError: 'continueRegularOutput',
		});
		expect(out[0]!.json.status).toBe('created');
		expect(out[1]!.error?.message).toContain('already');
	});
});

describe('Marketo: merge', () => {
	const merge = (personId: unknown, loserIds: unknown) =>
		person('merge', { personId: String(personId), loserIds: loserIds as string });

	it('merges 30 people into one in two calls; values that this one lacks come along', async () => {
		const [winner, ...losers] = await made(31);
		const title = { fields: mapped({ title: 'Chief' }), options: {} };
		await run(person('update', { lookupField: 'id', lookupValue: String(losers[0]), ...title }));
		const [merged] = json(await run(merge(winner, losers.join(', '))));
		expect(merged).toEqual({ id: winner, merged: losers });
		const { log } = await admin<{ log: object[] }>(twin, 'GET', 'calls?path=merge.json');
		expect(log).toHaveLength(2);
		expect(await read(winner!, ['firstName', 'title'])).toMatchObject({
			firstName: 'P0',
			title: 'Chief',
		});
		await expect(read(losers[29]!, ['email'])).rejects.toThrow();
	});

	it('goes item by item, and one that fails stops no other', async () => {
		const [one, two, three] = await made(3);
		const items = [
			{ winner: one, loser: 987_654 },
			{ winner: two, loser: three },
		];
		const parameters = merge('={{ $json.winner }}', '={{ $json.loser }}');
		const out = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(out[0]!.error?.message).toContain('not in Marketo');
		expect(out[1]!.json).toEqual({ id: two, merged: [three] });
	});

	it.each([
		['nobody', ' ', "'IDs of People to Merge' is empty"],
		['what is no ID', '12, x', "'x' is not a Marketo ID"],
		['somebody and themselves', '11', 'cannot also be merged'],
	])('refuses to merge %s', async (_, losers, words) => {
		await expect(run(merge(11, losers))).rejects.toThrow(words);
	});
});

describe('Marketo: on error', () => {
	const items = [
		{ email: 'good@made.example', leadScore: 1 },
		{ email: 'bad@made.example', leadScore: 'many' },
		{ email: 'not an address', leadScore: 3 },
	];
	const parameters = person('create', { fields: fromInput, options: {} });

	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s keeps the good ones and says for each of the others why',
		async (onError) => {
			const out = await run(parameters, { items, onError });
			expect(out.map(({ error }) => error !== undefined)).toEqual([false, true, true]);
			expect(out[1]!.json).toEqual(items[1]);
			expect(out[1]!.error?.message).toContain('leadScore');
			expect(out[2]!.error?.message).toContain("'email'");
			expect(out.map(({ pairedItem }) => pairedItem)).toEqual([
				{ item: 0 },
				{ item: 1 },
				{ item: 2 },
			]);
		},
	);

	it('stops before anything is written where an item is wrong by itself', async () => {
		await expect(run(parameters, { items })).rejects.toMatchObject({ context: { itemIndex: 1 } });
		expect(await callsTo('POST /rest/v1/leads.json')).toBe(0);
	});
});

describe('Marketo: update', () => {
	it('writes values in their types, whatever the time zone of the workflow', async () => {
		const [id] = await made(1);
		for (const timezone of ['Pacific/Auckland', 'America/Los_Angeles']) {
			const parameters = person('update', {
				lookupField: 'id',
				lookupValue: String(id),
				fields: mapped(
					{ dateOfBirth: '1980-02-29', leadScore: '7', unsubscribed: 'true' },
					{ dateOfBirth: 'dateTime', leadScore: 'number', unsubscribed: 'boolean' },
				),
				options: {},
			});
			expect(json(await run(parameters, { timezone }))).toEqual([{ id, status: 'updated' }]);
			expect(await read(id!, ['dateOfBirth', 'leadScore', 'unsubscribed'])).toEqual({
				id,
				dateOfBirth: '1980-02-29',
				leadScore: 7,
				unsubscribed: true,
			});
		}
	});

	it('leaves empty values alone, and clears what is said to be cleared', async () => {
		const [id] = await made(1);
		const update = async (options: INodeParameters, firstName: string | null = null) =>
			await run(
				person('update', {
					lookupField: 'id',
					lookupValue: String(id),
					fields: mapped({ firstName, lastName: 'Kept' }),
					options,
				}),
			);
		await update({});
		expect(await read(id!, ['firstName'])).toEqual({ id, firstName: 'P0' });
		await update({ clearEmpty: true });
		expect(await read(id!, ['firstName'])).toEqual({ id, firstName: null });
		await update({}, 'Back');
		await update({ clearFields: ['firstName'] });
		expect(await read(id!, ['firstName', 'lastName'])).toEqual({
			id,
			firstName: null,
			lastName: 'Kept',
		});
	});

	it('finds people by e-mail, and says so when there is none', async () => {
		const [id] = await made(1);
		const update = async (lookupValue: string) =>
			await run(
				person('update', {
					lookupField: 'email',
					lookupValue,
					fields: mapped({ title: 'Head' }),
					options: {},
				}),
			);
		expect(json(await update('p0@made.example'))).toEqual([{ id, status: 'updated' }]);
		await expect(update('nobody@made.example')).rejects.toThrow('not in Marketo');
	});

	it.each(['', 'abc', '1.5'])('refuses %p as an id before any call', async (lookupValue) => {
		const parameters = person('update', {
			lookupField: 'id',
			lookupValue,
			fields: mapped({}),
			options: {},
		});
		await expect(run(parameters)).rejects.toMatchObject({ context: { itemIndex: 0 } });
		expect(await callsTo('POST /rest/v1/leads.json')).toBe(0);
	});
});

describe('Marketo: create or update', () => {
	it('updates one and creates the other', async () => {
		const [id] = await made(1);
		const items = [{ email: 'p0@made.example' }, { email: 'new@made.example' }];
		const parameters = person('createOrUpdate', {
			lookupField: 'email',
			lookupValue: '={{ $json.email }}',
			fields: mapped({ title: '={{ "Head " + $itemIndex }}' }),
			options: {},
		});
		const out = json(await run(parameters, { items }));
		expect(out).toEqual([
			{ id, status: 'updated' },
			{ id: expect.any(Number) as number, status: 'created' },
		]);
		expect(await read(id!, ['title'])).toEqual({ id, title: 'Head 0' });
	});
});

describe('Marketo: get', () => {
	it('reads 400 people in two calls, each paired with its item', async () => {
		const ids = await made(400);
		await admin(twin, 'DELETE', 'calls');
		const items = [...ids].reverse().map((id) => ({ id }));
		const parameters = person('get', {
			lookupField: 'id',
			lookupValue: '={{ $json.id }}',
			fieldNames: ['email'],
		});
		const out = await run(parameters, { items });
		expect(json(out).map(({ id }) => id)).toEqual(items.map(({ id }) => id));
		expect(out[0]!.json).toEqual({ id: ids[399], email: 'p399@made.example' });
		expect(await callsTo('GET /rest/v1/leads.json')).toBe(2);
	});

	it('says who is not there, item by item', async () => {
		const [id] = await made(1);
		const items = [{ id: 99999999 }, { id: id! }];
		const parameters = person('get', {
			lookupField: 'id',
			lookupValue: '={{ $json.id }}',
			fieldNames: [],
		});
		const out = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(out[0]!.error?.message).toContain('99999999');
		expect(out[1]!.json).toMatchObject({ id, email: 'p0@made.example', firstName: 'P0' });
	});
});

describe('Marketo: get many', () => {
	const many = (parameters: INodeParameters) =>
		person('getAll', {
			filterField: 'email',
			filterValues: 'p0@made.example, p1@made.example,p2@made.example',
			returnAll: false,
			limit: 50,
			fieldNames: ['firstName'],
			sort: {},
			...parameters,
		});

	it('sorts, then limits', async () => {
		await made(3);
		const out = await run(
			many({ limit: 2, sort: { field: 'firstName', direction: 'descending' } }),
		);
		expect(json(out).map(({ firstName }) => firstName)).toEqual(['P2', 'P1']);
	});

	it('takes a list from an expression', async () => {
		await made(2);
		const out = await run(many({ filterValues: '={{ $json.emails }}', returnAll: true }), {
			items: [{ emails: ['p0@made.example', 'p1@made.example'] }],
		});
		expect(out).toHaveLength(2);
	});

	it('asks for a value (Marketo cannot list everybody)', async () => {
		await expect(run(many({ filterValues: ' , ' }))).rejects.toThrow("'Filter Values' is empty");
	});
});

describe('Marketo: delete', () => {
	it('deletes, and says who was not there', async () => {
		const [id] = await made(1);
		const items = [{ id: id! }, { id: 99999999 }];
		const out = await run(person('delete', { personId: '={{ $json.id }}' }), {
			items,
			onError: 'continueRegularOutput',
		});
		expect(out[0]!.json).toEqual({ id, deleted: true });
		expect(out[1]!.error?.message).toContain('not in Marketo');
		expect(await callsTo('POST /rest/v1/leads/delete.json')).toBe(1);
	});
});

describe('Marketo: setup', () => {
	const setup = (operation: string, parameters: INodeParameters = {}) => ({
		resource: 'setup',
		operation,
		...parameters,
	});
	const prepare = setup('prepare', { parts: ['fields', 'activityType'] });

	it('prepares once, however many items come in, and finds all there the second time', async () => {
		const first = json(await run(prepare, { items: [{}, {}, {}] }));
		expect(first).toHaveLength(8);
		expect(first.every(({ outcome }) => outcome === 'created')).toBe(true);
		expect(json(await run(prepare)).every(({ outcome }) => outcome === 'there')).toBe(true);
	});

	it('has the fields to choose from afterwards, those that it made among them (the first mapping is made before any run)', async () => {
		await run(prepare);
		const fields = await keptColumns(ledger.db, 'person');
		expect(fields.get('dynamicsLeadId')).toMatchObject({ label: 'Dynamics Lead ID' });
		expect(fields.has('email')).toBe(true);
	});

	const ownFields = (...fields: Array<Record<string, string>>) =>
		setup('prepare', { parts: [], ownFields: { fields } });

	it('creates fields of your own, once, and has them to choose from', async () => {
		const seats = { label: 'Number of Seats', name: 'numberOfSeats', dataType: 'integer' };
		expect(json(await run(ownFields(seats)))).toMatchObject([
			{ name: 'numberOfSeats', outcome: 'created' },
		]);
		expect(json(await run(ownFields(seats)))).toMatchObject([{ outcome: 'there' }]);
		const fields = await keptColumns(ledger.db, 'person');
		expect(fields.get('numberOfSeats')).toMatchObject({ label: 'Number of Seats' });
	});

	it('changes no field that is there with another type, and says so', async () => {
		const title = { label: 'Job Title', name: 'title', dataType: 'integer' };
		await expect(run(ownFields(title))).rejects.toMatchObject({
			message: 'Marketo is not ready: Job Title',
			description: expect.stringContaining('exists, but as string instead of integer') as string,
		});
	});

	it.each([
		['no API name', [{ label: 'Seats', name: 'number of seats' }], /"number of seats" is not/],
		['twice there', [{ name: 'seats' }, { name: 'Seats' }], /Two fields have the API name "Seats"/],
	])('creates nothing where a name is %s', async (_, fields, message) => {
		await expect(run(ownFields(...fields))).rejects.toThrow(message);
		const { byEndpoint } = await admin<{ byEndpoint: object }>(twin, 'GET', 'calls');
		expect(Object.keys(byEndpoint).filter((call) => call.includes('schema'))).toEqual([]);
	});

	it('creates nothing where a name is one that the step itself makes', async () => {
		const own = { fields: [{ name: 'DynamicsLeadId' }] };
		const both = setup('prepare', { parts: ['fields'], ownFields: own });
		await expect(run(both)).rejects.toThrow('Two fields have the API name "DynamicsLeadId"');
	});

	it("leaves the fields of the sync's own subscription alone when it prepares another one", async () => {
		await setMeta(ledger.db, 'marketo.subscription', 'AAA-111-BBB');
		await run(prepare);
		expect(await keptColumns(ledger.db, 'person')).toEqual(new Map());
	});

	it('logs sync results after that', async () => {
		const [id] = await made(1);
		await run(prepare);
		const parameters = person('logSyncResult', {
			personId: String(id),
			subject: 'Job Title',
			outcome: 'needs help',
			reason: 'Too long',
			remedy: 'Shorten it',
			field: 'title',
		});
		expect(json(await run(parameters))[0]).toMatchObject({ personId: id, logged: true });
	});

	it('names the permission that is missing', async () => {
		const poor = {
			...twin,
			clientId: 'without-schema-custom-field',
			clientSecret: 'secret-without-schema-custom-field',
		};
		await expect(runNode(poor, { parameters: prepare })).rejects.toThrow(
			/Read-Write Schema Custom Field/,
		);
	});

	it('describes fields, and counts calls', async () => {
		const fields = json(await run(setup('describe')));
		expect(fields.find(({ name }) => name === 'email')).toMatchObject({
			label: 'Email Address',
			dataType: 'email',
			writable: true,
			searchable: true,
		});
		expect(json(await run(setup('usage', { days: 'today' })))[0]).toMatchObject({
			total: expect.any(Number) as number,
		});
	});
});

describe('Marketo: signing in', () => {
	it('says in plain words what is wrong, without the secret', async () => {
		const wrong = { ...twin, clientSecret: 'hush-hush' };
		const parameters = person('get', { lookupField: 'id', lookupValue: '1', fieldNames: [] });
		const cause: unknown = await runNode(wrong, { parameters }).catch((error: unknown) => error);
		expect(cause).toMatchObject({ message: expect.stringContaining('client ID') as string });
		expect(JSON.stringify(cause) + String(cause)).not.toContain('hush-hush');
	});
});
