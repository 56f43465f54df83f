import type { Row } from '../../vendors/dynamics';
import type { Pair } from '../scenario/peopleWorld';
import type { Scene } from './scene';

/** Values that a system refuses stay behind alone, are named, and arrive once they are corrected. */
export function refusals(scene: Scene): void {
	const started = new Date();
	let leads: Record<'tooLong' | 'unknownChoice' | 'plugin' | 'record' | 'address' | 'topic', Pair>;
	let before: Record<string, Row>;

	/** Entries of the type *Dynamics Sync Result* in the activity logs of all leads in question. */
	const entries = async () => {
		const types = await scene.world.people.get<{ id: number; apiName: string }>('activities/external/types.json');
		const type = types.find(({ apiName }) => apiName.startsWith('dynamicsSyncResult'))!;
		const ids = Object.values(leads).map(({ person }) => person);
		const found = await scene.world.people.activities(type.id, ids, started);
		return found.map(({ leadId, primaryAttributeValue }) => [leadId, primaryAttributeValue]);
	};
	const helpOf = async ({ id }: Pair) => await scene.world.tableRows('Sync needs help', id);

	beforeAll(async () => {
		leads = {
			tooLong: scene.take('lead'),
			unknownChoice: scene.take('lead'),
			plugin: scene.take('lead'),
			record: scene.take('lead'),
			address: scene.take('lead'),
			topic: scene.take('lead'),
		};
		const plugin = { table: 'lead', column: 'jobtitle', on: ['update'], do: 'refuse' };
		await scene.world.dynamics.post('plugin', { ...plugin, value: 'Forbidden', message: "The column 'jobtitle' must not say this." });
		await scene.world.dynamics.post('plugin', { ...plugin, value: 'Unwanted', message: 'Not in this company.' });
		const { tooLong, unknownChoice, record, address, topic } = leads;
		before = Object.fromEntries(
			await Promise.all(Object.entries(leads).map(async ([name, lead]) => [name, await scene.world.row(lead)] as const)),
		);
		await scene.world.together(
			() => scene.world.editPerson(tooLong, { title: 'x'.repeat(101), city: 'Umeå' }),
			() => scene.world.editPerson(unknownChoice, { rating: 'Lukewarm', city: 'Umeå' }),
			() => scene.world.editPerson(leads.plugin, { title: 'Forbidden', city: 'Umeå' }),
			() => scene.world.editPerson(record, { title: 'Unwanted', city: 'Umeå' }),
			() => scene.world.editRow(address, { emailaddress1: 'no address', address1_city: 'Umeå' }),
			() => scene.world.editRow(topic, { subject: 'y'.repeat(290), address1_city: 'Umeå' }),
		);
	});

	it('stay behind alone: everything else arrives', async () => {
		const { tooLong, unknownChoice, plugin, address, topic } = leads;
		expect(await scene.world.row(tooLong)).toMatchObject({ jobtitle: before.tooLong!.jobtitle, address1_city: 'Umeå' });
		expect(await scene.world.row(unknownChoice)).toMatchObject({
			leadqualitycode: before.unknownChoice!.leadqualitycode,
			address1_city: 'Umeå',
		});
		expect(await scene.world.row(plugin)).toMatchObject({ jobtitle: before.plugin!.jobtitle, address1_city: 'Umeå' });
		expect(await scene.world.person(address, 'email', 'city')).toMatchObject({
			email: before.address!.emailaddress1,
			city: 'Umeå',
		});
		expect(await scene.world.person(topic, 'microsoftTopic', 'city')).toMatchObject({
			microsoftTopic: before.topic!.subject,
			city: 'Umeå',
		});
	});

	it('are named with record, field, reason and remedy', async () => {
		const { tooLong, unknownChoice, plugin, record, address, topic } = leads;
		const named = async (lead: Pair, wanted: object, reason: RegExp) => {
			const rows = (await helpOf(lead)).filter(({ status }) => status === 'needs help');
			expect(rows).toEqual([
				expect.objectContaining({ ...wanted, reason: expect.stringMatching(reason) as string }),
			]);
			expect(rows[0]!.remedy).toMatch(/\w/);
			expect(rows[0]!.label).toMatch(/\w/);
		};
		const lead = ({ id }: Pair) => ({ recordType: 'lead', recordId: id });
		const person = (pair: Pair) => ({ recordType: 'person', recordId: String(pair.person) });
		await named(tooLong, { ...lead(tooLong), field: 'jobtitle' }, /at most 100 characters/);
		await named(unknownChoice, { ...lead(unknownChoice), field: 'leadqualitycode' }, /no choice "Lukewarm"/);
		await named(plugin, { ...lead(plugin), field: 'jobtitle' }, /must not say this/);
		await named(record, { ...lead(record), field: '' }, /Not in this company/);
		await named(address, { ...person(address), field: 'email' }, /./);
		await named(topic, { ...person(topic), field: 'microsoftTopic' }, /at most 255 characters/);
	});

	it("stand in the people's activity logs, once", async () => {
		const { tooLong, unknownChoice, plugin, record, address, topic } = leads;
		const wanted = [
			[tooLong.person, 'Dynamics lead refused jobtitle'],
			[unknownChoice.person, 'Dynamics lead refused leadqualitycode'],
			[plugin.person, 'Dynamics lead refused jobtitle'],
			[record.person, 'Dynamics lead refused the record'],
			[address.person, 'Marketo refused email'],
			[topic.person, 'Marketo refused microsoftTopic'],
		].sort();
		expect((await entries()).sort()).toEqual(wanted);
		await scene.world.sync();
		await scene.world.forgetCalls();
		await scene.world.lane.oneRun();
		expect(await scene.world.writeCalls()).toEqual([]);
		expect((await entries()).sort()).toEqual(wanted);
		const { differences } = await scene.world.expectClean();
		expect(differences.filter(({ excuse }) => excuse?.startsWith('left behind'))).toHaveLength(5);
	});

	it('arrive once somebody corrects them, and people are told that it is solved', async () => {
		const { tooLong, unknownChoice, plugin, record, address, topic } = leads;
		const entriesBefore = (await entries()).length;
		// Taken back, rather than corrected: both systems are as they were.
		const { leadqualitycode } = before.unknownChoice!;
		const rating = [null, 'Hot', 'Warm', 'Cold'][Number(leadqualitycode ?? 0)];
		await scene.world.together(
			() => scene.world.editPerson(tooLong, { title: 'Short' }),
			() => scene.world.editPerson(unknownChoice, { rating }),
			() => scene.world.editPerson(plugin, { title: 'Allowed' }),
			() => scene.world.editPerson(record, { title: 'Welcome' }),
			() => scene.world.editRow(address, { emailaddress1: 'right@example.com' }),
			() => scene.world.editRow(topic, { subject: 'Brief' }),
		);
		expect(await scene.world.row(tooLong)).toMatchObject({ jobtitle: 'Short' });
		expect(await scene.world.row(unknownChoice)).toMatchObject({ leadqualitycode });
		expect(await scene.world.row(plugin)).toMatchObject({ jobtitle: 'Allowed' });
		expect(await scene.world.row(record)).toMatchObject({ jobtitle: 'Welcome', address1_city: 'Umeå' });
		expect(await scene.world.person(address, 'email')).toMatchObject({ email: 'right@example.com' });
		expect(await scene.world.person(topic, 'microsoftTopic')).toMatchObject({ microsoftTopic: 'Brief' });
		for (const [name, lead] of Object.entries(leads)) {
			const told = (await helpOf(lead)).map(({ status }) => status);
			expect([name, told]).toEqual([name, ['solved']]);
		}
		expect(await entries()).toHaveLength(entriesBefore);
		const { differences } = await scene.world.expectClean();
		expect(differences).toEqual([]);
	});
}
