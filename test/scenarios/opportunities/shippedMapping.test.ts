import { shippedOneWayMappings } from '../support/mapping';
import { bind, newOpportunity, objectsOf, trackConnections } from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const USER = '0c0ffee0-0000-4000-8000-000000000001';

describe('the shipped mapping of opportunities', () => {
	it('skips no row, fills each field of an opportunity, and cuts what is too long for Marketo', async () => {
		const world = await SyncWorld.start();
		await trackConnections(world);
		world.mappings = await shippedOneWayMappings();
		const contact = await world.pair('contact', { jobtitle: 'Buyer' });
		await world.run({ lane: 'owners' });
		const account = await world.crm.create('accounts', { name: 'Acme' });
		await world.run({ lane: 'companies' });
		const id = await newOpportunity(world, {
			name: 'Chairs '.repeat(40),
			description: 'Line 1\nLine 2',
			estimatedvalue: 1234.5,
			closeprobability: 40,
			...bind('customerid_account', 'accounts', account),
			...bind('parentcontactid', 'contacts', contact.id),
		});
		const run = await world.run({ lane: 'opportunities' });
		expect(run).toMatchObject({ outcome: 'done', errors: [], notes: [] });
		const opportunity = (await objectsOf(world, 'opportunities')).get(id)!;
		expect(opportunity).toMatchObject({
			description: 'Line 1\nLine 2',
			amount: 1234.5,
			stage: 'Open',
			probability: 40,
			externalCompanyId: account,
			externalSalesPersonId: USER,
		});
		expect(String(opportunity.name)).toHaveLength(255);
		expect(opportunity.externalCreatedDate).toBeTruthy();
		const roles = await world.run({ lane: 'roles' });
		expect(roles).toMatchObject({ outcome: 'done', errors: [], notes: [] });
		for (const lane of ['opportunities', 'roles'] as const)
			expect(await world.status(lane)).toMatchObject({
				linkedInAll: 1,
				needHelp: 0,
				heldFields: 0,
			});
		await world.crm.act('WinOpportunity', {
			Status: 3,
			OpportunityClose: { subject: 'Won', ...bind('opportunityid', 'opportunities', id) },
		});
		await world.run({ lane: 'opportunities' });
		expect((await objectsOf(world, 'opportunities')).get(id)).toMatchObject({
			isWon: true,
			closeDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
		});
	});
});
