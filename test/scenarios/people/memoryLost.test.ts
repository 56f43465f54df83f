import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { adoptPresentState } from '../../../sync/operate/adoptPresentState';
import { PEOPLE } from '../../../sync/operate/lanes';
import { SyncWorld } from '../support/world';

describe("the sync's memory", () => {
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), 'scenario-'));
	});
	afterAll(async () => await rm(folder, { recursive: true, force: true }));

	it.each([
		['is an older copy that was put back', /older copy of it was restored/, 'older.sqlite'],
		['is lost', /it was lost or replaced/, undefined],
	])(
		'%s: nothing is guessed, and after Adopt Present State (R42, R43) it goes on, and nobody is doubled',
		async (_, reason, copy) => {
			const world = await SyncWorld.start({ leads: 20, contacts: 20, people: 10 });
			await world.runs(2);
			const lead = await world.pair('lead', { jobtitle: 'Clerk' });
			const file = copy && path.join(folder, copy);
			if (file) await world.backUp(file);
			const contact = await world.pair('contact', { jobtitle: 'Clerk' });
			await world.editRow(lead, { jobtitle: 'After the copy' });
			await world.runs(2);
			const [pairs, people] = [(await world.pairs()).length, (await world.everybody()).length];

			await world.restartWith(file);
			expect(await world.run()).toMatchObject({
				pages: 0,
				outcome: expect.stringMatching(reason) as string,
			});
			expect((await world.status()).status).toMatch(/^Stopped.*Adopt Present State/);

			expect(await adoptPresentState(world.ledger, PEOPLE)).toMatchObject({ stopLifted: true });
			await world.runs(3);
			expect((await world.pairs()).length).toBe(pairs);
			expect((await world.everybody()).length).toBe(people);
			await world.expectClean();

			await world.editRow(lead, { jobtitle: 'Goes on' });
			await world.editPerson(contact, { title: 'Goes on' });
			await world.run();
			expect(await world.person(lead)).toMatchObject({ title: 'Goes on' });
			expect(await world.row(contact)).toMatchObject({ jobtitle: 'Goes on' });
		},
	);
});
