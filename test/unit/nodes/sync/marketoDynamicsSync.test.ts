import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
	NodeHelpers,
	type IDataObject,
	type INodeExecutionData,
	type INodeParameters,
	type NodeOperationError,
} from 'n8n-workflow';

import { MarketoDynamicsSync } from '../../../../nodes/MarketoDynamicsSync/MarketoDynamicsSync.node';
import { SYNC_OPERATIONS } from '../../../../nodes/MarketoDynamicsSync/operations';
import { customTableOf } from '../../../../sync/lanes/customTables';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { lanesOf } from '../../../../sync/operate/lanes';
import { ADA, BOB, linkedPair, type Sandbox } from '../../sync/operate/sandbox';
import { executeContext, type ContextOptions } from '../support/n8nContext';

let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({
	openNodeLedger: async () => ledger,
	kindOfNodeLedger: () => 'File ledger.sqlite',
	backUpNodeLedger: async () => ({ file: 'f', bytes: 1, keyId: 'k', keyFile: 'f', copies: 1 }),
	restoreNodeLedger: async (_context: unknown, name: string) => ({
		copy: { name, file: 'f', madeAt: '2026-01-31T02:00:00.000Z', keyId: 'k', bytes: 1 },
		savedAs: 's',
		linked: 2,
		isBehind: name === 'older',
		isPaused: name === 'older',
	}),
}));

const NODE = path.join(__dirname, '../../../../nodes/MarketoDynamicsSync');
const NO_CREDENTIAL = { type: { name: 'none', displayName: '', properties: [] }, data: {} };
const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** The one that runs the sync: there, nobody has to show a credential. */
const OWN_WORKFLOW = 'w1';

interface Ran {
	items: INodeExecutionData[];
	hints: string[];
}

async function run(
	parameters: INodeParameters,
	items: IDataObject[] = [{}],
	more: Partial<ContextOptions> = {},
): Promise<Ran> {
	const nodeType = new MarketoDynamicsSync();
	const input = items.map((json) => ({ json }));
	const context = executeContext({
		nodeType,
		parameters,
		credential: NO_CREDENTIAL,
		items: input,
		workflow: OWN_WORKFLOW,
		...more,
	});
	const hints: string[] = [];
	context.addExecutionHints = (...added) => void hints.push(...added.map(({ message }) => message));
	const [output] = await nodeType.execute.call(context);
	return { items: output!, hints };
}

const json = async (parameters: INodeParameters, items?: IDataObject[]) =>
	(await run(parameters, items)).items.map((item) => item.json);

/** A schema's keys, and those of what is in its lists. */
function keysOf(schema: {
	properties: Record<string, { items?: { properties?: object } }>;
}): Record<string, string[]> {
	const lists = Object.entries(schema.properties).filter(([, one]) => one.items?.properties);
	return {
		'': Object.keys(schema.properties),
		...Object.fromEntries(lists.map(([name, one]) => [name, Object.keys(one.items!.properties!)])),
	};
}

function schemaOf(resource: string, operation: string) {
	return JSON.parse(
		readFileSync(path.join(NODE, '__schema__/v1.0.0', resource, `${operation}.json`), 'utf8'),
	) as Parameters<typeof keysOf>[0];
}

describe('MarketoDynamicsSync', () => {
	let sandbox: Sandbox;

	beforeEach(async () => {
		sandbox = await linkedPair();
		ledger = sandbox.ledger;
	});

	describe('description', () => {
		it('starts with recording results (the shipped workflow needs nothing set)', async () => {
			sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
			const { resolved } = await sandbox.openPage();
			const receipts = await sandbox.write(resolved);
			const { properties } = new MarketoDynamicsSync().description;
			expect(properties.find(({ name }) => name === 'resource')!.default).toBe('sync');
			const defaults = properties
				.filter(({ name }) => name === 'operation')
				.map((one) => [one.displayOptions!.show!.resource, one.default]);
			expect(defaults).toContainEqual([['sync'], 'recordResults']);
			expect(defaults).toContainEqual([['sync'], 'showStatus']);
			expect(
				await json(
					{ resource: 'sync', operation: 'recordResults' },
					receipts as unknown as IDataObject[],
				),
			).toEqual([expect.objectContaining({ lane: 'People', toMarketo: 1 })]);
		});

		it('starts with Show Status from 1.1 on; a workflow of 0.1 that says nothing goes on recording results', async () => {
			const started = async (typeVersion: number) =>
				(await run({}, [{ kind: 'write' }], { typeVersion })).hints.length;
			// Only Record Results warns about what is no result.
			expect([await started(1), await started(1.1)]).toEqual([1, 0]);
		});

		it('has an output schema for every operation, and no schema without one', () => {
			const offered = SYNC_OPERATIONS.operations.flatMap(({ value, resources }) =>
				resources.map((resource) => `${resource}/${value}.json`),
			);
			const folder = path.join(NODE, '__schema__/v1.0.0');
			const written = SYNC_OPERATIONS.resources.flatMap(({ value }) =>
				readdirSync(path.join(folder, value)).map((file) => `${value}/${file}`),
			);
			expect(written.sort()).toEqual(offered.sort());
		});

		it('keeps to the words of its users', () => {
			const { description } = new MarketoDynamicsSync();
			expect(JSON.stringify(description)).not.toMatch(
				/lease|cursor|in flight|tombstone|parked|journal|commit\b/i,
			);
			expect(SYNC_OPERATIONS.resources.map(({ name }) => name)).toEqual([
				'Person',
				'Record',
				'Sync',
			]);
		});
	});

	describe('output', () => {
		it.each([
			'showStatus',
			'pause',
			'resume',
			'syncNow',
			'freeStuckRun',
			'takeOver',
			'adoptPresentState',
			'backUp',
			'restore',
			'recordResults',
			'tellTheTeam',
		])('of %s is as its schema says', async (operation) => {
			const [row] = await json({ resource: 'sync', operation });
			expect(Object.keys(row!)).toEqual(keysOf(schemaOf('sync', operation))['']);
		});

		it.each([
			'showStatus',
			'pause',
			'resume',
			'syncNow',
			'freeStuckRun',
			'takeOver',
			'adoptPresentState',
		])(
			'of %s begins with what people look for from 1.1 on, as its schema says',
			async (operation) => {
				const { items } = await run({ resource: 'sync', operation }, [{}], { typeVersion: 1.1 });
				const file = path.join(NODE, '__schema__/v1.1.0/sync', `${operation}.json`);
				const { properties } = JSON.parse(readFileSync(file, 'utf8')) as { properties: object };
				expect(Object.keys(items[0]!.json)).toEqual(Object.keys(properties));
				expect(Object.keys(properties).slice(0, 3)).toEqual(['status', 'attention', 'notes']);
			},
		);

		it('of explain is as its schema says, lists included', async () => {
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chief', telephone1: '1' });
			sandbox.savePerson('7', { phone: '2' });
			sandbox.answerOfMarketo = () => ({
				kind: 'refused',
				refusal: { field: 'title', code: 'x', reason: 'Too long', remedy: 'Shorten it' },
			});
			await sandbox.run();
			sandbox.answerOfMarketo = () => ({ kind: 'unknown', reason: 'No answer' });
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chef' });
			await sandbox.run();
			const [told] = await json({ resource: 'record', operation: 'explain', record: byId('7') });
			const schema = keysOf(schemaOf('record', 'explain'));
			expect(Object.keys(told!)).toEqual(schema['']);
			for (const [name, keys] of Object.entries(schema).filter(([name]) => name !== '')) {
				const [first] = told![name] as object[];
				expect([name, Object.keys(first!)]).toEqual([name, keys]);
			}
		});

		it.each(['unlink', 'linkByHand', 'retry', 'syncAgain', 'forget'])(
			'of %s is as its schema says',
			async (operation) => {
				const [answer] = await json({
					resource: 'record',
					operation,
					record: byId(ADA),
					personId: '7',
				});
				expect(Object.keys(answer!)).toEqual(keysOf(schemaOf('record', operation))['']);
			},
		);
	});

	it('Restore says what becomes of what has happened since the copy', async () => {
		const notes = async (value: string) => {
			const copy = { __rl: true, mode: 'name', value };
			return (await json({ resource: 'sync', operation: 'restore', copy }))[0]!.notes;
		};
		expect(await notes('older')).toMatch(
			/as it was on 2026-01-31 02:00:00 UTC, with 2 linked pairs.*Adopt Present State: .*listed in Sync conflicts.*choose Resume/s,
		);
		expect(await notes('same')).toMatch(/Nothing has happened since\. People whom campaigns/);
	});

	describe('Record Results', () => {
		const parameters = { resource: 'sync', operation: 'recordResults' };

		it('makes one item of all, paired with each of them', async () => {
			const { items } = await run(parameters, [{}, {}, {}]);
			expect(items).toHaveLength(1);
			expect(items[0]!.pairedItem).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		});

		it('warns about what is no result', async () => {
			const { hints } = await run(parameters, [{ kind: 'write' }]);
			expect(hints).toEqual([expect.stringMatching(/^1 item is not a result of a write/)]);
		});

		it('refuses receipts of another ledger, or passes the refusal on', async () => {
			const foreign = { kind: 'receipt', page: 'people/r/1@other' };
			await expect(run(parameters, [foreign])).rejects.toMatchObject({
				message: expect.stringMatching(/another memory of the sync/),
				description: expect.stringMatching(/same name under Memory/),
			});
			const { items } = await run(parameters, [foreign], { onError: 'continueRegularOutput' });
			expect(items).toEqual([expect.objectContaining({ json: foreign, error: expect.anything() })]);
		});
	});

	it('Answer a Question takes its answer from an expression without asking for another value as well', () => {
		const { description } = new MarketoDynamicsSync();
		const parameters = {
			resource: 'record',
			operation: 'answer',
			accessWith: 'dynamics',
			question: byId('kq0vX2Yb1cA'),
			answer: '={{ $json.answer }}',
		};
		const node = {
			id: 'n',
			name: 'Answer',
			type: description.name,
			typeVersion: 1.1,
			position: [0, 0] as [number, number],
			parameters,
		};
		expect(
			NodeHelpers.getNodeParametersIssues(description.properties, node, description),
		).toBeNull();
	});

	describe('Sync', () => {
		it('pauses and resumes, saying so', async () => {
			expect(await json({ resource: 'sync', operation: 'pause' })).toEqual([
				expect.objectContaining({ status: 'Paused', notes: expect.stringMatching(/^Paused/) }),
			]);
			expect(await json({ resource: 'sync', operation: 'syncNow' })).toEqual([
				expect.objectContaining({ notes: 'The sync is paused. Choose Resume to continue.' }),
			]);
			expect(
				await json({ resource: 'sync', operation: 'resume', options: { allowDeletes: 60 } }),
			).toEqual([expect.objectContaining({ status: 'Waiting: starts within seconds' })]);
			expect(
				await ledger.db.selectFrom('lane').select('deletes_allowed').executeTakeFirst(),
			).toEqual({ deletes_allowed: 60 });
		});

		it('pauses no custom table by a name that no sync has: the one that is meant would continue', async () => {
			const customLane = { mode: 'name', value: 'new_subscription to subscriptions_c' };
			await expect(
				json({ resource: 'sync', operation: 'pause', lane: 'customTable', customLane }),
			).rejects.toThrow('"new_subscription to subscriptions_c" has not been synced');
			expect((await lanesOf(ledger.db)).filter((lane) => customTableOf(lane))).toEqual([]);
		});

		it('refuses an allowance of deletes that is no number: the sync stays as it is', async () => {
			await json({ resource: 'sync', operation: 'pause' });
			await expect(
				json({ resource: 'sync', operation: 'resume', options: { allowDeletes: 'all of them' } }),
			).rejects.toThrow('"all of them" is not a number of deletes');
			const [status] = await json({ resource: 'sync', operation: 'showStatus' });
			expect(status).toMatchObject({ status: 'Paused' });
		});

		it('lets the next run start now', async () => {
			const [row] = await json({ resource: 'sync', operation: 'syncNow' });
			expect(row).toMatchObject({
				nextRun: new Date(sandbox.now).toISOString(),
				notes: expect.stringMatching(/^The next run is due now/),
			});
		});

		it('says that a run is on already', async () => {
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
			await sandbox.openPage();
			expect(await json({ resource: 'sync', operation: 'syncNow' })).toEqual([
				expect.objectContaining({
					status: 'Running',
					notes: expect.stringMatching(/^A run is already in progress/),
				}),
			]);
		});

		it('frees a stuck run, and says when there is none', async () => {
			const free = async () =>
				(await json({ resource: 'sync', operation: 'freeStuckRun' }))[0]!.notes;
			expect(await free()).toBe('No run is in progress, so there was nothing to free.');
			await sandbox.openPage();
			expect(await free()).toBe('The run was ended; the next is due now.');
		});
	});

	describe('Explain', () => {
		const explained = async (record: INodeParameters['record']) =>
			(await run({ resource: 'record', operation: 'explain', record }, [{}], { typeVersion: 1.1 }))
				.items;

		it('gives one item per event: how it stands first, then the newest, with a link and as its schema says', async () => {
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
			sandbox.savePerson('7', { title: 'Chef' });
			await sandbox.run();
			const items = await explained(byId('7'));
			const file = path.join(NODE, '__schema__/v1.1.0/record/explain.json');
			const { properties } = JSON.parse(readFileSync(file, 'utf8')) as { properties: object };
			for (const { json: event, pairedItem } of items) {
				expect(Object.keys(event)).toEqual(Object.keys(properties));
				expect(event).toMatchObject({
					dynamicsId: ADA,
					marketoId: '7',
					dynamicsLink: `https://contoso.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=lead&id=${ADA}`,
				});
				expect(pairedItem).toEqual({ item: 0 });
			}
			expect(items[0]!.json).toMatchObject({
				event: 'Current status',
				what: expect.stringMatching(/^The lead has been linked with Marketo person 7/),
			});
			expect(items[1]!.json).toMatchObject({
				when: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
				event: 'Conflict',
				field: 'Job Title (jobtitle)',
				from: 'Marketo',
				to: 'Dynamics',
				oldValue: 'Chief',
				newValue: 'Chef',
				what: 'written; Marketo wins',
				why: "Marketo wins for leads (as in Adobe's sync)",
			});
		});

		it('says what is not synced and what to do, and what waits for an answer', async () => {
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chief', telephone1: '1' });
			sandbox.savePerson('7', { phone: '2' });
			sandbox.answerOfMarketo = () => ({
				kind: 'refused',
				refusal: { field: 'title', code: 'x', reason: 'Too long', remedy: 'Shorten it' },
			});
			await sandbox.run();
			const events = (await explained(byId(ADA))).map((item) => item.json);
			expect(events).toContainEqual(
				expect.objectContaining({ event: 'Not synced', what: 'Too long', toDo: 'Shorten it' }),
			);
			expect(events).toContainEqual(
				expect.objectContaining({
					event: 'Question',
					toDo: expect.stringMatching(/either system/),
				}),
			);
		});
	});

	describe('Record', () => {
		it('works item by item', async () => {
			sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test' });
			await sandbox.run();
			const { items } = await run(
				{ resource: 'record', operation: 'explain', record: byId('={{ $json.id }}') },
				[{ id: ADA }, { id: BOB }],
			);
			expect(items.map((item) => [item.json.table, item.pairedItem])).toEqual([
				['lead', { item: 0 }],
				['contact', { item: 1 }],
			]);
		});

		it.each(['explain', 'linkByHand', 'unlink', 'retry', 'syncAgain', 'forget'])(
			'%s says for an unknown record how to find its ID',
			async (operation) => {
				const refused = (await run({
					resource: 'record',
					operation,
					record: byId(BOB),
					personId: '7',
				}).catch((error: unknown) => error)) as NodeOperationError;
				expect(refused.message).toMatch(/does not know a lead or contact/);
				expect(refused.description).toMatch(/after "id=" in the address of its form/);
				expect(refused.context.itemIndex).toBe(0);
			},
		);

		it('goes on with the other items where it is told to', async () => {
			const { items } = await run(
				{ resource: 'record', operation: 'explain', record: byId('={{ $json.id }}') },
				[{ id: 'x' }, { id: ADA }],
				{ onError: 'continueRegularOutput' },
			);
			expect(items).toEqual([
				expect.objectContaining({ json: { id: 'x' }, error: expect.anything() }),
				expect.objectContaining({ json: expect.objectContaining({ dynamicsId: ADA }) }),
			]);
		});

		it('takes the address of a form in Dynamics', async () => {
			const record = {
				__rl: true,
				mode: 'url',
				value: `https://contoso.crm4.dynamics.com/main.aspx?etn=lead&id=%7b${ADA}%7d&pagetype=entityrecord`,
			};
			expect(await json({ resource: 'record', operation: 'explain', record })).toEqual([
				expect.objectContaining({ dynamicsId: ADA }),
			]);
		});

		it('tells a lead that was never met by the table', async () => {
			const [answer] = await json({
				resource: 'record',
				operation: 'syncAgain',
				table: 'lead',
				record: byId(BOB),
			});
			expect(answer).toMatchObject({ record: `lead:${BOB}` });
		});

		it('forgets the last comparison on demand', async () => {
			await json({
				resource: 'record',
				operation: 'syncAgain',
				record: byId(ADA),
				options: { asIfNeverCompared: true },
			});
			expect(await ledger.db.selectFrom('link').select('bases').executeTakeFirst()).toEqual({
				bases: null,
			});
		});

		it('retries all that need help without asking for a record', async () => {
			sandbox.answerOfMarketo = () => ({
				kind: 'refused',
				refusal: { field: 'title', code: 'x', reason: 'Too long', remedy: 'Shorten it' },
			});
			sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
			await sandbox.run();
			expect(await json({ resource: 'record', operation: 'retry', what: 'all' })).toEqual([
				{
					records: 0,
					fields: 1,
					message: 'Tried again when the sync next runs: 1 field that was not synced.',
				},
			]);
			expect(
				await json({
					resource: 'record',
					operation: 'retry',
					what: 'one',
					record: byId(BOB),
				}).catch((error: Error) => error.message),
			).toMatch(/does not know/);
		});
	});

	describe('sync to Dynamics', () => {
		const sync = { resource: 'person', operation: 'syncToDynamics' };
		const request = { kind: 'request', request: 'r-1', id: '7', values: { owner: 'somebody' } };

		it('answers a person of a campaign whose step cannot be read (the others must not stop for it)', async () => {
			expect(await json(sync, [request])).toEqual([
				expect.objectContaining({
					request: 'r-1',
					success: false,
					errorCode: 'BAD_VALUE',
					reason: '"somebody" is not an owner',
				}),
			]);
		});

		it('creates nothing where the step says neither lead nor contact', async () => {
			const [answer] = await json(sync, [{ ...request, values: { syncAs: 'Kontakt' } }]);
			expect(answer).toMatchObject({
				request: 'r-1',
				success: false,
				errorCode: 'BAD_VALUE',
				reason: '"Kontakt" is neither lead nor contact',
				remedy: 'Enter lead or contact as syncAs, or nothing, which means lead',
			});
		});

		it('ends for a person chosen by hand whom it cannot read', async () => {
			await expect(run(sync, [{ id: '7', values: { owner: 'somebody' } }])).rejects.toThrow(
				'"somebody" is not an owner',
			);
		});
	});
});
