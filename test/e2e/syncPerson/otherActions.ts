import { personId } from '../../twins/dynamics/principals';
import { SALES_TEAM_ID } from '../../twins/dynamics/database';
import type { Row } from '../../vendors/dynamics';
import { itLong } from '../harness/long';
import type { By } from '../scenario/flowActions';
import type { FlowScene } from './flowScene';

const CAMPAIGN = 'ca3ba160-0000-4000-8000-000000000002';
const INACTIVE = 'ca3ba160-0000-4000-8000-000000000003';
const DAY_MS = 86_400_000;

const WAYS: Array<[By, 'trigger' | 'batch']> = [
	['webhook', 'trigger'],
	['flowStep', 'batch'],
];

/** Change Owner, Create Task, Add to and Remove from Campaign: for who is in Dynamics and who is not yet. */
export function otherActions(scene: FlowScene): void {
	/** A person who is linked and one whom Dynamics does not know. */
	const both = async () => [scene.world.pairs('contact')[5]!.person, await scene.newPerson()];

	/** Each action: of trigger campaigns by webhook, of batch campaigns by flow step; more with `--all`. */
	const inEachWay = (name: string, work: (by: By, type: 'trigger' | 'batch') => Promise<void>) => {
		it.each(WAYS)(`${name} (%s, %s campaign)`, work);
		itLong(`${name} (flowStep, trigger campaign)`, async () => await work('flowStep', 'trigger'));
	};

	inEachWay('change the owner', async (by, type) => {
		const owner = `team(${SALES_TEAM_ID})`;
		const [contact] = scene.world.pairs('contact');
		await scene.world.crm.update('contacts', contact!.id, {
			'ownerid@odata.bind': `/systemusers(${personId(2)})`,
		});
		const people = [contact!.person, await scene.newPerson()];
		const told = await scene.actions.run(people, {
			by,
			type,
			action: 'changeOwner',
			parameters: { owner },
		});
		expect(told).toMatchObject([
			{ success: true, dynamicsTable: 'contact', dynamicsId: contact!.id },
			{ success: true, dynamicsTable: 'lead' },
		]);
		expect(await scene.world.row(contact!)).toMatchObject({ _ownerid_value: SALES_TEAM_ID });
		expect(await scene.rowsOf(people[1]!)).toMatchObject([
			{ _ownerid_value: SALES_TEAM_ID, leadid: told[1]!.dynamicsId },
		]);
		if (type === 'batch') return;
		const [bad] = await scene.actions.run([people[0]!], {
			by,
			type,
			action: 'changeOwner',
			parameters: { owner: `systemuser(${personId(90)})` },
		});
		expect(bad).toMatchObject({
			success: false,
			errorCode: expect.stringMatching(/^[A-Z_]+$/) as string,
			reason: expect.stringMatching(/\w/) as string,
		});
	});

	inEachWay('create a task with tokens, due in five days', async (by, type) => {
		const people = await both();
		const parameters = {
			subject: '{{my.Call Subject}}',
			description: '{{lead.Last Name}}',
			...(by === 'webhook' && { dueIn: '' }),
		};
		const tokens = { 'Call Subject': `Call about ${by} ${type}` };
		const told = await scene.actions.run(people, {
			by,
			type,
			action: 'createTask',
			parameters,
			tokens,
		});
		expect(told.map(({ success }) => success)).toEqual([true, true]);
		for (const { dynamicsId, person } of told) {
			const tasks = (await tasksOf(dynamicsId)).filter(
				({ subject }) => subject === tokens['Call Subject'],
			);
			const { lastName } = await scene.world.person({ person }, 'lastName');
			expect(tasks).toMatchObject([{ description: lastName, prioritycode: 1 }]);
			const days = (Date.parse(String(tasks[0]!.scheduledend)) - Date.now()) / DAY_MS;
			expect(days).toBeGreaterThan(4.9);
			expect(days).toBeLessThan(5.1);
		}
		if (type === 'batch') return;
		const more = {
			subject: 'Later',
			dueIn: 9,
			priority: 'High',
			statusReason: 'In Progress',
			owner: `systemuser(${personId(3)})`,
		};
		const [later] = await scene.actions.run([people[0]!], {
			by,
			type,
			action: 'createTask',
			parameters: more,
		});
		const [task] = (await tasksOf(later!.dynamicsId)).filter(({ subject }) => subject === 'Later');
		expect(task).toMatchObject({ prioritycode: 2, statuscode: 3, _ownerid_value: personId(3) });
		const [bad] = await scene.actions.run([people[0]!], {
			by,
			type,
			action: 'createTask',
			parameters: { ...more, priority: 'Whatever' },
		});
		expect(bad).toMatchObject({
			success: false,
			reason: expect.stringContaining('Whatever') as string,
		});
	});

	inEachWay('add to a campaign and remove from it, by a list of its own', async (by, type) => {
		const people = await both();
		const parameters = { campaign: CAMPAIGN };
		const others = async () =>
			(await membersOf()).filter((id) => !told.some(({ dynamicsId }) => dynamicsId === id));
		let told = await scene.actions.run(people, { by, type, action: 'addToCampaign', parameters });
		expect(told.map(({ success }) => success)).toEqual([true, true]);
		expect(await membersOf()).toEqual(
			expect.arrayContaining(told.map(({ dynamicsId }) => dynamicsId)),
		);
		const before = await others();
		const stranger = await scene.newPerson();
		const removed = await scene.actions.run([...people, stranger], {
			by,
			type,
			action: 'removeFromCampaign',
			parameters,
		});
		expect(removed.map(({ success }) => success)).toEqual([true, true, false]);
		expect(removed[2]).toMatchObject({ errorCode: 'NOT_IN_DYNAMICS' });
		expect(await scene.rowsOf(stranger)).toEqual([]);
		expect(await membersOf()).toEqual(before);
		if (type === 'batch') return;
		told = await scene.actions.run([people[0]!], {
			by,
			type,
			action: 'addToCampaign',
			parameters: { campaign: INACTIVE },
		});
		expect(told).toMatchObject([
			{ success: false, reason: expect.stringMatching(/active/i) as string },
		]);
	});

	it('Sync Person adds whom it made to the campaign that the step names, and only them', async () => {
		const linked = scene.world.pairs('lead')[7]!;
		const fresh = await scene.newPerson();
		const told = await scene.actions.run([linked.person, fresh], {
			by: 'flowStep',
			action: 'syncPerson',
			parameters: { syncAs: 'lead', campaign: CAMPAIGN },
		});
		expect(told.map(({ success }) => success)).toEqual([true, true]);
		const members = await membersOf();
		expect(members).toContain(told[1]!.dynamicsId);
		expect(members).not.toContain(linked.id);
	});

	it('and the people sync has nothing to say to all this', async () => {
		await scene.expectSettled();
	});

	async function tasksOf(id: string): Promise<Row[]> {
		return await scene.world.crm.all(`tasks?$filter=_regardingobjectid_value eq ${id}`);
	}

	async function membersOf(): Promise<string[]> {
		const rows = await scene.world.crm.all('listmembers');
		return rows.map((row) => String(row._entityid_value)).sort();
	}
}
