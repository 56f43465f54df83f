import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { MarketoApi } from '../../../../credentials/MarketoApi.credentials';
import { MarketoDynamicsSync } from '../../../../nodes/MarketoDynamicsSync/MarketoDynamicsSync.node';
import { VERSIONS } from '../../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import type { AllRecords } from '../../../../sync/items';
import { pageStart } from '../../../../nodes/shared/syncPage';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { applyDynamics, applyMarketo } from '../../../../sync/page/apply';
import { lookForWork } from '../../../../sync/schedule/runs';
import { tokenOf } from '../../../../sync/schedule/token';
import { ADA, BOB, LANE, linkedPair, MAPPING, Sandbox } from '../../sync/operate/sandbox';
import { executeContext } from '../support/n8nContext';

const SCHEMAS = path.join(
	__dirname,
	'../../../../nodes/MarketoDynamicsSync/__schema__/v1.0.0/sync',
);

let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));
jest.mock('../../../../nodes/shared/lanes', () => ({
	...jest.requireActual<object>('../../../../nodes/shared/lanes'),
	definitionOf: async () => LANE,
}));
jest.mock('../../../../nodes/shared/mappingParameters', () => ({
	...jest.requireActual<object>('../../../../nodes/shared/mappingParameters'),
	laneMappingOf: () => MAPPING,
}));

const ALL_RECORDS: AllRecords = {
	linked: 259,
	changes: [
		{ side: 'marketo', operation: 'create', table: 'person', records: 441 },
		{ side: 'marketo', operation: 'update', table: 'person', records: 46 },
	],
	conflicts: 98,
	needHelp: 2,
	calls: { dynamics: 110, marketo: 900 },
	milliseconds: 12 * 60_000,
	stopped: null,
	far: '',
};
// What it finds: `test/scenarios/people/previewAll.test.ts`.
jest.mock('../../../../nodes/MarketoDynamicsSync/shared/allRecords', () => ({
	...jest.requireActual<object>('../../../../nodes/MarketoDynamicsSync/shared/allRecords'),
	previewAll: async () => ALL_RECORDS,
}));

const LINK = `https://contoso.crm4.dynamics.com/main.aspx?pagetype=entityrecord&etn=lead&id=${ADA}`;

/** What *Resolve Sync Conflict* hands out by each output, and the hints above it. */
async function resolved(read: { dynamicsItems: unknown[]; marketoItems: unknown[] }) {
	const nodeType = VERSIONS[1];
	const credential = { type: new MarketoApi(), data: {} };
	const context = executeContext({ nodeType, credential, parameters: {} });
	const inputs = [read.dynamicsItems, read.marketoItems];
	context.getInputData = (at = 0) => inputs[at]!.map((json) => ({ json: json as IDataObject }));
	const hints: string[] = [];
	context.addExecutionHints = (...added) => void hints.push(...added.map(({ message }) => message));
	const outputs = (await nodeType.execute.call(context)).map((one) => one.map(({ json }) => json));
	return {
		hints,
		toDynamics: outputs[0]!,
		toMarketo: outputs[1]!,
		conflicts: outputs[2]!,
		help: outputs[3]!,
	};
}

async function preview(sandbox: Sandbox) {
	({ ledger } = sandbox);
	const page = tokenOf({ lane: 'people', run: 'preview', page: 1, ledger: ledger.id });
	return await resolved(await sandbox.read(page, true));
}

describe('a preview', () => {
	it('begins with a summary, then has one line per changed field that begins with the name', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { fullname: 'Ada Lovelace', jobtitle: 'Chief' });
		sandbox.savePerson('7', { title: 'Chef' });
		const { toDynamics, toMarketo, conflicts, hints } = await preview(sandbox);
		expect(hints).toEqual([
			'Preview. This page would update 1 lead in Dynamics 365. 1 conflict to review. 0 entries under Needs Help. That takes about 1 call to Dynamics 365 and, at the pace of both systems, 1 second or more. Nothing was written',
		]);
		expect(toMarketo).toEqual([
			expect.objectContaining({
				name: 'Summary',
				field: 'This page would update 1 lead in Dynamics 365',
				winner: '1 conflict to review',
				newValue: '0 entries under Needs Help',
				reason: expect.stringMatching(/^That takes about 1 call to .* Nothing was written$/),
				kind: 'page',
				preview: true,
			}),
		]);
		expect(toDynamics).toEqual([
			toMarketo[0],
			expect.objectContaining({
				name: 'Ada Lovelace',
				field: 'Job Title (jobtitle)',
				oldValue: 'Chief',
				newValue: 'Chef',
				winner: 'Marketo',
				reason: "Marketo wins for leads (as in Adobe's sync)",
				change: 'Update',
				dynamicsLink: LINK,
				dynamicsId: ADA,
				marketoId: '7',
			}),
		]);
		for (const item of toDynamics) {
			expect(Object.keys(item).slice(0, 6)).toEqual([
				'name',
				'field',
				'oldValue',
				'newValue',
				'winner',
				'reason',
			]);
			expect(Object.keys(item).slice(-3)).toEqual(['kind', 'page', 'preview']);
		}
		expect(conflicts).toMatchObject([
			{
				name: 'Ada Lovelace',
				field: 'Job Title (jobtitle) = Job Title (title)',
				dynamicsValue: 'Chief',
				marketoValue: 'Chef',
				winner: 'Marketo',
				dynamicsLink: LINK,
			},
		]);
	});

	it('shows a new person in one line, and one that is linked', async () => {
		const sandbox = await Sandbox.open();
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@example.com', jobtitle: 'Countess' });
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@example.com', fullname: 'Bob' });
		sandbox.savePerson('8', { email: 'bob@example.com' });
		const { toMarketo } = await preview(sandbox);
		expect(toMarketo).toMatchObject([
			{
				field: 'This page would link 1 record and create 1 person in Marketo',
				reason: expect.stringMatching(/^That takes about 2 calls to Marketo /),
			},
			{
				name: 'Bob',
				field: "Sync's own fields of the person",
				newValue: expect.stringContaining('Contact'),
				change: 'Link',
			},
			{
				name: 'Ada Lovelace',
				field: 'New person with 2 fields',
				newValue: 'Email Address: ada@example.com · Job Title: Countess',
				reason: 'New in Dynamics',
				change: 'Create',
				dynamicsLink: LINK,
			},
		]);
	});

	it('names who needs help, and what to do', async () => {
		const sandbox = await Sandbox.open();
		for (const id of [ADA, BOB]) sandbox.saveRow('lead', id, { emailaddress1: 'x@example.com' });
		const { help, hints } = await preview(sandbox);
		expect(hints[0]).toMatch(/would change nothing\. 0 conflicts to review\. 2 entries/);
		expect(help[0]).toMatchObject({ name: 'Ada Lovelace', record: 'Lead' });
		expect(Object.keys(help[0]!).slice(0, 4)).toEqual(['name', 'field', 'reason', 'toDo']);
	});

	it('leaves nothing to write for the steps after it', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief', telephone1: '1' });
		sandbox.savePerson('7', { phone: '2' });
		const { toDynamics, toMarketo } = await preview(sandbox);
		expect(toMarketo).toHaveLength(2);
		expect(await applyDynamics(ledger, LANE, toDynamics, sandbox.dynamics)).toEqual([]);
		expect(await applyMarketo(ledger, LANE, toMarketo, sandbox.marketo)).toEqual([]);
		expect(sandbox.people.get('7')).not.toMatchObject({ title: 'Chief' });
	});

	it('is no page that is written: that hands on what the steps after it need, and has no summary', async () => {
		const sandbox = await Sandbox.open();
		({ ledger } = sandbox);
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@example.com' });
		const look = await lookForWork(ledger, sandbox.setting);
		if (look.do !== 'page') throw new Error(look.why);
		const { hints, toMarketo } = await resolved(await sandbox.read(look.start.page));
		expect(hints).toEqual([]);
		expect(toMarketo).toMatchObject([{ kind: 'page' }, { kind: 'write', operation: 'create' }]);
	});
});

describe('Preview Mapping', () => {
	const start = async (
		parameters: IDataObject = {},
		behind = [RESOLVE],
		lines: IDataObject[] = [{}],
	) => {
		const nodeType = new MarketoDynamicsSync();
		const context = executeContext({
			nodeType,
			items: lines.map((json) => ({ json })),
			credential: { type: { name: 'none', displayName: '', properties: [] }, data: {} },
			parameters: { resource: 'sync', operation: 'previewMapping', ...parameters } as never,
			typeVersion: 1.1,
		});
		context.getChildNodes = () => behind as never;
		context.addExecutionHints = () => undefined;
		const [items] = await nodeType.execute.call(context);
		return items!.map(({ json }) => json);
	};
	const RESOLVE = { type: 'x.resolveSyncConflict', name: 'Resolve', parameters: {} };

	it('starts the steps of the sync with linked records, and keeps to a page', async () => {
		({ ledger } = await linkedPair());
		const [item] = await start();
		expect(item).toEqual({
			kind: 'start',
			page: `people/preview/1@${ledger.id}`,
			preview: true,
			label: 'Preview of the field mapping: nothing is written',
			linkedRecords: 100,
		});
		const schema = path.join(SCHEMAS, 'previewMapping.json');
		const { properties } = JSON.parse(readFileSync(schema, 'utf8')) as { properties: object };
		expect(Object.keys(item!)).toEqual(Object.keys(properties));
		expect((await start({ linkedRecords: 99_999 }))[0]).toMatchObject({ linkedRecords: 1_200 });
	});

	it('after a checklist it starts once, and only when nothing is left to do: the message says what is', async () => {
		({ ledger } = await Sandbox.open());
		const line = {
			status: 'ok',
			system: 'Marketo',
			check: 'Sign-in',
			found: 'Signed in',
			remedy: '',
		};
		expect(await start({}, [RESOLVE], [line, { ...line, status: 'warning' }])).toHaveLength(1);
		const open = [
			{
				...line,
				status: 'to do',
				check: 'Permission',
				found: 'The role lacks it',
				remedy: 'Select it',
			},
			{ ...line, status: 'to do', system: 'Dynamics 365', check: 'Change tracking', found: 'Off' },
		];
		await expect(start({}, [RESOLVE], [line, ...open])).rejects.toThrow(
			'To do before the sync can start: Marketo, Permission: The role lacks it. Select it (and 1 more in the checklist)',
		);
	});

	it('hands on what a trial run of all records has found, and the preview begins with it', async () => {
		const sandbox = await Sandbox.open();
		({ ledger } = sandbox);
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@example.com', jobtitle: 'Countess' });
		const [item] = await start({ previewOf: 'all' });
		expect(item).toMatchObject({
			label: expect.stringMatching(
				/^Preview of all records\. Of all records this field mapping would link 259 records, create 441 people in Marketo and update 46 people in Marketo\. 98 conflicts to review\. 2 entries under Needs Help\. That takes about 900 calls to Marketo and 110 calls to Dynamics 365, reading included, and 12 minutes or more\. .* Nothing was written$/,
			),
			all: ALL_RECORDS,
		});
		const page = pageStart({ getNode: () => RESOLVE } as never, [{ json: item! }]);
		const { toMarketo, hints } = await resolved(await sandbox.readStart(page));
		expect(toMarketo).toMatchObject([
			{
				name: 'Summary',
				field:
					'Of all records this field mapping would link 259 records, create 441 people in Marketo and update 46 people in Marketo',
				winner: '98 conflicts to review',
				newValue: '2 entries under Needs Help',
			},
			{ name: 'Ada Lovelace', change: 'Create' },
		]);
		expect(hints[0]).toMatch(/^Preview\. Of all records .* Nothing was written$/);
	});

	it('says where it has to be connected, and previews the first page before anybody is linked', async () => {
		({ ledger } = await linkedPair());
		await expect(start({}, [])).rejects.toThrow(/No "Resolve Sync Conflict" node follows this one/);
		({ ledger } = await Sandbox.open());
		const [item] = await start();
		expect(item).toMatchObject({ kind: 'start', preview: true });
		expect(item).not.toHaveProperty('linkedRecords');
	});
});
