import { row, smallMapping } from '../support/mapping';
import { COMPANIES, newAccount, objectsOf, OWNERS } from '../support/oneWayLanes';
import { SyncWorld } from '../support/world';

const company = row('accountid>externalCompanyId', { direction: 'toMarketo' });

describe('Re-Point, beside people (R44)', () => {
	it('has companies and owners copied again, and people follow to those of the new organization', async () => {
		const mapping = smallMapping({ contact: [company] });
		const world = await SyncWorld.start({ mapping });
		const other = await SyncWorld.start({
			organizationId: '5a4db0c5-0000-4000-8000-000000000044',
			mapping,
		});
		world.mappings = { companies: COMPANIES, owners: OWNERS };
		await world.run({ lane: 'owners' });
		const account = await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		const anna = await world.pair('contact', {
			emailaddress1: 'anna@example.com',
			'parentcustomerid_account@odata.bind': `/accounts(${account})`,
		});
		expect(await world.person(anna)).toMatchObject({ externalCompanyId: account });

		await newAccount(other, { name: 'Nobody yet' });
		const there = await newAccount(other, { name: 'Acme' });
		expect(there).not.toBe(account);
		const annaThere = await other.newRow('contact', {
			emailaddress1: 'anna@example.com',
			'parentcustomerid_account@odata.bind': `/accounts(${there})`,
		});
		world.credentials.dynamics = other;
		for (const lane of ['companies', 'owners', 'people'])
			expect((await world.run({ lane })).errors).toEqual([
				expect.stringMatching(/^This sync belongs/),
			]);

		// One for all lanes. People come first here: what they name is not there yet, and is filled in.
		await world.rePoint();
		for (const lane of ['people', 'owners', 'companies', 'people', 'people'])
			expect((await world.run({ lane })).errors).toEqual([]);
		expect(await world.person(anna)).toMatchObject({
			dynamicsContactId: annaThere,
			externalCompanyId: there,
			company: 'Acme',
		});
		expect(await world.everybody()).toHaveLength(1);
		expect([...(await objectsOf(world, 'companies')).keys()]).toEqual(
			expect.arrayContaining([account, there]),
		);
		expect(await world.help()).toEqual([]);
		expect(await world.help('companies')).toEqual([]);
	});
});
