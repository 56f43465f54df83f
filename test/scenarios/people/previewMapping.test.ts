import { row, smallMapping } from '../support/mapping';
import { SyncWorld } from '../support/world';

const DRAFTED = smallMapping({
	lead: [
		row('fax>fax'),
		row('mobilephone>mobilePhone', { direction: 'toMarketo' }),
		// Another field than before.
		row('jobtitle>department'),
		row('telephone1>phone', { winner: 'ask' }),
	],
});

/** Rows of one field mapping, and what another would do to them. */
describe('a preview of the field mapping', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start();
		await world.pair('contact', { lastname: 'Bystander', jobtitle: 'Clerk' });
		await world.pair('lead', {
			firstname: 'Ada',
			lastname: 'Lovelace',
			fax: '+1 200',
			jobtitle: 'Countess',
		});
		const gone = await world.pair('lead', { fax: '+1 300' });
		await world.newRow('lead', { lastname: 'New', emailaddress1: 'new@example.com' });
		await world.deleteRow(gone);
		world.mapping = DRAFTED;
	});

	const ledgerTables = ['link', 'plan', 'history', 'queue', 'feed', 'mapping', 'run', 'conflict'];
	const memory = async () =>
		JSON.stringify(
			await Promise.all(
				ledgerTables.map(
					async (table) =>
						await world.ledger.db
							.selectFrom(table as 'link')
							.selectAll()
							.execute(),
				),
			),
		);

	it('shows linked records under the mapping as it is drafted, and nobody else', async () => {
		const { preview, errors } = await world.preview(100);
		expect(errors).toEqual([]);
		expect(preview!.summary).toMatch(
			/^Of 2 linked records this field mapping would update 1 person in Marketo\. /,
		);
		expect(preview!.toMarketo.slice(1)).toMatchObject([
			{ name: 'Ada Lovelace', field: 'Fax Number (fax)', oldValue: '', newValue: '+1 200' },
			{
				name: 'Ada Lovelace',
				field: 'Department (department)',
				oldValue: '',
				newValue: 'Countess',
				reason: 'First contact: empty never wins',
			},
		]);
		expect(preview!.toDynamics).toHaveLength(1);
	});

	it('writes nothing, neither to the systems nor to the ledger, and reads nothing but these records', async () => {
		const before = await memory();
		const from = { d: world.lines.dynamics.calls.length, m: world.lines.marketo.calls.length };
		await world.preview(100);
		expect(await memory()).toBe(before);
		const calls = [
			...world.lines.dynamics.calls.slice(from.d),
			...world.lines.marketo.calls.slice(from.m),
		];
		expect(calls.filter((call) => /\(1 GET\)|leads\.json/.test(call))).toEqual([
			'POST $batch (1 GET)',
			'POST $batch (1 GET)',
			'GET leads.json',
		]);
		expect(calls.join()).not.toMatch(/activities|PATCH|POST leads/);
	});

	it('takes as many as were asked for, those that were linked last first', async () => {
		const { preview } = await world.preview(2);
		expect(preview!.summary).toMatch(
			/^Of 1 linked record this field mapping would update 1 person/,
		);
	});

	it('has changed nothing for the run that comes: the published mapping goes on', async () => {
		world.mapping = smallMapping();
		const { errors } = await world.run();
		expect(errors).toEqual([]);
		await world.expectClean();
	});
});
