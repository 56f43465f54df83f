import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { audit, unexcused } from '../../auditor/audit';
import { mappingIn, type WorkflowLike } from '../../auditor/mapping';
import { shippedMapping } from '../support/mapping';
import { SyncWorld } from '../support/world';

describe('the shipped mapping over the data of the twins', () => {
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), 'scenario-'));
	});
	afterAll(async () => await rm(folder, { recursive: true, force: true }));

	it('links and fills everybody whom it can, and the auditor, who shares no code with the sync, finds nothing', async () => {
		const ledger = path.join(folder, 'ledger.sqlite');
		const world = await SyncWorld.start({ leads: 80, contacts: 60, people: 60, mapping: await shippedMapping(), ledger });
		await world.runs(4);
		const workflow = JSON.parse(await readFile(path.join(__dirname, '../../../workflows/people-sync.json'), 'utf8')) as WorkflowLike;
		const report = await audit({ dynamics: world.crm, marketo: world.automation, mapping: mappingIn(workflow), ledgerFile: ledger });
		expect({ differences: unexcused(report), problems: report.problems }).toEqual({ differences: [], problems: [] });
		// All but one lead whose address two people have, and one whose address a contact has too.
		expect(report.pairs).toBe(138);
		expect(await world.help()).toHaveLength(2);
		expect((await world.run()).writes).toEqual([]);
	});
});
