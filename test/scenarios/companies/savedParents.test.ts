import { countCall } from '../../../sync/ledger/callCount';
import type { MappingRow } from '../../../sync/mapping';
import { personId } from '../../twins/dynamics/principals';
import type { Bend } from '../support/line';
import { row, smallMapping } from '../support/mapping';
import { bind, editAccount, newAccount } from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const EVA = 5;
const toMarketo = (id: string): MappingRow => row(id, { direction: 'toMarketo' });

/** As the page on companies says it for those who do without. */
const MAPPING = smallMapping({
	contact: [
		toMarketo('ownerid.email>ownerEmail'),
		toMarketo('parentcustomerid.account.name>company'),
	],
	lead: [toMarketo('parentaccountid.account.websiteurl>website')],
});

async function start(mapping = MAPPING): Promise<SyncWorld> {
	const world = await SyncWorld.start({ mapping });
	await world.automation.post('leads/schema/fields.json', {
		input: [{ name: 'ownerEmail', displayName: 'Owner Email', dataType: 'email' }],
	});
	return world;
}

const account = (id: string) => bind('parentcustomerid_account', 'accounts', id);

const peopleRead = ({ calls }: { calls: { marketo: string[] } }) =>
	calls.marketo.filter((call) => call.endsWith(' leads.json'));
const ofParents = ({ calls }: { calls: { dynamics: string[] } }) =>
	calls.dynamics.filter((call) => call.includes('$batch'));

/** A read of rows by their parents. */
const BY_PARENT = /^POST \$batch .*%2Fmodifiedon/s;

/** Dynamics gives so few of them a page. */
const fewAPage =
	(rows: number): Bend =>
	async (request, send) =>
		await send({
			...request,
			body: String(request.body).replace(/maxpagesize=\d+/g, `maxpagesize=${rows}`),
		});

/** Parts of the answer turn out so. */
const answeredWith =
	(status: string, problem: object): Bend =>
	async (request, send) => {
		const answer = await send(request);
		const body = String(answer.body)
			.replaceAll('HTTP/1.1 200 OK', `HTTP/1.1 ${status}`)
			.replaceAll(/^\{.*\}\r?$/gm, JSON.stringify({ error: problem }));
		return { ...answer, body };
	};

/** So many contacts of one account, all of them linked. */
async function crowd(world: SyncWorld, of: string, size: number): Promise<void> {
	for (let at = 0; at < size; at++)
		await world.crm.create('contacts', {
			lastname: `Contact ${at}`,
			emailaddress1: `contact${at}@example.com`,
			...account(of),
		});
	await world.runs(3);
}

describe('R58: what is shown of another row is edited in that row', () => {
	it('and reaches its people with the next run: of an account, and of an owner', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme', websiteurl: 'https://acme.example' });
		const contact = await world.pair('contact', {
			...account(acme),
			...bind('ownerid', 'systemusers', personId(EVA)),
		});
		const other = await world.pair('contact', account(acme));
		const lead = await world.pair('lead', bind('parentaccountid', 'accounts', acme));
		await world.runs(3);

		await editAccount(world, acme, { name: 'Acme Corp', websiteurl: 'https://new.example' });
		const run = await world.run();
		expect(await world.person(contact)).toMatchObject({ company: 'Acme Corp' });
		expect(await world.person(other)).toMatchObject({ company: 'Acme Corp' });
		expect(await world.person(lead)).toMatchObject({ website: 'https://new.example' });
		expect(run.writes).toEqual(['POST leads.json']);
		expect((await world.run()).writes).toEqual([]);

		await world.crm.update('systemusers', personId(EVA), {
			internalemailaddress: 'eva@new.example',
		});
		await world.run();
		expect(await world.person(contact)).toMatchObject({ ownerEmail: 'eva@new.example' });
	});

	it('costs one call for each table, and none where no such column is mapped any more', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		await world.pair('contact', account(acme));
		await world.pair('lead');
		await world.runs(3);
		const idle = await world.run();
		expect(idle.calls.dynamics).toEqual([
			'GET contacts',
			'POST $batch (3 GET)',
			'GET leads',
			'POST $batch (1 GET)',
		]);
		expect(peopleRead(idle)).toEqual([]);

		await editAccount(world, acme, { fax: '1' });
		const untouched = await world.run();
		expect([...untouched.writes, ...peopleRead(untouched)]).toEqual([]);

		world.mapping = smallMapping();
		await world.runs(3);
		const without = await world.run();
		expect([without.outcome, ...ofParents(without)]).toEqual(['done']);
	});

	it('counts also where that was while everything was copied for the first time', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		world.bend('marketo', 'POST leads.json', async (request, send) => {
			await editAccount(world, acme, { name: 'Acme Corp' });
			return await send(request);
		});
		const contact = await world.pair('contact', account(acme));
		expect(await world.person(contact)).toMatchObject({ company: 'Acme' });
		await world.run();
		expect(await world.person(contact)).toMatchObject({ company: 'Acme Corp' });
	});

	it('goes page by page, and on after a kill', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		await crowd(world, acme, 1_000);
		await editAccount(world, acme, { name: 'Acme Corp' });
		world.bend('marketo', 'POST leads.json', async (request, send) => {
			world.bend('marketo', 'POST leads.json', async () => await world.killN8n());
			return await send(request);
		});
		await world.run();
		const renamed = async () =>
			(await world.everybody()).filter(({ company }) => company === 'Acme Corp').length;
		expect(await renamed()).toBeLessThan(1_000);
		await world.runs(2);
		expect(await renamed()).toBe(1_000);
		expect((await world.run()).writes).toEqual([]);
	}, 60_000);

	it('gives way to what people edit where they are many, and goes on after that', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		await crowd(world, acme, 30);
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.runs(2);
		await editAccount(world, acme, { name: 'Acme Corp' });
		let looks = 0;
		const slowly = world.bend(
			'dynamics',
			/^POST \$batch .*(account%2Fmodifiedon|skiptoken)/s,
			async (request, send) => {
				if (++looks === 2) await world.editRow(lead, { jobtitle: 'Chief' });
				world.clock.advance(100_000);
				return await fewAPage(2)(request, send);
			},
			Infinity,
		);
		const renamed = async () =>
			(await world.everybody()).filter(({ company }) => company === 'Acme Corp').length;
		await world.run();
		await world.run({ after: 0 });
		expect((await world.person(lead))!.title).toBe('Chief');
		expect(await renamed()).toBeLessThan(30);
		slowly();
		await world.runs(2);
		expect(await renamed()).toBe(30);
		await world.expectClean();
	});

	it("goes on a page a run where much of the day's calls is used: later, but it gets there", async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		await crowd(world, acme, 8);
		world.callsADay = 1_000;
		for (let call = 0; call < 750; call++)
			await countCall(world.ledger.db, 'marketo', world.clock.now());
		await editAccount(world, acme, { name: 'Acme Corp' });
		world.bend('dynamics', BY_PARENT, fewAPage(2), Infinity);
		world.bend('dynamics', /^POST \$batch .*skiptoken/s, fewAPage(2), Infinity);
		const renamed = async () =>
			(await world.everybody()).filter(({ company }) => company === 'Acme Corp').length;
		await world.run();
		expect(await renamed()).toBe(2);
		expect((await world.status()).notes).toMatch(/in the background continue the next day/);
		await world.runs(5);
		expect(await renamed()).toBe(8);
	});

	it('starts once more where the next page cannot be had any longer: nobody is passed over', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		await crowd(world, acme, 6);
		await editAccount(world, acme, { name: 'Acme Corp' });
		world.bend('dynamics', BY_PARENT, fewAPage(2));
		world.bend(
			'dynamics',
			/^POST \$batch .*skiptoken/s,
			answeredWith('400 Bad Request', { code: '0x80040203', message: 'Malformed paging cookie' }),
		);
		await world.runs(3);
		const people = await world.everybody();
		expect(people.map(({ company }) => company)).toEqual(Array(6).fill('Acme Corp'));
	});

	it('stops nothing else where Dynamics does not manage to look, and says so until it does', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		const contact = await world.pair('contact', { ...account(acme), jobtitle: 'Clerk' });
		await world.runs(3);
		await editAccount(world, acme, { name: 'Acme Corp' });
		await world.editRow(contact, { jobtitle: 'Chief' });
		const fails = world.bend(
			'dynamics',
			BY_PARENT,
			answeredWith('500 Internal Server Error', { code: '0x80044151', message: 'SQL timeout' }),
			Infinity,
		);
		const other = await world.pair('contact', account(acme));
		expect((await world.runs(3)).map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
		expect((await world.person(contact))!.title).toBe('Chief');
		expect(await world.person(other)).toMatchObject({ company: 'Acme Corp' });
		expect((await world.status()).notes).toMatch(
			/^Edits of accounts, users and teams do not reach .*\. The sync tries again by itself\./,
		);
		const looks = (await world.runs(12)).flatMap(ofParents).length;
		expect(looks).toBeLessThan(12);

		await editAccount(world, acme, { name: 'Acme Group' });
		fails();
		await world.run({ after: 6 * 3_600_000 });
		expect(await world.person(contact)).toMatchObject({ company: 'Acme Group' });
		expect((await world.status()).notes).not.toMatch(/Edits of accounts/);
	});

	it('tells nothing of a table that the sync may not read, and all else goes on', async () => {
		const world = await start();
		const acme = await newAccount(world, { name: 'Acme' });
		const contact = await world.pair('contact', account(acme));
		await world.runs(3);
		world.bend(
			'dynamics',
			/POST \$batch .*owninguser/s,
			async (request, send) =>
				await send({
					...request,
					body: String(request.body).replace('owningteam%2F', 'nothing%2F'),
				}),
			10,
		);
		await editAccount(world, acme, { name: 'Acme Corp' });
		const run = await world.run();
		expect(run.outcome).toBe('done');
		expect(await world.person(contact)).toMatchObject({ company: 'Acme Corp' });
	});
});
