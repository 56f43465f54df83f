import type { PeopleTable } from '../../../sync/items';
import { NoAnswer } from '../../../apis/wire/wire';
import { loseAnswer, type Bend } from '../support/line';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

/** The call goes out and never arrives, and nobody knows. */
const cutOff: Bend = async () =>
	await Promise.reject(new NoAnswer('The connection was reset', 'maybe', 'ECONNRESET'));

describe('two leads or contacts merged in Dynamics, each with a person (M1–M4, R28)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	beforeEach(() => {
		delete world.whenMerged;
		delete world.filter;
	});
	afterEach(async () => {
		expect(await world.help()).toEqual([]);
	});

	const two = async (
		table: PeopleTable,
		stays: Record<string, string> = {},
		goes: Record<string, string> = {},
	) => [await world.pair(table, stays), await world.pair(table, goes)] as const;
	const merges = (calls: readonly string[]) => calls.filter((call) => call.includes('merge.json'));

	describe.each(['lead', 'contact'] as const)('%s', (table) => {
		it('as shipped: the person of the merged one is unlinked and stays as it is', async () => {
			const [stays, goes] = await two(table, {}, { jobtitle: 'Clerk' });
			await world.mergeRows(stays, goes);
			const { writes, conflicts } = await world.run();
			expect({ writes, conflicts }).toEqual({ writes: [], conflicts: [] });
			expect((await world.pairs(table)).map(({ id }) => id)).not.toContain(goes.id);
			await world.editPerson(goes, { title: 'Alone' });
			await world.editRow(goes, { jobtitle: 'Of the merged one' });
			await world.run();
			expect(await world.both(goes)).toMatchObject({
				row: { jobtitle: 'Of the merged one' },
				person: { title: 'Alone' },
			});
			await world.expectSynced(stays);
		});

		it('by choice: the people are merged by one call, and values that the winner lacked go to its row', async () => {
			world.whenMerged = 'merge';
			const [stays, goes] = await two(
				table,
				{ jobtitle: 'Chief' },
				{ jobtitle: 'Clerk', address1_city: 'Lund' },
			);
			await world.mergeRows(stays, goes);
			const { calls, conflicts } = await world.run();
			expect(merges(calls.marketo)).toHaveLength(1);
			expect(conflicts).toEqual([]);
			expect(await world.person(goes)).toBeNull();
			await world.run();
			expect(await world.both(stays)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: 'Lund' },
				person: { title: 'Chief', city: 'Lund' },
			});
			await world.expectSynced(stays);
			expect(merges((await world.run()).calls.marketo)).toEqual([]);
			await world.expectClean();
		});

		it.each(['merge', 'unlink'] as const)(
			'an edit of the merged one’s person that no row has taken over is on record (%s)',
			async (whenMerged) => {
				world.whenMerged = whenMerged;
				const [stays, goes] = await two(table, { jobtitle: 'Chief' }, { jobtitle: 'Clerk' });
				await world.editPerson(goes, { title: 'Cook', city: 'Lund' });
				await world.mergeRows(stays, goes);
				const { conflicts } = await world.run();
				expect(conflicts).toMatchObject(
					[
						['Chief', 'Cook'],
						['', 'Lund'],
					].map(([dynamicsValue, marketoValue]) => ({
						dynamicsId: goes.id,
						marketoId: `${goes.person}`,
						dynamicsValue,
						marketoValue,
						winner: 'dynamics',
						rule: 'Merged in Dynamics',
					})),
				);
				await world.run();
				expect(await world.row(stays)).toMatchObject({
					jobtitle: 'Chief',
					address1_city: whenMerged === 'merge' ? 'Lund' : null,
				});
				if (whenMerged === 'unlink')
					expect(await world.person(goes)).toMatchObject({ title: 'Cook', city: 'Lund' });
			},
		);
	});

	it('M3: 30 people are merged into one by two calls, those of one record by one', async () => {
		world.whenMerged = 'merge';
		const stays = await world.pair('lead');
		const goes: Pair[] = [];
		for (let count = 0; count < 30; count++) {
			const id = await world.newRow('lead', { emailaddress1: `many${count}@example.com` });
			goes.push({ table: 'lead', id, person: 0 });
		}
		await world.run();
		for (const one of goes) await world.mergeRows(stays, one);
		const people = (await world.everybody()).length;
		const { calls } = await world.run();
		expect(merges(calls.marketo)).toHaveLength(2);
		expect(await world.everybody()).toHaveLength(people - 30);
		await world.expectSynced(stays);
	});

	it('a chain of merges ends with the person of the last record', async () => {
		world.whenMerged = 'merge';
		const [first, second] = await two('contact');
		const last = await world.pair('contact');
		await world.mergeRows(second, first);
		await world.mergeRows(last, second);
		await world.runs(2);
		expect([await world.person(first), await world.person(second)]).toEqual([null, null]);
		await world.expectSynced(last);
	});

	describe('M1: with a filter the record that stays decides', () => {
		const no = { new_synctomkto: false };
		let before: SyncWorld;
		beforeAll(async () => {
			before = world;
			world = await SyncWorld.start();
			const column = {
				LogicalName: 'new_synctomkto',
				AttributeType: 'Boolean',
				IsCustomAttribute: true,
				DisplayName: { UserLocalizedLabel: { Label: 'Sync to Marketo' } },
			};
			const tables = ['lead', 'contact'].map((LogicalName) => ({
				LogicalName,
				Attributes: [column],
			}));
			await world.dynamics.post('tables', { value: tables });
		});
		afterAll(() => {
			world = before;
		});

		it('both were left out: neither is synced, and nobody is merged', async () => {
			world.whenMerged = 'merge';
			const [stays, goes] = await two('lead');
			await world.editRow(stays, no);
			await world.editRow(goes, no);
			await world.run();
			await world.mergeRows(stays, goes);
			expect((await world.run()).writes).toEqual([]);
			expect(await world.person(goes)).not.toBeNull();
			await world.editRow(stays, { new_synctomkto: true });
			await world.run();
			await world.expectSynced(stays);
		});

		it('the merged one was left out: the other goes on, and nobody is merged', async () => {
			world.whenMerged = 'merge';
			const [stays, goes] = await two('lead');
			await world.editRow(goes, no);
			await world.run();
			await world.mergeRows(stays, goes);
			expect((await world.run()).writes).toEqual([]);
			expect(await world.person(goes)).not.toBeNull();
			await world.expectSynced(stays);
		});

		it('the one that stays is left out: it goes on with its own person once it takes part again', async () => {
			world.whenMerged = 'merge';
			const [stays, goes] = await two('lead');
			await world.editRow(stays, no);
			await world.run();
			await world.mergeRows(stays, goes);
			expect((await world.run()).writes).toEqual([]);
			expect(await world.person(goes)).not.toBeNull();
			expect((await world.pairs('lead')).map(({ id }) => id)).not.toContain(goes.id);
			await world.editRow(stays, { new_synctomkto: true });
			await world.run();
			expect(await world.pairs('lead')).toContainEqual(stays);
			await world.expectSynced(stays);
		});
	});

	describe('R15: what became of a merge is seen by reading', () => {
		it.each([
			['it arrived', true],
			['it did not', false],
		])('its answer was lost: %s', async (_, arrives) => {
			world.whenMerged = 'merge';
			const [stays, goes] = await two('lead', {}, { jobtitle: 'Clerk' });
			await world.mergeRows(stays, goes);
			world.bend('marketo', 'merge.json', arrives ? loseAnswer : cutOff);
			await world.run();
			expect((await world.person(goes)) === null).toBe(arrives);
			const runs = await world.runs(3);
			const calls = runs.flatMap((run) => merges(run.calls.marketo));
			expect(calls).toHaveLength(arrives ? 0 : 1);
			expect(await world.person(goes)).toBeNull();
			await world.expectSynced(stays);
		});

		it('n8n was killed before the call, or after it', async () => {
			for (const isAfter of [false, true]) {
				world.whenMerged = 'merge';
				const [stays, goes] = await two('contact', {}, { jobtitle: 'Clerk' });
				await world.mergeRows(stays, goes);
				world.bend('marketo', 'merge.json', async (request, send) => {
					if (isAfter) await send(request);
					return await world.killN8n();
				});
				await world.run();
				await world.runs(4);
				expect(await world.person(goes)).toBeNull();
				await world.expectSynced(stays);
			}
		});
	});

	it('R12: somebody edits the person right before it is merged: it is decided anew, and the edit is on record', async () => {
		world.whenMerged = 'merge';
		const [stays, goes] = await two('lead', { jobtitle: 'Chief' }, { jobtitle: 'Clerk' });
		await world.mergeRows(stays, goes);
		// Other writes of the page take their time first.
		const other = await world.newRow('lead', { emailaddress1: 'slow@example.com' });
		world.bend('marketo', 'POST leads.json', async (request, send) => {
			world.clock.advance(60_000);
			await world.editPerson(goes, { title: 'Late' });
			return await send(request);
		});
		const { conflicts } = await world.run();
		expect(conflicts).toMatchObject([{ marketoValue: 'Late', dynamicsValue: 'Chief' }]);
		expect(await world.person(goes)).toBeNull();
		expect((await world.pairs('lead')).map(({ id }) => id)).toContain(other);
		await world.expectSynced(stays);
	});

	it('the person was deleted in Marketo meanwhile: the merged record wants nobody', async () => {
		world.whenMerged = 'merge';
		const [stays, goes] = await two('lead');
		await world.mergeRows(stays, goes);
		await world.deletePerson(goes);
		await world.runs(3);
		expect(await world.person(goes)).toBeNull();
		await world.expectSynced(stays);
	});

	it('Marketo refuses the merge: the record needs help in its words, and the other one goes on', async () => {
		world.whenMerged = 'merge';
		const [stays, goes] = await two('lead');
		await world.mergeRows(stays, goes);
		await world.marketo.fail({
			match: { path: 'merge.json' },
			code: '1003',
			message: 'Not these two',
		});
		await world.run();
		expect(await world.help()).toMatchObject([
			{ subject: `lead:${goes.id}`, reason: expect.stringContaining('Not these two') as string },
		]);
		await world.expectSynced(stays);
		world.whenMerged = 'unlink';
		await world.editRow(goes, { description: 'Looked at again' });
		await world.run();
	});

	it('a preview says that people would be merged, and merges nobody', async () => {
		world.whenMerged = 'merge';
		const [stays, goes] = await two('lead');
		await world.mergeRows(stays, goes);
		const { preview } = await world.preview();
		expect(preview!.summary).toContain('merge 1 person in Marketo');
		expect(preview!.toMarketo).toContainEqual(
			expect.objectContaining({
				change: 'Merge',
				dynamicsId: goes.id,
				reason: 'Merged in Dynamics',
			}),
		);
		expect(await world.person(goes)).not.toBeNull();
		await world.run();
		expect(await world.person(goes)).toBeNull();
	});
});
