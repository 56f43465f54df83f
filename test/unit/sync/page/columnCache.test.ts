import { keptColumns } from '../../../../sync/ledger/columns';
import { readDynamicsPage } from '../../../../sync/page/readDynamics';
import { readMarketoPage } from '../../../../sync/page/readMarketo';
import type { Column } from '../../../../sync/values';
import { LANE, linkedPair, MAPPING, Sandbox } from '../operate/sandbox';

const column = (name: string): Column => ({
	name,
	label: name,
	type: 'text',
	canCreate: true,
	canUpdate: true,
	required: false,
});

/** Executes the two steps by hand, with a column of each table and a field that were made a moment ago. */
async function executeByHand(sandbox: Sandbox): Promise<void> {
	const start = {
		kind: 'start' as const,
		page: `people/preview/1@${sandbox.ledger.id}`,
		preview: true,
		label: '',
	};
	const { dynamics, marketo } = sandbox;
	const madeNow = async (known: Promise<Column[]>) => [...(await known), column('madeNow')];
	const dynamicsItems = await readDynamicsPage(sandbox.ledger, LANE, start, MAPPING, {
		...dynamics,
		describe: async (table) => await madeNow(dynamics.describe(table)),
	});
	await readMarketoPage(sandbox.ledger, LANE, start, dynamicsItems, MAPPING, {
		...marketo,
		describe: async () => await madeNow(marketo.describe()),
	});
}

describe('the columns that the ledger keeps', () => {
	it('hold what was made a moment ago, once the steps were executed by hand (or nobody could choose it)', async () => {
		const sandbox = await linkedPair();
		await executeByHand(sandbox);
		for (const table of ['lead', 'contact', 'person'] as const) {
			expect([table, (await keptColumns(sandbox.ledger.db, table)).has('madeNow')]).toEqual([
				table,
				true,
			]);
		}
	});

	it('are not described anew by every page (each description costs calls)', async () => {
		const sandbox = await linkedPair();
		const described = jest.spyOn(sandbox.dynamics, 'describe');
		const fields = jest.spyOn(sandbox.marketo, 'describe');
		await sandbox.run();
		expect([described.mock.calls, fields.mock.calls]).toEqual([[], []]);
	});

	it('are described anew by the page that takes a pair of systems for the ledger (a preview before may have been of others)', async () => {
		const sandbox = await Sandbox.open();
		await executeByHand(sandbox);
		await sandbox.run();
		for (const table of ['lead', 'contact', 'person'] as const) {
			expect([table, (await keptColumns(sandbox.ledger.db, table)).has('madeNow')]).toEqual([
				table,
				false,
			]);
		}
	});
});
