import { personId } from '../../twins/dynamics/principals';
import { SALES_TEAM_ID } from '../../twins/dynamics/database';
import type { By } from '../scenario/flowActions';
import type { FlowScene } from './flowScene';

const VALUES = {
	firstName: 'Jörg',
	title: 'Chief of Lifts',
	phone: '+49 30 1',
	city: 'Köln',
	country: 'Germany',
	doNotCall: true,
	company: 'Aufzüge "Nord" & Söhne',
};
const COLUMNS = {
	firstname: 'Jörg',
	jobtitle: 'Chief of Lifts',
	telephone1: '+49 30 1',
	address1_city: 'Köln',
	address1_country: 'Germany',
	donotphone: true,
};

/** Who is not in Dynamics gets a row there at once, as the step says. */
export function created(scene: FlowScene): void {
	it.each<[By, 'lead' | 'contact', string, object]>([
		['webhook', 'lead', `systemuser(${personId(4)})`, { _ownerid_value: personId(4) }],
		['webhook', 'contact', personId(5), { _ownerid_value: personId(5) }],
		['flowStep', 'lead', `team(${SALES_TEAM_ID})`, { _ownerid_value: SALES_TEAM_ID }],
		['flowStep', 'contact', '', {}],
	])(
		'by %s as %s with owner "%s": fields arrive, ids are written back',
		async (by, syncAs, owner, owned) => {
			await scene.withoutRuns(async () => {
				const person = await scene.newPerson(VALUES);
				const [told] = await scene.actions.run([person], {
					by,
					action: 'syncPerson',
					parameters: { syncAs, owner },
				});
				expect(told).toMatchObject({
					success: true,
					errorCode: '',
					dynamicsTable: syncAs,
					reason: `The ${syncAs} was created`,
				});
				const id = told!.dynamicsId;
				const [row, ...others] = await scene.rowsOf(person);
				expect(others).toEqual([]);
				expect(row).toMatchObject({ ...COLUMNS, ...owned, [`${syncAs}id`]: id });
				const marks = await scene.world.person(
					{ person },
					'dynamicsLeadId',
					'dynamicsContactId',
					'microsoftType',
					'microsoftIsDeleted',
					'microsoftCreatedDate',
				);
				expect(marks).toMatchObject({
					dynamicsLeadId: syncAs === 'lead' ? id : null,
					dynamicsContactId: syncAs === 'contact' ? id : null,
					microsoftType: syncAs === 'lead' ? 'Lead' : 'Contact',
					microsoftIsDeleted: false,
				});
				expect(Date.parse(String(marks.microsoftCreatedDate))).toBe(
					Date.parse(String(row!.createdon)),
				);
			});
		},
	);

	it('what refuses the whole row is answered, logged and needs help; asked again it is made', async () => {
		await scene.world.dynamics.post('plugin', {
			table: 'lead',
			column: 'lastname',
			on: ['create'],
			do: 'refuse',
			value: 'Unwanted',
			message: 'Not in this company.',
		});
		const words = expect.stringContaining('Not in this company') as string;
		const asked: Array<{ by: By; person: number }> = [];
		for (const by of ['webhook', 'flowStep'] as const)
			asked.push({ by, person: await scene.newPerson({ lastName: 'Unwanted' }) });
		for (const { by, person } of asked) {
			const [told] = await scene.actions.run([person], { by, action: 'syncPerson' });
			expect(told).toMatchObject({
				success: false,
				errorCode: 'REFUSED_BY_DYNAMICS',
				reason: words,
			});
			expect(await scene.rowsOf(person)).toEqual([]);
		}
		await scene.world.sync();
		for (const { person } of asked) {
			expect(await scene.helpOf(person)).toMatchObject([{ status: 'needs help', reason: words }]);
			expect((await scene.logOf(person)).join()).toContain('Not in this company');
		}
		await scene.world.dynamics.remove('plugin');
		for (const { by, person } of asked) {
			const [again] = await scene.actions.run([person], { by, action: 'syncPerson' });
			expect(again).toMatchObject({ success: true, reason: 'The lead was created' });
		}
		await scene.expectSettled();
		for (const { person } of asked)
			expect(await scene.helpOf(person)).not.toContainEqual(
				expect.objectContaining({ status: 'needs help' }),
			);
	});

	it('an owner whom nobody knows fails that person alone', async () => {
		const [one, two] = await scene.newPeople(2);
		const parameters = { owner: 'nobody in particular' };
		const [[bad], [good]] = await Promise.all([
			scene.actions.run([one!], { by: 'flowStep', action: 'syncPerson', parameters }),
			scene.actions.run([two!], { by: 'flowStep', action: 'syncPerson' }),
		]);
		expect(bad).toMatchObject({
			success: false,
			reason: expect.stringContaining('nobody in particular') as string,
		});
		expect(good).toMatchObject({ success: true });
	});

	it("Dynamics' duplicate detection is on unless the step switches it off", async () => {
		const meanwhile = async () => {
			const email = `meanwhile${Date.now()}@flow.example`;
			const person = await scene.newPerson({ email });
			// Somebody makes the same lead between the look and the create.
			await scene.world.dynamics.fail({
				match: { method: 'PATCH', path: '/leads(' },
				hold: true,
				times: 1,
			});
			const run = await scene.actions.start([person], { by: 'flowStep', action: 'syncPerson' });
			await scene.struck();
			await scene.world.crm.create('leads', { lastname: 'Meanwhile', emailaddress1: email });
			await scene.world.dynamics.release();
			const [told] = await scene.actions.end(run);
			return told!;
		};
		await scene.withoutRuns(async () => {
			expect(await meanwhile()).toMatchObject({
				success: false,
				errorCode: 'DUPLICATE_IN_DYNAMICS',
			});
			await scene.setOptions({ detectDuplicates: false });
			expect(await meanwhile()).toMatchObject({ success: true, reason: 'The lead was created' });
			await scene.setOptions({});
		});
	});
}
