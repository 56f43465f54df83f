import type { DynamicsTable } from '../../../../sync/items';
import { explain } from '../../../../sync/operate/explain';
import { retry } from '../../../../sync/operate/retry';
import {
	ComeBackLater,
	SetUpProblem,
	type DynamicsCreate,
	type DynamicsMaker,
	type WriteOutcome,
} from '../../../../sync/ports';
import { answerRequests } from '../../../../sync/ledger/answers';
import type { AtOnce, PersonAction } from '../../../../sync/campaignActions/batch';
import { acceptRequests, MOST_LOOKS, takeBatch } from '../../../../sync/ledger/requests';
import { rowIdFor } from '../../../../sync/campaignActions/rowId';
import { syncPeople } from '../../../../sync/campaignActions/syncPeople';
import { ADA, BOB, LANE, linkedPair, type Sandbox } from '../operate/sandbox';

const NEW = '50';
const EMAIL = 'new@x.test';

/** A sync that has run, a person whom only Marketo knows, and the hands that make rows. */
class AtOnceSandbox {
	calls: string[] = [];
	answer: (create: DynamicsCreate) => WriteOutcome | undefined = () => undefined;
	/** What happens just before rows are made. */
	meanwhile = async (): Promise<void> => {};

	constructor(readonly sandbox: Sandbox) {}

	static async open(): Promise<AtOnceSandbox> {
		const sandbox = await linkedPair();
		sandbox.savePerson(NEW, { email: EMAIL, title: 'Boss', lastName: 'New' });
		return new AtOnceSandbox(sandbox);
	}

	async sync(actions: Array<Partial<PersonAction>> = [{}], more: Partial<AtOnce> = {}) {
		const parts: AtOnce = {
			ledger: this.sandbox.ledger,
			dynamics: this.dynamics,
			marketo: this.sandbox.marketo,
			definition: LANE,
			detectDuplicates: true,
			...more,
		};
		const whole = actions.map(
			(action): PersonAction => ({
				request: null,
				person: NEW,
				syncAs: 'lead',
				owner: '',
				values: {},
				...action,
			}),
		);
		return await syncPeople(parts, whole);
	}

	rows(table: DynamicsTable = 'lead') {
		return [...this.sandbox.rows.values()].filter(
			(row) => row.table === table && row.values.emailaddress1 === EMAIL,
		);
	}

	private get dynamics(): DynamicsMaker {
		const { sandbox } = this;
		return {
			...sandbox.dynamics,
			readByIds: async (table, columns, ids) => {
				this.calls.push('readByIds');
				return await sandbox.dynamics.readByIds(table, columns, ids);
			},
			readByMailbox: async (_columns, mailboxes) => {
				this.calls.push('readByMailbox');
				return [...sandbox.rows.values()].filter((row) =>
					mailboxes.includes(String(row.values.emailaddress1).toLowerCase()),
				);
			},
			create: async (creates) => {
				this.calls.push('create');
				await this.meanwhile();
				return creates.map((create) => {
					const answer = this.answer(create);
					if (answer && answer.kind !== 'unknown') return answer;
					if (!sandbox.rows.has(create.id)) sandbox.saveRow(create.table, create.id, create.values);
					const row = sandbox.rows.get(create.id)!;
					return (
						answer ?? {
							kind: 'ok',
							id: create.id,
							version: row.version,
							createdOn: String(row.values.createdon),
							values: create.values,
						}
					);
				});
			},
		};
	}
}

describe('syncPeople', () => {
	it('makes a row for a person whom Dynamics does not know, and writes the ids back', async () => {
		const at = await AtOnceSandbox.open();
		const [answer] = await at.sync();
		expect(answer).toMatchObject({
			success: true,
			outcome: 'created',
			dynamicsTable: 'lead',
			id: NEW,
			label: 'New',
		});
		expect(at.rows()).toMatchObject([
			{ id: answer!.dynamicsId, values: { emailaddress1: EMAIL, jobtitle: 'Boss' } },
		]);
		expect(at.sandbox.people.get(NEW)).toMatchObject({
			msLeadId: answer!.dynamicsId,
			msType: 'Lead',
			// Nobody had marked the person.
			msIsDeleted: null,
		});
		expect(at.calls).toEqual(['readByMailbox', 'create']);
	});

	it('leaves nothing for the next rounds to write (what was sent is known on both sides)', async () => {
		const at = await AtOnceSandbox.open();
		const [answer] = await at.sync();
		at.sandbox.receipts.length = 0;
		await at.sandbox.run();
		await at.sandbox.run();
		expect(at.sandbox.receipts).toEqual([]);
		expect((await explain(at.sandbox.ledger, { id: answer!.dynamicsId })).summary).toMatch(
			/linked with Marketo person 50/,
		);
	});

	it('leaves the ids to the next page where the process dies before they are on the person', async () => {
		const at = await AtOnceSandbox.open();
		const dies = { ...at.sandbox.marketo, update: async () => await new Promise<never>(() => {}) };
		void at.sync([{}], { marketo: dies });
		while (at.rows().length === 0) await new Promise((resolve) => setImmediate(resolve));
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(at.sandbox.people.get(NEW)!.msLeadId ?? null).toBeNull();
		at.sandbox.now += 61_000;
		await at.sandbox.run();
		expect(at.sandbox.people.get(NEW)).toMatchObject({
			msLeadId: at.rows()[0]!.id,
			msType: 'Lead',
		});
	});

	it.each(['made', 'linked'])(
		'knows an edit of a row that was %s, also when its person is deleted before any page has compared them (R29)',
		async (how) => {
			const at = await AtOnceSandbox.open();
			if (how === 'linked')
				at.sandbox.saveRow('lead', BOB, { emailaddress1: EMAIL, jobtitle: 'Boss' });
			const [answer] = await at.sync();
			at.sandbox.removePerson(NEW);
			at.sandbox.now += 60_000;
			await at.sandbox.run();
			expect([...at.sandbox.people.values()].filter(({ email }) => email === EMAIL)).toEqual([]);
			at.sandbox.saveRow('lead', answer!.dynamicsId, { jobtitle: 'Chief' });
			await at.sandbox.run();
			expect([...at.sandbox.people.values()].filter(({ email }) => email === EMAIL)).toMatchObject([
				{ title: 'Chief' },
			]);
		},
	);

	it('lets later edits flow both ways', async () => {
		const at = await AtOnceSandbox.open();
		const [answer] = await at.sync();
		await at.sandbox.run();
		at.sandbox.now += 60_000;
		at.sandbox.savePerson(NEW, { title: 'Chief' });
		await at.sandbox.run(20);
		expect(at.rows()[0]!.values.jobtitle).toBe('Chief');
		at.sandbox.saveRow('lead', answer!.dynamicsId, { jobtitle: 'Owner' });
		await at.sandbox.run(20);
		expect(at.sandbox.people.get(NEW)!.title).toBe('Owner');
	});

	it('does nothing for a person who is linked, without a call, and says so', async () => {
		const at = await AtOnceSandbox.open();
		const [answer] = await at.sync([{ person: '7' }]);
		expect(answer).toMatchObject({
			success: true,
			outcome: 'exists',
			dynamicsId: ADA,
			reason: expect.stringMatching(/already/) as string,
		});
		expect(at.calls).toEqual([]);
	});

	it.each<DynamicsTable>(['lead', 'contact'])(
		'links a %s with the same e-mail instead of doubling it, and its values flow with the next page',
		async (table) => {
			const at = await AtOnceSandbox.open();
			at.sandbox.saveRow(table, BOB, { emailaddress1: 'NEW@x.test', jobtitle: null });
			const [answer] = await at.sync();
			expect(answer).toMatchObject({
				success: true,
				outcome: 'linked',
				dynamicsTable: table,
				dynamicsId: BOB,
			});
			expect(at.calls).not.toContain('create');
			await at.sandbox.run();
			expect(at.sandbox.rows.get(BOB)!.values.jobtitle).toBe('Boss');
		},
	);

	it('has a row compared that an earlier try made without an answer (it or the person may have been edited since)', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = ({ id, values }) => {
			at.sandbox.saveRow('lead', id, { ...values, jobtitle: 'As it was sent first' });
			return {
				kind: 'ok',
				id,
				version: at.sandbox.rows.get(id)!.version,
				values: { ...values, jobtitle: 'As it was sent first' },
				created: false,
			};
		};
		expect(await at.sync()).toMatchObject([{ outcome: 'created' }]);
		await at.sandbox.run();
		expect(at.rows()).toMatchObject([{ values: { jobtitle: 'Boss' } }]);
	});

	it('makes nothing once it was held up: what was looked for may be there by now (R8)', async () => {
		const at = await AtOnceSandbox.open();
		const slow = {
			...at.sandbox.dynamics,
			readByMailbox: async () => ((at.sandbox.now += 60_000), []),
			create: async () => Promise.reject(new Error('was called')),
		};
		expect(await at.sync([{}], { dynamics: slow })).toMatchObject([
			{ success: null, outcome: 'waiting', reason: expect.stringMatching(/too long/) as string },
		]);
		expect(await at.sync()).toMatchObject([{ outcome: 'created' }]);
		expect(at.rows()).toHaveLength(1);
	});

	it('takes the contact where a lead has the same e-mail too (R27)', async () => {
		const at = await AtOnceSandbox.open();
		at.sandbox.saveRow('lead', BOB, { emailaddress1: EMAIL });
		at.sandbox.saveRow('contact', BOB.replace(/^2/, '3'), { emailaddress1: EMAIL });
		expect(await at.sync()).toMatchObject([{ outcome: 'linked', dynamicsTable: 'contact' }]);
	});

	it('links by the id that the person carries, whatever the e-mail', async () => {
		const at = await AtOnceSandbox.open();
		at.sandbox.saveRow('lead', BOB, { emailaddress1: 'old@x.test' });
		at.sandbox.savePerson(NEW, { msLeadId: BOB.toUpperCase() });
		expect(await at.sync()).toMatchObject([{ outcome: 'linked', dynamicsId: BOB }]);
	});

	it('takes the id that the person carries, also where two contacts have its e-mail', async () => {
		const at = await AtOnceSandbox.open();
		at.sandbox.saveRow('lead', BOB, { emailaddress1: EMAIL });
		for (const first of ['3', '4'])
			at.sandbox.saveRow('contact', BOB.replace(/^2/, first), { emailaddress1: EMAIL });
		at.sandbox.savePerson(NEW, { msLeadId: BOB });
		expect(await at.sync()).toMatchObject([{ outcome: 'linked', dynamicsId: BOB }]);
	});

	it('guesses at nobody: two rows with one e-mail, or a row of somebody else, need help', async () => {
		const at = await AtOnceSandbox.open();
		at.sandbox.saveRow('lead', BOB, { emailaddress1: EMAIL });
		at.sandbox.saveRow('lead', BOB.replace(/^2/, '3'), { emailaddress1: EMAIL });
		expect(await at.sync()).toMatchObject([
			{
				success: false,
				errorCode: 'AMBIGUOUS',
				reason: expect.stringMatching(/2 leads/) as string,
			},
		]);
		at.sandbox.savePerson('51', { email: 'ada@x.test' });
		expect(await at.sync([{ person: '51' }])).toMatchObject([
			{
				success: false,
				errorCode: 'BELONGS_TO_ANOTHER',
				reason: expect.stringMatching(/\(7\)/) as string,
			},
		]);
		at.sandbox.savePerson('52', { email: 'two@x.test' });
		at.sandbox.savePerson('53', { email: 'Two@x.test' });
		expect(await at.sync([{ person: '52' }, { person: '53' }])).toMatchObject([
			{ errorCode: 'DUPLICATE_PERSON' },
			{ errorCode: 'DUPLICATE_PERSON' },
		]);
		expect(at.calls).not.toContain('create');
		await at.sandbox.run();
		expect(at.sandbox.needy).toEqual(
			expect.arrayContaining(['action:50', 'action:51', 'action:52', 'action:53']),
		);
	});

	it('makes one row for five calls at the same moment', async () => {
		const at = await AtOnceSandbox.open();
		const answers = (
			await Promise.all(Array.from({ length: 5 }, async () => await at.sync([{}, {}])))
		).flat();
		expect(at.rows()).toHaveLength(1);
		expect(answers.filter((answer) => answer.outcome === 'created').length).toBeGreaterThan(0);
		for (const answer of answers)
			expect(['created', 'exists', 'waiting']).toContain(answer.outcome);
		expect(await at.sync()).toMatchObject([{ outcome: 'exists' }]);
	});

	it('makes nothing more after a lost answer, and finds what it made', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = () => ({ kind: 'unknown', reason: 'The connection was cut' });
		expect(await at.sync()).toMatchObject([{ success: null, outcome: 'waiting' }]);
		at.answer = () => undefined;
		expect(await at.sync()).toMatchObject([{ success: true, outcome: 'created' }]);
		expect(at.rows()).toHaveLength(1);
		expect(at.calls.filter((call) => call === 'create')).toHaveLength(1);
	});

	it('agrees with a page of the sync that meets the row before its maker has heard of it', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = () => ({ kind: 'unknown', reason: 'The connection was cut' });
		await at.sync();
		await at.sandbox.run();
		expect([...at.sandbox.people.values()].filter((person) => person.email === EMAIL)).toHaveLength(
			1,
		);
		at.answer = () => undefined;
		await at.sync();
		await at.sandbox.run(10);
		expect(at.rows()).toHaveLength(1);
		expect([...at.sandbox.people.values()].filter((person) => person.email === EMAIL)).toHaveLength(
			1,
		);
	});

	it('is found by the pages of the sync when nobody comes back for it', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = () => ({ kind: 'unknown', reason: 'The connection was cut' });
		await at.sync();
		for (let round = 0; round < 4; round++) await at.sandbox.run(10);
		const [row] = at.rows();
		expect(at.sandbox.people.get(NEW)).toMatchObject({ msLeadId: row!.id, msType: 'Lead' });
	});

	it('makes a new row for a person whose lead was deleted (R20: the ordinal moves on)', async () => {
		const at = await AtOnceSandbox.open();
		const [first] = await at.sync();
		at.sandbox.rows.delete(first!.dynamicsId);
		await at.sandbox.ledger.db
			.updateTable('link')
			.set({ state: 'goneInDynamics' })
			.where('dynamics_id', '=', first!.dynamicsId)
			.execute();
		const [second] = await at.sync();
		expect(second).toMatchObject({ outcome: 'created' });
		expect(second!.dynamicsId).not.toBe(first!.dynamicsId);
	});

	it('leaves a column behind that Dynamics refuses, and says which', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = ({ values }) =>
			'jobtitle' in values
				? {
						kind: 'refused',
						refusal: {
							field: 'jobtitle',
							code: '0x1',
							reason: 'Job Title is not allowed',
							remedy: 'Change it',
						},
					}
				: undefined;
		expect(await at.sync()).toMatchObject([
			{
				success: true,
				outcome: 'created',
				reason: expect.stringMatching(/jobtitle: Job Title is not allowed/) as string,
			},
		]);
		expect(at.rows()[0]!.values.jobtitle).toBeNull();
	});

	it('says field, reason and remedy of a refused row, once in the activity log, and nothing stays reserved (R10)', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = () => ({
			kind: 'refused',
			refusal: {
				code: '0x2',
				field: 'lastname',
				reason: 'Last Name (lastname) is required',
				remedy: 'Fill it in Marketo',
			},
		});
		for (let time = 0; time < 2; time++) {
			expect(await at.sync()).toMatchObject([
				{
					success: false,
					outcome: 'failed',
					errorCode: 'REFUSED_BY_DYNAMICS',
					reason: 'Last Name (lastname) is required',
					remedy: 'Fill it in Marketo',
				},
			]);
		}
		const { db } = at.sandbox.ledger;
		expect(await db.selectFrom('log').selectAll().execute()).toMatchObject([
			{ person: NEW, state: 'written', reason: 'Last Name (lastname) is required' },
		]);
		expect(await db.selectFrom('link').selectAll().where('marketo_id', '=', NEW).execute()).toEqual(
			[],
		);
		at.answer = () => undefined;
		expect(await at.sync()).toMatchObject([{ outcome: 'created' }]);
		await at.sandbox.run();
		expect(at.sandbox.needy).not.toContain(`action:${NEW}`);
	});

	it('does not go around duplicate detection (R22)', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = ({ detectDuplicates }) =>
			detectDuplicates ? { kind: 'exists', reason: 'A duplicate was found' } : undefined;
		expect(await at.sync()).toMatchObject([{ errorCode: 'DUPLICATE_IN_DYNAMICS' }]);
		expect(await at.sync([{}], { detectDuplicates: false })).toMatchObject([
			{ outcome: 'created' },
		]);
	});

	it('names a person who is not there; the others go on', async () => {
		const at = await AtOnceSandbox.open();
		expect(await at.sync([{ person: '999' }, {}])).toMatchObject([
			{ errorCode: 'PERSON_NOT_FOUND' },
			{ outcome: 'created' },
		]);
	});

	it('waits where a system asks for it, and lets others work on the person meanwhile', async () => {
		const at = await AtOnceSandbox.open();
		at.meanwhile = async () => {
			throw new ComeBackLater('Too many requests', 7_000, 'throttled');
		};
		expect(await at.sync()).toMatchObject([
			{ success: null, outcome: 'waiting', reason: 'Too many requests' },
		]);
		at.meanwhile = async () => {
			throw new SetUpProblem('The user may not create leads (prvCreateLead)', 'Give it the role');
		};
		expect(await at.sync()).toMatchObject([
			{ success: false, errorCode: 'NOT_SET_UP', remedy: 'Give it the role' },
		]);
		at.meanwhile = async () => {};
		expect(await at.sync()).toMatchObject([{ outcome: 'created' }]);
	});

	it('waits while the sync is paused', async () => {
		const at = await AtOnceSandbox.open();
		await at.sandbox.ledger.db.updateTable('lane').set({ paused: 1 }).execute();
		expect(await at.sync()).toMatchObject([
			{ outcome: 'waiting', reason: expect.stringMatching(/paused/) as string },
		]);
	});

	it('sets the owner that the step names', async () => {
		const at = await AtOnceSandbox.open();
		await at.sync([{ syncAs: 'contact', owner: `team(${BOB})` }]);
		expect(at.rows('contact')[0]!.values.ownerid).toBe(`team(${BOB})`);
	});
});

describe('a request of a campaign', () => {
	const RECEIVER = 'workflow:node';
	const taken = async (at: AtOnceSandbox) => {
		await acceptRequests(at.sandbox.ledger, RECEIVER, [
			{ service: 'webhook', person: NEW, campaign: '', parameters: {} },
		]);
		return (await takeBatch(at.sandbox.ledger, RECEIVER))!.items[0]!.request;
	};
	const pauseOf = async (at: AtOnceSandbox) => {
		const row = await at.sandbox.ledger.db
			.selectFrom('request')
			.select(['state', 'due_at'])
			.executeTakeFirstOrThrow();
		return row.state === 'waiting' ? row.due_at - at.sandbox.now : null;
	};

	it('waits longer each time it cannot be settled, and fails in the end', async () => {
		const at = await AtOnceSandbox.open();
		at.answer = () => ({ kind: 'again', reason: 'Dynamics is busy' });
		let request = await taken(at);
		const pauses: Array<number | null> = [];
		for (let look = 1; look < MOST_LOOKS; look++) {
			expect(await at.sync([{ request }])).toMatchObject([{ success: null }]);
			pauses.push(await pauseOf(at));
			at.sandbox.now += 6 * 60_000;
			request = (await takeBatch(at.sandbox.ledger, RECEIVER))!.items[0]!.request;
		}
		expect(pauses.slice(0, 3)).toEqual([4_000, 8_000, 16_000]);
		expect(pauses.at(-1)).toBe(300_000);
		expect(await at.sync([{ request }])).toMatchObject([
			{
				success: false,
				errorCode: 'NOT_DONE',
				reason: expect.stringMatching(/Dynamics is busy/) as string,
			},
		]);
	});

	it('waits as long as the sync is paused, and is not given up for it', async () => {
		const at = await AtOnceSandbox.open();
		await at.sandbox.ledger.db.updateTable('lane').set({ paused: 1 }).execute();
		let request = await taken(at);
		for (let look = 1; look < MOST_LOOKS + 5; look++) {
			expect(await at.sync([{ request }])).toMatchObject([{ success: null }]);
			at.sandbox.now += 6 * 60_000;
			request = (await takeBatch(at.sandbox.ledger, RECEIVER))!.items[0]!.request;
		}
		await at.sandbox.ledger.db.updateTable('lane').set({ paused: 0 }).execute();
		expect(await at.sync([{ request }])).toMatchObject([{ outcome: 'created' }]);
	});

	it('whose workflow broke off behind the new row is not told that nothing was done: steps behind it are due', async () => {
		const at = await AtOnceSandbox.open();
		const askedAt = at.sandbox.now;
		const request = await taken(at);
		expect(await at.sync([{ request, askedAt }])).toMatchObject([{ outcome: 'created' }]);
		at.sandbox.now += at.sandbox.ledger.timing.lease + 1;
		const [again] = (await takeBatch(at.sandbox.ledger, RECEIVER))!.items;
		expect(await at.sync([{ request: again!.request, askedAt }])).toMatchObject([
			{ success: true, outcome: 'linked' },
		]);
		expect(await at.sync([{ askedAt: at.sandbox.now }])).toMatchObject([
			{ success: true, outcome: 'exists' },
		]);
	});

	it('that failed is worked on again when somebody chooses Retry', async () => {
		const at = await AtOnceSandbox.open();
		const request = await taken(at);
		at.answer = () => ({ kind: 'exists', reason: 'A duplicate was found' });
		const [answer] = await at.sync([{ request }]);
		await answerRequests(at.sandbox.ledger, [
			{
				request,
				answer: {
					success: false,
					errorCode: answer!.errorCode,
					reason: answer!.reason,
					values: {},
				},
			},
		]);
		await at.sandbox.run();
		expect(at.sandbox.needy).toContain(`action:${NEW}`);
		at.answer = () => undefined;
		expect(await retry(at.sandbox.ledger, { id: `action:${NEW}` })).toEqual({
			records: 1,
			fields: 0,
		});
		const [again] = (await takeBatch(at.sandbox.ledger, RECEIVER))!.items;
		expect(await at.sync([{ request: again!.request }])).toMatchObject([{ outcome: 'created' }]);
		await at.sandbox.run();
		expect(at.sandbox.needy).not.toContain(`action:${NEW}`);
	});
});

describe('people sent with a credential for another system (R44)', () => {
	const systems: Array<[string, (at: AtOnceSandbox) => () => void, string, string]> = [
		[
			'subscription',
			(at) => {
				const { marketo } = at.sandbox;
				at.sandbox.marketo = { ...marketo, subscription: 'ZZZ-999-YYY' };
				return () => (at.sandbox.marketo = marketo);
			},
			'the Marketo subscription AAA-111-BBB',
			'the Marketo subscription ZZZ-999-YYY',
		],
		[
			'environment',
			(at) => {
				const { dynamics } = at.sandbox;
				at.sandbox.dynamics = {
					...dynamics,
					url: 'https://fabrikam.crm4.dynamics.com',
					whoAmI: async () => ({ user: 'sync', organization: 'fabrikam' }),
				};
				return () => (at.sandbox.dynamics = dynamics);
			},
			'the Dynamics environment https://contoso.crm4.dynamics.com (organization contoso)',
			'the Dynamics environment https://fabrikam.crm4.dynamics.com (organization fabrikam)',
		],
	];

	it.each(systems)(
		'of another %s get an answer that says so; nobody is linked, read or made',
		async (_, switched, own, reached) => {
			const at = await AtOnceSandbox.open();
			switched(at);
			const before = [
				at.sandbox.rows.size,
				{ ...at.sandbox.people.get(NEW) },
				await at.sandbox.ledger.db.selectFrom('link').selectAll().execute(),
			];
			const reads = jest.spyOn(at.sandbox.marketo, 'readBy');
			const answers = await at.sync([{}, { person: '7' }]);
			const failed = {
				success: false,
				outcome: 'failed',
				errorCode: 'NOT_SET_UP',
				dynamicsId: '',
				reason: `This sync belongs to ${own}, but Sync to Dynamics reached ${reached}. Nothing was written there`,
			};
			// Also whom the ledger knows by that id: in the other subscription it is somebody else.
			expect(answers).toMatchObject([failed, failed]);
			expect(answers[0]!.remedy).toMatch(
				/^Choose the former credential in Sync to Dynamics again, or correct its URL, then choose Retry/,
			);
			expect([
				at.sandbox.rows.size,
				at.sandbox.people.get(NEW),
				await at.sandbox.ledger.db.selectFrom('link').selectAll().execute(),
			]).toEqual(before);
			expect([
				at.calls,
				reads.mock.calls,
				await at.sandbox.ledger.db.selectFrom('log').selectAll().execute(),
			]).toEqual([[], [], []]);
		},
	);

	it.each(systems)(
		'of another %s leave the sync itself alone (it may be the credential of one workflow) and are done when it is right',
		async (_, switched) => {
			const at = await AtOnceSandbox.open();
			const back = switched(at);
			await at.sync();
			expect(await at.sandbox.ledger.db.selectFrom('lane').select('stopped').execute()).toEqual([
				{ stopped: null },
			]);
			back();
			await at.sandbox.run();
			expect(at.sandbox.needy).toEqual([`action:${NEW}`]);
			expect(await at.sync()).toMatchObject([{ outcome: 'created' }]);
			await at.sandbox.run();
			expect(at.sandbox.needy).toEqual([]);
		},
	);

	it('do not bind a ledger of version 0.1: that is for the pages that fill it', async () => {
		const at = await AtOnceSandbox.open();
		const identity = ['dynamics.organization', 'marketo.subscription'];
		await at.sandbox.ledger.db.deleteFrom('meta').where('name', 'in', identity).execute();
		expect(await at.sync()).toMatchObject([{ outcome: 'created' }]);
		expect(
			await at.sandbox.ledger.db
				.selectFrom('meta')
				.selectAll()
				.where('name', 'in', identity)
				.execute(),
		).toEqual([]);
	});
});

describe('rowIdFor', () => {
	it('is a UUIDv5, the same each time, another one for each organization, subscription, table and ordinal (R20)', () => {
		const id = rowIdFor('org', 'AAA', '5', 'lead', 0);
		expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
		expect(rowIdFor('org', 'AAA', '5', 'lead', 0)).toBe(id);
		expect(
			new Set([
				id,
				rowIdFor('org', 'AAA', '5', 'contact', 0),
				rowIdFor('org', 'AAA', '5', 'lead', 1),
				rowIdFor('org', 'BBB', '5', 'lead', 0),
				rowIdFor('other', 'AAA', '5', 'lead', 0),
			]).size,
		).toBe(5);
	});
});
