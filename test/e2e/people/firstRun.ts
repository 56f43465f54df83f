import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { INode } from 'n8n-workflow';
import type { AllRecords } from '../../../sync/items';
import { TABLES } from '../../auditor/mapping';
import type { Person } from '../../vendors/marketo';
import type { Execution } from '../harness/n8nServer';
import { ledgerFile } from '../scenario/lane';
import type { Scene } from './scene';

const lower = (value: unknown) => String((value as string | null) ?? '').toLowerCase();

/** What a node handed out by its n-th output. */
const outputOf = ({ data }: Execution, node: string, output = 0) =>
	(data!.resultData.runData[node]?.[0]?.data?.main?.[output] ?? []).map(({ json }) => json);

/** Two systems that both have people meet. Who wins what: `test/scenarios/people/{firstRun,shippedMapping}.test.ts`. */
export function firstRun(scene: Scene): void {
	const rows = () => scene.rowsBefore.lead.length + scene.rowsBefore.contact.length;
	let previewed: Execution;
	it('is previewed by hand: nothing is written, everything is shown', async () => {
		await scene.world.forgetCalls();
		previewed = await scene.world.n8n.runManually(scene.world.lane.workflow, 'When a Sync Is Due');
		expect(previewed.status).toBe('success');
		expect(await scene.world.writeCalls()).toEqual([]);
		for (const table of [
			'link',
			'plan',
			'held',
			'queue',
			'conflict',
			'history',
			'feed',
			'run',
			'seen',
			'log',
		]) {
			expect([table, scene.world.lane.count(table)]).toEqual([table, 0]);
		}
		const [summary, ...lines] = outputOf(previewed, 'Resolve Sync Conflict', 1);
		expect(summary!.field).toMatch(
			/^This page would link \d+ records?, create \d+ people in Marketo, /,
		);
		expect(summary!.reason).toMatch(/ calls? to Marketo .* Nothing was written$/);
		expect(lines.length).toBeGreaterThan(0.4 * rows());
		for (const { name, field, dynamicsLink } of lines)
			expect([name, field, dynamicsLink]).toEqual([
				expect.stringMatching(/./),
				expect.stringMatching(/./),
				expect.stringMatching(/\/main\.aspx\?pagetype=entityrecord&etn=(lead|contact)&id=/),
			]);
		expect(outputOf(previewed, 'Resolve Sync Conflict', 0).length).toBeGreaterThan(0.01 * rows());
		// Nothing is handed on, so that not even the table of the status is made.
		for (const node of ['Update Dynamics', 'Update Marketo'])
			expect(outputOf(previewed, node)).toEqual([]);
		expect(previewed.data!.resultData.runData['Record Results']).toBeUndefined();
		expect(outputOf(previewed, 'Resolve Sync Conflict', 2).length).toBeGreaterThan(0.01 * rows());
		expect(outputOf(previewed, 'Resolve Sync Conflict', 3).length).toBeGreaterThan(0);
		expect(await scene.world.n8n.dataTableRows('Sync conflicts')).toEqual([]);
		expect(await scene.world.n8n.dataTableRows('Sync needs help')).toEqual([]);
	});

	let whole: AllRecords;
	it('is previewed with all records by an option: counted first, by a run that writes nothing, and its memory is deleted', async () => {
		const { n8n, lane, world } = scene.world;
		const drafted = await scene.world.workflow();
		const nodes = drafted.nodes.map((node) =>
			node.name === 'Preview Mapping'
				? {
						...node,
						parameters: { ...node.parameters, previewOf: 'all' },
						credentials: world.credentials as INode['credentials'],
					}
				: node,
		);
		await n8n.updateWorkflow(lane.workflow, { ...drafted, nodes });
		await scene.world.forgetCalls();
		const execution = await n8n.runManually(lane.workflow, 'Set Up and Preview');
		expect([execution.status, execution.data!.resultData.error?.message]).toEqual([
			'success',
			undefined,
		]);
		await n8n.updateWorkflow(lane.workflow, drafted);
		expect(await scene.world.writeCalls()).toEqual([]);
		for (const table of ['link', 'plan', 'queue', 'conflict', 'history', 'feed', 'run'])
			expect([table, lane.count(table)]).toEqual([table, 0]);
		expect(await n8n.dataTableRows('Sync conflicts')).toEqual([]);
		const folder = path.dirname(ledgerFile(n8n));
		expect(readdirSync(folder).filter((name) => name.startsWith('trial'))).toEqual([]);

		whole = outputOf(execution, 'Preview Mapping')[0]!.all as unknown as AllRecords;
		expect(whole.stopped).toBeNull();
		const [summary, ...lines] = outputOf(execution, 'Resolve Sync Conflict', 1);
		expect(summary!.field).toMatch(
			/^Of all records this field mapping would link \d+ records, create \d+ people in Marketo, /,
		);
		expect(summary!.reason).toMatch(/calls to Marketo .* Nothing was written$/);
		expect(lines.length).toBeGreaterThan(0.4 * rows());
	});

	it('does what was previewed', async () => {
		await scene.world.publish();
		const people = await scene.world.everybody();
		const open = (await scene.world.n8n.dataTableRows('Sync needs help')).filter(
			({ status }) => status === 'needs help',
		);
		expect({
			create: people.length - scene.peopleBefore.length,
			conflicts: (await scene.world.n8n.dataTableRows('Sync conflicts')).length,
			needHelp: open.length,
			linked: scene.world.lane.count("link where state = 'active'"),
		}).toEqual({
			create: whole.changes.find(({ operation }) => operation === 'create')!.records,
			conflicts: whole.conflicts,
			needHelp: whole.needHelp,
			linked: whole.linked + whole.changes.find(({ operation }) => operation === 'create')!.records,
		});
		const created = outputOf(previewed, 'Resolve Sync Conflict', 1).filter(
			({ change }) => change === 'Create',
		);
		expect(created.length).toBeGreaterThan(0.3 * rows());
		const made = new Map(
			(await scene.world.everybody())
				.filter(({ id }) => !scene.peopleBefore.some((one) => one.id === id))
				.map((person) => [person.dynamicsLeadId ?? person.dynamicsContactId, person]),
		);
		for (const { dynamicsId, newValue } of created) {
			const person = made.get(dynamicsId as string);
			expect([dynamicsId, newValue]).toEqual([
				dynamicsId,
				expect.stringContaining(`Last Name: ${String(person?.lastName)}`),
			]);
		}
		const recorded = (await scene.world.n8n.dataTableRows('Sync conflicts')).map(
			({ conflictId }) => conflictId,
		);
		const conflicts = outputOf(previewed, 'Resolve Sync Conflict', 2).map(({ id }) => id);
		expect(recorded).toEqual(expect.arrayContaining(conflicts));
	});

	it('gives every lead and contact one person, or says why not', async () => {
		const report = await scene.world.expectClean();
		const people = await scene.world.everybody();
		const help = await scene.world.n8n.dataTableRows('Sync needs help');
		let lonely = 0;
		for (const table of TABLES) {
			const carried = people.map(
				(person) => person[table === 'lead' ? 'dynamicsLeadId' : 'dynamicsContactId'],
			);
			for (const row of scene.rowsBefore[table]) {
				const id = row[`${table}id`];
				const carriers = carried.filter((one) => one === id).length;
				if (carriers === 1) continue;
				expect(carriers).toBe(0);
				lonely++;
				expect(help).toContainEqual(
					expect.objectContaining({ recordKey: `${table}:${String(id)}`, status: 'needs help' }),
				);
			}
		}
		expect(report.pairs).toBe(rows() - lonely);
		// One lead whose address two people have, and one whose address a contact has too.
		expect(lonely).toBe(2);
	});

	it('names two people with one e-mail address instead of guessing', async () => {
		const counts = new Map<string, Person[]>();
		for (const person of scene.peopleBefore) {
			const email = lower(person.email);
			if (email) counts.set(email, [...(counts.get(email) ?? []), person]);
		}
		const doubled = [...counts.values()].filter((people) => people.length > 1);
		expect(doubled).toHaveLength(1);
		const [one, other] = doubled[0]!;
		const lead = scene.rowsBefore.lead.find(
			(row) => lower(row.emailaddress1) === lower(one!.email),
		)!;
		expect(await scene.world.peopleOf('lead', String(lead.leadid))).toEqual([]);
		const [help] = await scene.world.tableRows('Sync needs help', String(lead.leadid));
		expect(help).toMatchObject({ status: 'needs help', recordType: 'lead', label: lead.fullname });
		expect(help!.reason).toContain(String(one!.id));
		expect(help!.reason).toContain(String(other!.id));
		expect(help!.remedy).not.toBe('');
	});

	it('takes the contact as partner where a lead has the same e-mail address', async () => {
		const contact = scene.rowsBefore.contact.find((row) =>
			scene.rowsBefore.lead.some(
				(lead) => row.emailaddress1 && lead.emailaddress1 === row.emailaddress1,
			),
		)!;
		const lead = scene.rowsBefore.lead.find((row) => row.emailaddress1 === contact.emailaddress1)!;
		const [person, ...others] = await scene.world.peopleOf(
			'contact',
			String(contact.contactid),
			'microsoftType',
			'dynamicsLeadId',
		);
		expect(others).toEqual([]);
		expect(person).toMatchObject({ microsoftType: 'Contact', dynamicsLeadId: null });
		const [help] = await scene.world.tableRows('Sync needs help', String(lead.leadid));
		expect(help).toMatchObject({ status: 'needs help', recordType: 'lead' });
		expect(help!.reason).toContain(String(contact.contactid));
	});

	afterAll(() => scene.useLinkedPairs());
}
