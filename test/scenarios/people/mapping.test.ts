import type { MappingRow, PeopleMapping } from '../../../sync/mapping';
import { row, smallMapping } from '../support/mapping';
import { SyncWorld, type WorldOptions } from '../support/world';

const leads = (...rows: MappingRow[]): PeopleMapping => smallMapping({ lead: rows });

/** A mapping without the row on this column of leads. */
function without(column: string): PeopleMapping {
	const mapping = smallMapping();
	mapping.lead.rows = mapping.lead.rows.filter((one) => one.column !== column);
	return mapping;
}

/** A text column that an organization has made. */
const LATER = {
	LogicalName: 'new_later',
	SchemaName: 'new_Later',
	AttributeType: 'String',
	MaxLength: 100,
	DisplayName: { UserLocalizedLabel: { Label: 'Later' } },
	IsValidForCreate: true,
	IsValidForRead: true,
	IsValidForUpdate: true,
};

/** The sync's mark on people whose row was deleted. */
const DELETED = 'microsoftIsDeleted';

const start = async (options: WorldOptions = {}) => await SyncWorld.start(options);

describe('a change of the mapping reaches the records that are there (D1, R50)', () => {
	it("a row's field is another: filled by the next run, and then all is at rest", async () => {
		const world = await start();
		const [lead, other] = [
			await world.pair('lead', { jobtitle: 'Clerk' }),
			await world.pair('lead', { jobtitle: 'Chief' }),
		];
		world.mapping = leads(row('jobtitle>department'));
		const { calls, conflicts } = await world.run();
		expect(conflicts).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ department: 'Clerk', title: 'Clerk' });
		expect(await world.person(other)).toMatchObject({ department: 'Chief' });
		expect(calls.marketo.filter((call) => call === 'GET leads.json')).toHaveLength(1);
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
		await world.expectClean();
	});

	it('a new row on a column that was read anyway', async () => {
		const world = await start();
		const lead = await world.pair('lead', { firstname: 'Ann', lastname: 'Lee' });
		world.mapping = leads(row('fullname>department', { direction: 'toMarketo' }));
		await world.run();
		expect(await world.person(lead)).toMatchObject({ department: 'Ann Lee' });
		await world.expectClean();
	});

	it('a row changes values in another way', async () => {
		const world = await start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		world.mapping = leads(
			row('jobtitle>title', { direction: 'toMarketo', transform: { letterCase: 'upper' } }),
		);
		await world.run();
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Clerk' },
			person: { title: 'CLERK' },
		});
		await world.expectClean();
	});

	it('a row goes both ways where it went one way', async () => {
		const world = await start({
			mapping: leads(row('jobtitle>title', { direction: 'toMarketo' })),
		});
		const lead = await world.pair('lead', { jobtitle: null });
		await world.editPerson(lead, { title: 'Of Marketo' });
		world.mapping = leads(row('jobtitle>title', { direction: 'toDynamics' }));
		await world.runs(2);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Of Marketo' });
		world.mapping = leads(row('jobtitle>title'));
		await world.editRow(lead, { jobtitle: 'Of Dynamics' });
		await world.runs(2);
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Of Dynamics' },
			person: { title: 'Of Dynamics' },
		});
		await world.expectClean();
	});

	it('a row is written not only on create any more: what differs meets as for the first time', async () => {
		const world = await start({ mapping: leads(row('jobtitle>title', { onlyOnCreate: true })) });
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Here' });
		await world.editPerson(lead, { title: 'There' });
		await world.run();
		world.mapping = leads(row('jobtitle>title', { winner: 'dynamics' }));
		const { conflicts } = await world.run();
		expect(await world.person(lead)).toMatchObject({ title: 'Here' });
		expect(conflicts).toMatchObject([{ dynamicsValue: 'Here', marketoValue: 'There' }]);
		await world.expectClean();
	});

	it('empty values are copied where they were not', async () => {
		const world = await start({ mapping: leads(row('jobtitle>title', { empty: 'onlyFill' })) });
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ title: 'Clerk' });
		world.mapping = leads(row('jobtitle>title', { empty: 'copy', winner: 'dynamics' }));
		await world.run();
		expect(await world.person(lead)).toMatchObject({ title: 'Chief' });
		await world.expectClean();
	});

	it.each(['here', 'there'])(
		'a row that was removed is back: what was edited meanwhile is carried over (%s, D3)',
		async (side) => {
			const world = await start();
			const lead = await world.pair('lead', { jobtitle: 'Clerk' });
			await world.runs(2);
			world.mapping = without('jobtitle');
			await world.run();
			if (side === 'here') await world.editRow(lead, { jobtitle: 'New' });
			else await world.editPerson(lead, { title: 'New' });
			await world.runs(2);
			world.mapping = smallMapping();
			const { conflicts } = await world.run();
			expect(await world.both(lead)).toMatchObject({
				row: { jobtitle: 'New' },
				person: { title: 'New' },
			});
			expect(conflicts).toEqual([]);
			expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
			await world.expectClean();
		},
	);

	it.each([
		['a column that was read anyway', 'jobtitle>department', { jobtitle: 'Clerk' }, 'Clerk'],
		['a column that has to be read anew', 'fax>fax', { fax: '1' }, '1'],
	])(
		'only records changed since a day are filled, where somebody has asked for that: the others with their next change; %s',
		async (_, mapped, columns, value) => {
			const world = await start();
			const [untouched, changed] = [
				await world.pair('lead', { ...columns, telephone1: '1' }),
				await world.pair('lead', { ...columns, telephone1: '1' }),
			];
			world.clock.advance(86_400_000);
			world.fillSince = new Date(world.clock.now() - 3_600_000).toISOString();
			await world.editRow(changed, { telephone1: '2' });
			await world.run();
			const field = mapped.split('>')[1]!;
			world.mapping = leads(row(mapped), row('telephone1>phone'));
			const runs = await world.runs(3);
			expect(await world.person(changed)).toMatchObject({ [field]: value });
			expect(await world.person(untouched)).toMatchObject({ [field]: null });
			expect(runs.flatMap(({ writes }) => writes)).toHaveLength(1);
			await world.editRow(untouched, { telephone1: '3' });
			await world.run();
			expect(await world.person(untouched)).toMatchObject({ [field]: value, phone: '3' });
			expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
		},
	);

	it('a row is removed: what was refused or asked of it waits for nobody any more', async () => {
		const world = await start({
			mapping: leads(
				row('jobtitle>title', { winner: 'ask' }),
				row('description>department', { direction: 'toMarketo' }),
			),
		});
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Here', description: 'x'.repeat(300) });
		await world.editPerson(lead, { title: 'There' });
		await world.run();
		expect(await world.status()).toMatchObject({ openQuestions: 1, heldFields: 1 });
		world.mapping = without('jobtitle');
		const { help } = await world.run();
		expect(await world.status()).toMatchObject({ openQuestions: 0, heldFields: 0 });
		expect(help).toMatchObject([{ status: 'solved', field: 'department' }]);
	});

	it('a row is back that was gone before Marketo told what was written: who has emptied the field since is on record', async () => {
		const world = await start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editRow(lead, { jobtitle: 'Chief' });
		await world.run();
		// Of contacts neither, so that nobody reads the log for the field.
		const { lead: rows, contact } = without('jobtitle');
		world.mapping = {
			lead: rows,
			contact: { ...contact, rows: contact.rows.filter(({ field }) => field !== 'title') },
		};
		await world.editPerson(lead, { title: null });
		await world.run();
		await world.run({ after: 3_600_000 });
		world.mapping = smallMapping();
		const runs = await world.runs(6);
		expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([
			{ dynamicsValue: 'Chief', marketoValue: '', winner: 'marketo' },
		]);
		expect(await world.row(lead)).toMatchObject({ jobtitle: null });
		await world.expectClean();
	});

	it('what was refused fits by another rule', async () => {
		const long = row('description>department', { direction: 'toMarketo' });
		const world = await start({ mapping: leads(long) });
		const lead = await world.pair('lead', { description: 'x'.repeat(300) });
		expect(await world.status()).toMatchObject({ heldFields: 1 });
		world.mapping = leads({ ...long, transform: { truncate: 10 } });
		await world.runs(2);
		expect(await world.person(lead)).toMatchObject({ department: 'x'.repeat(10) });
		expect(await world.status()).toMatchObject({ heldFields: 0 });
	});

	it('what may differ more, and who wins, costs nothing', async () => {
		const world = await start();
		await world.pair('lead', { jobtitle: 'Clerk' });
		await world.runs(2);
		world.mapping = leads(row('jobtitle>title', { empty: 'neverOverwrite', winner: 'newest' }));
		const { calls } = await world.run();
		expect(calls.marketo.filter((call) => call.includes('leads.json'))).toEqual([]);
	});
});

describe('while the mapping is filled', () => {
	const TO_DEPARTMENT = leads(row('jobtitle>department'));

	it('n8n is killed over a write: the rest goes on, nothing is written twice', async () => {
		const world = await start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		world.mapping = TO_DEPARTMENT;
		world.bend('marketo', /POST leads\.json.*Clerk/s, async (request, send) => {
			await send(request);
			return await world.killN8n();
		});
		await world.run();
		const { writes } = await world.run();
		expect(writes).toEqual([]);
		expect(await world.person(lead)).toMatchObject({ department: 'Clerk' });
		await world.runs(2);
		await world.expectClean();
	});

	it('n8n is killed over a read: it is read again, and the status says how far it is', async () => {
		const world = await start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.pair('contact');
		world.mapping = TO_DEPARTMENT;
		world.bend('marketo', 'GET leads.json', async () => await world.killN8n());
		await world.run();
		expect((await world.status()).notes).toBe(
			'Filling 1 changed mapping row: 0 of 1 linked records.',
		);
		await world.run();
		expect(await world.person(lead)).toMatchObject({ department: 'Clerk' });
		expect((await world.status()).notes).toBe('');
	});

	it('the mapping changes again: all have what it says last', async () => {
		const world = await start();
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		world.mapping = TO_DEPARTMENT;
		world.bend('marketo', 'GET leads.json', async () => await world.killN8n());
		await world.run();
		world.mapping = leads(row('jobtitle>department', { transform: { letterCase: 'upper' } }));
		await world.runs(2);
		expect(await world.person(lead)).toMatchObject({ department: 'CLERK' });
		expect((await world.status()).notes).toBe('');
	});
});

describe('a column that Dynamics was not asked for so far (R33)', () => {
	const WITH_FAX = leads(row('fax>fax'));
	/** Only the new full read names it. */
	const FULL_READ = /GET leads .*fax/s;

	it('is read of everybody once, and filled', async () => {
		const world = await start();
		const lead = await world.pair('lead', { fax: '1' });
		world.mapping = WITH_FAX;
		await world.run();
		expect(await world.person(lead)).toMatchObject({ fax: '1' });
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
		await world.editRow(lead, { fax: '2' });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ fax: '2' });
		await world.expectClean();
	});

	it('edits and deletes arrive as ever while that takes its time', async () => {
		const world = await start();
		const lead = await world.pair('lead', { fax: '1', jobtitle: 'Clerk' });
		const other = await world.pair('lead', { fax: '2' });
		const gone = await world.pair('lead', { fax: '3' });
		await world.runs(2);
		world.mapping = WITH_FAX;
		const heal = world.bend(
			'dynamics',
			FULL_READ,
			async () => ({ status: 503, headers: { 'retry-after': '120' }, body: {} }),
			Infinity,
		);
		await world.run();
		await world.editRow(lead, { jobtitle: 'Chief', fax: '4' });
		await world.deleteRow(gone);
		await world.run();
		expect(await world.person(lead)).toMatchObject({ title: 'Chief', fax: null });
		expect(await world.person(gone)).toMatchObject({ [DELETED]: true });
		heal();
		await world.runs(2);
		expect(await world.person(lead)).toMatchObject({ title: 'Chief', fax: '4' });
		expect(await world.person(other)).toMatchObject({ fax: '2' });
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
		await world.expectClean();
	});
});

describe('a row of the mapping whose column or field is not there (D4, B5)', () => {
	it('from the start: it is named, and filled once it is there', async () => {
		const world = await start({ mapping: leads(row('new_later>department')) });
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const before = await world.status();
		expect(before.notes).toContain('new_later>department');
		await world.dynamics.post('tables', { LogicalName: 'lead', Attributes: [LATER] });
		await world.crm.update('leads', lead.id, { new_later: 'Sales' });
		await world.runs(3);
		expect(await world.person(lead)).toMatchObject({ department: 'Sales' });
		expect((await world.status()).notes).toBe('');
		await world.expectClean();
	});
});

describe('a mapping', () => {
	it('R41: that is published in the middle of a run ends it without an error; the next one begins at once, with the new mapping', async () => {
		const world = await SyncWorld.start({ leads: 60 });
		world.bend(
			'dynamics',
			/GET leads(?!.*filter)/,
			async (request, send) => {
				const Prefer = 'odata.track-changes,odata.maxpagesize=20';
				return await send({ ...request, headers: { ...request.headers, Prefer } });
			},
			Infinity,
		);
		world.bend('marketo', 'POST leads.json', async (request, send) => {
			world.mapping = leads(row('jobtitle>department'));
			return await send(request);
		});
		const before = await world.run();
		expect([before.errors, before.outcome]).toEqual([[], 'the field mapping was changed']);
		expect(before.notes.join()).toMatch(/The run ends here; the next one starts at once/);
		const lead = await world.newRow('lead', {
			lastname: 'New',
			emailaddress1: 'new@x.example',
			jobtitle: 'Clerk',
		});
		const after = await world.run({ after: 0 });
		expect([after.errors, after.outcome]).toEqual([[], 'done']);
		const pair = (await world.pairs('lead')).find(({ id }) => id === lead)!;
		expect(await world.person(pair)).toMatchObject({ department: 'Clerk' });
		expect(await world.pairs('lead')).toHaveLength(61);
		await world.runs(2);
		await world.expectClean();
	});
});
