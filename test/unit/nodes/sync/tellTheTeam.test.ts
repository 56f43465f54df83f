import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { MarketoDynamicsSync } from '../../../../nodes/MarketoDynamicsSync/MarketoDynamicsSync.node';
import { changeLane } from '../../../../sync/ledger/lanes';
import { takeNews } from '../../../../sync/operate/news';
import { linkedPair, type Sandbox } from '../../sync/operate/sandbox';
import { executeContext } from '../support/n8nContext';

const mockOpen = jest.fn();
jest.mock('../../../../nodes/shared/ledger', () => ({
	openNodeLedger: async () => (await mockOpen()) as unknown,
	backUpNodeLedger: jest.fn(),
}));

const NO_CREDENTIAL = { type: { name: 'none', displayName: '', properties: [] }, data: {} };
const MAIL = { name: 'By Mail', type: 'mail', typeVersion: 1, disabled: false };

describe('Tell the Team', () => {
	let sandbox: Sandbox;
	beforeEach(async () => {
		sandbox = await linkedPair();
		mockOpen.mockResolvedValue(sandbox.ledger);
		// That its first run is done was told.
		await takeNews(sandbox.ledger, 'people', { nextDigest: null });
	});

	const asked = async (
		more: { mode?: string; steps?: object[]; workflow?: string; item?: IDataObject } = {},
	) => {
		const { mode = 'trigger', steps = [MAIL], workflow = 'w1', item = { kind: 'status' } } = more;
		const nodeType = new MarketoDynamicsSync();
		const context: IExecuteFunctions = executeContext({
			nodeType,
			parameters: { resource: 'sync', operation: 'tellTheTeam', accessWith: 'none', digestAt: -1 },
			credential: NO_CREDENTIAL,
			typeVersion: 1.1,
			workflow,
			items: [{ json: item }],
		});
		const hints: string[] = [];
		Object.assign(context, {
			getMode: () => mode,
			getTimezone: () => 'UTC',
			getChildNodes: () => steps,
			addExecutionHints: ({ message }: { message: string }) => hints.push(message),
		});
		const [output] = await nodeType.execute.call(context);
		return { messages: output!.map(({ json }) => json), hints };
	};
	const stop = async () => await changeLane(sandbox.ledger.db, 'people', { stopped: 'Too many' });

	it('hands out nothing while there is nothing to tell, and one message where there is', async () => {
		expect((await asked()).messages).toEqual([]);
		await stop();
		expect((await asked()).messages).toEqual([
			{
				about: 'stopped',
				subject: 'Sync of Marketo and Dynamics 365: stopped',
				text: expect.stringMatching(/^Stopped: Too many\./) as string,
			},
		]);
		expect((await asked()).messages).toEqual([]);
	});

	it('keeps what there is to tell while every step after it is switched off', async () => {
		await stop();
		expect((await asked({ steps: [{ ...MAIL, disabled: true }] })).messages).toEqual([]);
		expect((await asked()).messages).toHaveLength(1);
	});

	it('leaves the news of a sync that another workflow has taken over to that one', async () => {
		await stop();
		expect((await asked({ workflow: 'w2' })).messages).toEqual([]);
		expect((await asked()).messages).toHaveLength(1);
	});

	it('hands out a message to try by hand, which counts as nothing', async () => {
		await stop();
		const off = await asked({ mode: 'manual', steps: [] });
		expect(off.messages).toMatchObject([{ about: 'digest' }]);
		expect(off.hints.join()).toMatch(/No step after this one is switched on/);
		expect((await asked({ mode: 'manual' })).hints).toEqual([]);
		expect((await asked()).messages).toMatchObject([{ about: 'stopped' }]);
	});

	describe('when n8n could not start the trigger', () => {
		const item = {
			trigger: { error: { message: 'The key is damaged' } as unknown as IDataObject },
		};

		it('says so where the memory of the sync cannot be opened', async () => {
			const error = new NodeOperationError({ name: 'x' } as never, 'The key is damaged');
			mockOpen.mockRejectedValue(error);
			expect((await asked({ item })).messages).toMatchObject([
				{ about: 'stopped', text: 'n8n could not start the sync. The key is damaged' },
			]);
			await expect(asked()).rejects.toThrow('The key is damaged');
		});

		it('says so once, also where it can: nobody looks for news while the trigger is not on', async () => {
			const all = [await asked({ item }), await asked({ item })].map(({ messages }) => messages);
			expect(all).toMatchObject([
				[{ text: 'n8n could not start the sync. The key is damaged' }],
				[],
			]);
		});

		it('says nothing of an execution that failed: what comes of it is told', async () => {
			expect((await asked({ item: { execution: { id: '1' } } })).messages).toEqual([]);
		});
	});
});
