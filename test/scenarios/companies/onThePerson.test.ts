import type { MappingRow } from '../../../sync/mapping';
import type { Row } from '../../vendors/dynamics';
import { row, smallMapping } from '../support/mapping';
import { COMPANIES, newAccount, objectsOf, OWNERS, OWNERS_AND_TEAMS } from '../support/oneWayLanes';
import type { Pair } from '../support/systems';
import { endClean, SyncWorld } from '../support/world';

endClean();

const OWNER = '0c0ffee0-0000-4000-8000-000000000001';
const toMarketo = (id: string): MappingRow => row(id, { direction: 'toMarketo' });

/** As the page on companies says it: two rows in each table. */
const MAPPING = smallMapping({
	contact: [
		toMarketo('accountid>externalCompanyId'),
		toMarketo('owninguser>externalSalesPersonId'),
	],
	lead: [
		toMarketo('parentaccountid>externalCompanyId'),
		toMarketo('owninguser>externalSalesPersonId'),
		toMarketo('companyname>company'),
	],
});

/** Both lanes beside people have run, with nothing in them that matters here. */
async function start(): Promise<SyncWorld> {
	const world = await SyncWorld.start({ mapping: MAPPING });
	world.mappings = { companies: COMPANIES, owners: OWNERS };
	// What Adobe does not tell: whether a person may name a company that is not there. Here: no.
	await world.marketo.post('options', { unknownParents: 'refused' });
	await newAccount(world, { name: 'Some other' });
	await world.run({ lane: 'owners' });
	await world.run({ lane: 'companies' });
	return world;
}

const ofAccount = (id: string): Row => ({
	'parentcustomerid_account@odata.bind': `/accounts(${id})`,
});
const ofParent = (id: string): Row => ({ 'parentaccountid@odata.bind': `/accounts(${id})` });

async function companyOf(world: SyncWorld, pair: Pair): Promise<unknown> {
	return (await world.person(pair))?.externalCompanyId ?? null;
}

describe('company and owner of a person', () => {
	it('are written as the person is made, where both are there', async () => {
		const world = await start();
		const account = await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		const contact = await world.pair('contact', ofAccount(account));
		expect(await world.person(contact)).toMatchObject({
			externalCompanyId: account,
			externalSalesPersonId: OWNER,
			company: 'Acme',
		});
		expect((await world.run()).writes).toEqual([]);
	});

	it('R39: never hold the person up: a company that comes later is filled in then, and nobody needs help', async () => {
		const world = await start();
		const account = await newAccount(world, { name: 'Acme' });
		const contact = await world.pair('contact', { jobtitle: 'Clerk', ...ofAccount(account) });
		const lead = await world.pair('lead', ofParent(account));
		expect(await world.person(contact)).toMatchObject({ title: 'Clerk' });
		expect([await companyOf(world, contact), await companyOf(world, lead)]).toEqual([null, null]);
		await world.editRow(contact, { jobtitle: 'Chief' });
		await world.run();
		expect(await world.person(contact)).toMatchObject({ title: 'Chief' });
		expect(await world.help()).toEqual([]);
		expect(await world.status()).toMatchObject({ needHelp: 0, heldFields: 0, waiting: 0 });

		await world.run({ lane: 'companies' });
		const run = await world.run();
		expect([await companyOf(world, contact), await companyOf(world, lead)]).toEqual([
			account,
			account,
		]);
		expect(run.writes).toEqual(['POST leads.json']);
		expect((await world.run()).writes).toEqual([]);
	});

	it('R39: wake the people of one company by no more calls than they take', async () => {
		const world = await start();
		const account = await newAccount(world, { name: 'Acme' });
		for (let at = 0; at < 40; at++)
			await world.newRow('contact', {
				emailaddress1: `c${at}@example.com`,
				...ofAccount(account),
			});
		await world.runs(2);
		await world.run({ lane: 'companies' });
		const run = await world.run();
		expect(run.writes).toEqual(['POST leads.json']);
		const people = await world.everybody();
		expect(people.filter(({ externalCompanyId }) => externalCompanyId === account)).toHaveLength(
			40,
		);
	});

	it('move along with the account that the contact moves to, once that one is there', async () => {
		const world = await start();
		const [one, other] = [
			await newAccount(world, { name: 'One' }),
			await newAccount(world, { name: 'Other' }),
		];
		await world.run({ lane: 'companies' });
		const contact = await world.pair('contact', ofAccount(one));
		await world.editRow(contact, ofAccount(other));
		await world.run();
		expect(await companyOf(world, contact)).toBe(other);
		const late = await newAccount(world, { name: 'Late' });
		await world.editRow(contact, ofAccount(late));
		await world.run();
		expect(await companyOf(world, contact)).toBe(other);
		await world.run({ lane: 'companies' });
		await world.run();
		expect(await companyOf(world, contact)).toBe(late);
		expect(await world.help()).toEqual([]);
	});

	it('stay where a contact leaves its account for none, which Marketo lets nobody do: people are told, and all else goes on', async () => {
		const world = await start();
		const account = await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		const contact = await world.pair('contact', ofAccount(account));
		await world.editRow(contact, {
			'parentcustomerid_account@odata.bind': null,
			jobtitle: 'On their own',
		});
		await world.run();
		expect(await world.person(contact)).toMatchObject({
			externalCompanyId: account,
			title: 'On their own',
		});
		expect(await world.help()).toMatchObject([
			{ reason: expect.stringContaining('externalCompanyId') },
		]);
		expect((await world.run()).writes).toEqual([]);
	});

	it("leave the company's own fields to the company, in the very write that ties the person to it", async () => {
		const world = await start();
		const account = await newAccount(world, { name: 'Acme' });
		const lead = await world.pair('lead', { companyname: 'As typed' });
		expect(await world.person(lead)).toMatchObject({ company: 'As typed' });
		await world.run({ lane: 'companies' });
		await world.editRow(lead, { companyname: 'Typed again', ...ofParent(account) });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ externalCompanyId: account, company: 'Acme' });
		const made = await world.pair('lead', { companyname: 'As typed', ...ofParent(account) });
		expect(await world.person(made)).toMatchObject({ externalCompanyId: account, company: 'Acme' });
		expect(await world.help()).toEqual([]);
	});

	it('R39: hold nobody up either where no sync of companies has run yet, and Marketo does not know the company', async () => {
		const world = await SyncWorld.start({ mapping: MAPPING });
		await world.marketo.post('options', { unknownParents: 'refused' });
		const account = await newAccount(world, { name: 'Acme' });
		const contact = await world.pair('contact', { jobtitle: 'Clerk', ...ofAccount(account) });
		expect(await world.person(contact)).toMatchObject({ title: 'Clerk' });
		const help = await world.help();
		expect(help).toMatchObject([{ subject: `contact:${contact.id}` }]);
		expect(help[0]!.reason).toMatch(/does not find the company or owner that the record names/);
		world.mappings = { companies: COMPANIES, owners: OWNERS };
		await world.run({ lane: 'owners' });
		await world.run({ lane: 'companies' });
		await world.run();
		expect(await world.person(contact)).toMatchObject({
			externalCompanyId: account,
			externalSalesPersonId: OWNER,
		});
		expect(await world.help()).toEqual([]);
	});

	it('go as they are where no sync of companies has run: whoever made them knows their keys', async () => {
		const world = await SyncWorld.start({ mapping: MAPPING });
		const account = await newAccount(world, { name: 'Acme' });
		const contact = await world.pair('contact', ofAccount(account));
		expect(await companyOf(world, contact)).toBe(account);
	});
});

describe('the owner of a company', () => {
	it('R39: never holds the company up, and is filled in once it is there', async () => {
		const world = await SyncWorld.start();
		const owner = toMarketo('ownerid>externalSalesPersonId');
		const { account: mapped } = COMPANIES;
		const others = mapped!.rows.filter(({ field }) => field !== owner.field);
		world.mappings = {
			companies: { account: { ...mapped!, rows: [...others, owner] } },
			owners: OWNERS,
		};
		await world.marketo.post('options', { unknownParents: 'refused' });
		await world.run({ lane: 'owners' });
		const [team] = await world.crm.all('teams?$select=name');
		const account = await newAccount(world, {
			name: 'Acme',
			'ownerid@odata.bind': `/teams(${String(team!.teamid)})`,
		});
		await world.run({ lane: 'companies' });
		const before = (await objectsOf(world, 'companies')).get(account)!;
		expect([before.company, before.externalSalesPersonId ?? null]).toEqual(['Acme', null]);
		expect(await world.status('companies')).toMatchObject({ needHelp: 0, waiting: 0 });

		world.mappings.owners = OWNERS_AND_TEAMS;
		await world.run({ lane: 'owners' });
		const { writes } = await world.run({ lane: 'companies' });
		expect((await objectsOf(world, 'companies')).get(account)).toMatchObject({
			company: 'Acme',
			externalSalesPersonId: team!.teamid,
		});
		expect(writes).toEqual(['POST companies.json']);
		expect((await world.run({ lane: 'companies' })).writes).toEqual([]);
	});

	it('R39: holds it up no more where no sync of owners has run yet, and Marketo does not know the user', async () => {
		const world = await SyncWorld.start();
		world.mappings = { companies: COMPANIES, owners: OWNERS };
		await world.marketo.post('options', { unknownParents: 'refused' });
		const account = await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		expect((await objectsOf(world, 'companies')).get(account)).toMatchObject({ company: 'Acme' });
		expect(await world.help('companies')).toHaveLength(1);
		await world.run({ lane: 'owners' });
		await world.run({ lane: 'companies' });
		expect((await objectsOf(world, 'companies')).get(account)).toMatchObject({
			externalSalesPersonId: OWNER,
		});
		expect(await world.help('companies')).toEqual([]);
	});
});

describe('accounts merged in Dynamics (M, H)', () => {
	it('take their people along to the company of the one that stays, and the other company stays', async () => {
		const world = await start();
		const [stays, goes] = [
			await newAccount(world, { name: 'Acme' }),
			await newAccount(world, { name: 'Acme Inc.' }),
		];
		await world.run({ lane: 'companies' });
		const contact = await world.pair('contact', ofAccount(goes));
		const lead = await world.pair('lead', ofParent(goes));
		expect([await companyOf(world, contact), await companyOf(world, lead)]).toEqual([goes, goes]);
		await world.mergeRows({ table: 'account', id: stays }, { id: goes });
		await world.run({ lane: 'companies' });
		await world.run();
		expect([await companyOf(world, contact), await companyOf(world, lead)]).toEqual([stays, stays]);
		const companies = [...(await objectsOf(world, 'companies')).keys()];
		expect(companies).toEqual(expect.arrayContaining([stays, goes]));
		expect(await world.help('companies')).toEqual([]);
		expect((await world.run({ lane: 'companies' })).writes).toEqual([]);
		expect((await world.run()).writes).toEqual([]);
	});
});
