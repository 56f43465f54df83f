import { TABLES, type Table } from '../../auditor/mapping';
import type { Row } from '../../vendors/dynamics';
import type { Person } from '../../vendors/marketo';
import type { Execution } from '../harness/n8nServer';
import type { Scene } from './scene';

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

/** Who is linked, who is made, what wins when two systems that both have people meet. */
export function firstRun(scene: Scene): void {
	let previewed: Execution;
	/** The one person in Marketo with a row's e-mail address before the first run. */
	const matchOf = (row: Row): Person | undefined => {
		const email = lower(row.emailaddress1);
		const found = email === '' ? [] : scene.peopleBefore.filter((one) => lower(one.email) === email);
		return found.length === 1 ? found[0] : undefined;
	};
	/** Rows of a table that are linked with somebody who was in Marketo before. */
	const adopted = async (table: Table) => {
		const linked = new Map(scene.world.pairs(table).map((pair) => [pair.id, pair.person]));
		const people = new Map((await scene.world.everybody()).map((person) => [person.id, person]));
		const rows = new Map((await scene.world.crm.all(`${table}s`)).map((row) => [row[`${table}id`], row]));
		return scene.rowsBefore[table].flatMap((before) => {
			const person = matchOf(before);
			const id = String(before[`${table}id`]);
			if (!person || linked.get(id) !== person.id) return [];
			return [{ before, person, row: rows.get(id)!, now: people.get(person.id)! }];
		});
	};

	it('is previewed by hand: nothing is written, everything is shown', async () => {
		await scene.world.forgetCalls();
		previewed = await scene.world.n8n.runManually(scene.world.lane.workflow, 'When a Sync Is Due');
		expect(previewed.status).toBe('success');
		expect(await scene.world.writeCalls()).toEqual([]);
		for (const table of ['link', 'plan', 'held', 'queue', 'conflict', 'history', 'feed', 'run', 'seen', 'log']) {
			expect([table, scene.world.lane.count(table)]).toEqual([table, 0]);
		}
		const receipts = outputOf(previewed, 'Update Marketo');
		expect(receipts.length).toBeGreaterThan(400);
		expect(new Set(receipts.map(({ outcome }) => outcome))).toEqual(new Set(['preview']));
		expect(outputOf(previewed, 'Update Dynamics').length).toBeGreaterThan(10);
		expect(outputOf(previewed, 'Resolve Sync Conflict', 2).length).toBeGreaterThan(10);
		expect(outputOf(previewed, 'Resolve Sync Conflict', 3).length).toBeGreaterThan(0);
		expect(await scene.world.n8n.dataTableRows('Sync conflicts')).toEqual([]);
		expect(await scene.world.n8n.dataTableRows('Sync needs help')).toEqual([]);
	});

	it('does what was previewed', async () => {
		await scene.world.publish();
		const planned = outputOf(previewed, 'Resolve Sync Conflict', 1);
		const values = planned.flatMap((item) => (item.operation === 'create' ? [item.values as Row] : []));
		expect(values.length).toBeGreaterThan(300);
		const made = new Map(
			(await scene.world.everybody())
				.filter(({ id }) => !scene.peopleBefore.some((one) => one.id === id))
				.map((person) => [person.dynamicsLeadId ?? person.dynamicsContactId, person]),
		);
		for (const { dynamicsLeadId, dynamicsContactId, lastName, title = undefined } of values) {
			const person = made.get(dynamicsLeadId ?? dynamicsContactId);
			expect([person?.lastName, person?.title]).toEqual([lastName, title]);
		}
		const recorded = (await scene.world.n8n.dataTableRows('Sync conflicts')).map(({ conflictId }) => conflictId);
		const conflicts = outputOf(previewed, 'Resolve Sync Conflict', 2).map(({ id }) => id);
		expect(recorded).toEqual(expect.arrayContaining(conflicts));
	});

	it('gives every lead and contact one person, or says why not', async () => {
		const report = await scene.world.expectClean();
		const people = await scene.world.everybody();
		const help = await scene.world.n8n.dataTableRows('Sync needs help');
		let lonely = 0;
		for (const table of TABLES) {
			const carried = people.map((person) => person[table === 'lead' ? 'dynamicsLeadId' : 'dynamicsContactId']);
			for (const row of scene.rowsBefore[table]) {
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
		const made = (await scene.world.everybody()).filter(({ id }) => !scene.peopleBefore.some((one) => one.id === id));
		const addresses = new Set(scene.peopleBefore.map(({ email }) => lower(email)).filter(Boolean));
		expect(made.filter(({ email }) => addresses.has(lower(email)))).toEqual([]);
	});

	it('names two people with one e-mail address instead of guessing', async () => {
		const counts = new Map<string, Person[]>();
		for (const person of scene.peopleBefore) {
			const email = lower(person.email);
			if (email) counts.set(email, [...(counts.get(email) ?? []), person]);
		}
		const doubled = [...counts.values()].filter((people) => people.length > 1);
		expect(doubled).toHaveLength(1);
		const [one, other] = doubled[0]!;
		const lead = scene.rowsBefore.lead.find((row) => lower(row.emailaddress1) === lower(one!.email))!;
		expect(await scene.world.peopleOf('lead', String(lead.leadid))).toEqual([]);
		const [help] = await scene.world.tableRows('Sync needs help', String(lead.leadid));
		expect(help).toMatchObject({ status: 'needs help', recordType: 'lead', label: lead.fullname });
		expect(help!.reason).toContain(String(one!.id));
		expect(help!.reason).toContain(String(other!.id));
		expect(help!.remedy).not.toBe('');
	});

	it('takes the contact as partner where a lead has the same e-mail address', async () => {
		const contact = scene.rowsBefore.contact.find((row) =>
			scene.rowsBefore.lead.some((lead) => row.emailaddress1 && lead.emailaddress1 === row.emailaddress1),
		)!;
		const lead = scene.rowsBefore.lead.find((row) => row.emailaddress1 === contact.emailaddress1)!;
		const [person, ...others] = await scene.world.peopleOf('contact', String(contact.contactid), 'microsoftType', 'dynamicsLeadId');
		expect(others).toEqual([]);
		expect(person).toMatchObject({ microsoftType: 'Contact', dynamicsLeadId: null });
		const [help] = await scene.world.tableRows('Sync needs help', String(lead.leadid));
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
		const conflicts = await scene.world.n8n.dataTableRows('Sync conflicts');
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

	afterAll(() => scene.useLinkedPairs());
}
