import { setTimeout as sleep } from 'node:timers/promises';
import { linkedPairs } from '../demo/edits';
import { PEOPLE_PASSWORD, personName } from '../twins/dynamics/principals';
import { DynamicsVendor, type Row } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { startDemo, type Demo } from './harness/demo';
import { waitFor } from './harness/waiting';
import { TwinControl } from './scenario/twinControl';

/** The row of *Sync status*, as far as this looks at it. */
interface Status {
	status: string;
	lastRun: string;
	lastRunEnded: string;
	linked: number;
	linkedInAll: number;
	toDynamics: number;
	toMarketo: number;
	conflicts: number;
	needHelp: number;
	notes: string;
}

/** An edit shows in Marketo's activity log a second later. */
const LOGGED_MS = 1_100;
const ASKING_FOR_CHANGES = { method: 'GET', path: '/rest/v1/activities/leadchanges.json' };

/**
 * `docs/automation.md` to the letter, by a script that knows nothing but the line of the demo. Runs
 * are five minutes apart here, so that what arrives sooner arrived because of the call.
 */
describe('driving the sync from a script', () => {
	let demo: Demo;
	let crm: DynamicsVendor;
	let people: MarketoVendor;
	let marketo: TwinControl;

	beforeAll(async () => {
		demo = await startDemo(['--leads', '20', '--contacts', '10', '--people', '10']);
		const person = { name: personName(1), password: PEOPLE_PASSWORD };
		crm = new DynamicsVendor({ ...demo.line.dynamics, person });
		const human = { clientId: 'human', clientSecret: 'secret-human' };
		people = new MarketoVendor({ ...demo.line.marketo, ...human });
		marketo = new TwinControl(demo.line.marketo.url);
	});
	afterAll(async () => await demo?.stop());

	/** `curl -X POST` with these headers. */
	const call = async (headers: Record<string, string>) => {
		const response = await fetch(demo.line.syncNow.url, { method: 'POST', headers });
		return { code: response.status, text: await response.text() };
	};
	const syncNow = async () => {
		const { code, text } = await call(demo.line.syncNow.headers);
		if (code !== 200) throw new Error(`${code}: ${text}`);
		return JSON.parse(text) as Status;
	};
	const publish = async (file: string) => {
		const { url, apiKey } = demo.line.n8n;
		const { id } = demo.line.workflows.find((one) => one.file === file)!;
		const response = await fetch(`${url}/api/v1/workflows/${id}/publish`, {
			method: 'POST',
			headers: { 'X-N8N-API-KEY': apiKey },
		});
		return { code: response.status, text: await response.text() };
	};

	it('runs nothing before both workflows are published through the API', async () => {
		expect((await call(demo.line.syncNow.headers)).code).toBe(404);
		for (const file of ['people-sync.json', 'sync-now.json']) {
			expect(await publish(file)).toMatchObject({ code: 200 });
		}
		await waitFor(async () => (await call({})).code !== 404, { what: 'the address being there' });
	});

	it('lets nobody in without the header or with another value', async () => {
		const [name] = Object.keys(demo.line.syncNow.headers);
		for (const headers of [{}, { [name!]: 'guessed' }]) {
			const { code, text } = await call(headers);
			expect([401, 403]).toContain(code);
			expect(text).not.toMatch(/linked|lastRun/);
		}
	});

	it('starts a run and answers its row when it has ended, with all edits made before at the other side', async () => {
		const first = await syncNow();
		expect(first).toMatchObject({ status: 'Up to date', notes: '' });
		expect(first.linkedInAll).toBeGreaterThan(20);

		const [lead] = await linkedPairs(crm, people, 'lead');
		const [contact] = await linkedPairs(crm, people, 'contact');
		await crm.update('leads', lead!.dynamicsId, { jobtitle: 'From Dynamics' });
		await people.write('updateOnly', 'id', [{ id: contact!.marketoId, title: 'From Marketo' }]);
		await sleep(LOGGED_MS);
		const called = Date.now();
		const row = await syncNow();
		console.log(`The call took ${Date.now() - called} ms`);

		const [person] = await people.people('id', [lead!.marketoId], ['id', 'title']);
		expect(person).toMatchObject({ title: 'From Dynamics' });
		expect(await crm.get(`contacts(${contact!.dynamicsId})`)).toMatchObject({
			jobtitle: 'From Marketo',
		});
		expect(row).toMatchObject({ status: 'Up to date', toDynamics: 1, toMarketo: 1, conflicts: 0 });
		expect(Date.parse(row.lastRun)).toBeGreaterThanOrEqual(called);
		expect(Date.parse(row.lastRunEnded)).toBeGreaterThanOrEqual(Date.parse(row.lastRun));
		for (const number of [row.linked, row.needHelp]) expect(typeof number).toBe('number');
	});

	it('lets a run that is on end first, and answers when the next has ended', async () => {
		const [, lead] = await linkedPairs(crm, people, 'lead');
		await marketo.forgetCalls();
		await marketo.fail({ match: ASKING_FOR_CHANGES, hold: true });
		const before = syncNow();
		await waitFor(async () => (await marketo.faultsLeft()) === 0, { what: 'a run being on' });
		await crm.update('leads', lead!.dynamicsId, { jobtitle: 'While a run was on' });
		const called = Date.now();
		let answered = false;
		const call = syncNow().finally(() => (answered = true));
		await sleep(3_000);
		expect(answered).toBe(false);
		await marketo.release();

		const [earlier, row] = [await before, await call];
		expect(Date.parse(earlier.lastRun)).toBeLessThanOrEqual(Date.parse(row.lastRun));
		expect(Date.parse(row.lastRun)).toBeGreaterThanOrEqual(called);
		const [person] = await people.people('id', [lead!.marketoId], ['id', 'title']);
		expect(person).toMatchObject({ title: 'While a run was on' });
	});

	it('sync-at-once.json takes an edit in Dynamics to Marketo within seconds, and does not wake itself', async () => {
		const sync = new DynamicsVendor(demo.line.dynamics);
		expect(await publish('sync-at-once.json')).toMatchObject({ code: 200 });
		await waitFor(
			async () => (await sync.all('sdkmessageprocessingsteps?$select=name')).length === 6,
			{ what: 'three events of two tables being registered' },
		);
		const waits: number[] = [];
		for (const table of ['lead', 'contact'] as const) {
			const [pair] = await linkedPairs(crm, people, table);
			// An edit that falls into a run waits for the next: this one is to start its own.
			await syncNow();
			const jobtitle = `At once ${table}`;
			const began = Date.now();
			await crm.update(`${table}s`, pair!.dynamicsId, { jobtitle });
			await waitFor(
				async () => {
					const [person] = await people.people('id', [pair!.marketoId], ['id', 'title']);
					return person?.title === jobtitle;
				},
				{ timeout: 60_000, interval: 100, what: `the ${table} being in Marketo` },
			);
			waits.push(Date.now() - began);
		}
		console.log(
			`Edit in Dynamics to person changed in Marketo: ${waits.join(' ms (lead), ')} ms (contact)`,
		);
		expect(Math.min(...waits)).toBeLessThan(30_000);

		// What the sync writes to Dynamics is told as well, but starts nothing.
		await syncNow();
		const dynamics = new TwinControl(demo.line.dynamics.url);
		const deliveries = async () =>
			(await dynamics.get<{ deliveries: Row[] }>('deliveries')).deliveries;
		const before = (await deliveries()).length;
		await marketo.forgetCalls();
		const [lead] = await linkedPairs(crm, people, 'lead');
		await sync.update('leads', lead!.dynamicsId, { jobtitle: 'By the user of the sync' });
		const post = await waitFor(async () => (await deliveries())[before], { what: 'the post' });
		await waitFor(async () => (await deliveries())[before]!.state === 'succeeded', {
			what: 'its answer',
		});
		expect(post).toMatchObject({ table: 'lead', message: 'Update' });
		await sleep(6_000);
		const { log } = await marketo.calls();
		expect(log.filter(({ path }) => path.startsWith('/rest/v1/activities'))).toEqual([]);
	});
});
