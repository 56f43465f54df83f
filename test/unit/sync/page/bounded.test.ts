import { explain } from '../../../../sync/operate/explain';
import type { WriteOutcome } from '../../../../sync/ports';
import { ADA, BOB, linkedPair, Sandbox } from '../operate/sandbox';

const DAY = 24 * 60;
/** As Dynamics says it: an update that would give two rows the same value of an alternate key (0x80060892). */
const KEY_TAKEN: WriteOutcome = {
	kind: 'exists',
	reason: 'A record that has the attribute values Job Title already exists',
};

const queueOf = async (sandbox: Sandbox) =>
	await sandbox.ledger.db
		.selectFrom('queue')
		.selectAll()
		.where('subject', '=', `lead:${ADA}`)
		.executeTakeFirst();

/** Counts the writes of a system and answers them. */
function answers(answer: (values: Record<string, unknown>) => WriteOutcome | undefined) {
	let calls = 0;
	const counted = (_id: string, values: Record<string, unknown>) => {
		const outcome = answer(values);
		if (outcome) calls++;
		return outcome;
	};
	return { counted, calls: () => calls };
}

describe('a record that fails again and again (R46)', () => {
	it.each<[string, WriteOutcome]>([
		['exists, and nobody finds what is in the way', KEY_TAKEN],
		['is to be tried again', { kind: 'again', reason: 'The row is locked' }],
		['is changed by somebody at each write', { kind: 'changedMeanwhile' }],
		['is not found when it is written', { kind: 'missing' }],
	])(
		'needs help after six tries when it %s (an endless retry costs calls and helps nobody)',
		async (_what, outcome) => {
			const sandbox = await linkedPair();
			const { counted, calls } = answers(() => outcome);
			sandbox.answerOfDynamics = counted;
			sandbox.savePerson('7', { title: 'Chef' });
			for (let day = 0; day < 12; day++) await sandbox.run(DAY);
			expect(calls()).toBe(6);
			expect(sandbox.needy).toEqual([`lead:${ADA}`]);
			expect(sandbox.help.filter(({ status }) => status === 'needs help')).toHaveLength(1);
			const { summary } = await explain(sandbox.ledger, { id: ADA });
			expect(summary).toContain('(tried 6 times)');
			if ('reason' in outcome) expect(summary).toContain(outcome.reason);
		},
	);

	it('is tried three times in one run at most, and the feeds are read before the next (others would wait for ever)', async () => {
		const sandbox = await linkedPair();
		const { counted, calls } = answers((values) =>
			values.jobtitle === 'Chef' ? KEY_TAKEN : undefined,
		);
		sandbox.answerOfDynamics = counted;
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		expect(calls()).toBe(3);
		sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test', jobtitle: 'Clerk' });
		await sandbox.run(30);
		expect([...sandbox.people.values()].map(({ email }) => email)).toContain('bob@x.test');
	});

	it('is told in the words of the system that refused it, with a remedy in that system', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfDynamics = () => KEY_TAKEN;
		sandbox.savePerson('7', { title: 'Chef' });
		for (let day = 0; day < 12; day++) await sandbox.run(DAY);
		const row = await queueOf(sandbox);
		expect(row).toMatchObject({ state: 'help', code: 'exists', side: 'dynamics' });
		expect(row!.reason).toContain('Dynamics lead');
		expect(row!.remedy).toContain('Another record in Dynamics');
		expect(row!.remedy).not.toContain('Marketo');
	});

	it('starts counting anew once a write went through (failures of last year are no reason to give up today)', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfDynamics = () => KEY_TAKEN;
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		expect((await queueOf(sandbox))!.attempts).toBe(3);
		sandbox.answerOfDynamics = () => undefined;
		await sandbox.run(DAY);
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Chef');
		expect(await queueOf(sandbox)).toBeUndefined();
	});

	it('is handed out a bounded number of times in a run, whatever it waits for', async () => {
		const sandbox = await linkedPair();
		const { ref } = await sandbox.openPage();
		const due = {
			lane: 'people',
			state: 'due' as const,
			due_at: sandbox.now - 1,
			attempts: 0,
			code: 'sameEmail',
			reason: '',
			remedy: '',
			since: 0,
			run: '',
			told: 1,
			label: '',
			email_key: null,
			side: null,
		};
		await sandbox.ledger.db
			.insertInto('queue')
			.values({ ...due, subject: `lead:${BOB}`, handed_in: ref.run, handed_out: 5 })
			.execute();
		await sandbox.finish(ref);
		expect(await sandbox.ledger.db.selectFrom('queue').select('subject').execute()).toEqual([
			{ subject: `lead:${BOB}` },
		]);
		await sandbox.run();
		expect(await sandbox.ledger.db.selectFrom('queue').selectAll().execute()).toEqual([]);
	});
});

describe('a create that is refused (R24)', () => {
	it('gives its e-mail back at once (the second row of that e-mail would wait for minutes)', async () => {
		const sandbox = await Sandbox.open();
		sandbox.answerOfMarketo = () => ({
			kind: 'refused',
			refusal: { code: '1003', reason: 'Not allowed', remedy: 'Allow it' },
		});
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@x.test' });
		await sandbox.run();
		expect(await sandbox.ledger.db.selectFrom('claim').selectAll().execute()).toEqual([]);
	});
});

describe('a row that sync has written (R45)', () => {
	it('is read before anything else is decided of it (a plug-in may have changed more in the same save)', async () => {
		const sandbox = await linkedPair();
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		const link = await sandbox.ledger.db
			.selectFrom('link')
			.select('version')
			.executeTakeFirstOrThrow();
		expect(link.version).toBeNull();
		await sandbox.run();
		expect(
			await sandbox.ledger.db.selectFrom('link').select('version').executeTakeFirstOrThrow(),
		).toEqual({ version: sandbox.rows.get(ADA)!.version });
	});
});
