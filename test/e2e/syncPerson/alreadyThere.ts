import type { By } from '../scenario/flowActions';
import type { LoggedCall } from '../scenario/twinControl';
import type { FlowScene } from './flowScene';

const WAYS: By[] = ['webhook', 'flowStep'];

/** What a flow step is told goes to Marketo, too. */
const isAnswer = ({ path }: LoggedCall) => path.includes('/callback/');

/** Whom Dynamics has already is left alone, linked, or named. */
export function alreadyThere(scene: FlowScene): void {
	it.each(WAYS)('linked: nothing is done, and that is said (by %s)', async (by) => {
		const [lead, contact] = [scene.world.pairs('lead')[3]!, scene.world.pairs('contact')[3]!];
		await scene.withoutRuns(async () => {
			await scene.world.forgetCalls();
			const told = await scene.actions.run([lead.person, contact.person], { by, action: 'syncPerson', parameters: { syncAs: 'lead' } });
			expect(told).toMatchObject([
				{ success: true, dynamicsTable: 'lead', dynamicsId: lead.id, reason: expect.stringContaining('nothing was done') as string },
				{ success: true, dynamicsTable: 'contact', dynamicsId: contact.id, reason: expect.stringContaining('nothing was done') as string },
			]);
			const written = (await scene.world.writeCalls()).filter((call) => !isAnswer(call));
			expect(written).toEqual([]);
		});
	});

	it('in Dynamics but not linked: linked by stored id, by e-mail, a contact before a lead; nobody is made', async () => {
		const { crm } = scene.world;
		const told = await scene.withoutRuns(async () => {
			const person = (email: string, more = {}) => scene.newPerson({ email, ...more });
			const byMail = await crm.create('leads', { lastname: 'Mail', emailaddress1: 'Mail@there.example', jobtitle: 'In Dynamics' });
			const byId = await crm.create('leads', { lastname: 'Stored', emailaddress1: 'other@there.example' });
			const contact = await crm.create('contacts', { lastname: 'Both', emailaddress1: 'both@there.example' });
			await crm.create('leads', { lastname: 'Both', emailaddress1: 'both@there.example' });
			const people = [
				await person('mail@there.example', { city: 'Turku' }),
				await person('stored@there.example', { dynamicsLeadId: byId }),
				await person('both@there.example'),
			];
			const answers = await scene.actions.run(people, { by: 'webhook', action: 'syncPerson' });
			expect(answers.map(({ success, dynamicsTable, dynamicsId }) => [success, dynamicsTable, dynamicsId])).toEqual([
				[true, 'lead', byMail],
				[true, 'lead', byId],
				[true, 'contact', contact],
			]);
			for (const { reason } of answers) expect(reason).toContain('linked now; nothing was made');
			expect(await scene.rowsWith('mail@there.example')).toHaveLength(1);
			expect(await scene.rowsWith('stored@there.example')).toHaveLength(0);
			expect(await scene.rowsWith('both@there.example')).toHaveLength(2);
			return answers;
		});
		await scene.world.sync();
		const { person } = told[0]!;
		expect(await scene.world.person({ person }, 'title', 'microsoftType')).toMatchObject({ title: 'In Dynamics', microsoftType: 'Lead' });
		expect(await scene.rowsWith('mail@there.example')).toMatchObject([{ address1_city: 'Turku' }]);
	});

	it.each(WAYS)('ambiguous: nobody is guessed at, the campaign is told, and it needs help (by %s)', async (by) => {
		const email = `two-${by.toLowerCase()}@there.example`;
		const person = await scene.withoutRuns(async () => {
			const ids = [
				await scene.world.crm.create('leads', { lastname: 'One', emailaddress1: email }),
				await scene.world.crm.create('leads', { lastname: 'Two', emailaddress1: email }),
			];
			const id = await scene.newPerson({ email });
			const [told] = await scene.actions.run([id], { by, action: 'syncPerson' });
			expect(told).toMatchObject({ success: false, errorCode: 'AMBIGUOUS', dynamicsId: '' });
			for (const one of ids) expect(told!.reason).toContain(one);
			return id;
		});
		await scene.world.sync();
		expect(await scene.helpOf(person)).toMatchObject([
			{ status: 'needs help', recordId: String(person), remedy: expect.stringContaining('Merge') as string },
		]);
		expect((await scene.logOf(person)).join()).toContain('leads in Dynamics have this e-mail');
		expect(await scene.rowsWith(email)).toHaveLength(2);
	});

	it('afterwards the people sync has nothing to write, and both sides agree', async () => await scene.expectSettled());
}
