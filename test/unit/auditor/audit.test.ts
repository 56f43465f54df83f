import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NORMAL_TIMING } from '../../../sync/ledger/ledger';
import { openLedger } from '../../../sync/ledger/open';
import { sqliteDialect } from '../../../sync/ledger/sqlite';
import { audit, unexcused, type AuditReport } from '../../auditor/audit';
import { mappingIn, type Mapped } from '../../auditor/mapping';
import { startDynamicsTwin, startMarketoTwin } from '../../twins';
import { DynamicsVendor } from '../../vendors/dynamics';
import { MarketoVendor } from '../../vendors/marketo';

const custom = (id: number, name: string, dataType: string) => ({
	id,
	displayName: name,
	dataType,
	rest: { name, readOnly: false },
});

const FIELDS = [
	custom(9001, 'dynamicsLeadId', 'string'),
	custom(9002, 'dynamicsContactId', 'string'),
	custom(9003, 'microsoftType', 'string'),
	custom(9004, 'microsoftCreatedDate', 'datetime'),
	custom(9005, 'microsoftIsDeleted', 'boolean'),
];

const COLUMNS = [
	['firstname', 'firstName'],
	['lastname', 'lastName'],
	['emailaddress1', 'email'],
	['jobtitle', 'title'],
	['leadqualitycode', 'rating'],
	['donotphone', 'doNotCall'],
	['revenue', 'annualRevenue'],
	['estimatedclosedate', 'dateOfBirth'],
] as const;

const locator = (value: string) => ({ __rl: true, mode: 'list', value });

const parametersWith = (more: object) => ({
	leadBothWays: {
		rows: COLUMNS.map(([column, field]) => ({ column: locator(column), field: locator(field) })),
	},
	...more,
});

const mappingWith = (more: object = {}): Mapped[] =>
	mappingIn({
		nodes: [{ type: 'x.resolveSyncConflict', parameters: parametersWith(more) }],
	});

const BASE = 'AAAAAAAAAAA';
const ROW = {
	firstname: 'Åsa',
	lastname: 'Öberg',
	emailaddress1: 'Asa@Example.com',
	jobtitle: 'Chief\r\nOfficer',
	leadqualitycode: 1,
	donotphone: false,
	revenue: 1000.5,
	estimatedclosedate: '2026-03-01',
};
const PERSON = {
	firstName: 'Åsa',
	lastName: 'Öberg',
	email: 'asa@example.com',
	title: 'Chief\nOfficer',
	rating: 'Hot',
	doNotCall: false,
	annualRevenue: 1000.5,
	dateOfBirth: '2026-03-01',
};

/** One linked pair that is in order, in both twins and in a ledger made by the engine. */
async function makeWorld() {
	const twins = {
		dynamics: await startDynamicsTwin({ seed: 1, leads: 0, contacts: 0 }),
		marketo: await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0, fields: FIELDS }),
	};
	const dynamics = new DynamicsVendor(twins.dynamics);
	const marketo = new MarketoVendor(twins.marketo);
	const folder = await mkdtemp(path.join(tmpdir(), 'audit-'));
	const ledgerFile = path.join(folder, 'ledger.sqlite');
	const ledger = await openLedger(sqliteDialect(ledgerFile), {
		key: { id: 'k', secret: Buffer.alloc(32) },
		clock: { now: () => Date.now() },
		random: { id: () => 'ledger' },
		timing: NORMAL_TIMING,
	});
	await ledger.close();
	const leadId = await dynamics.create('leads', ROW);
	const { createdon } = await dynamics.get(`leads(${leadId})?$select=createdon`);
	const link = { dynamicsLeadId: leadId, microsoftType: 'Lead', microsoftCreatedDate: createdon };
	const [personId] = await marketo.write('createOnly', 'email', [{ ...PERSON, ...link }]);
	const write = (sql: string, ...values: (string | number | Buffer)[]) => {
		const database = new DatabaseSync(ledgerFile);
		database.prepare(sql).run(...values);
		database.close();
	};
	write(
		`INSERT INTO link (id, table_name, dynamics_id, marketo_id, state, bases, wrote, key_id, generation, created_at, updated_at)
		VALUES (1, 'lead', ?, ?, 'active', ?, '{}', 'k', 1, 0, 0)`,
		leadId,
		String(personId),
		Buffer.from(BASE, 'base64url'),
	);
	return {
		dynamics,
		marketo,
		leadId,
		personId: personId!,
		write,
		look: async (more: object = {}) =>
			await audit({ dynamics, marketo, mapping: mappingWith(more), ledgerFile }),
		stop: async () => {
			await Promise.all([twins.dynamics.close(), twins.marketo.close()]);
			await rm(folder, { recursive: true });
		},
	};
}

describe('audit', () => {
	let world: Awaited<ReturnType<typeof makeWorld>>;
	const edit = async (values: object) =>
		await world.dynamics.update('leads', world.leadId, values as never);
	const editPerson = async (values: object) =>
		await world.marketo.write('updateOnly', 'id', [{ id: world.personId, ...values }]);
	const problems = (report: AuditReport) => report.problems.map(({ problem }) => problem);

	beforeEach(async () => {
		world = await makeWorld();
	});
	afterEach(async () => await world.stop());

	it('finds nothing where both sides say the same, each in its own spelling', async () => {
		expect(await world.look()).toEqual({
			pairs: 1,
			fieldsCompared: COLUMNS.length,
			differences: [],
			problems: [],
		});
	});

	it.each([
		['jobtitle>title', { jobtitle: 'Other' }],
		['firstname>firstName', { firstname: 'åsa' }],
		['emailaddress1>email', { emailaddress1: 'other@example.com' }],
		['leadqualitycode>rating', { leadqualitycode: 2 }],
		['leadqualitycode>rating', { leadqualitycode: null }],
		['donotphone>doNotCall', { donotphone: true }],
		['revenue>annualRevenue', { revenue: 1000.51 }],
		['estimatedclosedate>dateOfBirth', { estimatedclosedate: '2026-03-02' }],
	])('finds that %s differs after %j (it can fail)', async (field, values) => {
		await edit(values);
		const report = await world.look();
		expect(unexcused(report)).toEqual([
			expect.objectContaining({ field, record: `lead:${world.leadId}` }),
		]);
		expect(report.problems).toEqual([]);
	});

	it('finds a value that only Marketo has', async () => {
		await editPerson({ title: 'Other' });
		expect(unexcused(await world.look())).toEqual([
			{
				record: `lead:${world.leadId}`,
				field: 'jobtitle>title',
				dynamics: 'Chief\r\nOfficer',
				marketo: 'Other',
			},
		]);
	});

	it('takes a recorded reason as an excuse, for its own field alone', async () => {
		await edit({ jobtitle: 'Other', firstname: 'Eva' });
		world.write(
			`INSERT INTO held (link, side, field, source, code, reason, remedy, since, run, state, told, label)
			VALUES (1, 'marketo', 'title', '', 'tooLong', 'Too long', '', 0, 'r', 'held', 1, '')`,
		);
		const report = await world.look();
		expect(report.differences.map(({ field, excuse }) => [field, excuse])).toEqual([
			['firstname>firstName', undefined],
			['jobtitle>title', 'left behind: Too long'],
		]);
	});

	it('takes an open question and a record that needs help as excuses', async () => {
		await edit({ jobtitle: 'Other' });
		world.write(
			`INSERT INTO conflict (id, link, row, state, base, shown_dynamics, shown_marketo, winner, rule, run, at)
			VALUES ('c', 1, 'jobtitle>title', 'open', 'known', '', '', '', 'Ask', 'r', 0)`,
		);
		expect((await world.look()).differences[0]?.excuse).toBe('open question');
		world.write("UPDATE conflict SET state = 'decided'");
		expect(unexcused(await world.look())).toHaveLength(1);
		world.write(
			`INSERT INTO queue (lane, subject, state, due_at, attempts, code, reason, remedy, since, run, told, label, handed_in, handed_out)
			VALUES ('people', ?, 'help', 0, 1, 'x', 'No such choice', '', 0, 'r', 1, '', '', 0)`,
			`lead:${world.leadId}`,
		);
		expect((await world.look()).differences[0]?.excuse).toBe('needs help: No such choice');
	});

	it("takes a row's own rule as an excuse, and only where the rule keeps the difference", async () => {
		const rule = (values: object) => ({
			leadSpecialRules: { rules: [{ column: locator('jobtitle'), ...values }] },
		});
		await edit({ jobtitle: null });
		const excuses = async (more: object) =>
			(await world.look(more)).differences.map(({ excuse }) => excuse);
		expect(await excuses({})).toEqual([undefined]);
		expect(await excuses(rule({ onlyOnCreate: true }))).toEqual(['rule: only on create']);
		expect(await excuses(rule({ emptyValues: 'neverOverwrite' }))).toEqual([
			'rule: never overwrite with empty',
		]);
		expect(await excuses({ leadEmptyValues: 'onlyFill' })).toEqual(['rule: only fill empty']);
		expect(
			await excuses({ leadEmptyValues: 'onlyFill', ...rule({ emptyValues: 'copy' }) }),
		).toEqual([undefined]);
		await edit({ jobtitle: 'Other' });
		expect(await excuses(rule({ emptyValues: 'neverOverwrite' }))).toEqual([undefined]);
	});

	it('compares what the row makes of a value', async () => {
		const rule = (transform: object) => ({
			leadSpecialRules: {
				rules: [
					{ column: locator('firstname'), transform },
					{ column: locator('donotphone'), transform },
					{ column: locator('leadqualitycode'), transform },
				],
			},
		});
		await editPerson({ firstName: 'ÅSA', doNotCall: true, rating: '1' });
		expect(await world.look()).toMatchObject({ differences: { length: 3 } });
		const transform = { letterCase: 'upper', invert: true, choiceBy: 'value' };
		expect((await world.look(rule(transform))).differences).toEqual([]);
	});

	it('finds a person without the ids and dates of its row', async () => {
		const other = '11111111-1111-4111-8111-111111111111';
		await editPerson({
			dynamicsLeadId: other,
			microsoftType: 'Contact',
			microsoftCreatedDate: '2020-01-01T00:00:00Z',
		});
		expect(problems(await world.look())).toEqual([
			expect.stringContaining(`carries the id '${other}'`),
			expect.stringContaining("Microsoft Type 'Contact'"),
			expect.stringContaining('Microsoft Created Date 2020-01-01T00:00:00Z'),
		]);
	});

	it('finds a row that nobody took up, until it is said to need help', async () => {
		const id = await world.dynamics.create('contacts', { lastname: 'Forgotten' });
		expect((await world.look()).problems).toEqual([
			{ record: `contact:${id}`, problem: 'was not taken up' },
		]);
		world.write(
			`INSERT INTO queue (lane, subject, state, due_at, attempts, code, reason, remedy, since, run, told, label, handed_in, handed_out)
			VALUES ('people', ?, 'help', 0, 1, 'x', 'x', '', 0, 'r', 1, '', '', 0)`,
			`contact:${id}`,
		);
		expect((await world.look()).problems).toEqual([]);
	});

	it('finds links without their row or person, and a person of two rows', async () => {
		await world.dynamics.delete('leads', world.leadId);
		expect(problems(await world.look())).toEqual(['is linked but not in Dynamics']);
		world.write(
			`INSERT INTO link (id, table_name, dynamics_id, marketo_id, state, bases, wrote, key_id, generation, created_at, updated_at)
			VALUES (2, 'contact', 'x', ?, 'active', NULL, '{}', 'k', 1, 0, 0)`,
			String(world.personId),
		);
		expect(problems(await world.look())).toContainEqual(
			expect.stringContaining(`shares person ${world.personId} with lead:${world.leadId}`),
		);
		await world.marketo.delete([world.personId]);
		expect(problems(await world.look())).toContainEqual(
			expect.stringContaining('who is not in Marketo'),
		);
	});

	it('finds two people of one row, and a person made beside another with its e-mail', async () => {
		const twin = { ...PERSON, lastName: 'Twin', dynamicsLeadId: world.leadId };
		// Marketo allows it to whoever looks up by another field than the e-mail address.
		const [second] = await world.marketo.write('createOnly', 'dynamicsContactId', [
			{ ...twin, dynamicsContactId: 'any' },
		]);
		expect(problems(await world.look())).toEqual([`stands on people ${world.personId}, ${second}`]);
		world.write(
			`INSERT INTO history (at, run, page, link, side, operation, outcome, verdicts, mapping_hash)
			VALUES (0, 'r', 1, 1, 'marketo', 'create', 'written', '[]', '')`,
		);
		expect(problems(await world.look())).toHaveLength(1);
		world.write('UPDATE link SET marketo_id = ?', String(second));
		expect(problems(await world.look())).toContainEqual(
			`was made although ${world.personId} had the same e-mail address`,
		);
	});

	it('finds writes left over, and values where fingerprints belong', async () => {
		const plan = (state: string, fields: object) =>
			world.write(
				`INSERT INTO plan (id, run, page, side, link, operation, state, fields, created_at)
				VALUES (?, 'r', 1, 'marketo', 1, 'update', ?, ?, 0)`,
				state,
				state,
				JSON.stringify(fields),
			);
		plan('echo', { title: { new: BASE, old: null, source: null } });
		expect((await world.look()).problems).toEqual([]);
		plan('sent', { title: { new: 'Chief', old: null, source: null } });
		world.write('UPDATE link SET bases = ?', Buffer.from('Åsa and Öberg'));
		expect(problems(await world.look())).toEqual([
			'has a write to marketo left over as sent',
			'keeps the value of lastname itself',
			'keeps the value of lastName itself',
			'keeps something else than a fingerprint of title',
		]);
	});
});
