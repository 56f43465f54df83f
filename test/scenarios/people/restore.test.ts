import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { makeCopy } from '../../../nodes/shared/ledgerCopies';
import { restoreCopy, type RestoredCopy } from '../../../nodes/shared/ledgerRestore';
import { sqliteDialect, type LedgerFile } from '../../../sync/ledger/sqlite';
import { adoptPresentState } from '../../../sync/operate/adoptPresentState';
import { PEOPLE } from '../../../sync/operate/lanes';
import { pause } from '../../../sync/operate/pause';
import { resume } from '../../../sync/operate/resume';
import { allLanes, openLane } from '../../../sync/ledger/lanes';
import { acceptRequests } from '../../../sync/ledger/requests';
import { loseAnswer } from '../support/line';
import { SyncWorld } from '../support/world';

describe('Restore (R42, R43, R53)', () => {
	let folder: string;
	let world: SyncWorld;
	let file: LedgerFile;
	beforeEach(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), 'restore-'));
		const ledger = path.join(folder, 'ledger.sqlite');
		world = await SyncWorld.start({ leads: 4, contacts: 4, people: 2, ledger });
		file = sqliteDialect(ledger);
		await world.runs(2);
	});
	afterEach(async () => {
		file.closeNow();
		await world.stop();
		await rm(folder, { recursive: true, force: true });
	});

	const copy = async () => {
		const parts = { keyId: world.ledger.key.id, now: world.clock.now(), keep: 7 };
		const made = await makeCopy(folder, parts, async (to) => await file.copyTo(to));
		return path.basename(made.file);
	};
	const restore = async (name: string): Promise<RestoredCopy> =>
		await restoreCopy({ ledger: world.ledger, file, folder }, name);

	it('puts a copy back while n8n runs: the sync stops, and after Adopt Present State nobody is doubled and nothing lost', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const name = await copy();
		const contact = await world.pair('contact', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'After the copy' });
		await world.runs(2);
		const [pairs, people] = [(await world.pairs()).length, (await world.everybody()).length];

		expect(await restore(name)).toMatchObject({ isBehind: true, linked: pairs - 1 });
		expect(await world.run()).toMatchObject({
			pages: 0,
			outcome: expect.stringMatching(/older copy of it was restored/) as string,
		});
		expect(await adoptPresentState(world.ledger, PEOPLE)).toMatchObject({ stopLifted: true });
		await world.runs(3);
		expect([(await world.pairs()).length, (await world.everybody()).length]).toEqual([
			pairs,
			people,
		]);
		await world.expectClean();

		await world.editRow(lead, { jobtitle: 'Goes on' });
		await world.editPerson(contact, { title: 'Goes on' });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ title: 'Goes on' });
		expect(await world.row(contact)).toMatchObject({ jobtitle: 'Goes on' });
	});

	it('can be taken back: the memory of before is a copy as well, and is not behind', async () => {
		const name = await copy();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const { savedAs } = await restore(name);
		expect(await world.pairs()).not.toContainEqual(lead);
		expect(await restore(path.basename(savedAs))).toMatchObject({ isBehind: false });
		expect(await world.pairs()).toContainEqual(lead);
		await world.editRow(lead, { jobtitle: 'Boss' });
		const { conflicts } = await world.run();
		expect(conflicts).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ title: 'Boss' });
	});

	it('brings back what a lost ledger knew, who runs the sync and all, and that it is behind', async () => {
		const name = await copy();
		await world.pair('lead', {});
		const pairs = (await world.pairs()).length;
		file.closeNow();
		const anew = path.join(folder, 'new.sqlite');
		await world.restartWith(anew);
		file = sqliteDialect(anew);
		const id = world.ledger.id;
		expect(await restore(name)).toMatchObject({ isBehind: true, linked: pairs - 1 });
		expect(world.ledger.id).not.toBe(id);
		await adoptPresentState(world.ledger, PEOPLE);
		await world.runs(3);
		expect((await world.pairs()).length).toBe(pairs);
		await world.expectClean();
	});

	it('stops all lanes that were there then or are there now, each until a person has decided', async () => {
		const { db, clock } = world.ledger;
		await openLane(db, 'owners', clock.now());
		const name = await copy();
		await openLane(db, 'companies', clock.now());
		await world.pair('lead', {});
		await restore(name);
		const lanes = await allLanes(world.ledger.db);
		expect(lanes.map((lane) => [lane.name, lane.stopped !== null])).toEqual([
			['companies', true],
			['owners', true],
			['people', true],
		]);
		await adoptPresentState(world.ledger, PEOPLE);
		await adoptPresentState(world.ledger, 'owners');
		expect((await allLanes(world.ledger.db)).map((lane) => lane.stopped !== null)).toEqual([
			true,
			false,
			false,
		]);
	});

	describe('refuses, with the memory as it was,', () => {
		const refused = async (name: string, reason: RegExp) => {
			const links = await world.pairs();
			await expect(restore(name)).rejects.toThrow(reason);
			expect(await world.pairs()).toEqual(links);
		};

		it('while a run is on', async () => {
			const name = await copy();
			await world.newRow('lead', { lastname: 'New', emailaddress1: 'new@x.example' });
			let asked = false;
			world.bend('marketo', 'POST leads.json', async (request, send) => {
				await refused(name, /A run of the sync is in progress/);
				asked = true;
				return await send(request);
			});
			await world.run();
			expect(asked).toBe(true);
		});

		it('while a write that has had no answer may still arrive', async () => {
			const name = await copy();
			const lead = await world.pair('lead', { jobtitle: 'Clerk' });
			await world.editRow(lead, { jobtitle: 'Boss' });
			world.bend('marketo', 'POST leads.json', loseAnswer);
			await world.run();
			await refused(name, /not answered yet and may still arrive/);
		});

		it.each([
			['a name that is none', '../ledger.sqlite', /There is no copy called/],
			['a copy that is not there', 'ledger-20260101T000000000Z-key-k.sqlite', /There is no copy/],
		])('%s', async (_, name, reason) => await refused(name, reason));
	});

	it('leaves people of campaigns alone: who waits goes on waiting, who was answered is not taken again', async () => {
		const person = await world.newPerson({ email: 'sent@x.example', lastName: 'Sent' });
		const sent = (id: number) => ({
			service: 'webhook' as const,
			person: String(id),
			campaign: 'C',
			parameters: {},
		});
		await acceptRequests(world.ledger, 'campaigns', [sent(person)]);
		const name = await copy();
		await world.campaign();
		const late = await world.newPerson({ email: 'late@x.example', lastName: 'Late' });
		await acceptRequests(world.ledger, 'campaigns', [sent(late)]);
		await restore(name);
		const answers = await world.campaign();
		expect(answers.map(({ id }) => id)).toEqual([String(late)]);
	});

	it('keeps a pause as it is, and ends a run that was on when the copy was made', async () => {
		let name = '';
		await world.newRow('lead', { lastname: 'New', emailaddress1: 'new@x.example' });
		world.bend('marketo', 'POST leads.json', async (request, send) => {
			name = await copy();
			return await send(request);
		});
		await world.run();
		await pause(world.ledger, PEOPLE);
		world.clock.advance(600_000);
		expect(await restore(name)).toMatchObject({ isPaused: true, isBehind: true });
		const runs = await world.ledger.db.selectFrom('run').select('outcome').execute();
		expect(runs.filter(({ outcome }) => outcome === null)).toEqual([]);
		await adoptPresentState(world.ledger, PEOPLE);
		expect(await world.run()).toMatchObject({ pages: 0, outcome: 'The sync is paused' });
		await resume(world.ledger, PEOPLE);
		await world.runs(3);
		expect((await world.status()).status).toBe('Up to date');
		await world.expectClean();
	});
});
