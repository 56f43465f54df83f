import {
	NodeHelpers,
	type IDataObject,
	type INode,
	type INodeListSearchResult,
	type NodeOperationError,
} from 'n8n-workflow';

import { MarketoDynamicsSync } from '../../../../nodes/MarketoDynamicsSync/MarketoDynamicsSync.node';
import { SYNC_OPERATIONS } from '../../../../nodes/MarketoDynamicsSync/operations';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { setMeta } from '../../../../sync/ledger/meta';
import { startDynamicsTwin, startMarketoTwin, type DynamicsTwin } from '../../../twins';
import { ADA, linkedPair, Sandbox } from '../../sync/operate/sandbox';
import { twinCredential } from '../dynamics/twin';
import { marketoCredential } from '../marketo/twin';
import { editorContext, executeContext, type StoredCredential } from '../support/n8nContext';

let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({
	openNodeLedger: async () => ledger,
	kindOfNodeLedger: () => 'File ledger.sqlite',
	previewMoveOfNodeLedger: async (
		_context: unknown,
		_to: unknown,
		mayMove: (ledger: Ledger) => Promise<void>,
	) => {
		await mayMove(ledger);
		return { from: 'a', to: 'b', rows: {} };
	},
}));

const OWN = '11111111-aaaa-4bbb-8ccc-000000000044';
const OTHER = '22222222-aaaa-4bbb-8ccc-000000000044';
const NOBODY: StoredCredential = {
	type: { name: 'none', displayName: '', properties: [] },
	data: {},
};
const PERSON = {
	index: 0,
	origin: 'marketo' as const,
	firstName: 'Ada',
	lastName: 'Lovelace',
	email: 'ada@x.test',
	doNotEmail: false,
	doNotBulkEmail: false,
	doNotCall: false,
	createdDaysAgo: 1,
};
const RECORD = { __rl: true, mode: 'id', value: ADA };
const OPEN = ['previewMapping', 'showStatus', 'recordResults', 'syncNow'];

const offered = SYNC_OPERATIONS.operations.flatMap(({ value, resources }) =>
	resources.filter((one) => one !== 'person').map((resource) => ({ resource, operation: value })),
);

let dynamics: DynamicsTwin;
/** Of somebody who has made it say that it is the sync's organization. */
let forged: DynamicsTwin;
let others: DynamicsTwin;
let marketo: Awaited<ReturnType<typeof startMarketoTwin>>;
let sandbox: Sandbox;

beforeAll(async () => {
	const some = { seed: 1, leads: 3, contacts: 2 };
	[dynamics, forged, others, marketo] = await Promise.all([
		startDynamicsTwin({ ...some, organizationId: OWN }),
		startDynamicsTwin({ ...some, organizationId: OWN }),
		startDynamicsTwin({ ...some, organizationId: OTHER }),
		startMarketoTwin({ seed: 1, people: [PERSON], latencyMs: 0, port: 0 }),
	]);
});
afterAll(async () => {
	await Promise.all([dynamics, forged, others, marketo].map(async (twin) => await twin?.close()));
});
/** The sync that has run so far becomes one of the twins. */
async function bind(): Promise<void> {
	await setMeta(ledger.db, 'dynamics.organization', OWN);
	await setMeta(ledger.db, 'dynamics.url', dynamics.url);
	await setMeta(ledger.db, 'marketo.subscription', new URL(marketo.url).host);
}
beforeEach(async () => {
	sandbox = await linkedPair();
	ledger = sandbox.ledger;
});

const ofMarketo = (more?: Record<string, string>) => marketoCredential(marketo, more);

interface Who {
	credential?: StoredCredential;
	accessWith?: string;
	workflow?: string;
	typeVersion?: number;
}

async function run(parameters: IDataObject, who: Who = {}): Promise<IDataObject[]> {
	const { credential = NOBODY, accessWith, workflow = 'a-members', typeVersion = 1.1 } = who;
	const nodeType = new MarketoDynamicsSync();
	const context = executeContext({
		nodeType,
		parameters: { ...parameters, ...(accessWith && { accessWith }) } as never,
		credential,
		workflow,
		typeVersion,
	});
	context.addExecutionHints = () => undefined;
	const [output] = await nodeType.execute.call(context);
	return output!.map(({ json }) => json);
}

const pause = { resource: 'sync', operation: 'pause' };
const byDynamics = (credential: StoredCredential) => ({ credential, accessWith: 'dynamics' });
const byMarketo = (credential: StoredCredential) => ({ credential, accessWith: 'marketo' });
const refusal = async (work: Promise<unknown>) =>
	(await work.then(
		() => Promise.reject(new Error('was let through')),
		(error: unknown) => error,
	)) as NodeOperationError;
const isPaused = async () =>
	(await ledger.db.selectFrom('lane').select('paused').executeTakeFirst())!.paused === 1;

describe('a member of the same n8n without a credential', () => {
	// Re-Point wants both credentials: rePoint.test.ts.
	it.each(offered.filter(({ operation }) => ![...OPEN, 'rePoint'].includes(operation)))(
		'is refused $operation, whatever the version of the node, and told what to do',
		async (operation) => {
			const before = JSON.stringify(await ledger.db.selectFrom('lane').selectAll().execute());
			for (const typeVersion of [1, 1.1]) {
				const refused = await refusal(run({ ...operation, record: RECORD }, { typeVersion }));
				expect(refused.message).toMatch(/needs a credential for the Dynamics 365 or Marketo/);
				expect(refused.description).toMatch(/choose the credential that the sync uses/);
			}
			expect(JSON.stringify(await ledger.db.selectFrom('lane').selectAll().execute())).toBe(before);
		},
	);

	// Preview Mapping tells nothing at all: the steps after it read, each with its own credential.
	const told = OPEN.filter((operation) => operation !== 'previewMapping');
	it.each(offered.filter(({ operation }) => told.includes(operation)))(
		'may $operation (it shows nobody and changes nothing)',
		async (operation) => {
			expect(await run(operation)).toEqual([expect.objectContaining({ lane: 'People' })]);
		},
	);

	it('cannot read names in the list of records', async () => {
		await expect(listed(NOBODY, 'dynamics')).rejects.toThrow(/needs a credential/);
	});

	it('is kept out of nothing before the first run (there is nothing yet)', async () => {
		({ ledger } = await Sandbox.open());
		expect(await run(pause)).toEqual([expect.objectContaining({ status: 'Paused' })]);
	});
});

describe('the workflow that runs the sync', () => {
	it('needs no credential there, as in 0.1', async () => {
		for (const typeVersion of [1, 1.1]) {
			const [row] = await run(pause, { workflow: 'w1', typeVersion });
			expect(row).toMatchObject({ status: 'Paused' });
		}
	});
});

describe('a credential', () => {
	beforeEach(bind);

	it("of the sync's Dynamics or Marketo opens the operations", async () => {
		expect(await run(pause, byDynamics(twinCredential(dynamics)))).toHaveLength(1);
		expect(await isPaused()).toBe(true);
		await run({ ...pause, operation: 'resume' }, byMarketo(ofMarketo()));
		expect(await isPaused()).toBe(false);
	});

	it('lets another workflow take the sync over', async () => {
		const takeOver = { ...pause, operation: 'takeOver' };
		const [row] = await run(takeOver, byDynamics(twinCredential(dynamics)));
		expect(row!.notes).toMatch(
			/^From now on this workflow runs the sync instead of the workflow with the ID w1/,
		);
		const lane = await ledger.db.selectFrom('lane').select('workflow').executeTakeFirst();
		expect(lane).toEqual({ workflow: 'a-members' });
	});

	it('of another organization, or of somebody who only says to be the same, does not', async () => {
		for (const twin of [others, forged]) {
			const refused = await refusal(run(pause, byDynamics(twinCredential(twin))));
			expect(refused.message).toMatch(
				/for a different Dynamics 365 than the one that the sync connects/,
			);
		}
		expect(await isPaused()).toBe(false);
	});

	it('of another subscription does not', async () => {
		await setMeta(ledger.db, 'marketo.subscription', 'AAA-111-BBB');
		const refused = await refusal(run(pause, byMarketo(ofMarketo())));
		expect(refused.message).toMatch(/for a different Marketo than the one/);
	});

	it('with the right names and a wrong secret does not, not even after the right one was taken', async () => {
		await run(pause, byDynamics(twinCredential(dynamics)));
		await run(pause, byMarketo(ofMarketo()));
		const wrong = { clientSecret: 'guessed' };
		const ofDynamics = await refusal(run(pause, byDynamics(twinCredential(dynamics, wrong))));
		expect(ofDynamics.message).toMatch(/Dynamics 365 credential could not be checked: .*secret/);
		const atMarketo = await refusal(run(pause, byMarketo(ofMarketo(wrong))));
		expect(atMarketo.message).toMatch(/Marketo credential could not be checked: /);
		expect(atMarketo.message + ofDynamics.message).not.toContain('guessed');
	});

	it('is checked once in five minutes (a list asks with every letter that is typed)', async () => {
		const calls = async () => {
			const answer = await fetch(`${dynamics.url}/__twin/calls`);
			const { byEndpoint } = (await answer.json()) as { byEndpoint: Record<string, number> };
			return byEndpoint['GET /api/data/v9.2/WhoAmI'] ?? 0;
		};
		// Typed differently, so that it was not checked in another test.
		const credential = twinCredential(dynamics, { username: 'left over' });
		const before = await calls();
		await run(pause, byDynamics(credential));
		await run(pause, byDynamics(credential));
		expect((await calls()) - before).toBe(1);
	});
});

const { searchRecords, searchQuestions } = new MarketoDynamicsSync().methods.listSearch;

async function listed(
	credential: StoredCredential,
	accessWith: string,
	filter?: string,
	list = searchRecords,
): Promise<INodeListSearchResult['results']> {
	const context = editorContext({
		nodeType: new MarketoDynamicsSync(),
		parameters: { resource: 'record', operation: 'explain', accessWith },
		credential,
		typeVersion: 1.1,
	});
	return (await list.call(context, filter)).results;
}

describe('the list of records', () => {
	it('has those that need help first, with the reason; what is picked is understood', async () => {
		sandbox.answerOfDynamics = () => ({
			kind: 'refused',
			refusal: { code: 'x', reason: 'Refused by a plug-in', remedy: 'Ask the admin' },
		});
		sandbox.savePerson('7', { title: 'Chef' });
		await sandbox.run();
		await bind();
		const access = byDynamics(twinCredential(dynamics));
		const [first] = await listed(access.credential, 'dynamics');
		expect(first).toMatchObject({
			name: expect.stringMatching(/^Lead .* · needs help: Refused by a plug-in$/),
			value: `lead:${ADA}`,
		});
		expect(await listed(access.credential, 'dynamics', 'zzz')).toEqual([]);
		const record = { __rl: true, mode: 'list', value: first!.value };
		const told = await run({ resource: 'record', operation: 'explain', record }, access);
		expect(told[0]).toMatchObject({ marketoId: '7' });
	});

	it('has leads and contacts of Dynamics by name, linked or not, with a link to each', async () => {
		await bind();
		const credential = twinCredential(dynamics);
		const all = await listed(credential, 'dynamics');
		expect(all).toHaveLength(5);
		const [, name, email] = all[0]!.name.split(' · ');
		const id = String(all[0]!.value).split(':')[1]!;
		await ledger.db.updateTable('link').set({ dynamics_id: id }).execute();
		for (const text of [name!.slice(0, -1).toUpperCase(), email!]) {
			const found = (await listed(credential, 'dynamics', text)).find(
				({ value }) => value === all[0]!.value,
			);
			expect(found).toEqual({
				name: `Lead · ${name} · ${email}`,
				value: `lead:${id}`,
				url: expect.stringContaining(`&etn=lead&id=${id}`),
			});
		}
		expect(all[0]!.name).toMatch(/ · not in the sync yet$/);
	});

	it('has people of Marketo by their e-mail address', async () => {
		await bind();
		const people = async (filter: string) => await listed(ofMarketo(), 'marketo', filter);
		expect(await people('ada@')).toEqual([]);
		const [found] = await people('ada@x.test');
		expect(found!.name).toBe('Person · Ada Lovelace · ada@x.test · not in the sync yet');
		const id = String(found!.value).split(':')[1]!;
		await ledger.db.updateTable('link').set({ marketo_id: id }).execute();
		expect(await people('ada@x.test')).toEqual([
			{ name: 'Person · Ada Lovelace · ada@x.test', value: `person:${id}` },
		]);
	});
});

describe('the list of questions', () => {
	beforeEach(async () => {
		sandbox.saveRow('lead', ADA, { telephone1: '1' });
		sandbox.savePerson('7', { phone: '2' });
		await sandbox.run();
		await bind();
	});

	it.each(['dynamics', 'marketo'])(
		'has name, field and both values, and what is picked is answered; shown with %s',
		async (side) => {
			const credential = side === 'dynamics' ? twinCredential(dynamics) : ofMarketo();
			const [lead] = await listed(twinCredential(dynamics), 'dynamics');
			const [person] = await listed(ofMarketo(), 'marketo', 'ada@x.test');
			const id = (one: typeof lead) => String(one!.value).split(':')[1]!;
			const to = { dynamics_id: id(lead), marketo_id: id(person) };
			await ledger.db.updateTable('link').set(to).execute();
			const [found, more] = await listed(credential, side, '', searchQuestions);
			const name = side === 'dynamics' ? lead!.name.split(' · ')[1] : 'Ada Lovelace';
			expect(more).toBeUndefined();
			expect(found!.name).toBe(
				`${name} · Business Phone (telephone1) = Phone Number (phone) · Dynamics: 1 · Marketo: 2`,
			);
			expect(await listed(credential, side, 'zzz', searchQuestions)).toEqual([]);
			const question = { __rl: true, mode: 'list', value: found!.value };
			const answer = { resource: 'record', operation: 'answer', question, answer: 'marketo' };
			expect(await run(answer, { credential, accessWith: side })).toEqual([
				{
					record: expect.stringMatching(/^Lead /),
					field: 'Business Phone (telephone1) = Phone Number (phone)',
					message: expect.stringMatching(/^The value of Marketo is synced to Dynamics/),
				},
			]);
		},
	);

	it('is open to nobody else, and another value wants a credential', async () => {
		await expect(listed(NOBODY, 'none', '', searchQuestions)).rejects.toThrow(/needs a credential/);
		const another = { resource: 'record', operation: 'answer', answer: 'another', value: '3' };
		const own = { workflow: 'w1', accessWith: 'none' };
		await expect(run({ ...another, question: RECORD }, own)).rejects.toThrow(
			/^Another value needs a Dynamics 365 or Marketo credential/,
		);
	});
});

describe('the credentials that the node asks for', () => {
	const { description } = new MarketoDynamicsSync();
	const asked = (parameters: IDataObject, typeVersion: number) => {
		const node = { type: description.name, typeVersion, parameters } as unknown as INode;
		const whole = NodeHelpers.getNodeParameters(
			description.properties,
			parameters as never,
			true,
			false,
			node,
			description,
		)!;
		return description
			.credentials!.filter((one) => NodeHelpers.displayParameter(whole, one, node, description))
			.map(({ name }) => name);
	};
	const BOTH = ['microsoftDynamics365Api', 'marketoApi'];

	it.each([
		['a person, as in 0.1', { resource: 'person' }, 1, BOTH],
		['a person', { resource: 'person' }, 1.1, BOTH],
		['an operation of 0.1 (it may stand in the workflow that runs the sync)', pause, 1, []],
		['an operation', pause, 1.1, ['microsoftDynamics365Api']],
		['an operation with Marketo', { ...pause, accessWith: 'marketo' }, 1.1, ['marketoApi']],
		['an operation without', { ...pause, accessWith: 'none' }, 1.1, []],
		['a record', { resource: 'record' }, 1.1, ['microsoftDynamics365Api']],
		['a preview of some records', { resource: 'sync', operation: 'previewMapping' }, 1.1, []],
		[
			'a preview of all',
			{ resource: 'sync', operation: 'previewMapping', previewOf: 'all' },
			1.1,
			BOTH,
		],
		['a preview of 0.1', { resource: 'sync', operation: 'previewMapping' }, 1, []],
		['the status', { resource: 'sync', operation: 'showStatus' }, 1.1, []],
		['what a workflow of 0.1 leaves unsaid', {}, 1, []],
		['a new node', {}, 1.1, []],
	])('for %s', (_what, parameters, typeVersion, names) => {
		expect(asked(parameters, typeVersion)).toEqual(names);
	});
});
