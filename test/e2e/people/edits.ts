import type { Scene } from './scene';

/** What people change in one system or in both, with the shipped rules. */
export function edits(scene: Scene): void {
	it('on one side reach the other; two fields of one record do not disturb each other', async () => {
		const [leadHere, leadThere, leadBoth] = [
			scene.take('lead'),
			scene.take('lead'),
			scene.take('lead'),
		];
		const [contactHere, contactThere, contactBoth] = [
			scene.take('contact'),
			scene.take('contact'),
			scene.take('contact'),
		];
		const conflicts = scene.world.lane.count('conflict');
		await scene.world.together(
			() =>
				scene.world.editRow(leadHere, {
					jobtitle: 'Head of Lifts',
					leadqualitycode: 1,
					donotemail: true,
				}),
			() =>
				scene.world.editPerson(leadThere, {
					phone: '+46 8 123',
					leadSource: 'Seminar',
					doNotCall: true,
				}),
			() => scene.world.editRow(leadBoth, { address1_city: 'Malmö' }),
			() => scene.world.editPerson(leadBoth, { title: 'Reader' }),
			() =>
				scene.world.editRow(contactHere, {
					jobtitle: 'Head of Doors',
					description: 'Line 1\r\nLine 2',
				}),
			() => scene.world.editPerson(contactThere, { mobilePhone: '+46 70 123', state: '' }),
			() => scene.world.editRow(contactBoth, { address1_country: 'Sweden' }),
			() => scene.world.editPerson(contactBoth, { city: 'Lund' }),
		);
		expect(
			await scene.world.person(leadHere, 'title', 'rating', 'microsoftDoNotEmail'),
		).toMatchObject({
			title: 'Head of Lifts',
			rating: 'Hot',
			microsoftDoNotEmail: true,
		});
		expect(await scene.world.row(leadThere)).toMatchObject({
			telephone1: '+46 8 123',
			leadsourcecode: 6,
			donotphone: true,
		});
		expect(await scene.world.row(leadBoth)).toMatchObject({
			address1_city: 'Malmö',
			jobtitle: 'Reader',
		});
		expect(await scene.world.person(leadBoth, 'city', 'title')).toMatchObject({
			city: 'Malmö',
			title: 'Reader',
		});
		expect(await scene.world.person(contactHere, 'title')).toMatchObject({
			title: 'Head of Doors',
		});
		expect(await scene.world.row(contactThere)).toMatchObject({
			mobilephone: '+46 70 123',
			address1_stateorprovince: null,
		});
		expect(await scene.world.row(contactBoth)).toMatchObject({
			address1_country: 'Sweden',
			address1_city: 'Lund',
		});
		expect(await scene.world.person(contactBoth, 'country', 'city')).toMatchObject({
			country: 'Sweden',
			city: 'Lund',
		});
		expect(scene.world.lane.count('conflict')).toBe(conflicts);
		await scene.world.expectClean();
	});

	it("of one field on both sides in one cycle: for leads Marketo's stands, for contacts Dynamics'", async () => {
		const [lead, contact] = [scene.take('lead'), scene.take('contact')];
		await scene.world.together(
			() => scene.world.editRow(lead, { jobtitle: 'From Dynamics' }),
			() => scene.world.editPerson(lead, { title: 'From Marketo' }),
			() => scene.world.editRow(contact, { telephone1: '+1 1', jobtitle: 'From Dynamics' }),
			() => scene.world.editPerson(contact, { phone: '+1 2', title: 'From Marketo' }),
		);
		expect(await scene.world.row(lead)).toMatchObject({ jobtitle: 'From Marketo' });
		expect(await scene.world.person(lead, 'title')).toMatchObject({ title: 'From Marketo' });
		expect(await scene.world.row(contact)).toMatchObject({
			jobtitle: 'From Dynamics',
			telephone1: '+1 1',
		});
		expect(await scene.world.person(contact, 'title', 'phone')).toMatchObject({
			title: 'From Dynamics',
			phone: '+1 1',
		});

		const told = await scene.world.tableRows('Sync conflicts', lead.id);
		const recent = told.filter(({ base }) => base === 'known');
		expect(recent).toEqual([
			expect.objectContaining({
				recordType: 'lead',
				marketoId: String(lead.person),
				field: 'Job Title (jobtitle) = Job Title (title)',
				dynamicsValue: 'From Dynamics',
				marketoValue: 'From Marketo',
				winner: 'marketo',
				rule: "Marketo wins for leads (as in Adobe's sync)",
				run: expect.stringMatching(/./) as string,
			}),
		]);
		const kept = scene.world.lane.ask(
			`select conflict.* from conflict join link on link.id = conflict.link
			where link.dynamics_id = '${lead.id}' and base = 'known'`,
		);
		expect(kept).toEqual([
			expect.objectContaining({
				id: recent[0]!.conflictId,
				row: 'jobtitle>title',
				state: 'decided',
				winner: 'marketo',
				run: recent[0]!.run,
			}),
		]);
		const ofContact = await scene.world.tableRows('Sync conflicts', contact.id);
		const fields = ofContact
			.filter(({ base }) => base === 'known')
			.map(({ field, winner }) => [field, winner]);
		expect(fields.sort()).toEqual([
			['Business Phone (telephone1) = Phone Number (phone)', 'dynamics'],
			['Job Title (jobtitle) = Job Title (title)', 'dynamics'],
		]);
		await scene.world.expectClean();
	});
}
