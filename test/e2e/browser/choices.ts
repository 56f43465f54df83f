import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { INodeParameters, IWorkflowBase } from 'n8n-workflow';
import { SUBSCRIPTION_TABLE } from '../../vendors/customTable';
import { MarketoVendor } from '../../vendors/marketo';
import { PACKAGE } from '../harness/packageFolder';
import { ROOT } from '../harness/tools';
import { waitFor } from '../harness/waiting';
import { byHand, step, TO_STEP } from '../people/operate';
import type { Editor } from '../scenario/editor';
import type { PeopleWorld } from '../scenario/peopleWorld';

const RESOLVE = 'Resolve Sync Conflict';
const OBJECT = 'clicked_c';

const picked = (value: string) => ({ __rl: true, mode: 'list', value });

/** A custom table's workflow, as people fill it in. */
function customTable(): IWorkflowBase {
	const file = path.join(ROOT, 'workflows/custom-table-sync.json');
	const workflow = JSON.parse(readFileSync(file, 'utf8')) as IWorkflowBase;
	Object.assign(workflow.nodes.find(({ name }) => name === 'Map Rows')!.parameters, {
		customTable: picked('new_subscription'),
		customObject: picked(OBJECT),
		customToMarketo: { rows: [{ column: picked('new_seats'), field: picked('seats') }] },
	} as unknown as INodeParameters);
	return workflow;
}

/** Each control is set by mouse, kept by n8n, shown again and obeyed. How a contact follows its person: `people/deletes.ts`. */
export function choices(scene: () => { people: PeopleWorld; editor: Editor }): void {
	const parametersOf = async (id: string, node: string) => {
		const { nodes } = await scene().people.n8n.workflow(id);
		return nodes.find(({ name }) => name === node)!.parameters;
	};

	/** n8n saves by itself, a moment later; the save that is seen next may be that of an earlier change. */
	const kept = async (id: string, node: string, what: string) =>
		await waitFor(async () => JSON.stringify(await parametersOf(id, node)).includes(what), {
			what: `${what} being saved`,
		});

	/** In a condition that was just added: from the list, or typed where there is none. */
	async function fillCondition(group: string, [column, value]: [string, string], isTyped = false) {
		const { editor } = scene();
		const all = editor.group(group);
		if (isTyped) await editor.type('column', column, all);
		else await editor.chooseListed('column', column, all);
		await editor.chooseOption('operator', /^Is Not$/, all);
		await editor.type('value', value, all);
	}

	it('deletes of either side, people to create, their partition, a condition: n8n keeps and shows them, an unfinished condition is told, and the next run obeys', async () => {
		const { people, editor } = scene();
		const id = people.lane.workflow;
		await editor.openWorkflow(id);
		await editor.showNode('Get Dynamics Changes');
		await editor.addOption('Leads to Sync');
		await editor.addTo('leadFilter');
		await editor.press(/A condition of the sync filter for leads names no column/);
		await fillCondition('leadFilter', ['Job Title', 'Partner']);
		await editor.closeNode();
		await editor.showNode('Update Marketo');
		await editor.addOption('Partition of New People Name or ID');
		await editor.chooseListed('partition', 'EMEA');
		await editor.closeNode();
		await editor.showNode(RESOLVE);
		await editor.chooseOption('leadWhenRowDeleted', 'Delete the Person in Marketo');
		await editor.chooseOption('contactWhenPersonDeleted', 'Deactivate the Contact');
		await editor.addOption('Conditions');
		const wanted = await editor.addTo('people');
		await editor.chooseListed('column', 'Lead Source', wanted);
		await editor.type('value', 'Clicked', wanted);
		await editor.addOption('Create As');
		await editor.chooseOption('createAs', 'Contact');
		await kept(id, RESOLVE, '"createAs":"contact"');
		await editor.openWorkflow(id);
		await editor.showNode(RESOLVE);
		expect(await editor.value('leadWhenRowDeleted')).toBe('Delete the Person in Marketo');
		expect(await editor.value('contactWhenPersonDeleted')).toMatch(/^Deactivate the Contact/);
		expect(await editor.value('createAs')).toBe('Contact');
		expect(await editor.value('value', editor.group('people'))).toBe('Clicked');
		await editor.closeNode();
		expect(await parametersOf(id, 'Get Dynamics Changes')).toMatchObject({
			options: {
				leadFilter: { condition: [{ column: 'jobtitle', operator: 'ne', value: 'Partner' }] },
			},
		});
		expect(await parametersOf(id, 'Update Marketo')).toMatchObject({
			options: { partition: 'EMEA' },
		});
		expect(await parametersOf(id, RESOLVE)).toMatchObject({
			leadWhenRowDeleted: 'delete',
			contactWhenPersonDeleted: 'deactivate',
			createInDynamics: {
				people: { condition: [{ column: 'leadSource', value: 'Clicked' }] },
				createAs: 'contact',
			},
		});

		await editor.publish();
		await people.sync();
		/** Nobody else belongs to their person. */
		const alone = people
			.pairs('lead')
			.filter(({ person }) => people.lane.count(`link where marketo_id = '${person}'`) === 1);
		const [leaves, goes] = alone.slice(-2);
		await people.together(
			() => people.editRow(leaves!, { jobtitle: 'Partner', mobilephone: '+46 70 1' }),
			() => people.crm.delete('leads', goes!.id),
			() => people.crm.create('leads', { lastname: 'New', emailaddress1: 'new@clicked.example' }),
			() =>
				people.people.write('createOnly', 'email', [
					{ email: 'made@clicked.example', lastName: 'Made', leadSource: 'Clicked' },
				]),
		);
		expect((await people.person(leaves!, 'mobilePhone')).mobilePhone).not.toBe('+46 70 1');
		expect(
			await people.people.people('email', ['new@clicked.example'], ['leadPartitionId']),
		).toMatchObject([{ leadPartitionId: 2 }]);
		expect(
			await people.crm.all("contacts?$filter=emailaddress1 eq 'made@clicked.example'"),
		).toMatchObject([{ lastname: 'Made' }]);
		expect(await people.people.people('id', [goes!.person], ['id'])).toEqual([]);
	});

	it('Create Custom Object: pressed twice it makes one', async () => {
		const { people, editor } = scene();
		const { id } = await people.n8n.importWorkflow(
			{
				name: 'Create Custom Object',
				nodes: [
					byHand,
					{
						...step({ resource: 'setup', operation: 'createObject' }),
						type: `${PACKAGE}.marketo`,
						typeVersion: 1,
					},
				],
				connections: TO_STEP,
				settings: {},
			},
			people.world.credentials,
		);
		await editor.openWorkflow(id);
		await editor.showNode('Operate');
		await editor.type('objectLabel', 'Clicked');
		await editor.type('objectName', OBJECT);
		const fields = await editor.addTo('objectFields');
		await editor.type('label', 'Seats', fields);
		await editor.type('name', 'seats', fields);
		await editor.chooseOption('dataType', 'Whole Number', fields);
		await editor.press(/Created and approved/);
		await editor.press(/Already existed, and was left as it is/);
		await editor.closeNode();
		const marketo = new MarketoVendor(people.world.twins.line.marketo);
		const all = await marketo.get<{ name: string }>('customobjects.json');
		expect(all.filter(({ name }) => name === OBJECT)).toHaveLength(1);
	});

	it('which accounts, opportunities and rows of a custom table are synced: a preview leaves out the others', async () => {
		const { people, editor } = scene();
		const { crm, n8n, world } = people;
		await people.dynamics.post('tables', SUBSCRIPTION_TABLE);
		await crm.create('accounts', { name: 'Left Out' });
		for (const name of ['Left Out', 'Other']) {
			await crm.create('opportunities', { name });
			await crm.create('new_subscriptions', { new_name: name });
		}
		const shipped = (file: string) => world.workflows.find((one) => one.file === file)!.id;
		const custom = await n8n.importWorkflow(customTable(), world.credentials);
		const tables = [
			{
				id: shipped('companies-and-owners-sync.json'),
				what: ['Accounts', 'account', 'Account Name'],
				steps: ['When Accounts Are Due', 'Get Account Changes', 'Map Companies'],
			},
			{
				id: shipped('opportunities-sync.json'),
				what: ['Opportunities', 'opportunity', 'Topic'],
				steps: ['When Opportunities Are Due', 'Get Opportunity Changes', 'Map Opportunities'],
			},
			{
				id: custom.id,
				what: ['Rows of the Custom Table', 'custom', 'new_name'],
				steps: ['When Rows Are Due', 'Get Row Changes', 'Map Rows'],
			},
		];
		for (const { id, what, steps } of tables) {
			const [rows, table, column] = what as [string, string, string];
			const [trigger, read, map] = steps as [string, string, string];
			await editor.openWorkflow(id);
			await editor.showNode(read);
			await editor.addOption(`${rows} to Sync`);
			await editor.addTo(`${table}Filter`);
			await fillCondition(`${table}Filter`, [column, 'Left Out'], table === 'custom');
			await editor.closeNode();
			await kept(id, read, 'Left Out');
			const { data } = await n8n.runManually(id, trigger);
			const hints = data!.resultData.runData[map]?.[0]?.hints?.map(({ message }) => message);
			expect(hints).toContain('The sync filter leaves out 1 record of this page');
		}
	});

	it('Unlink, Link by Hand and Re-Point say what they have done, and do it', async () => {
		const { people, editor } = scene();
		const { n8n, lane, world } = people;
		await people.people.write('createOnly', 'email', [
			{ email: 'by.hand@clicked.example', lastName: 'Hand' },
		]);
		const [person] = await people.people.people('email', ['by.hand@clicked.example'], ['id']);
		const lead = people.pairs('lead').at(-1)!;
		const { emailaddress1 } = await people.row(lead);
		const linkOf = () =>
			lane.ask(`select state, marketo_id from link where dynamics_id = '${lead.id}'`)[0];
		const { id } = await n8n.importWorkflow(
			{
				name: 'Operate',
				nodes: [byHand, step({ resource: 'record', operation: 'unlink' })],
				connections: TO_STEP,
				settings: {},
			},
			world.credentials,
		);
		await editor.openWorkflow(id);
		await editor.showNode('Operate');
		await editor.openShortList(editor.page.getByTestId('resource-locator-record'));
		await editor.searchList(String(emailaddress1));
		await editor.pick(String(emailaddress1));
		await editor.press(/Unlinked; both records stay as they are/);
		expect(linkOf()).toMatchObject({ state: 'apart' });

		await editor.chooseOption('operation', /^Link by Hand/);
		await editor.type('personId', String(person!.id));
		await editor.press(/Linked with person/);
		expect(linkOf()).toEqual({ state: 'active', marketo_id: String(person!.id) });
		await people.sync();
		expect(await people.person({ person: Number(person!.id) }, 'dynamicsLeadId')).toMatchObject({
			dynamicsLeadId: lead.id,
		});

		await editor.chooseOption('resource', /^Sync/);
		await editor.chooseOption('operation', /^Re-Point/);
		expect(await editor.page.getByTestId('credentials-label').allInnerTexts()).toEqual([
			'Dynamics 365 Credential',
			'Marketo Credential',
		]);
		await editor.press(/No credential for Marketo is chosen/);
		await editor.pickCredential(
			editor.credentialPickers.nth(1),
			world.credentials.marketoApi!.name,
		);
		const { dynamics, marketo } = world.twins.line;
		const pair = `${new URL(dynamics.url).host} and ${new URL(marketo.url).host}`;
		await editor.press(new RegExp(`enter ${pair.replaceAll('.', String.raw`\.`)}`));
		await editor.chooseOption('rePointDo', /^Re-Point/);
		await editor.type('rePointConfirm', pair);
		await editor.press(/The sync already belongs to these two systems: nothing is changed/);
		await n8n.unpublish(lane.workflow);
		await waitFor(() => lane.state().run === null && lane.isCalm(), { what: 'the sync at rest' });
		const before = lane.count("link where state = 'active'");
		await editor.parameter('evenIfSame').locator('.el-switch').click();
		await editor.press(/The sync now belongs to the new systems and has forgotten/);
		expect(before).toBeGreaterThan(0);
		expect(lane.count("link where state = 'active'")).toBe(0);
		await people.publish();
		expect(lane.count("link where state = 'active'")).toBeGreaterThan(before - 3);
	});
}
