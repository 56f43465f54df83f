import { waitFor } from '../harness/waiting';
import type { Pair } from '../scenario/peopleWorld';
import type { Scene } from './scene';

/** Merges and qualifying as n8n carries them. Each case: `test/scenarios/people/{merges,mergesInDynamics,rowMerges,qualify}.test.ts`. */
export function merges(scene: Scene): void {
	const partnerOf = (id: string) =>
		scene.world.lane.ask(
			`select marketo_id from link where dynamics_id = '${id}' and state = 'active'`,
		)[0]?.marketo_id;
	/** Nobody stands behind it by the same e-mail. */
	const takeAlone = (table: 'lead' | 'contact'): Pair => {
		const pair = scene.take(table);
		const links = scene.world.lane.ask(`select id from link where marketo_id = '${pair.person}'`);
		return links.length === 1 ? pair : takeAlone(table);
	};

	it('people merged in Marketo keep a record, and so do leads merged in Dynamics: by choice each merge is followed', async () => {
		const { world } = scene;
		const published = await world.workflow();
		await scene.change((nodes) => {
			const options = { whenMerged: 'merge', whenPeopleMerged: 'merge' };
			Object.assign(nodes.get('Get Dynamics Changes')!.parameters, { options });
		});
		await world.sync();
		const [stays, gone] = [takeAlone('contact'), takeAlone('contact')];
		const [lead, other] = [takeAlone('lead'), takeAlone('lead')];
		await world.together(
			() => world.marketo.post('merge', { winner: stays.person, losers: [gone.person] }),
			() =>
				world.crm.act('Merge', {
					Target: { '@odata.type': 'Microsoft.Dynamics.CRM.lead', leadid: lead.id },
					Subordinate: { '@odata.type': 'Microsoft.Dynamics.CRM.lead', leadid: other.id },
					PerformParentingChecks: false,
				}),
		);
		await waitFor(async () => (await world.row(gone))._masterid_value === stays.id, {
			what: 'the contact being merged',
			timeout: 60_000,
		});
		await waitFor(
			async () => (await world.people.people('id', [other.person], ['id'])).length === 0,
			{ what: 'the person being merged', timeout: 60_000 },
		);
		await world.sync();
		expect([partnerOf(stays.id), partnerOf(lead.id)].map(Number)).toEqual([
			stays.person,
			lead.person,
		]);
		await scene.save(published);
		await world.sync();
		await world.expectClean();
	});

	it('a lead that is qualified leaves its person to its contact; without a contact it keeps them', async () => {
		const { world } = scene;
		const [known, alone] = [takeAlone('lead'), takeAlone('lead')];
		const qualify = async ({ id }: Pair, CreateContact: boolean) =>
			await world.crm.act(`leads(${id})/Microsoft.Dynamics.CRM.QualifyLead`, {
				CreateAccount: false,
				CreateContact,
				CreateOpportunity: false,
				Status: 3,
			});
		await world.together(
			() => qualify(known, true),
			() => qualify(alone, false),
		);
		await world.sync();
		const contact = String((await world.row(known))._parentcontactid_value);
		expect([partnerOf(contact), partnerOf(alone.id)].map(Number)).toEqual([
			known.person,
			alone.person,
		]);
		expect(await world.person(known, 'microsoftType')).toMatchObject({ microsoftType: 'Contact' });
		await world.expectClean();
	});
}
