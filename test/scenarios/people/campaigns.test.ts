import { isWrite, loseAnswer } from '../support/line';
import { SALES_TEAM_ID } from '../../twins/dynamics/database';
import { SYNC_USER_ID } from '../../twins/dynamics/principals';
import { SyncWorld } from '../support/world';

const CREATE_ROW = 'If-None-Match';

describe('Sync Person to Dynamics', () => {
	let world: SyncWorld;
	let people = 0;
	beforeAll(async () => {
		world = await SyncWorld.start();
		await world.runs(2);
	});
	const newPerson = async (values: object = {}) =>
		await world.newPerson({ email: `person${++people}@example.com`, title: 'Boss', ...values });
	const rowsOf = async (person: number, table = 'leads') => {
		const { email } = (await world.person({ person }))!;
		return await world.crm.all(`${table}?$filter=emailaddress1 eq '${String(email)}'`);
	};

	it.each(['lead', 'contact'] as const)(
		'makes a %s at once, writes its id back, and leaves nothing for the sync to write',
		async (syncAs) => {
			const person = await newPerson();
			const [told] = await world.campaign([{ person, syncAs }]);
			expect(told).toMatchObject({
				success: true,
				outcome: 'created',
				dynamicsTable: syncAs,
				reason: `The ${syncAs} was created`,
			});
			const [row, ...others] = await rowsOf(person, `${syncAs}s`);
			expect(others).toEqual([]);
			expect(row).toMatchObject({ [`${syncAs}id`]: told!.dynamicsId, jobtitle: 'Boss' });
			expect(await world.person({ person })).toMatchObject({
				[syncAs === 'lead' ? 'dynamicsLeadId' : 'dynamicsContactId']: told!.dynamicsId,
				microsoftIsDeleted: false,
			});
			// What Dynamics filled in by itself is all that is left to carry.
			expect(
				(await world.runs(2)).flatMap(({ receipts }) => receipts.map(({ fields }) => fields)),
			).toEqual(syncAs === 'lead' ? [['rating', 'dynamicsLastSync']] : []);
			await world.editRow({ table: syncAs, id: told!.dynamicsId }, { jobtitle: 'Chief' });
			await world.editPerson({ person }, { city: 'Bonn' });
			await world.run();
			expect(await world.both({ table: syncAs, id: told!.dynamicsId, person })).toMatchObject({
				row: { address1_city: 'Bonn' },
				person: { title: 'Chief' },
			});
		},
	);

	it.each(['lead', 'contact'] as const)(
		'makes a %s that belongs to no account, and to the user of the sync unless the step names an owner',
		async (syncAs) => {
			const [nobody, named] = [await newPerson(), await newPerson()];
			await world.campaign([
				{ person: nobody, syncAs },
				{ person: named, syncAs, owner: `team(${SALES_TEAM_ID})` },
			]);
			const account = syncAs === 'lead' ? '_parentaccountid_value' : '_parentcustomerid_value';
			expect([await rowsOf(nobody, `${syncAs}s`), await rowsOf(named, `${syncAs}s`)]).toMatchObject(
				[
					[{ [account]: null, _ownerid_value: SYNC_USER_ID }],
					[{ [account]: null, _ownerid_value: SALES_TEAM_ID }],
				],
			);
		},
	);

	it('does nothing for who is linked, and says so', async () => {
		const lead = await world.pair('lead');
		const before = await world.both(lead);
		expect(await world.campaign([{ person: lead.person }])).toMatchObject([
			{
				success: true,
				outcome: 'exists',
				dynamicsId: lead.id,
				reason: expect.stringContaining('nothing was done') as string,
			},
		]);
		expect(await world.both(lead)).toEqual(before);
	});

	it('links who is in Dynamics already: by stored id, by e-mail, a contact before a lead', async () => {
		const byMail = await world.newRow('lead', {
			emailaddress1: 'Mail@there.example',
			jobtitle: 'In Dynamics',
		});
		const byId = await world.newRow('lead', { emailaddress1: 'other@there.example' });
		const contact = await world.newRow('contact', { emailaddress1: 'both@there.example' });
		await world.newRow('lead', { emailaddress1: 'both@there.example' });
		const asked = [
			await newPerson({ email: 'mail@there.example', title: '', city: 'Turku' }),
			await newPerson({ email: 'stored@there.example', dynamicsLeadId: byId }),
			await newPerson({ email: 'both@there.example' }),
		];
		const told = await world.campaign(asked.map((person) => ({ person })));
		expect(told.map(({ outcome, dynamicsId }) => [outcome, dynamicsId])).toEqual([
			['linked', byMail],
			['linked', byId],
			['linked', contact],
		]);
		expect(await rowsOf(asked[0]!)).toHaveLength(1);
		expect(await rowsOf(asked[1]!)).toHaveLength(0);
		for (const { reason } of told) expect(reason).toContain('now linked; nothing was created');
		await world.run();
		expect(await world.person({ person: asked[0]! })).toMatchObject({
			title: 'In Dynamics',
			microsoftType: 'Lead',
		});
		expect(await world.row({ table: 'lead', id: byMail })).toMatchObject({
			address1_city: 'Turku',
		});
	});

	it('R27: guesses at nobody; the person needs help until the doubt is gone', async () => {
		const alike = [
			await world.newRow('lead', { emailaddress1: 'two@there.example' }),
			await world.newRow('lead', { emailaddress1: 'two@there.example' }),
		];
		const person = await newPerson({ email: 'two@there.example' });
		const [told] = await world.campaign([{ person }]);
		expect(told).toMatchObject({ success: false, errorCode: 'AMBIGUOUS', dynamicsId: '' });
		for (const one of alike) expect(told!.reason).toContain(one);
		expect(
			(await world.help()).filter(({ subject }) => subject.includes(String(person))),
		).toHaveLength(1);
		const { help } = await world.run();
		expect(help.filter(({ recordId }) => recordId === String(person))).toMatchObject([
			{ status: 'needs help', remedy: expect.stringContaining('Merge') as string },
		]);
		expect(JSON.stringify(await world.resultsOf({ person }))).toContain(
			'leads in Dynamics have this e-mail',
		);
		expect(await rowsOf(person)).toHaveLength(2);
	});

	it('R21: a row whose create was not answered is asked for by its id, and not made again', async () => {
		const person = await newPerson();
		world.bend('dynamics', CREATE_ROW, loseAnswer);
		expect(await world.campaign([{ person }])).toMatchObject([
			{ success: null, outcome: 'waiting' },
		]);
		world.clock.advance(10 * 60_000);
		const from = world.lines.dynamics.calls.length;
		const [told] = await world.campaign();
		expect(world.lines.dynamics.calls.slice(from).filter(isWrite)).toEqual([]);
		expect(told).toMatchObject({ success: true, dynamicsTable: 'lead' });
		expect(await rowsOf(person)).toMatchObject([{ leadid: told!.dynamicsId }]);
		expect(await world.campaign([{ person }])).toMatchObject([
			{ success: true, outcome: 'exists', dynamicsId: told!.dynamicsId },
		]);
	});

	it('R21: what its user empties in a row whose create was not answered is on record, whoever wins', async () => {
		const person = await newPerson();
		world.bend('dynamics', CREATE_ROW, loseAnswer);
		await world.campaign([{ person }]);
		const [made] = await rowsOf(person);
		await world.editRow({ table: 'lead', id: made!.leadid as string }, { jobtitle: null });
		world.clock.advance(10 * 60_000);
		await world.campaign();
		const { conflicts } = await world.run();
		expect(conflicts).toMatchObject([
			{
				field: expect.stringContaining('jobtitle') as string,
				dynamicsValue: '',
				winner: 'marketo',
			},
		]);
	});

	it.each([
		['before the row is made', false],
		['when the row is made, before that is known', true],
	])(
		'R21: n8n killed %s: the person is kept, and has one row in the end',
		async (_, takesEffect) => {
			const person = await newPerson();
			world.bend('dynamics', CREATE_ROW, async (request, send) => {
				if (takesEffect) await send(request);
				return await world.killN8n();
			});
			expect(await world.campaign([{ person }])).toEqual([]);
			world.clock.advance(10 * 60_000);
			const [told] = await world.campaign();
			expect(told).toMatchObject({ success: true, dynamicsTable: 'lead' });
			expect(await rowsOf(person)).toMatchObject([{ leadid: told!.dynamicsId }]);
		},
	);

	it.each([
		['x'.repeat(101), /jobtitle: .*at most 100 characters/],
		['Forbidden', /jobtitle.*must not say this/],
	])(
		'R36: one value that Dynamics cannot take (%s) stays behind alone; the answer and the activity log name it',
		async (title, words) => {
			await world.dynamics.post('plugin', {
				table: 'lead',
				column: 'jobtitle',
				on: ['create'],
				do: 'refuse',
				value: 'Forbidden',
				message: "The column 'jobtitle' must not say this.",
			});
			const person = await newPerson({ title, city: 'Umeå' });
			const [told] = await world.campaign([{ person }]);
			expect(told).toMatchObject({ success: true, reason: expect.stringMatching(words) as string });
			expect(await rowsOf(person)).toMatchObject([{ jobtitle: null, address1_city: 'Umeå' }]);
			await world.run();
			expect(JSON.stringify(await world.resultsOf({ person }))).toMatch(/jobtitle/);
			await world.dynamics.remove('plugin');
		},
	);

	it("R36: what Dynamics itself puts where a choice was refused is nobody's edit; a user's is", async () => {
		const rating = async () => (await world.person({ person }))!.rating;
		const person = await newPerson({ rating: 'Lukewarm' });
		await world.campaign([{ person }]);
		expect(await rowsOf(person)).toMatchObject([{ leadqualitycode: 2 }]);
		await world.runs(2);
		expect(await rating()).toBe('Lukewarm');
		const pair = (await world.pairs('lead')).find((one) => one.person === person)!;
		await world.editRow(pair, { leadqualitycode: 3 });
		await world.run();
		expect(await rating()).toBe('Cold');
	});

	it('what refuses the whole row is answered and needs help; asked again, it is made', async () => {
		const plugin = {
			table: 'lead',
			column: 'lastname',
			on: ['create'],
			do: 'refuse',
			value: 'Unwanted',
			message: 'Not in this company.',
		};
		await world.dynamics.post('plugin', plugin);
		const person = await newPerson({ lastName: 'Unwanted' });
		const reason = expect.stringContaining('Not in this company') as string;
		expect(await world.campaign([{ person }])).toMatchObject([
			{ success: false, errorCode: 'REFUSED_BY_DYNAMICS', reason },
		]);
		const helpOf = async () =>
			(await world.help()).filter(({ subject }) => subject === `action:${person}`);
		expect(await helpOf()).toMatchObject([{ reason }]);
		await world.dynamics.remove('plugin');
		expect(await world.campaign([{ person }])).toMatchObject([{ success: true }]);
		expect(await helpOf()).toEqual([]);
	});

	it("R22: Dynamics' duplicate detection is on unless the step switches it off", async () => {
		const ask = async (more?: { detectDuplicates: boolean }) => {
			const person = await newPerson();
			const { email } = (await world.person({ person }))!;
			world.bend('dynamics', CREATE_ROW, async (request, send) => {
				await world.newRow('lead', { emailaddress1: email });
				return await send(request);
			});
			return await world.campaign([{ person }], more);
		};
		expect(await ask()).toMatchObject([{ success: false, errorCode: 'DUPLICATE_IN_DYNAMICS' }]);
		expect(await ask({ detectDuplicates: false })).toMatchObject([
			{ success: true, outcome: 'created' },
		]);
	});

	it('150 people are made in few calls', async () => {
		const asked: number[] = [];
		for (let one = 0; one < 150; one++) asked.push(await newPerson());
		const from = world.lines.dynamics.calls.length;
		const told = await world.campaign(asked.map((person) => ({ person })));
		expect(told.filter(({ outcome }) => outcome === 'created')).toHaveLength(150);
		expect(world.lines.dynamics.calls.length - from).toBeLessThanOrEqual(4);
	});

	it('and in the end the sync has nothing to say to all this', async () => {
		await world.runs(3);
		expect((await world.run()).writes).toEqual([]);
		await world.expectClean();
	});
});
