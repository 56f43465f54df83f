import type { WantedItem } from '../../../sync/items';
import type { Condition } from '../../../sync/condition';
import { retry } from '../../../sync/operate/retry';
import { loseAnswer } from '../support/line';
import { SYNC_APP } from '../../twins/dynamics/principals';
import { smallMapping } from '../support/mapping';
import { SyncWorld } from '../support/world';

const FROM_WEB: Condition = { column: 'leadSource', operator: 'eq', value: 'Web' };

/** People who come from the web are created as leads, from the first run on. */
async function creating(
	table: 'lead' | 'contact' = 'lead',
	...conditions: Condition[]
): Promise<SyncWorld> {
	const mapping = smallMapping();
	mapping[table].createdFrom = {
		conditions: conditions.length > 0 ? conditions : [FROM_WEB],
		match: 'all',
	};
	const world = await SyncWorld.start({ mapping });
	await world.runs(2);
	return world;
}

const CREATE_ROW = 'If-None-Match';
let people = 0;
const fromWeb = (values: object = {}) => ({
	email: `web${++people}@example.com`,
	lastName: 'Web',
	leadSource: 'Web',
	title: 'Boss',
	...values,
});

describe('people who are created in Dynamics without being asked (R59)', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await creating();
	});
	const rowsOf = async (person: number, table = 'leads') => {
		const { email } = (await world.person({ person }))!;
		return await world.crm.all(`${table}?$filter=emailaddress1 eq '${String(email)}'`);
	};

	it.each(['lead', 'contact'] as const)(
		'someone new who meets the conditions becomes a %s, with the IDs on the person, and then edits go both ways',
		async (table) => {
			const own = await creating(table);
			const person = await own.newPerson(fromWeb());
			await own.run();
			const pair = { table, id: (await own.pairs(table))[0]!.id, person };
			expect(await own.both(pair)).toMatchObject({
				row: { jobtitle: 'Boss', lastname: 'Web' },
				person: {
					[table === 'lead' ? 'dynamicsLeadId' : 'dynamicsContactId']: pair.id,
					microsoftType: table === 'lead' ? 'Lead' : 'Contact',
				},
			});
			await own.editRow(pair, { jobtitle: 'Chief' });
			await own.editPerson(pair, { city: 'Bonn' });
			await own.run();
			expect(await own.both(pair)).toMatchObject({
				row: { address1_city: 'Bonn' },
				person: { title: 'Chief' },
			});
			expect(await own.help()).toEqual([]);
			await own.expectClean();
		},
	);

	it('someone who comes to meet them by an edit is created, also of a field that is not mapped', async () => {
		const person = await world.newPerson(fromWeb({ leadSource: 'Fair' }));
		await world.run();
		expect(await rowsOf(person)).toEqual([]);
		await world.editPerson({ person }, { leadSource: 'Web' });
		await world.run();
		expect(await rowsOf(person)).toHaveLength(1);
	});

	it('nobody else is: who does not meet them, and whoever was there before and has not changed', async () => {
		const own = await SyncWorld.start();
		const before = await own.newPerson(fromWeb());
		await own.runs(4);
		own.mapping.lead.createdFrom = { conditions: [FROM_WEB], match: 'all' };
		await own.newPerson(fromWeb({ leadSource: 'Fair' }));
		await own.runs(2);
		expect(await own.crm.all('leads')).toEqual([]);
		await own.editPerson({ person: before }, { city: 'Bonn' });
		await own.run();
		expect(await own.crm.all('leads')).toHaveLength(1);
		await own.expectClean();
	});

	it('costs little: of Marketo two reads and a write for all of them, of Dynamics a search, a create and a read', async () => {
		await world.run();
		for (let made = 0; made < 5; made++) await world.newPerson(fromWeb());
		const { calls } = await world.run();
		// Whoever writes to a table describes it first, once in five minutes.
		const batches = calls.dynamics.filter((call) => /batch \((?!18 GET)/.test(call));
		expect(batches).toEqual([
			'POST $batch (2 GET)',
			'POST $batch (5 PATCH)',
			'POST $batch (1 GET)',
		]);
		expect(calls.marketo).toEqual([
			'GET activities/pagingtoken.json',
			'GET activities.json',
			'GET activities/leadchanges.json',
			'GET leads.json',
			'GET leads.json',
			'POST leads.json',
		]);
	});

	it.each(['lead', 'contact'] as const)(
		'who is in Dynamics already is linked with that %s, not doubled',
		async (table) => {
			const email = `known-${table}@example.com`;
			const own = await SyncWorld.start();
			await own.runs(2);
			// The page that reads the row is not the one that reads the person.
			own.filter = {
				tables: {
					[table]: {
						conditions: [{ column: 'jobtitle', operator: 'eq', value: 'Boss' }],
						match: 'all',
					},
				},
				heedsColumn: true,
				whenLeft: 'leave',
			};
			const id = await own.newRow(table, { emailaddress1: email, jobtitle: 'Cook' });
			await own.runs(2);
			own.filter = undefined;
			own.mapping.lead.createdFrom = { conditions: [FROM_WEB], match: 'all' };
			const person = await own.newPerson(fromWeb({ email }));
			await own.runs(2);
			expect(await own.pairs()).toEqual([{ table, id, person }]);
			expect(await own.crm.all(`leads?$filter=emailaddress1 eq '${email}'`)).toHaveLength(
				table === 'lead' ? 1 : 0,
			);
		},
	);

	it('whose e-mail several leads have needs help, by name; nobody is guessed at, and it goes on once they are told apart', async () => {
		const email = 'several@example.com';
		const twins = [
			await world.newRow('lead', { emailaddress1: email, lastname: 'One' }),
			await world.newRow('lead', { emailaddress1: email, lastname: 'Two' }),
		];
		const person = await world.newPerson(fromWeb({ email }));
		await world.run();
		expect(await world.help()).toContainEqual(
			expect.objectContaining({
				subject: `person:${person}`,
				reason: expect.stringContaining('2 leads in Dynamics have this e-mail') as string,
			}),
		);
		await world.editRow({ table: 'lead', id: twins[1]! }, { emailaddress1: 'other@example.com' });
		await world.editPerson({ person }, { city: 'Bonn' });
		await world.runs(2);
		expect(await world.pairs('lead')).toContainEqual({ table: 'lead', id: twins[0], person });
		expect(await world.help()).toEqual([]);
	});

	it('two new people with one e-mail need help, both', async () => {
		const email = 'twice@example.com';
		const both = [
			await world.newPerson(fromWeb({ email })),
			await world.newPerson(fromWeb({ email })),
		];
		await world.run();
		expect((await world.help()).map(({ subject }) => subject).sort()).toEqual(
			both.map((one) => `person:${one}`),
		);
		expect(await rowsOf(both[0]!)).toEqual([]);
		await world.mergePeople({ person: both[0]! }, { person: both[1]! });
		await world.runs(2);
		expect(await rowsOf(both[0]!)).toHaveLength(1);
		expect(await world.help()).toEqual([]);
	});
});

describe('a preview', () => {
	it('says how many would be created, a line for each, and writes nothing; that of all records counts as the run does', async () => {
		const world = await creating();
		const email = 'there@example.com';
		await world.newRow('lead', { emailaddress1: email });
		await world.run();
		const there = await world.pairs('lead');
		for (let made = 0; made < 3; made++) await world.newPerson(fromWeb());
		await world.newPerson(fromWeb({ lastName: null }));
		const { preview, help } = await world.preview();
		expect(preview!.summary).toContain('would create 3 leads in Dynamics 365');
		expect(help).toHaveLength(1);
		expect(preview!.toDynamics.filter(({ change }) => change === 'Create')).toMatchObject([
			{ field: 'New lead', reason: expect.stringContaining('if Dynamics has none') as string },
			{},
			{},
		]);
		expect(preview!.toDynamics.every(({ kind }) => kind === 'page' || kind === 'preview')).toBe(
			true,
		);
		const all = await world.previewAll();
		expect(await world.crm.all('leads')).toHaveLength(1);
		expect(all.changes).toContainEqual({
			side: 'dynamics',
			table: 'lead',
			operation: 'create',
			records: 3,
		});
		expect(all.needHelp).toBe(1);
		await world.run();
		expect(await world.pairs('lead')).toHaveLength(there.length + 3);
	});
});

describe('who is not created', () => {
	it('without a column that Dynamics asks for: it needs help by name, and is created once it is filled', async () => {
		const world = await creating();
		const person = await world.newPerson(fromWeb({ lastName: null }));
		await world.run();
		expect(await world.help()).toMatchObject([
			{
				subject: `person:${person}`,
				reason:
					'Not created in Dynamics: leads need Last Name (lastname), and Last Name (lastName) has no value that fits',
			},
		]);
		expect(await world.crm.all('leads')).toEqual([]);
		await world.editPerson({ person }, { lastName: 'Web' });
		await world.run();
		expect(await world.crm.all('leads')).toHaveLength(1);
		expect(await world.help()).toEqual([]);
	});

	it('nor anonymous ones; who does not meet the conditions is not even named', async () => {
		const world = await creating();
		const person = await world.newPerson(fromWeb({ isAnonymous: true }));
		await world.newPerson(fromWeb({ isAnonymous: true, leadSource: 'Fair' }));
		await world.newPerson(fromWeb({ lastName: null, leadSource: 'Fair' }));
		await world.run();
		expect(await world.help()).toMatchObject([
			{ subject: `person:${person}`, reason: expect.stringContaining('anonymous') as string },
		]);
		expect(await world.crm.all('leads')).toEqual([]);
		// Whoever does not meet them any more needs no help.
		await world.editPerson({ person }, { leadSource: 'Fair' });
		await world.run();
		expect(await world.help()).toEqual([]);
	});

	it.each([
		['other conditions', { column: 'lastName', operator: 'notEmpty' }],
		['no conditions any more', null],
	] as const)('whoever %s leave out needs no help any more', async (_, condition) => {
		const world = await creating();
		await world.newPerson(fromWeb({ lastName: null }));
		await world.run();
		expect(await world.help()).toHaveLength(1);
		world.mapping.lead.createdFrom = condition
			? { conditions: [FROM_WEB, condition], match: 'all' }
			: undefined;
		await world.run();
		expect(await world.help()).toEqual([]);
		expect(await world.crm.all('leads')).toEqual([]);
	});

	it('who had a lead that somebody has deleted (a campaign may still ask for it)', async () => {
		const world = await creating();
		const person = await world.newPerson(fromWeb());
		await world.run();
		const [pair] = await world.pairs('lead');
		await world.deleteRow(pair!);
		await world.run();
		await world.editPerson({ person }, { city: 'Bonn' });
		await world.runs(2);
		expect(await world.crm.all('leads')).toEqual([]);
		await world.campaign([{ person }]);
		expect(await world.crm.all('leads')).toHaveLength(1);
	});
});

describe('what goes wrong', () => {
	it('a lead that Dynamics refuses needs help and stands in the activity log of the person; the others are created, and Retry tries again', async () => {
		const world = await creating();
		await world.dynamics.post('plugin', {
			table: 'lead',
			column: 'lastname',
			on: ['create'],
			do: 'refuse',
			value: 'Unwanted',
			message: 'Not in this company.',
		});
		const bad = await world.newPerson(fromWeb({ lastName: 'Unwanted' }));
		const good = await world.newPerson(fromWeb());
		await world.runs(2);
		expect(await world.help()).toMatchObject([
			{
				subject: `person:${bad}`,
				reason: expect.stringContaining('Not in this company') as string,
			},
		]);
		expect((await world.pairs('lead')).map(({ person }) => person)).toEqual([good]);
		expect(await world.resultsOf({ person: bad })).toMatchObject([
			{ primaryAttributeValue: 'Not created in Dynamics' },
		]);
		await world.dynamics.remove('plugin');
		await retry(world.ledger, { id: String(bad) });
		await world.run();
		expect(await world.pairs('lead')).toHaveLength(2);
		expect(await world.help()).toEqual([]);
	});

	describe('without the right to create leads', () => {
		let world: SyncWorld;
		const mayCreate = async (may: boolean) =>
			await world.dynamics.post('principal', {
				clientId: SYNC_APP.clientId,
				secret: SYNC_APP.clientSecret,
				lacks: may ? [] : ['prvCreateLead'],
			});
		beforeEach(async () => {
			world = await creating();
			await mayCreate(false);
		});

		it.each([1, 3])(
			'%i new at once: that is said once, nobody needs help by name, all else is synced, and once the right is given they are created',
			async (count) => {
				const { help, outcome } = await world.pair('contact').then(async (pair) => {
					for (let one = 0; one < count; one++) await world.newPerson(fromWeb());
					await world.editRow(pair, { jobtitle: 'Chief' });
					const run = await world.run();
					expect(await world.person(pair)).toMatchObject({ title: 'Chief' });
					return run;
				});
				expect(outcome).toBe('done');
				expect(help).toMatchObject([
					{
						id: 'mayNotCreate',
						status: 'needs help',
						reason: expect.stringContaining('prvCreateLead') as string,
					},
				]);
				expect((await world.status()).notes).toContain('prvCreateLead');
				expect(await world.help()).toEqual([]);

				// Who comes after them waits with them; without news no page is made for that.
				await world.newPerson(fromWeb());
				const after = await world.run();
				expect(after.calls.dynamics.filter((call) => call.includes('batch'))).toEqual([]);
				expect(after.help).toEqual([]);
				const quiet = await world.run();
				expect(quiet.pages).toBe(1);
				expect(quiet.calls.marketo.filter((call) => call.includes('leads.json'))).toEqual([]);

				await mayCreate(true);
				await world.runs(12);
				expect(await world.crm.all('leads')).toHaveLength(count + 1);
				expect((await world.status()).notes).not.toContain('prvCreateLead');
				await world.expectClean();
			},
		);

		it('says that it is over where nobody is to be created any more', async () => {
			await world.newPerson(fromWeb());
			await world.run();
			world.mapping.lead.createdFrom = undefined;
			const { help } = await world.run();
			expect(help).toMatchObject([{ id: 'mayNotCreate', status: 'solved' }]);
			expect(await world.crm.all('leads')).toEqual([]);
		});
	});

	describe('of whom the log tells before Marketo finds them', () => {
		/** An answer of nobody. */
		const NOBODY = async () => ({
			status: 200,
			headers: {},
			body: { requestId: 'x', success: true, result: [] },
		});
		const LOOKED_UP = /leads\.json.*filterType=id/;

		it('they are looked at again, and created', async () => {
			const world = await creating();
			await world.newPerson(fromWeb());
			world.bend('marketo', LOOKED_UP, NOBODY);
			await world.runs(2);
			expect(await world.crm.all('leads')).toHaveLength(1);
			expect(await world.help()).toEqual([]);
			await world.expectClean();
		});

		it('who is never found is named in the end, and asked for no more', async () => {
			const world = await creating();
			const person = await world.newPerson(fromWeb());
			world.bend('marketo', LOOKED_UP, NOBODY, 1000);
			await world.runs(40);
			expect(await world.help()).toMatchObject([{ subject: `person:${person}` }]);
			const { calls } = await world.run();
			expect(calls.marketo.filter((call) => call.includes('leads.json'))).toEqual([]);
		});

		it('who is deleted by then needs no help', async () => {
			const world = await creating();
			const person = await world.newPerson(fromWeb());
			world.bend('marketo', LOOKED_UP, async (request, send) => {
				await world.deletePerson({ person });
				return await send(request);
			});
			await world.runs(20);
			expect(await world.help()).toEqual([]);
			expect(await world.crm.all('leads')).toEqual([]);
		});
	});

	it('an answer that is lost creates nobody twice', async () => {
		const world = await creating();
		await world.newPerson(fromWeb());
		world.bend('dynamics', CREATE_ROW, loseAnswer);
		await world.runs(4);
		expect(await world.crm.all('leads')).toHaveLength(1);
		expect(await world.pairs('lead')).toHaveLength(1);
		expect(await world.help()).toEqual([]);
		await world.expectClean();
	});

	it.each(['before', 'after'] as const)('a kill %s the call creates one', async (when) => {
		const world = await creating();
		await world.newPerson(fromWeb());
		world.bend('dynamics', CREATE_ROW, async (request, send) => {
			if (when === 'after') await send(request);
			return await world.killN8n();
		});
		await world.runs(4);
		expect(await world.crm.all('leads')).toHaveLength(1);
		expect(await world.pairs('lead')).toHaveLength(1);
		await world.expectClean();
	});

	it('R8: what a node between has changed is not created; without it, it is', async () => {
		const world = await creating();
		await world.newPerson(fromWeb());
		world.between = (items) =>
			(items as WantedItem[]).map((item) =>
				item.kind === 'wanted' ? { ...item, values: { ...item.values, title: 'Emperor' } } : item,
			);
		const { receipts } = await world.run();
		expect(receipts.filter(({ outcome }) => outcome === 'dropped')).not.toEqual([]);
		expect(await world.crm.all('leads')).toEqual([]);
		world.between = undefined;
		await world.run();
		expect(await world.crm.all('leads')).toMatchObject([{ jobtitle: 'Boss' }]);
	});

	it('R2: an old execution that somebody retries creates nobody, and changes nothing', async () => {
		const world = await creating();
		const person = await world.newPerson(fromWeb());
		let old: unknown[] = [];
		world.between = (items) => {
			old = items;
			return [];
		};
		await world.run();
		await world.editPerson({ person }, { leadSource: 'Fair' });
		world.between = undefined;
		await world.run();
		world.between = () => old;
		await world.newPerson(fromWeb());
		const { errors } = await world.run();
		expect(errors.join()).toContain('This execution of the sync is over');
		expect(await world.crm.all('leads')).toEqual([]);
		expect(await world.help()).toEqual([]);
	});

	it('a condition whose field nobody has chosen stops the sync: the others alone would mean more people', async () => {
		const world = await creating(
			'lead',
			{ column: 'leadSource', operator: 'eq', value: 'Web' },
			{ column: '', operator: 'eq', value: 'Germany' },
		);
		await world.newPerson(fromWeb());
		const { errors } = await world.run();
		expect(errors.join()).toContain(
			'A condition of People to Create in Dynamics names no field. Choose the field of the condition in Resolve Sync Conflict, or remove the condition',
		);
		expect(await world.crm.all('leads')).toEqual([]);
	});

	it('a condition on a field that is gone stops the sync, and says where to change it', async () => {
		const world = await creating('lead', { column: 'noSuchField', operator: 'eq', value: 'x' });
		const { errors } = await world.run();
		expect(errors.join()).toContain(
			'People to Create in Dynamics names the field noSuchField, which does not exist (anymore). Change the condition in Resolve Sync Conflict, or create the field again',
		);
	});
});
