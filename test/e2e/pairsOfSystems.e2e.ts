import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { audit, unexcused } from '../auditor/audit';
import { mappingIn } from '../auditor/mapping';
import { DynamicsVendor } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import type { CredentialIds } from './harness/credentialPicker';
import { ROOT } from './harness/tools';
import { startTwins, type Twins, type TwinsLine } from './harness/twins';
import { waitFor } from './harness/waiting';
import { credentialData } from './harness/world';
import { operate } from './people/operate';
import { Scene } from './people/scene';
import { TwinControl } from './scenario/twinControl';

const PEOPLE_SYNC = path.join(ROOT, 'workflows/people-sync.json');
const SIZE = ['--leads', '600', '--contacts', '400', '--people', '200'];
const MEMORY = 'sandbox';

const humanOf = ({ marketo }: TwinsLine) =>
	new MarketoVendor({ ...marketo, clientId: 'human', clientSecret: 'secret-human' });

describe('pairs of systems in one n8n', () => {
	const scene = new Scene();
	/** Another organization and another subscription. */
	let other: Twins;
	/** The first organization's sandbox after a refresh: the same rows, another organization. */
	let refreshed: Twins;

	beforeAll(async () => {
		[, other, refreshed] = await Promise.all([
			scene.open(SIZE),
			startTwins([
				...'--seed 9 --leads 30 --contacts 20 --people 20 --munchkin-id 987-ZYX-654'.split(' '),
				'--organization-id',
				'5a4db0c5-0000-4000-8000-000000000044',
			]),
			startTwins([...SIZE, '--organization-id', '5a4db0c5-0000-4000-8000-000000000055']),
		]);
		await scene.world.publish();
		scene.useLinkedPairs();
	});
	afterAll(async () => {
		await Promise.all([other?.stop(), refreshed?.stop(), scene.close()]);
	});

	const ledgerOf = (memory: string) =>
		path.join(scene.world.n8n.folder, '.n8n/marketo-dynamics/memories', memory, 'ledger.sqlite');
	const ask = <Row>(memory: string, sql: string): Row[] => {
		const ledger = new DatabaseSync(ledgerOf(memory), { readOnly: true, timeout: 10_000 });
		try {
			return ledger.prepare(sql).all() as Row[];
		} finally {
			ledger.close();
		}
	};

	it('two run side by side, each with a memory of its own; neither sees or blocks the other', async () => {
		const { world } = scene;
		const { n8n } = world;
		const data = credentialData(other.line);
		const credentials: CredentialIds = { ...world.world.credentials };
		for (const type of ['microsoftDynamics365Api', 'marketoApi'] as const)
			credentials[type] = await n8n.createCredential(`Sandbox ${type}`, type, data[type]);
		const { id } = await n8n.importWorkflow(PEOPLE_SYNC, credentials);
		await expect(n8n.publish(id)).rejects.toThrow(/enter a name under Memory/);
		const workflow = await n8n.workflow(id);
		workflow.nodes.find(({ name }) => name === 'Resolve Sync Conflict')!.parameters.memory = MEMORY;
		await n8n.updateWorkflow(id, workflow);
		// Prepares the second subscription, checks both systems and previews, in the second memory.
		const setUp = await n8n.runManually(id, 'Set Up and Preview');
		expect(setUp.data!.resultData.error).toBeUndefined();
		await n8n.publish(id);
		const calm = async () =>
			await waitFor(
				() =>
					existsSync(ledgerOf(MEMORY)) &&
					ask(MEMORY, "select 1 from run where outcome = 'done'").length > 1 &&
					ask(MEMORY, "select 1 from plan union select 1 from queue where state = 'due'").length ===
						0,
				{ what: 'the first runs of the second pair', timeout: 120_000 },
			);
		await calm();
		const linked = ask(MEMORY, "select 1 from link where state = 'active'").length;
		expect(linked).toBeGreaterThan(40);

		const clean = async () => {
			const report = await audit({
				dynamics: new DynamicsVendor(other.line.dynamics),
				marketo: humanOf(other.line),
				mapping: mappingIn(workflow),
				ledgerFile: ledgerOf(MEMORY),
			});
			expect([unexcused(report), report.problems]).toEqual([[], []]);
		};
		await clean();
		const crm = new DynamicsVendor(other.line.dynamics);
		const [lead] = await crm.all('leads?$filter=statecode eq 0&$top=1');
		await crm.update('leads', String(lead!.leadid), { mobilephone: '+46 1' });
		const { make, done } = scene.work();
		await make();
		await done();
		await waitFor(
			async () =>
				(
					await humanOf(other.line).people(
						'dynamicsLeadId',
						[String(lead!.leadid)],
						['id', 'mobilePhone'],
					)
				)[0]?.mobilePhone === '+46 1',
			{ what: "the second pair's edit", timeout: 60_000 },
		);
		// Who asks says which one, and shows a credential of it.
		const status = await operate(scene, 'sync', 'showStatus', { memory: MEMORY });
		expect(status).toMatchObject({ lane: 'People (sandbox)', linkedInAll: linked });
		await expect(operate(scene, 'sync', 'pause', { memory: MEMORY })).rejects.toThrow(
			/different Dynamics 365 than the one/,
		);
		await calm();
		await n8n.unpublish(id);
		await clean();
	});

	it('a refreshed sandbox with a thousand pairs is taken over: nobody is doubled, and nothing is written to a stranger', async () => {
		const { world } = scene;
		const { n8n, credentials } = world.world;
		await world.sync();
		const before = [...world.pairs('lead'), ...world.pairs('contact')].map((pair) => pair.id);
		const pairs = before.length;
		const vendor = new DynamicsVendor(refreshed.line.dynamics);
		expect(pairs).toBeGreaterThan(900);
		const people = (await world.everybody()).length;
		const credential = credentials.microsoftDynamics365Api!;
		await n8n.client.rest('PATCH', `/credentials/${credential.id}`, {
			name: credential.name,
			type: 'microsoftDynamics365Api',
			data: credentialData(refreshed.line).microsoftDynamics365Api,
		});
		const stopped = await waitFor(() => world.lane.state().stopped, { what: 'the sync stopping' });
		expect(stopped).toContain('use "Re-Point" in the Marketo Dynamics Sync node');
		await world.forgetCalls();

		const preview = await operate(scene, 'sync', 'rePoint', {});
		expect(Number(preview.wouldLink)).toBeGreaterThan(100);
		expect(Number(preview.wouldCreate)).toBeLessThan(20);
		await expect(
			operate(scene, 'sync', 'rePoint', { rePointDo: 'rePoint', rePointConfirm: 'yes' }),
		).rejects.toThrow(/are not the ones that the two credentials reach/);
		expect(world.lane.count("link where state = 'active'")).toBe(pairs);
		const done = await waitFor(
			async () =>
				await operate(scene, 'sync', 'rePoint', {
					rePointDo: 'rePoint',
					rePointConfirm: preview.confirmWith!,
				}).catch(() => undefined),
			{ what: 'every write being answered', timeout: 60_000 },
		);
		expect(done).toMatchObject({ rePointed: true, linkedBefore: pairs });
		expect(existsSync(done!.savedAs!)).toBe(true);
		await world.sync();
		// All but those who were made since the copy.
		const there = new Set(
			[
				...(await vendor.all('leads?$select=leadid')),
				...(await vendor.all('contacts?$select=contactid')),
			].map(({ leadid, contactid }) => leadid ?? contactid),
		);
		const known = before.filter((guid) => there.has(guid));
		expect(before.length - known.length).toBeLessThan(3);
		expect(
			[...world.pairs('lead'), ...world.pairs('contact')].map((pair) => pair.id).sort(),
		).toEqual(known.sort());
		expect(await world.everybody()).toHaveLength(people);
		const report = await audit({
			dynamics: vendor,
			marketo: world.people,
			mapping: mappingIn(await world.workflow()),
			ledgerFile: path.join(n8n.folder, '.n8n/marketo-dynamics/ledger.sqlite'),
		});
		expect([unexcused(report), report.problems]).toEqual([[], []]);
		// The former organization was not even asked.
		const { log } = await new TwinControl(world.world.twins.line.dynamics.url).calls();
		expect(log.filter(({ path: address }) => address.includes('/api/data'))).toEqual([]);
		// A step that is executed again, as after a crash.
		expect(
			await operate(scene, 'sync', 'rePoint', {
				rePointDo: 'rePoint',
				rePointConfirm: preview.confirmWith!,
			}),
		).toMatchObject({ rePointed: false });
	});
});
