import type { WireAnswer } from '../../../apis/wire/wire';
import type { HelpItem } from '../../../sync/items';
import type { Row } from '../../vendors/dynamics';
import { row, smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { SyncWorld } from '../support/world';

describe('R36: a value that a system refuses', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({
			mapping: smallMapping({ lead: [row('subject>microsoftTopic')] }),
		});
		const plugin = { table: 'lead', column: 'jobtitle', on: ['update'], do: 'refuse' };
		await world.dynamics.post('plugin', {
			...plugin,
			value: 'Forbidden',
			message: "The column 'jobtitle' must not say this.",
		});
		await world.dynamics.post('plugin', {
			...plugin,
			value: 'Unwanted',
			message: 'Not in this company.',
		});
	});
	afterEach(async () => void (await world.expectClean()));

	const asPerson = (values: Row) => async (lead: Pair) => await world.editPerson(lead, values);
	const asRow = (values: Row) => async (lead: Pair) => await world.editRow(lead, values);

	it.each([
		[
			'too long for Dynamics',
			asPerson({ title: 'x'.repeat(101), city: 'Umeå' }),
			{ field: 'jobtitle', reason: /at most 100 characters/ },
			asPerson({ title: 'Short' }),
			{ row: { jobtitle: 'Short' } },
		],
		[
			'a choice that Dynamics does not have',
			asPerson({ rating: 'Lukewarm', city: 'Umeå' }),
			{ field: 'leadqualitycode', reason: /no choice "Lukewarm"/ },
			asPerson({ rating: 'Hot' }),
			{ row: { leadqualitycode: 1 } },
		],
		[
			'refused by a plug-in that names the column',
			asPerson({ title: 'Forbidden', city: 'Umeå' }),
			{ field: 'jobtitle', reason: /must not say this/ },
			asPerson({ title: 'Allowed' }),
			{ row: { jobtitle: 'Allowed' } },
		],
		[
			'no e-mail address for Marketo',
			asRow({ emailaddress1: 'no address', address1_city: 'Umeå' }),
			{ field: 'email', reason: /./ },
			asRow({ emailaddress1: 'right@example.com' }),
			{ person: { email: 'right@example.com' } },
		],
		[
			'too long for Marketo',
			asRow({ subject: 'y'.repeat(290), address1_city: 'Umeå' }),
			{ field: 'microsoftTopic', reason: /at most 255 characters/ },
			asRow({ subject: 'Brief' }),
			{ person: { microsoftTopic: 'Brief' } },
		],
	])(
		'(%s) stays behind alone, is named once, and arrives once it is corrected',
		async (_, edit, { field, reason }, correct, arrived) => {
			const lead = await world.pair('lead', { jobtitle: 'Clerk' });
			await edit(lead);
			const { help } = await world.run();
			expect(await world.both(lead)).toMatchObject({
				row: { address1_city: 'Umeå' },
				person: { city: 'Umeå' },
			});
			const text = expect.stringMatching(/\w/) as string;
			expect(help).toMatchObject([
				{
					status: 'needs help',
					field,
					reason: expect.stringMatching(reason) as string,
					remedy: text,
					label: text,
				},
			]);
			const refusedBy =
				'row' in arrived
					? { table: 'lead', recordId: lead.id }
					: { table: 'person', recordId: String(lead.person) };
			expect(help).toMatchObject([refusedBy]);
			const { differences } = await world.expectClean();
			expect(differences.map(({ excuse }) => excuse)).toEqual([
				expect.stringMatching(/^(left behind|needs help)/),
			]);
			expect(await world.help()).toHaveLength(1);
			const log = await world.resultsOf(lead);
			expect(log).toMatchObject([
				{ primaryAttributeValue: expect.stringContaining(`refused ${field}`) as string },
			]);

			const later = await world.runs(2);
			expect(later.flatMap((run) => [...run.help, ...run.writes])).toEqual([]);
			expect(await world.resultsOf(lead)).toEqual(log);

			await correct(lead);
			const corrected = await world.run();
			expect(corrected.help).toMatchObject([{ id: help[0]!.id, status: 'solved' }]);
			expect(await world.help()).toEqual([]);
			expect(await world.both(lead)).toMatchObject(arrived);
		},
	);

	it('is given up where somebody edits the field in the system that refused it', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editPerson(lead, { title: 'Forbidden' });
		await world.run();
		await world.editRow(lead, { jobtitle: 'Settled here' });
		const { help } = await world.run();
		expect(await world.both(lead)).toMatchObject({
			row: { jobtitle: 'Settled here' },
			person: { title: 'Settled here' },
		});
		expect(help).toMatchObject([{ status: 'solved' }]);
	});

	it('with no field named keeps the record back, and tells so', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editPerson(lead, { title: 'Unwanted', city: 'Umeå' });
		const { help } = await world.run();
		expect(help).toMatchObject([
			{
				status: 'needs help',
				field: '',
				recordId: lead.id,
				reason: expect.stringContaining('Not in this company') as string,
			},
		]);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Clerk', address1_city: null });
		expect((await world.runs(2)).flatMap((run) => run.help)).toEqual([]);
		expect(await world.resultsOf(lead)).toMatchObject([
			{ primaryAttributeValue: 'Dynamics lead refused the record' },
		]);
		await world.editPerson(lead, { title: 'Welcome' });
		expect((await world.run()).help).toMatchObject([{ status: 'solved' }]);
		expect(await world.row(lead)).toMatchObject({ jobtitle: 'Welcome', address1_city: 'Umeå' });
	});

	it('is all that is left out where a row and a person meet for the first time: the person gets the ids', async () => {
		const email = 'first@x.test';
		const id = await world.newRow('contact', { emailaddress1: email, jobtitle: 'Refused' });
		const person = await world.newPerson({ email, title: 'Clerk' });
		world.bend('marketo', /POST leads\.json.*Refused/s, async () => {
			const reasons = [{ code: '1003', message: "Invalid value for field 'title'" }];
			const result = [{ status: 'skipped', reasons }];
			return { status: 200, headers: {}, body: { requestId: 'a#1', success: true, result } };
		});
		await world.runs(2);
		expect(await world.person({ person })).toMatchObject({
			title: 'Clerk',
			dynamicsContactId: id,
			microsoftType: 'Contact',
		});
		await world.editRow({ table: 'contact', id }, { jobtitle: 'Clerk' });
		await world.run();
	});

	it('needs no help any more once it was taken back, though something else goes the other way', async () => {
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		await world.editPerson(lead, { title: 'Unwanted' });
		await world.run();
		expect(await world.help()).toMatchObject([{ subject: `lead:${lead.id}` }]);
		await world.editPerson(lead, { title: 'Clerk' });
		await world.editRow(lead, { address1_city: 'Lund' });
		expect((await world.run()).help).toMatchObject([{ status: 'solved' }]);
		expect(await world.person(lead)).toMatchObject({ title: 'Clerk', city: 'Lund' });
		expect(await world.help()).toEqual([]);
	});
});

describe("what people's activity logs say of refusals", () => {
	const isAboutLog = ({ id }: HelpItem) => id === 'activityLog';
	/** A value of theirs is refused: an entry for their log. */
	const refuse = async (world: SyncWorld, lead: Pair, letter: string) =>
		await world.editPerson(lead, { title: letter.repeat(101) });

	it('names a value that was refused while the person was created, once there is a person (R36)', async () => {
		const world = await SyncWorld.start({
			mapping: smallMapping({ lead: [row('subject>microsoftTopic')] }),
		});
		const lead = await world.pair('lead', { subject: 'y'.repeat(290) });
		await world.runs(2);
		expect(await world.resultsOf(lead)).toMatchObject([
			{ primaryAttributeValue: 'Marketo refused microsoftTopic' },
		]);
	});

	it('one entry of several that Marketo refuses keeps none of the others out, and is told once (R25)', async () => {
		const world = await SyncWorld.start();
		const leads: Pair[] = [];
		for (let count = 0; count < 5; count++) leads.push(await world.pair('lead'));
		for (const lead of leads) await refuse(world, lead, 'x');
		const bad = `"leadId":${leads[2]!.person},`;
		world.bend(
			'marketo',
			'POST activities/external.json',
			async (request, send) =>
				JSON.stringify(request.body).includes(bad)
					? notTaken('1003', 'Invalid value')
					: await send(request),
			Infinity,
		);
		const { help, calls } = await world.run();
		expect(help.filter(isAboutLog)).toMatchObject([
			{ status: 'needs help', reason: expect.stringContaining('Invalid value') as string },
		]);
		expect(calls.marketo.filter((call) => call.includes('external.json')).length).toBeLessThan(9);
		expect((await world.run()).help.filter(isAboutLog)).toEqual([]);
		for (const [at, lead] of leads.entries())
			expect(await world.resultsOf(lead)).toHaveLength(at === 2 ? 0 : 1);
		await refuse(world, leads[0]!, 'z');
		expect((await world.run()).help.filter(isAboutLog)).toMatchObject([{ status: 'solved' }]);
	});

	it('a lack of permission is told once, with what to do, and is over once entries arrive', async () => {
		const world = await SyncWorld.start();
		const free = world.bend(
			'marketo',
			'POST activities/external.json',
			async () => notTaken('603', 'Access denied'),
			Infinity,
		);
		const lead = await world.pair('lead');
		const told: HelpItem[] = [];
		for (const letter of ['a', 'b', 'c']) {
			await refuse(world, lead, letter);
			told.push(...(await world.run()).help.filter(isAboutLog));
		}
		expect(told).toMatchObject([
			{ status: 'needs help', remedy: expect.stringContaining('Read-Write Activity') as string },
		]);
		expect((await world.status()).status).toBe('Up to date');
		free();
		await refuse(world, lead, 'd');
		expect((await world.run()).help.filter(isAboutLog)).toMatchObject([{ status: 'solved' }]);
		await world.run();
		expect(await world.resultsOf(lead)).toHaveLength(1);
	});
});

const notTaken = (code: string, message: string): WireAnswer => ({
	status: 200,
	headers: {},
	body: { requestId: 'a#1', success: false, errors: [{ code, message }] },
});
