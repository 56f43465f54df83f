import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Table } from '../auditor/mapping';
import type { Row } from '../vendors/dynamics';
import type { Person } from '../vendors/marketo';
import type { Execution } from './harness/n8nServer';
import { PeopleWorld, type Pair } from './scenario/peopleWorld';

const PEOPLE_BEFORE = 200;
const TABLES: Table[] = ['lead', 'contact'];
const IN_MARKETO: Record<string, string> = {
	firstname: 'firstName',
	jobtitle: 'title',
	telephone1: 'phone',
	address1_city: 'city',
	address1_country: 'country',
	description: 'mktoPersonNotes',
};
const OPT_OUTS: Record<string, string> = { donotphone: 'doNotCall', donotbulkemail: 'unsubscribed' };

const lower = (value: unknown) => String((value as string | null) ?? '').toLowerCase();

/** What a node handed out by its n-th output. */
const outputOf = ({ data }: Execution, node: string, output = 0) =>
	(data!.resultData.runData[node]?.[0]?.data?.main?.[output] ?? []).map(({ json }) => json);

describe('leads, contacts and people, as the shipped workflow syncs them', () => {
	let world: PeopleWorld;
	let rowsBefore: Record<Table, Row[]>;
	let peopleBefore: Person[];
	/** Pairs that no test has touched yet. */
	const untouched: Record<Table, Pair[]> = { lead: [], contact: [] };
	const take = (table: Table): Pair => untouched[table].pop()!;

	beforeAll(async () => {
		world = await PeopleWorld.start([
			...['--leads', '600', '--contacts', '400'],
			...['--people', String(PEOPLE_BEFORE)],
		]);
		rowsBefore = { lead: await world.crm.all('leads'), contact: await world.crm.all('contacts') };
		peopleBefore = await world.everybody();
	});
	afterAll(async () => await world?.stop());

	describe('the first run', () => {
		let previewed: Execution;
		/** The one person in Marketo with a row's e-mail address before the first run. */
		const matchOf = (row: Row): Person | undefined => {
			const email = lower(row.emailaddress1);
			const found = email === '' ? [] : peopleBefore.filter((one) => lower(one.email) === email);
			return found.length === 1 ? found[0] : undefined;
		};
		/** Rows of a table that are linked with somebody who was in Marketo before. */
		const adopted = async (table: Table) => {
			const linked = new Map(world.pairs(table).map((pair) => [pair.id, pair.person]));
			const people = new Map((await world.everybody()).map((person) => [person.id, person]));
			const rows = new Map((await world.crm.all(`${table}s`)).map((row) => [row[`${table}id`], row]));
			return rowsBefore[table].flatMap((before) => {
				const person = matchOf(before);
				const id = String(before[`${table}id`]);
				if (!person || linked.get(id) !== person.id) return [];
				return [{ before, person, row: rows.get(id)!, now: people.get(person.id)! }];
			});
		};

		it('is previewed by hand: nothing is written, everything is shown', async () => {
			await world.forgetCalls();
			previewed = await world.n8n.runManually(world.lane.workflow, 'When a Sync Is Due');
			expect(previewed.status).toBe('success');
			expect(await world.writeCalls()).toEqual([]);
			for (const table of ['link', 'plan', 'held', 'queue', 'conflict', 'history', 'feed', 'run', 'seen', 'log']) {
				expect([table, world.lane.count(table)]).toEqual([table, 0]);
			}
			const receipts = outputOf(previewed, 'Update Marketo');
			expect(receipts.length).toBeGreaterThan(400);
			expect(new Set(receipts.map(({ outcome }) => outcome))).toEqual(new Set(['preview']));
			expect(outputOf(previewed, 'Update Dynamics').length).toBeGreaterThan(10);
			expect(outputOf(previewed, 'Resolve Sync Conflict', 2).length).toBeGreaterThan(10);
			expect(outputOf(previewed, 'Resolve Sync Conflict', 3).length).toBeGreaterThan(0);
		});

		it('does what was previewed', async () => {
			await world.publish();
			const planned = outputOf(previewed, 'Resolve Sync Conflict', 1);
			const values = planned.flatMap((item) => (item.operation === 'create' ? [item.values as Row] : []));
			expect(values.length).toBeGreaterThan(300);
			const made = new Map(
				(await world.everybody())
					.filter(({ id }) => !peopleBefore.some((one) => one.id === id))
					.map((person) => [person.dynamicsLeadId ?? person.dynamicsContactId, person]),
			);
			for (const { dynamicsLeadId, dynamicsContactId, lastName, title = undefined } of values) {
				const person = made.get(dynamicsLeadId ?? dynamicsContactId);
				expect([person?.lastName, person?.title]).toEqual([lastName, title]);
			}
			const recorded = (await world.n8n.dataTableRows('Sync conflicts')).map(({ conflictId }) => conflictId);
			const conflicts = outputOf(previewed, 'Resolve Sync Conflict', 2).map(({ id }) => id);
			expect(recorded).toEqual(expect.arrayContaining(conflicts));
		});

		it('gives every lead and contact one person, or says why not', async () => {
			const report = await world.expectClean();
			const people = await world.everybody();
			const help = await world.n8n.dataTableRows('Sync needs help');
			let lonely = 0;
			for (const table of TABLES) {
				const carried = people.map((person) => person[table === 'lead' ? 'dynamicsLeadId' : 'dynamicsContactId']);
				for (const row of rowsBefore[table]) {
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
			expect(report.pairs).toBe(1000 - lonely);
			// One lead whose address two people have, and one whose address a contact has too.
			expect(lonely).toBe(2);
		});

		it('links who has the same e-mail address, and makes nobody twice', async () => {
			const all = [...(await adopted('lead')), ...(await adopted('contact'))];
			expect(all.length).toBeGreaterThan(100);
			const made = (await world.everybody()).filter(({ id }) => !peopleBefore.some((one) => one.id === id));
			const addresses = new Set(peopleBefore.map(({ email }) => lower(email)).filter(Boolean));
			expect(made.filter(({ email }) => addresses.has(lower(email)))).toEqual([]);
		});

		it('names two people with one e-mail address instead of guessing', async () => {
			const counts = new Map<string, Person[]>();
			for (const person of peopleBefore) {
				const email = lower(person.email);
				if (email) counts.set(email, [...(counts.get(email) ?? []), person]);
			}
			const doubled = [...counts.values()].filter((people) => people.length > 1);
			expect(doubled).toHaveLength(1);
			const [one, other] = doubled[0]!;
			const lead = rowsBefore.lead.find((row) => lower(row.emailaddress1) === lower(one!.email))!;
			expect(await world.peopleOf('lead', String(lead.leadid))).toEqual([]);
			const [help] = await world.tableRows('Sync needs help', String(lead.leadid));
			expect(help).toMatchObject({ status: 'needs help', recordType: 'lead', label: lead.fullname });
			expect(help!.reason).toContain(String(one!.id));
			expect(help!.reason).toContain(String(other!.id));
			expect(help!.remedy).not.toBe('');
		});

		it('takes the contact as partner where a lead has the same e-mail address', async () => {
			const contact = rowsBefore.contact.find((row) =>
				rowsBefore.lead.some((lead) => row.emailaddress1 && lead.emailaddress1 === row.emailaddress1),
			)!;
			const lead = rowsBefore.lead.find((row) => row.emailaddress1 === contact.emailaddress1)!;
			const [person, ...others] = await world.peopleOf('contact', String(contact.contactid), 'microsoftType', 'dynamicsLeadId');
			expect(others).toEqual([]);
			expect(person).toMatchObject({ microsoftType: 'Contact', dynamicsLeadId: null });
			const [help] = await world.tableRows('Sync needs help', String(lead.leadid));
			expect(help).toMatchObject({ status: 'needs help', recordType: 'lead' });
			expect(help!.reason).toContain(String(contact.contactid));
		});

		it('never lets an empty value win, on either side', async () => {
			let filled = 0;
			for (const table of TABLES) {
				for (const { before, person, row, now } of await adopted(table)) {
					for (const [column, field] of Object.entries(IN_MARKETO)) {
						const [here, there] = [before[column] ?? '', person[field] ?? ''];
						if ((here === '') === (there === '')) continue;
						filled++;
						expect([row[column], now[field]]).toEqual([here || there, here || there]);
					}
				}
			}
			expect(filled).toBeGreaterThan(50);
		});

		it('keeps an opt-out, whichever side has it', async () => {
			let kept = 0;
			for (const table of TABLES) {
				for (const { before, person, row, now } of await adopted(table)) {
					for (const [column, field] of Object.entries(OPT_OUTS)) {
						const wanted = before[column] === true || person[field] === true;
						if (before[column] !== (person[field] ?? false)) kept++;
						expect([row[column], now[field] ?? false]).toEqual([wanted, wanted]);
					}
				}
			}
			expect(kept).toBeGreaterThan(10);
		});

		it("decides what differs as Adobe's sync does, and puts it on record", async () => {
			const conflicts = await world.n8n.dataTableRows('Sync conflicts');
			let decided = 0;
			for (const table of TABLES) {
				for (const { before, person, row, now } of await adopted(table)) {
					const [here, there] = [before.jobtitle, person.title];
					if (!here || !there || here === there) continue;
					decided++;
					const winner = table === 'lead' ? there : here;
					expect([row.jobtitle, now.title]).toEqual([winner, winner]);
					expect(conflicts).toContainEqual(
						expect.objectContaining({
							dynamicsId: before[`${table}id`],
							marketoId: String(person.id),
							base: 'unset',
							dynamicsValue: here,
							marketoValue: there,
							winner: table === 'lead' ? 'marketo' : 'dynamics',
						}),
					);
				}
			}
			expect(decided).toBeGreaterThan(10);
		});

		afterAll(() => {
			for (const table of TABLES) untouched[table] = world.pairs(table);
		});
	});

	describe('edits', () => {
		it('on one side reach the other; two fields of one record do not disturb each other', async () => {
			const [leadHere, leadThere, leadBoth] = [take('lead'), take('lead'), take('lead')];
			const [contactHere, contactThere, contactBoth] = [take('contact'), take('contact'), take('contact')];
			const conflicts = world.lane.count('conflict');
			await world.together(
				() => world.editRow(leadHere, { jobtitle: 'Head of Lifts', leadqualitycode: 1, donotemail: true }),
				() => world.editPerson(leadThere, { phone: '+46 8 123', leadSource: 'Seminar', doNotCall: true }),
				() => world.editRow(leadBoth, { address1_city: 'Malmö' }),
				() => world.editPerson(leadBoth, { title: 'Reader' }),
				() => world.editRow(contactHere, { jobtitle: 'Head of Doors', description: 'Line 1\r\nLine 2' }),
				() => world.editPerson(contactThere, { mobilePhone: '+46 70 123', state: '' }),
				() => world.editRow(contactBoth, { address1_country: 'Sweden' }),
				() => world.editPerson(contactBoth, { city: 'Lund' }),
			);
			expect(await world.person(leadHere, 'title', 'rating', 'microsoftDoNotEmail')).toMatchObject({
				title: 'Head of Lifts',
				rating: 'Hot',
				microsoftDoNotEmail: true,
			});
			expect(await world.row(leadThere)).toMatchObject({
				telephone1: '+46 8 123',
				leadsourcecode: 6,
				donotphone: true,
			});
			expect(await world.row(leadBoth)).toMatchObject({ address1_city: 'Malmö', jobtitle: 'Reader' });
			expect(await world.person(leadBoth, 'city', 'title')).toMatchObject({ city: 'Malmö', title: 'Reader' });
			expect(await world.person(contactHere, 'title')).toMatchObject({ title: 'Head of Doors' });
			expect(await world.row(contactThere)).toMatchObject({
				mobilephone: '+46 70 123',
				address1_stateorprovince: null,
			});
			expect(await world.row(contactBoth)).toMatchObject({ address1_country: 'Sweden', address1_city: 'Lund' });
			expect(await world.person(contactBoth, 'country', 'city')).toMatchObject({ country: 'Sweden', city: 'Lund' });
			expect(world.lane.count('conflict')).toBe(conflicts);
			await world.expectClean();
		});

		it("of one field on both sides in one cycle: for leads Marketo's stands, for contacts Dynamics'", async () => {
			const [lead, contact] = [take('lead'), take('contact')];
			await world.together(
				() => world.editRow(lead, { jobtitle: 'From Dynamics' }),
				() => world.editPerson(lead, { title: 'From Marketo' }),
				() => world.editRow(contact, { telephone1: '+1 1', jobtitle: 'From Dynamics' }),
				() => world.editPerson(contact, { phone: '+1 2', title: 'From Marketo' }),
			);
			expect(await world.row(lead)).toMatchObject({ jobtitle: 'From Marketo' });
			expect(await world.person(lead, 'title')).toMatchObject({ title: 'From Marketo' });
			expect(await world.row(contact)).toMatchObject({ jobtitle: 'From Dynamics', telephone1: '+1 1' });
			expect(await world.person(contact, 'title', 'phone')).toMatchObject({ title: 'From Dynamics', phone: '+1 1' });

			const told = await world.tableRows('Sync conflicts', lead.id);
			const recent = told.filter(({ base }) => base === 'known');
			expect(recent).toEqual([
				expect.objectContaining({
					recordType: 'lead',
					marketoId: String(lead.person),
					field: 'Job Title (jobtitle) = Job Title (title)',
					dynamicsValue: 'From Dynamics',
					marketoValue: 'From Marketo',
					winner: 'marketo',
					rule: "Marketo wins for leads (as in Adobe's sync)",
					run: expect.stringMatching(/./) as string,
				}),
			]);
			const kept = world.lane.ask(
				`select conflict.* from conflict join link on link.id = conflict.link
				where link.dynamics_id = '${lead.id}' and base = 'known'`,
			);
			expect(kept).toEqual([
				expect.objectContaining({
					id: recent[0]!.conflictId,
					row: 'jobtitle>title',
					state: 'decided',
					winner: 'marketo',
					run: recent[0]!.run,
				}),
			]);
			const ofContact = await world.tableRows('Sync conflicts', contact.id);
			const fields = ofContact.filter(({ base }) => base === 'known').map(({ field, winner }) => [field, winner]);
			expect(fields.sort()).toEqual([
				['Business Phone (telephone1) = Phone Number (phone)', 'dynamics'],
				['Job Title (jobtitle) = Job Title (title)', 'dynamics'],
			]);
			await world.expectClean();
		});
	});

	describe('with nothing to do', () => {
		it('a run writes nothing', async () => {
			await world.sync();
			await world.forgetCalls();
			await world.lane.oneRun();
			expect(await world.writeCalls()).toEqual([]);
		});

		it('a run that reads everything anew writes nothing either', async () => {
			await world.betweenRuns();
			const ledger = new DatabaseSync(path.join(world.n8n.folder, '.n8n/marketo-dynamics/ledger.sqlite'));
			ledger.exec('DELETE FROM feed');
			ledger.close();
			await world.forgetCalls();
			const { id, outcome } = await world.lane.oneRun();
			expect(outcome).toBe('done');
			const [{ records } = { records: 0 }] = world.lane.ask<{ records: number }>(
				`select sum(records) as records from page where run = '${id}'`,
			);
			expect(records).toBeGreaterThan(1000);
			expect(await world.writeCalls()).toEqual([]);
			await world.expectClean();
		});
	});

	describe('values that a system refuses', () => {
		const started = new Date();
		let leads: Record<'tooLong' | 'unknownChoice' | 'plugin' | 'record' | 'address' | 'topic', Pair>;
		let before: Record<string, Row>;

		/** Entries of the type *Dynamics Sync Result* in the activity logs of all leads in question. */
		const entries = async () => {
			const types = await world.people.get<{ id: number; apiName: string }>('activities/external/types.json');
			const type = types.find(({ apiName }) => apiName.startsWith('dynamicsSyncResult'))!;
			const ids = Object.values(leads).map(({ person }) => person);
			const found = await world.people.activities(type.id, ids, started);
			return found.map(({ leadId, primaryAttributeValue }) => [leadId, primaryAttributeValue]);
		};
		const helpOf = async ({ id }: Pair) => await world.tableRows('Sync needs help', id);

		beforeAll(async () => {
			leads = {
				tooLong: take('lead'),
				unknownChoice: take('lead'),
				plugin: take('lead'),
				record: take('lead'),
				address: take('lead'),
				topic: take('lead'),
			};
			const plugin = { table: 'lead', column: 'jobtitle', on: ['update'], do: 'refuse' };
			await world.dynamics.post('plugin', { ...plugin, value: 'Forbidden', message: "The column 'jobtitle' must not say this." });
			await world.dynamics.post('plugin', { ...plugin, value: 'Unwanted', message: 'Not in this company.' });
			const { tooLong, unknownChoice, record, address, topic } = leads;
			before = Object.fromEntries(
				await Promise.all(Object.entries(leads).map(async ([name, lead]) => [name, await world.row(lead)] as const)),
			);
			await world.together(
				() => world.editPerson(tooLong, { title: 'x'.repeat(101), city: 'Umeå' }),
				() => world.editPerson(unknownChoice, { rating: 'Lukewarm', city: 'Umeå' }),
				() => world.editPerson(leads.plugin, { title: 'Forbidden', city: 'Umeå' }),
				() => world.editPerson(record, { title: 'Unwanted', city: 'Umeå' }),
				() => world.editRow(address, { emailaddress1: 'no address', address1_city: 'Umeå' }),
				() => world.editRow(topic, { subject: 'y'.repeat(290), address1_city: 'Umeå' }),
			);
		});

		it('stay behind alone: everything else arrives', async () => {
			const { tooLong, unknownChoice, plugin, address, topic } = leads;
			expect(await world.row(tooLong)).toMatchObject({ jobtitle: before.tooLong!.jobtitle, address1_city: 'Umeå' });
			expect(await world.row(unknownChoice)).toMatchObject({
				leadqualitycode: before.unknownChoice!.leadqualitycode,
				address1_city: 'Umeå',
			});
			expect(await world.row(plugin)).toMatchObject({ jobtitle: before.plugin!.jobtitle, address1_city: 'Umeå' });
			expect(await world.person(address, 'email', 'city')).toMatchObject({
				email: before.address!.emailaddress1,
				city: 'Umeå',
			});
			expect(await world.person(topic, 'microsoftTopic', 'city')).toMatchObject({
				microsoftTopic: before.topic!.subject,
				city: 'Umeå',
			});
		});

		it('are named with record, field, reason and remedy', async () => {
			const { tooLong, unknownChoice, plugin, record, address, topic } = leads;
			const named = async (lead: Pair, wanted: object, reason: RegExp) => {
				const rows = (await helpOf(lead)).filter(({ status }) => status === 'needs help');
				expect(rows).toEqual([
					expect.objectContaining({ ...wanted, reason: expect.stringMatching(reason) as string }),
				]);
				expect(rows[0]!.remedy).toMatch(/\w/);
				expect(rows[0]!.label).toMatch(/\w/);
			};
			const lead = ({ id }: Pair) => ({ recordType: 'lead', recordId: id });
			const person = (pair: Pair) => ({ recordType: 'person', recordId: String(pair.person) });
			await named(tooLong, { ...lead(tooLong), field: 'jobtitle' }, /at most 100 characters/);
			await named(unknownChoice, { ...lead(unknownChoice), field: 'leadqualitycode' }, /no choice "Lukewarm"/);
			await named(plugin, { ...lead(plugin), field: 'jobtitle' }, /must not say this/);
			await named(record, { ...lead(record), field: '' }, /Not in this company/);
			await named(address, { ...person(address), field: 'email' }, /./);
			await named(topic, { ...person(topic), field: 'microsoftTopic' }, /at most 255 characters/);
		});

		it("stand in the people's activity logs, once", async () => {
			const { tooLong, unknownChoice, plugin, record, address, topic } = leads;
			const wanted = [
				[tooLong.person, 'Dynamics lead refused jobtitle'],
				[unknownChoice.person, 'Dynamics lead refused leadqualitycode'],
				[plugin.person, 'Dynamics lead refused jobtitle'],
				[record.person, 'Dynamics lead refused the record'],
				[address.person, 'Marketo refused email'],
				[topic.person, 'Marketo refused microsoftTopic'],
			].sort();
			expect((await entries()).sort()).toEqual(wanted);
			await world.sync();
			await world.forgetCalls();
			await world.lane.oneRun();
			expect(await world.writeCalls()).toEqual([]);
			expect((await entries()).sort()).toEqual(wanted);
			const { differences } = await world.expectClean();
			expect(differences.filter(({ excuse }) => excuse?.startsWith('left behind'))).toHaveLength(5);
		});

		it('arrive once somebody corrects them, and people are told that it is solved', async () => {
			const { tooLong, unknownChoice, plugin, record, address, topic } = leads;
			const entriesBefore = (await entries()).length;
			await world.together(
				() => world.editPerson(tooLong, { title: 'Short' }),
				() => world.editPerson(unknownChoice, { rating: 'Cold' }),
				() => world.editPerson(plugin, { title: 'Allowed' }),
				() => world.editPerson(record, { title: 'Welcome' }),
				() => world.editRow(address, { emailaddress1: 'right@example.com' }),
				() => world.editRow(topic, { subject: 'Brief' }),
			);
			expect(await world.row(tooLong)).toMatchObject({ jobtitle: 'Short' });
			expect(await world.row(unknownChoice)).toMatchObject({ leadqualitycode: 3 });
			expect(await world.row(plugin)).toMatchObject({ jobtitle: 'Allowed' });
			expect(await world.row(record)).toMatchObject({ jobtitle: 'Welcome', address1_city: 'Umeå' });
			expect(await world.person(address, 'email')).toMatchObject({ email: 'right@example.com' });
			expect(await world.person(topic, 'microsoftTopic')).toMatchObject({ microsoftTopic: 'Brief' });
			for (const [name, lead] of Object.entries(leads)) {
				const told = (await helpOf(lead)).map(({ status }) => status);
				expect([name, told]).toEqual([name, ['solved']]);
			}
			expect(await entries()).toHaveLength(entriesBefore);
			const { differences } = await world.expectClean();
			expect(differences).toEqual([]);
		});
	});
});
