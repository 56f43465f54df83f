import type { IDataObject } from 'n8n-workflow';

import { MarketoApi } from '../../../../credentials/MarketoApi.credentials';
import { previewHint } from '../../../../nodes/ResolveSyncConflict/previewHint';
import { ResolveSyncConflict } from '../../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import type { ConflictItem, HelpItem, WriteHead, WriteItem } from '../../../../sync/items';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { lookForWork } from '../../../../sync/schedule/runs';
import { tokenOf } from '../../../../sync/schedule/token';
import { ADA, LANE, MAPPING, Sandbox } from '../../sync/operate/sandbox';
import { executeContext } from '../support/n8nContext';

let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));
jest.mock('../../../../nodes/shared/syncPorts', () => ({
	get PEOPLE_LANE() {
		return LANE;
	},
}));
jest.mock('../../../../nodes/shared/mappingParameters', () => ({
	...jest.requireActual<object>('../../../../nodes/shared/mappingParameters'),
	mappingOf: () => MAPPING,
}));

const head = { kind: 'page', preview: true } as WriteHead;
const write = (table: string, operation: WriteItem['operation']) =>
	({ kind: 'write', table, operation, preview: true }) as WriteItem;
const nothing = { toDynamics: [], toMarketo: [], conflicts: [], needsHelp: [] };

describe('the sentence above a preview', () => {
	it('counts what would be created and updated on each side, without the items of bookkeeping', () => {
		const hint = previewHint({
			toDynamics: [head, write('lead', 'update'), write('contact', 'update')],
			toMarketo: [
				head,
				write('person', 'update'),
				write('person', 'create'),
				write('person', 'create'),
			],
			conflicts: [{}, {}] as ConflictItem[],
			needsHelp: [{}] as HelpItem[],
		});
		expect(hint).toBe(
			'Preview: this page would create 2 people in Marketo, update 1 person in Marketo, update 1 lead in Dynamics 365 and update 1 contact in Dynamics 365. 2 conflicts to review, 1 entry under Needs Help. Nothing was written',
		);
	});

	it('says so where there is nothing to write', () => {
		expect(previewHint({ ...nothing, toMarketo: [head] })).toBe(
			'Preview: this page would write nothing. 0 conflicts to review, 0 entries under Needs Help. Nothing was written',
		);
	});
});

it('stands above the output of a preview, and of no page that is written', async () => {
	const sandbox = await Sandbox.open();
	({ ledger } = sandbox);
	sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@example.com' });
	const token = { lane: 'people', run: 'preview', page: 1, ledger: ledger.id };
	expect(await hintsOf(await sandbox.read(tokenOf(token), true))).toEqual([
		'Preview: this page would create 1 person in Marketo. 0 conflicts to review, 0 entries under Needs Help. Nothing was written',
	]);
	const look = await lookForWork(ledger, sandbox.setting);
	if (look.do !== 'page') throw new Error(look.why);
	expect(await hintsOf(await sandbox.read(look.start.page))).toEqual([]);
});

async function hintsOf(read: { dynamicsItems: unknown[]; marketoItems: unknown[] }) {
	const nodeType = new ResolveSyncConflict();
	const credential = { type: new MarketoApi(), data: {} };
	const context = executeContext({ nodeType, credential, parameters: {} });
	const inputs = [read.dynamicsItems, read.marketoItems];
	context.getInputData = (at = 0) => inputs[at]!.map((json) => ({ json: json as IDataObject }));
	const hints: string[] = [];
	context.addExecutionHints = (...added) => void hints.push(...added.map(({ message }) => message));
	await nodeType.execute.call(context);
	return hints;
}
