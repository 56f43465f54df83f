import { acceptRequests } from '../../../sync/ledger/requests';
import { CannotDo } from '../../../sync/cannotDo';
import { pause } from '../../../sync/operate/pause';
import { PEOPLE } from '../../../sync/operate/lanes';
import { takeNews } from '../../../sync/operate/news';
import { endClean, SyncWorld, type WorldOptions } from '../support/world';
import type { Pair } from '../support/systems';

const OTHERS = {
	organizationId: '5a4db0c5-0000-4000-8000-000000000044',
	munchkinId: '987-ZYX-654',
};
const mail = (name: string) => `${name}@example.com`;
const idsOf = (pairs: Pair[]) => pairs.map(({ table, id, person }) => [table, id, person]);

/** A world in the middle of its life and another one; from the same seed, so that with records one is a copy of the other. */
async function worlds(options: WorldOptions = {}) {
	const world = await SyncWorld.start(options);
	const other = await SyncWorld.start({ ...OTHERS, ...options });
	other.endsUnclean('no sync of its own runs in it');
	return { world, other };
}

describe('Re-Point (R44)', () => {
	endClean();

	it('takes another organization over: people are found again by e-mail, their old IDs are replaced, nobody is doubled', async () => {
		const { world, other } = await worlds();
		const anna = await world.pair('lead', { emailaddress1: mail('anna'), jobtitle: 'Clerk' });
		const bert = await world.pair('contact', { emailaddress1: mail('bert'), jobtitle: 'Clerk' });
		const gone = await world.pair('lead', { emailaddress1: mail('gone'), jobtitle: 'Clerk' });
		await other.newRow('lead', { emailaddress1: mail('somebody') });
		const annaThere = await other.newRow('lead', { emailaddress1: mail('anna') });
		const bertThere = await other.newRow('contact', { emailaddress1: mail('bert') });
		const before = [await world.both(anna), await world.both(bert), await world.both(gone)];
		const people = (await world.everybody()).length;
		world.credentials.dynamics = other;
		expect((await world.run()).errors).toEqual([expect.stringContaining('use "Re-Point"')]);

		expect(await world.rePoint()).toMatchObject({ isDone: true, other: ['dynamics'], linked: 3 });
		expect((await world.runs(3)).flatMap(({ errors }) => errors)).toEqual([]);
		const pairs = await world.pairs();
		expect(pairs).toHaveLength(3);
		expect(idsOf(pairs)).toEqual(
			expect.arrayContaining([
				['lead', annaThere, anna.person],
				['contact', bertThere, bert.person],
			]),
		);
		// One is new there.
		expect(await world.everybody()).toHaveLength(people + 1);
		expect(await world.person(anna)).toMatchObject({ dynamicsLeadId: annaThere });
		// Whom the new one does not know is left as it is, and not marked as deleted.
		expect(await world.person(gone)).toEqual(before[2]!.person);
		for (const [at, pair] of [anna, bert, gone].entries())
			expect(await world.row(pair)).toEqual(before[at]!.row);
		expect(await world.help()).toEqual([]);
		await other.editRow({ table: 'lead', id: annaThere }, { jobtitle: 'Boss' });
		await world.run();
		expect(await world.person(anna)).toMatchObject({ title: 'Boss' });
		expect(await world.pairs()).toEqual(pairs);
	});

	it('says when the first run over the new systems is done', async () => {
		const { world, other } = await worlds();
		await world.pair('lead');
		const told = async () => (await takeNews(world.ledger, PEOPLE, { nextDigest: null }))?.about;
		expect([await told(), await told()]).toEqual(['firstRun', undefined]);
		world.credentials.dynamics = other;
		await world.rePoint();
		expect(await told()).toBeUndefined();
		await world.runs(3);
		expect([await told(), await told()]).toEqual(['firstRun', undefined]);
	});

	it('takes a refreshed sandbox over, a copy with the same IDs: everybody is found by ID, nobody is made', async () => {
		const { world, other } = await worlds({ leads: 20, contacts: 15, people: 6 });
		await world.runs(2);
		const [lead] = await world.openLeads();
		await other.editRow(lead!, { jobtitle: 'As in production', emailaddress1: mail('moved') });
		const before = await world.pairs();
		const people = await world.everybody();
		world.credentials.dynamics = other;

		await world.rePoint();
		const runs = await world.runs(3);
		expect(runs.flatMap(({ errors }) => errors)).toEqual([]);
		expect(idsOf(await world.pairs()).sort()).toEqual(idsOf(before).sort());
		expect((await world.everybody()).map(({ id }) => id)).toEqual(people.map(({ id }) => id));
		await world.editPerson(lead!, { title: 'Edited since' });
		await world.run();
		expect(await other.row(lead!)).toMatchObject({ jobtitle: 'Edited since' });
	});

	it('takes another organization and another subscription over, in which the same numbers are strangers', async () => {
		const { world, other } = await worlds();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const stranger = await other.newRow('lead', { emailaddress1: mail('s'), jobtitle: 'Stranger' });
		const person = await other.newPerson({ email: mail('s'), title: 'Stranger' });
		expect(person).toBe(lead.person);
		await world.editRow(lead, { jobtitle: 'Never carried over' });
		const before = [await world.row(lead), await world.everybody()];
		world.credentials.dynamics = other;
		world.credentials.marketo = other;

		await world.rePoint();
		expect((await world.runs(2)).flatMap(({ errors }) => errors)).toEqual([]);
		expect(idsOf(await world.pairs())).toEqual([['lead', stranger, person]]);
		expect(await other.person({ person })).toMatchObject({
			title: 'Stranger',
			dynamicsLeadId: stranger,
		});
		expect([await world.row(lead), await world.everybody()]).toEqual(before);
	});

	it('takes a copy of the subscription over, beside the same organization: everybody is found by the ID that they carry, nobody is made', async () => {
		const { world, other } = await worlds();
		const pairs = [await world.pair('lead'), await world.pair('contact', { jobtitle: 'Clerk' })];
		for (const [at, { table, id }] of pairs.entries())
			await other.newPerson({
				email: mail(`another${at}`),
				[table === 'lead' ? 'dynamicsLeadId' : 'dynamicsContactId']: id,
			});
		const copies = await other.everybody();
		const before = await world.everybody();
		world.credentials.marketo = other;

		expect(await world.rePoint()).toMatchObject({ isDone: true, other: ['marketo'] });
		expect((await world.runs(3)).flatMap(({ errors }) => errors)).toEqual([]);
		expect((await other.everybody()).map(({ id }) => id)).toEqual(copies.map(({ id }) => id));
		expect((await world.pairs()).map(({ id }) => id).sort()).toEqual(
			pairs.map(({ id }) => id).sort(),
		);
		await world.editRow(pairs[1]!, { jobtitle: 'Chief' });
		await world.run();
		expect((await other.everybody()).map(({ title }) => title)).toContain('Chief');
		expect(await world.everybody()).toEqual(before);
	});

	it('shows before what it would do, by a trial that changes neither system nor the memory', async () => {
		const { world, other } = await worlds();
		for (const name of ['a', 'b', 'c']) await world.pair('lead', { emailaddress1: mail(name) });
		for (const name of ['a', 'b', 'd', 'e', 'e'])
			await other.newRow('lead', { emailaddress1: mail(name) });
		const rows = await other.crm.all('leads?$select=leadid,modifiedon');
		const people = await world.everybody();
		const pairs = await world.pairs();
		world.credentials.dynamics = other;

		const all = await world.previewAll({ rePointed: true });
		expect(all).toMatchObject({ linked: 2, needHelp: 2, stopped: null });
		expect(all.changes).toContainEqual({
			side: 'marketo',
			operation: 'create',
			table: 'person',
			records: 1,
		});
		expect(await world.previewAll({ rePointed: true, mostPages: 1 })).toMatchObject({
			linked: 2,
			needHelp: 2,
		});
		expect(await other.crm.all('leads?$select=leadid,modifiedon')).toEqual(rows);
		expect(await world.everybody()).toEqual(people);
		expect(await world.pairs()).toEqual(pairs);
		expect((await world.run()).errors).toEqual([expect.stringMatching(/^This sync belongs to/)]);

		await world.rePoint();
		await world.runs(2);
		expect(await world.pairs()).toHaveLength(3);
		expect(await world.help()).toHaveLength(2);
	});

	it('doubles nobody where n8n is killed in the middle of the first run, and Re-Point is chosen again', async () => {
		const { world, other } = await worlds();
		for (const name of ['a', 'b']) await world.pair('lead', { emailaddress1: mail(name) });
		for (const name of ['a', 'b', 'c', 'd'])
			await other.newRow('lead', { emailaddress1: mail(name) });
		world.credentials.dynamics = other;
		await world.rePoint();
		world.bend('marketo', /POST leads\.json/, async (request, pass) => {
			await pass(request);
			return await world.killN8n();
		});
		await world.run();
		await expect(world.rePoint({ evenIfSame: true })).rejects.toThrow(CannotDo);
		world.clock.advance(10 * 60_000);
		expect(await world.rePoint()).toMatchObject({ isDone: false, other: [] });
		expect(await world.rePoint({ evenIfSame: true })).toMatchObject({ isDone: true });
		await world.runs(3);
		expect(await world.pairs()).toHaveLength(4);
		expect(await world.everybody()).toHaveLength(4);
	});

	it('changes nothing where the memory cannot be copied, while a run is on, or before a first one', async () => {
		const { world, other } = await worlds();
		await expect(world.rePoint()).rejects.toThrow('has not run yet');
		const lead = await world.pair('lead');
		world.credentials.dynamics = other;
		const keepCopy = async () => await Promise.reject(new Error('disk full'));
		await expect(world.rePoint({ keepCopy })).rejects.toThrow('disk full');
		expect(await world.pairs()).toEqual([lead]);
		world.credentials.dynamics = world;
		await world.editRow(lead, { jobtitle: 'Boss' });
		world.bend('marketo', /POST leads\.json/, async () => await world.killN8n());
		await world.run();
		world.credentials.dynamics = other;
		await expect(world.rePoint()).rejects.toThrow('A run of the sync is in progress');
		expect(await world.pairs()).toEqual([lead]);
		world.endsUnclean('it was killed in the middle');
	});

	it('leaves a paused sync paused, and keeps who runs it', async () => {
		const { world, other } = await worlds();
		await world.pair('lead');
		await pause(world.ledger, PEOPLE);
		world.credentials.dynamics = other;
		await world.rePoint();
		expect(await world.status()).toMatchObject({ status: expect.stringMatching(/^Paused/) });
		expect((await world.run()).pages).toBe(0);
		world.endsUnclean('it is paused');
	});

	it('has campaigns find people by e-mail where the ID that they carry is of the former organization, and make rows with other IDs', async () => {
		const { world, other } = await worlds();
		const person = await world.newPerson({ email: mail('made') });
		await world.run();
		const [first] = await world.campaign([{ person }]);
		expect(first).toMatchObject({ outcome: 'created' });
		await world.runs(2);
		const there = await world.newPerson({ email: mail('there') });
		await world.campaign([{ person: there }]);
		await world.runs(2);
		await other.newRow('lead', { emailaddress1: mail('unrelated') });
		world.credentials.dynamics = other;
		await world.rePoint();
		await world.run();
		const thereRow = await other.newRow('contact', { emailaddress1: mail('there') });
		const answers = await world.campaign([{ person }, { person: there }]);
		expect(answers).toMatchObject([
			{ outcome: 'created', success: true },
			{ outcome: 'linked', success: true, dynamicsId: thereRow },
		]);
		expect(answers[0]!.dynamicsId).not.toBe(first!.dynamicsId);
		await world.runs(2);
		expect(await world.person({ person })).toMatchObject({
			dynamicsLeadId: answers[0]!.dynamicsId,
		});
	});

	it('drops people whom campaigns of the former subscription have sent, and keeps those of the same one', async () => {
		const { world, other } = await worlds();
		await world.pair('lead');
		const sent = { service: 'webhook' as const, campaign: 'C', parameters: {} };
		await acceptRequests(world.ledger, 'campaigns', [{ ...sent, person: '1' }]);
		world.credentials.dynamics = other;
		expect(await world.rePoint()).toMatchObject({ dropped: 0 });
		await world.run();
		expect(await world.campaign()).toHaveLength(1);
		await acceptRequests(world.ledger, 'campaigns', [{ ...sent, person: '1' }]);
		world.credentials.marketo = other;
		expect(await world.rePoint()).toMatchObject({ dropped: 1, other: ['marketo'] });
		await world.run();
		expect(await world.campaign()).toEqual([]);
	});
});
