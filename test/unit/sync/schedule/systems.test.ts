import { NO_COUNTS } from '../../../../sync/ledger/runs';
import { afterPage, lookForWork } from '../../../../sync/schedule/runs';
import { OtherSystem } from '../../../../sync/schedule/systems';
import { NotThisPage, tokenOf } from '../../../../sync/schedule/token';
import { resume } from '../../../../sync/operate/resume';
import { ComeBackLater, type DynamicsPort, type MarketoPort } from '../../../../sync/ports';
import { ADA, linkedPair, Sandbox } from '../operate/sandbox';

const IDENTITY = ['dynamics.organization', 'dynamics.url', 'marketo.subscription'];

/** What the ledger knows of its systems. */
async function known({ ledger }: Sandbox): Promise<Record<string, string>> {
	const rows = await ledger.db
		.selectFrom('meta')
		.selectAll()
		.where('name', 'in', [...IDENTITY, 'dynamics.me'])
		.execute();
	return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

const BOUND = {
	'dynamics.organization': 'contoso',
	'dynamics.url': 'https://contoso.crm4.dynamics.com',
	'marketo.subscription': 'AAA-111-BBB',
	'dynamics.me': 'sync',
};

async function lane({ ledger }: Sandbox) {
	return await ledger.db.selectFrom('lane').selectAll().executeTakeFirstOrThrow();
}

/** All ports of a system, each call of which is noted. */
function noting<Port extends object>(port: Port, calls: string[]): Port {
	return new Proxy(port, {
		get: (target, name: string) => {
			const part = target[name as keyof Port];
			if (typeof part !== 'function' || name === 'whoAmI') return part;
			return (...args: unknown[]) => {
				calls.push(name);
				return (part as (...all: unknown[]) => unknown)(...args);
			};
		},
	});
}

/** The same ids, and other people: a sandbox of the vendor, say. */
const otherDynamics = (port: DynamicsPort, calls: string[] = []): DynamicsPort =>
	noting(
		{
			...port,
			url: 'https://fabrikam.crm4.dynamics.com',
			whoAmI: async () => ({ user: 'sync', organization: 'fabrikam' }),
		},
		calls,
	);
const otherMarketo = (port: MarketoPort, calls: string[] = []): MarketoPort =>
	noting({ ...port, subscription: 'ZZZ-999-YYY' }, calls);

/** A pair whose two sides were edited, so that there is something to write on each. */
async function edited(): Promise<Sandbox> {
	const sandbox = await linkedPair();
	sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
	sandbox.savePerson('7', { phone: '12' });
	return sandbox;
}

/** Switches the credential of one step and works on a page, as n8n does, until that step. */
const STEPS: Array<[string, (sandbox: Sandbox, calls: string[]) => Promise<unknown>]> = [
	[
		'Get Dynamics Changes',
		async (sandbox, calls) => {
			sandbox.dynamics = otherDynamics(sandbox.dynamics, calls);
			await sandbox.openPage();
		},
	],
	[
		'Get Marketo Changes',
		async (sandbox, calls) => {
			sandbox.marketo = otherMarketo(sandbox.marketo, calls);
			await sandbox.openPage();
		},
	],
	[
		'Update Dynamics',
		async (sandbox, calls) => {
			const { resolved } = await sandbox.openPage();
			sandbox.dynamics = otherDynamics(sandbox.dynamics, calls);
			await sandbox.write({ ...resolved, toMarketo: [] });
		},
	],
	[
		'Update Marketo',
		async (sandbox, calls) => {
			const { resolved } = await sandbox.openPage();
			sandbox.marketo = otherMarketo(sandbox.marketo, calls);
			await sandbox.write({ ...resolved, toDynamics: [] });
		},
	],
];

describe('a ledger belongs to one pair of systems (R44)', () => {
	it('is bound by its first page', async () => {
		const sandbox = await Sandbox.open();
		expect(await known(sandbox)).toEqual({});
		await sandbox.run();
		expect(await known(sandbox)).toEqual(BOUND);
	});

	it('of version 0.1 is bound by its next page, and goes on working', async () => {
		const sandbox = await edited();
		await sandbox.ledger.db.deleteFrom('meta').where('name', 'in', IDENTITY).execute();
		await sandbox.run();
		expect(await known(sandbox)).toEqual(BOUND);
		expect([sandbox.people.get('7')!.title, sandbox.rows.get(ADA)!.values.telephone1]).toEqual([
			'Chief',
			'12',
		]);
	});

	it.each(STEPS)(
		'stops the sync when "%s" reaches another one, reads and writes nothing there, and says what to do',
		async (name, work) => {
			const sandbox = await edited();
			const [row, person] = [sandbox.rows.get(ADA), sandbox.people.get('7')];
			const calls: string[] = [];
			const error = await work(sandbox, calls).catch((cause: unknown) => cause);
			expect(error).toBeInstanceOf(OtherSystem);
			expect([calls, sandbox.rows.get(ADA), sandbox.people.get('7')]).toEqual([[], row, person]);
			const [own, reached] = name.includes('Dynamics')
				? [
						'the Dynamics environment https://contoso.crm4.dynamics.com (organization contoso)',
						'the Dynamics environment https://fabrikam.crm4.dynamics.com (organization fabrikam)',
					]
				: ['the Marketo subscription AAA-111-BBB', 'the Marketo subscription ZZZ-999-YYY'];
			expect((await lane(sandbox)).stopped).toBe(
				`This sync belongs to ${own}, but ${name} reached ${reached}. Nothing was written there. Choose the former credential in ${name} again, or correct its URL, then choose Resume in the Marketo Dynamics Sync node. To sync these two systems from now on, use "Re-Point" in the Marketo Dynamics Sync node. To sync both pairs of systems, import the workflow again and enter a name under Memory in its Resolve Sync Conflict`,
			);
			expect(await known(sandbox)).toEqual(BOUND);
		},
	);

	it.each(STEPS)(
		'stops again after Resume while "%s" still reaches another one, and goes on once it is right',
		async (name, work) => {
			const sandbox = await edited();
			const { dynamics, marketo } = sandbox;
			await expect(work(sandbox, [])).rejects.toThrow(OtherSystem);
			const run = (await lane(sandbox)).run!;
			const ref = { lane: 'people', run, page: 1, ledger: sandbox.ledger.id };
			expect(await afterPage(sandbox.ledger, sandbox.setting, ref)).toMatchObject({
				do: 'wait',
				why: expect.stringContaining(name) as string,
			});
			expect(await lookForWork(sandbox.ledger, sandbox.setting)).toMatchObject({
				do: 'wait',
				until: null,
			});
			await resume(sandbox.ledger, 'people');
			await expect(sandbox.run(0)).rejects.toThrow(OtherSystem);
			Object.assign(sandbox, { dynamics, marketo });
			await resume(sandbox.ledger, 'people');
			await sandbox.run(4);
			expect((await lane(sandbox)).stopped).toBeNull();
			expect([sandbox.people.get('7')!.title, sandbox.rows.get(ADA)!.values.telephone1]).toEqual([
				'Chief',
				'12',
			]);
		},
	);

	it('writes nothing into the activity logs of another subscription, when there is nothing else to write', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfDynamics = () => ({
			kind: 'refused',
			refusal: { code: 'x', reason: 'Refused', remedy: 'Ask' },
		});
		sandbox.savePerson('7', { title: 'Chief' });
		const { resolved } = await sandbox.openPage();
		await sandbox.write({ ...resolved, toMarketo: [] });
		expect(await sandbox.ledger.db.selectFrom('log').select('state').execute()).toEqual([
			{ state: 'due' },
		]);
		const calls: string[] = [];
		sandbox.marketo = otherMarketo(sandbox.marketo, calls);
		await expect(sandbox.write({ ...resolved, toDynamics: [] })).rejects.toThrow(OtherSystem);
		expect(calls).toEqual([]);
		expect(await sandbox.ledger.db.selectFrom('log').select('state').execute()).toEqual([
			{ state: 'due' },
		]);
		expect((await lane(sandbox)).stopped).toMatch(
			/Update Marketo reached the Marketo subscription ZZZ-999-YYY/,
		);
	});

	it('is not stopped by an old execution that somebody retries', async () => {
		const sandbox = await edited();
		const { ref } = await sandbox.openPage();
		await sandbox.finish(ref);
		sandbox.marketo = otherMarketo(sandbox.marketo);
		await expect(sandbox.read(tokenOf(ref))).rejects.toThrow(NotThisPage);
		const head = {
			kind: 'page',
			page: tokenOf(ref),
			side: 'marketo',
			id: '',
			label: '',
			preview: false,
		} as const;
		await sandbox.write({
			toDynamics: [],
			toMarketo: [head],
			conflicts: [],
			needsHelp: [],
			notes: [],
			counts: NO_COUNTS,
			drafts: [],
			address: '',
			sample: null,
			ofAll: 0,
			copy: null,
			all: null,
		});
		expect((await lane(sandbox)).stopped).toBeNull();
	});

	it('knows which user of Dynamics it is now, and under which address the environment is known', async () => {
		const sandbox = await linkedPair();
		sandbox.dynamics = {
			...sandbox.dynamics,
			url: 'https://contoso-crm.crm4.dynamics.com',
			whoAmI: async () => ({ user: 'another app', organization: 'contoso' }),
		};
		await sandbox.run();
		expect(await known(sandbox)).toEqual({
			...BOUND,
			'dynamics.me': 'another app',
			'dynamics.url': 'https://contoso-crm.crm4.dynamics.com',
		});
	});

	it('tries the writes again later where Dynamics does not say which environment it is', async () => {
		const sandbox = await edited();
		const { dynamics } = sandbox;
		const { resolved, ref } = await sandbox.openPage();
		sandbox.dynamics = {
			...dynamics,
			whoAmI: async () =>
				await Promise.reject(new ComeBackLater('Too many calls', 60_000, 'throttled')),
		};
		const receipts = await sandbox.write({ ...resolved, toMarketo: [] });
		expect(receipts).toMatchObject([{ outcome: 'again', message: 'Too many calls' }]);
		expect(await lane(sandbox)).toMatchObject({ stopped: null, waiting_for: 'Too many calls' });
		sandbox.dynamics = dynamics;
		await sandbox.finish(ref);
		await sandbox.run();
		expect(sandbox.rows.get(ADA)!.values.telephone1).toBe('12');
	});
});

describe('a preview (R44)', () => {
	const page = ({ ledger }: Sandbox) =>
		tokenOf({ lane: 'people', run: 'preview', page: 1, ledger: ledger.id });

	it('binds nothing', async () => {
		const sandbox = await Sandbox.open();
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@x.test' });
		const resolved = await sandbox.decide(page(sandbox), true);
		await sandbox.write(resolved);
		expect(await known(sandbox)).toEqual({});
	});

	it.each(STEPS.map(([name]) => name))(
		'says that "%s" reached another system, and stops nothing',
		async (name) => {
			const sandbox = await edited();
			const before = await lane(sandbox);
			const own = { dynamics: sandbox.dynamics, marketo: sandbox.marketo };
			const other = name.includes('Dynamics')
				? { dynamics: otherDynamics(own.dynamics) }
				: { marketo: otherMarketo(own.marketo) };
			if (name.startsWith('Get')) Object.assign(sandbox, other);
			const work = async () => {
				const resolved = await sandbox.decide(page(sandbox), true);
				Object.assign(sandbox, other);
				await sandbox.write(resolved);
			};
			await expect(work()).rejects.toMatchObject({
				name: 'OtherSystem',
				message: expect.stringContaining(`but ${name} reached`) as string,
				remedy: expect.stringContaining('then preview again') as string,
			});
			expect(await lane(sandbox)).toEqual(before);
		},
	);
});
