import { explain } from '../../../sync/operate/explain';
import { linkByHand } from '../../../sync/operate/linkByHand';
import { unlink } from '../../../sync/operate/unlink';
import type { Row } from '../../vendors/dynamics';
import { loseAnswer } from '../support/line';
import { row } from '../support/mapping';
import {
	bind,
	connect,
	editOpportunity,
	newOpportunity,
	OPPORTUNITIES,
	ROLES,
	rolesOf,
	trackConnections,
} from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const lane = 'roles' as const;

async function start(): Promise<SyncWorld> {
	const world = await SyncWorld.start();
	await trackConnections(world);
	const { opportunity } = OPPORTUNITIES;
	world.mappings = {
		opportunities: { opportunity: { ...opportunity!, whenDeleted: { do: 'delete' } } },
		roles: ROLES,
	};
	return world;
}

/** A contact whom Marketo has. */
async function contact(world: SyncWorld) {
	const pair = await world.pair('contact', { jobtitle: 'Buyer' });
	return { id: pair.id, person: pair.person };
}

const customer = (id: string) => bind('customerid_contact', 'contacts', id);
/** An account in the contact's place. */
const account = async (world: SyncWorld) =>
	bind('customerid_account', 'accounts', await world.crm.create('accounts', { name: 'Acme' }));

/** Somebody links a contact by hand with a person who is new; answers who that is. */
async function linkWithAnother(world: SyncWorld, id: string): Promise<number> {
	const [person] = await world.automation.write('createOnly', 'email', [
		{ email: 'new@example.com' },
	]);
	await linkByHand(world.ledger, { row: { table: 'contact', id }, person: `${person}` });
	await world.run();
	return person!;
}

describe('opportunity roles', () => {
	it('tie the contact who is the potential customer to the opportunity', async () => {
		const world = await start();
		const who = await contact(world);
		const id = await newOpportunity(world, { name: 'Chairs', ...customer(who.id) });
		await world.run({ lane: 'opportunities' });
		const run = await world.run({ lane });
		expect(await rolesOf(world)).toEqual([
			{ opportunity: id, lead: who.person, role: 'Potential Customer' },
		]);
		expect(run).toMatchObject({ outcome: 'done', errors: [], notes: [] });
		expect((await world.run({ lane })).writes).toEqual([]);
		expect(await world.status(lane)).toMatchObject({
			lane: 'Opportunity roles',
			status: 'Up to date',
			linkedInAll: 1,
			needHelp: 0,
			notes: '',
		});
	});

	it('are none for an account alone, and one for the contact beside it', async () => {
		const world = await start();
		const who = await contact(world);
		const of = await account(world);
		await newOpportunity(world, { name: 'Alone', ...of });
		const both = await newOpportunity(world, {
			name: 'Both',
			...of,
			...bind('parentcontactid', 'contacts', who.id),
		});
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([
			{ opportunity: both, lead: who.person, role: 'Contact' },
		]);
	});

	it('say who is the primary one, where that is mapped, and that a stakeholder is not', async () => {
		const world = await start();
		const primary = row('customerid.contact.primary>isPrimary', { direction: 'toMarketo' });
		const { potentialcustomer } = ROLES;
		world.mappings.roles = {
			...ROLES,
			potentialcustomer: {
				...potentialcustomer!,
				rows: [...potentialcustomer!.rows, primary],
			},
		};
		const [buyer, beside, other] = [
			await contact(world),
			await contact(world),
			await contact(world),
		];
		const id = await newOpportunity(world, { name: 'Chairs', ...customer(buyer.id) });
		await newOpportunity(world, {
			name: 'Tables',
			...(await account(world)),
			...bind('parentcontactid', 'contacts', beside.id),
		});
		await connect(world, id, { table: 'contact', id: other.id }, 'Influencer');
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		const { records } = await world.marketo.get<{ records: Row[] }>('objects/roles?limit=100');
		const told = new Map(records.map((one) => [one.leadId, one.isPrimary ?? false]));
		expect([buyer, beside, other].map(({ person }) => told.get(person))).toEqual([
			true,
			true,
			false,
		]);
	});

	it('are one for each stakeholder, named as the role of the connection', async () => {
		const world = await start();
		const [buyer, other] = [await contact(world), await contact(world)];
		const lead = await world.pair('lead', { jobtitle: 'Clerk' });
		const id = await newOpportunity(world, { name: 'Chairs' });
		await connect(world, id, { table: 'contact', id: buyer.id }, 'Decision Maker');
		await connect(world, id, { table: 'contact', id: other.id });
		await connect(world, id, { table: 'lead', id: lead.id }, 'Influencer');
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		const roles = await rolesOf(world);
		expect(roles).toHaveLength(3);
		expect(roles).toEqual(
			expect.arrayContaining([
				{ opportunity: id, lead: buyer.person, role: 'Decision Maker' },
				{ opportunity: id, lead: other.person, role: 'Stakeholder' },
				{ opportunity: id, lead: lead.person, role: 'Influencer' },
			]),
		);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 0 });
	});

	it('say that change tracking of connections is off, and where it is switched on', async () => {
		const world = await SyncWorld.start();
		world.mappings = { roles: ROLES };
		const { errors } = await world.run({ lane });
		expect(errors.join()).toMatch(/change tracking/i);
	});

	it('move when another contact takes the place, and go when nobody does', async () => {
		const world = await start();
		const [one, other] = [await contact(world), await contact(world)];
		const id = await newOpportunity(world, { name: 'Chairs', ...customer(one.id) });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		await editOpportunity(world, id, customer(other.id));
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([
			{ opportunity: id, lead: other.person, role: 'Potential Customer' },
		]);
		await editOpportunity(world, id, await account(world));
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([]);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 0, linkedInAll: 0 });
		await editOpportunity(world, id, customer(one.id));
		await world.run({ lane });
		expect(await rolesOf(world)).toHaveLength(1);
	});

	it('of a connection that is deleted, renamed or ended follow it', async () => {
		const world = await start();
		const who = await contact(world);
		const id = await newOpportunity(world, { name: 'Chairs' });
		const connection = await connect(world, id, { table: 'contact', id: who.id }, 'Influencer');
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		const [role] = await world.crm.all("connectionroles?$filter=name eq 'Decision Maker'");
		world.clock.advance(1_000);
		await world.crm.update(
			'connections',
			connection,
			bind('record2roleid', 'connectionroles', String(role!.connectionroleid)),
		);
		await world.run({ lane });
		expect(await rolesOf(world)).toMatchObject([{ role: 'Decision Maker' }]);
		await world.crm.delete('connections', connection);
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([]);
	});

	it('are one where two connections say the same, as long as one of them does', async () => {
		const world = await start();
		const who = await contact(world);
		const id = await newOpportunity(world, { name: 'Chairs' });
		const to = { table: 'contact', id: who.id } as const;
		const [one, two] = [
			await connect(world, id, to, 'Influencer'),
			await connect(world, id, to, 'Influencer'),
		];
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		expect(await rolesOf(world)).toHaveLength(1);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 0 });
		await world.crm.delete('connections', one);
		await world.run({ lane });
		expect(await rolesOf(world)).toHaveLength(1);
		await world.crm.delete('connections', two);
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([]);
	});

	it('R17: are made once, also where nobody has answered', async () => {
		const world = await start();
		const who = await contact(world);
		await newOpportunity(world, { name: 'Chairs', ...customer(who.id) });
		await world.run({ lane: 'opportunities' });
		world.bend('marketo', 'POST opportunities/roles.json', loseAnswer);
		for (let times = 0; times < 3; times++) await world.run({ lane });
		expect(await rolesOf(world)).toHaveLength(1);
		expect(await world.status(lane)).toMatchObject({ needHelp: 0, waiting: 0 });
	});

	it('R17: go with a row that is deleted, or says another one, before anybody knew that they were made', async () => {
		const world = await start();
		const [one, other] = [await contact(world), await contact(world)];
		const gone = await newOpportunity(world, { name: 'Chairs', ...customer(one.id) });
		const moved = await newOpportunity(world, { name: 'Tables', ...customer(one.id) });
		world.bend('marketo', 'POST opportunities.json', loseAnswer);
		await world.run({ lane: 'opportunities' });
		await world.run({ lane: 'opportunities' });
		world.bend('marketo', 'POST opportunities/roles.json', loseAnswer);
		await world.run({ lane });
		expect(await rolesOf(world)).toHaveLength(2);
		await world.crm.delete('opportunities', gone);
		await editOpportunity(world, moved, customer(other.id));
		for (let times = 0; times < 3; times++) {
			await world.run({ lane });
			await world.run({ lane: 'opportunities' });
		}
		expect(await rolesOf(world)).toEqual([
			{ opportunity: moved, lead: other.person, role: 'Potential Customer' },
		]);
		const { records } = await world.marketo.get<{ records: object[] }>('objects/opportunities');
		expect(records).toHaveLength(1);
		for (const each of [lane, 'opportunities'] as const)
			expect(await world.status(each)).toMatchObject({ needHelp: 0, waiting: 0 });
	});

	it('go with a person who is unlinked, and come with the one whom the contact gets instead', async () => {
		const world = await start();
		const who = await contact(world);
		const id = await newOpportunity(world, { name: 'Chairs', ...customer(who.id) });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		await unlink(world.ledger, { id: who.id });
		await editOpportunity(world, id, { name: 'Tables' });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([]);
		const person = await linkWithAnother(world, who.id);
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([
			{ opportunity: id, lead: person, role: 'Potential Customer' },
		]);
		world.endsUnclean('who was unlinked keeps the ID of the contact');
	});

	it('of a contact whose person is another one by now move to that one with the next edit', async () => {
		const world = await start();
		const who = await contact(world);
		const id = await newOpportunity(world, { name: 'Chairs', ...customer(who.id) });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		await unlink(world.ledger, { id: who.id });
		const person = await linkWithAnother(world, who.id);
		await editOpportunity(world, id, { name: 'Tables' });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([
			{ opportunity: id, lead: person, role: 'Potential Customer' },
		]);
		expect((await world.run({ lane })).writes).toEqual([]);
		world.endsUnclean('who was unlinked keeps the ID of the contact');
	});

	it('of a lead and of the contact before it are one, as long as one of their connections says so', async () => {
		const world = await start();
		const one = await world.pair('contact', { emailaddress1: 'ada@example.com' });
		const twin = await world.newRow('lead', { emailaddress1: 'ada@example.com' });
		const id = await newOpportunity(world, { name: 'Chairs' });
		const connection = await connect(world, id, { table: 'contact', id: one.id }, 'Influencer');
		await connect(world, id, { table: 'lead', id: twin }, 'Influencer');
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		await world.run();
		await world.run({ lane });
		expect(await rolesOf(world)).toHaveLength(1);
		await world.crm.delete('connections', connection);
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([
			{ opportunity: id, lead: one.person, role: 'Influencer' },
		]);
	});

	it('R37: go on where n8n was killed between the old and the new', async () => {
		const world = await start();
		const [one, other] = [await contact(world), await contact(world)];
		const id = await newOpportunity(world, { name: 'Chairs', ...customer(one.id) });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		await editOpportunity(world, id, customer(other.id));
		world.bend('marketo', 'POST opportunities/roles/delete.json', async (request, send) => {
			await send(request);
			return await world.killN8n();
		});
		for (let times = 0; times < 3; times++) await world.run({ lane });
		expect(await rolesOf(world)).toEqual([
			{ opportunity: id, lead: other.person, role: 'Potential Customer' },
		]);
	});
});

describe('R39: a role', () => {
	it('waits, named, for its opportunity and its person, costs no call meanwhile, and goes on when they come', async () => {
		const world = await start();
		const row = { id: await world.newRow('contact', { jobtitle: 'Buyer' }) };
		const id = await newOpportunity(world, { name: 'Chairs', ...customer(row.id) });
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([]);
		const waiting = await explain(world.ledger, { id: `potentialcustomer:${id}` });
		expect(waiting.summary).toContain(`It waits for the opportunity ${id}`);
		expect(waiting.summary).toContain(`It waits for the contact or lead ${row.id}`);
		expect(await world.status(lane)).toMatchObject({
			needHelp: 0,
			waiting: 0,
			notes: '1 opportunity role waits for the records they belong to.',
		});
		expect((await world.run({ lane })).calls.marketo).toEqual([]);
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		expect(await rolesOf(world)).toEqual([]);
		await world.run();
		await world.run({ lane });
		expect(await rolesOf(world)).toMatchObject([{ opportunity: id, role: 'Potential Customer' }]);
		expect((await explain(world.ledger, { id: `potentialcustomer:${id}` })).summary).not.toContain(
			'It waits',
		);
	});

	it('goes on for a person who was in Marketo before and is found', async () => {
		const world = await start();
		const [person] = await world.automation.write('createOnly', 'email', [
			{ email: 'ada@example.com' },
		]);
		const row = { id: await world.newRow('contact', { emailaddress1: 'ada@example.com' }) };
		await newOpportunity(world, { name: 'Chairs', ...customer(row.id) });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		await world.run();
		await world.run({ lane });
		expect(await rolesOf(world)).toMatchObject([{ lead: person }]);
	});

	it('in three hundreds, costs a call of 300 each, and not one for each', async () => {
		const world = await start();
		const who = await contact(world);
		for (let at = 0; at < 301; at++)
			await newOpportunity(world, { name: `Deal ${at}`, ...customer(who.id) });
		await world.run({ lane });
		await world.run({ lane: 'opportunities' });
		const { calls } = await world.run({ lane });
		expect(await rolesOf(world)).toHaveLength(301);
		expect(calls.marketo).toEqual(Array.from({ length: 2 }, () => 'POST opportunities/roles.json'));
	});

	it('is named by the contact that needs help and holds it up', async () => {
		const world = await start();
		const people = [{ email: 'ada@example.com' }, { email: 'ada@example.com' }];
		await world.automation.write('createDuplicate', 'email', people);
		const row = { id: await world.newRow('contact', { emailaddress1: 'ada@example.com' }) };
		await world.run();
		const before = await world.help();
		expect(before).toMatchObject([{ subject: `contact:${row.id}` }]);
		await newOpportunity(world, { name: 'Chairs', ...customer(row.id) });
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
		const { help } = await world.run();
		expect(help).toMatchObject([
			{ recordId: row.id, reason: expect.stringContaining('It holds up 1 opportunity role') },
		]);
		expect((await world.run()).help).toEqual([]);
		expect((await explain(world.ledger, { id: row.id })).summary).toContain(
			'1 opportunity role waits for it',
		);
	});
});

it('an opportunity that is deleted in Dynamics takes its roles along, whichever sync runs first', async () => {
	const world = await start();
	const who = await contact(world);
	const id = await newOpportunity(world, { name: 'Chairs', ...customer(who.id) });
	await connect(world, id, { table: 'contact', id: who.id }, 'Influencer');
	await world.run({ lane: 'opportunities' });
	await world.run({ lane });
	expect(await rolesOf(world)).toHaveLength(2);
	await world.crm.delete('opportunities', id);
	for (let times = 0; times < 3; times++) {
		await world.run({ lane: 'opportunities' });
		await world.run({ lane });
	}
	expect(await rolesOf(world)).toEqual([]);
	const { records } = await world.marketo.get<{ records: object[] }>('objects/opportunities');
	expect(records).toEqual([]);
	for (const one of [lane, 'opportunities'] as const)
		expect(await world.status(one)).toMatchObject({ needHelp: 0, waiting: 0 });
});

it('R35: roles that would go in great number stop their sync, which asks', async () => {
	const world = await start();
	const who = await contact(world);
	const ids: string[] = [];
	for (let at = 0; at < 60; at++)
		ids.push(await newOpportunity(world, { name: `Deal ${at}`, ...customer(who.id) }));
	await world.run({ lane: 'opportunities' });
	await world.run({ lane });
	const to = await account(world);
	for (const id of ids.slice(0, 55)) await editOpportunity(world, id, to);
	await world.run({ lane });
	expect((await world.status(lane)).status).toMatch(/^Stopped: Of 60 linked records 55/);
	expect(await rolesOf(world)).toHaveLength(60);
	world.endsUnclean('the sync has stopped');
});
