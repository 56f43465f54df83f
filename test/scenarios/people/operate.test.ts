import { forget } from '../../../sync/operate/forget';
import { PEOPLE } from '../../../sync/operate/lanes';
import { pause } from '../../../sync/operate/pause';
import { resume } from '../../../sync/operate/resume';
import { retry } from '../../../sync/operate/retry';
import { syncAgain } from '../../../sync/operate/syncAgain';
import { SyncWorld } from '../support/world';

describe('what people ask of the sync', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
	});
	afterEach(async () => void (await world.expectClean()));

	it('Pause lets no run begin, and Resume goes on with what changed meanwhile', async () => {
		const lead = await world.pair('lead');
		await world.editRow(lead, { jobtitle: 'Meanwhile' });
		await pause(world.ledger, PEOPLE);
		expect(await world.run()).toMatchObject({ pages: 0, outcome: 'The sync is paused' });
		expect((await world.status()).status).toBe('Paused');
		await resume(world.ledger, PEOPLE);
		await world.run({ after: 0 });
		expect(await world.person(lead)).toMatchObject({ title: 'Meanwhile' });
	});

	it('Explain tells what became of an edit', async () => {
		const lead = await world.pair('lead');
		const before = await world.explain(lead);
		await world.editRow(lead, { jobtitle: 'To be explained' });
		await world.run();
		const after = await world.explain(lead.person);
		expect(after).toMatchObject({ dynamicsId: lead.id, marketoId: String(lead.person) });
		expect(after.summary).toMatch(
			/has been linked with Marketo person.*Nothing about it is waiting/,
		);
		expect(after.timeline.length).toBeGreaterThan(before.timeline.length);
		expect(after.timeline.at(-1)).toMatch(/jobtitle|title/);
	});

	it('Retry tries a refused value again, after the reason is gone', async () => {
		const lead = await world.pair('lead');
		await world.dynamics.post('plugin', {
			table: 'lead',
			column: 'jobtitle',
			on: ['update'],
			do: 'refuse',
			value: 'Refused',
			message: "The column 'jobtitle' must not say this.",
		});
		await world.editPerson(lead, { title: 'Refused' });
		await world.run();
		await world.dynamics.remove('plugin');
		expect((await world.run()).writes).toEqual([]);
		expect(await retry(world.ledger, { id: lead.id })).toMatchObject({ fields: 1 });
		const { help } = await world.run();
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Refused' });
		expect(help).toMatchObject([{ status: 'solved' }]);
	});

	it('Sync Again reads both sides of a record', async () => {
		const contact = await world.pair('contact');
		await world.run();
		const reads = ({ calls }: Awaited<ReturnType<typeof world.run>>) =>
			[...calls.dynamics, ...calls.marketo].length;
		const idle = reads(await world.run());
		await syncAgain(world.ledger, { id: contact.id });
		expect(reads(await world.run())).toBe(idle + 2);
	});

	it('Forget drops a partner, and the record is matched anew', async () => {
		const contact = await world.pair('contact');
		await forget(world.ledger, { id: contact.id });
		expect(await world.pairs('contact')).not.toContainEqual(contact);
		await world.runs(2);
		expect(await world.pairs('contact')).toContainEqual(contact);
	});
});
