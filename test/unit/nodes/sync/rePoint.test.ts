import type { IDataObject, NodeOperationError } from 'n8n-workflow';

import { MarketoDynamicsSync } from '../../../../nodes/MarketoDynamicsSync/MarketoDynamicsSync.node';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { metaValue, setMeta } from '../../../../sync/ledger/meta';
import { rePoint, type NewPair } from '../../../../sync/operate/rePoint';
import { startDynamicsTwin, startMarketoTwin, type DynamicsTwin } from '../../../twins';
import { linkedPair, Sandbox } from '../../sync/operate/sandbox';
import { twinCredential } from '../dynamics/twin';
import { marketoCredential } from '../marketo/twin';
import { executeContext } from '../support/n8nContext';

let ledger: Ledger;
jest.mock('../../../../nodes/shared/ledger', () => ({
	openNodeLedger: async () => ledger,
	rePointNodeLedger: async (_context: unknown, pair: NewPair, evenIfSame: boolean) => {
		const done = await rePoint(ledger, pair, { evenIfSame });
		return { ...done, savedAs: done.isDone ? 'ledger-copy.sqlite' : null };
	},
	isFast: () => false,
}));

const OWN = '11111111-aaaa-4bbb-8ccc-000000000044';
const OTHER = '22222222-aaaa-4bbb-8ccc-000000000044';

let dynamics: DynamicsTwin;
let others: DynamicsTwin;
let marketo: Awaited<ReturnType<typeof startMarketoTwin>>;
let sandbox: Sandbox;

beforeAll(async () => {
	[dynamics, others, marketo] = await Promise.all([
		startDynamicsTwin({ seed: 1, leads: 1, contacts: 0, organizationId: OWN }),
		startDynamicsTwin({ seed: 1, leads: 1, contacts: 0, organizationId: OTHER }),
		startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 }),
	]);
});
afterAll(async () => {
	await Promise.all([dynamics, others, marketo].map(async (twin) => await twin?.close()));
});
beforeEach(async () => {
	sandbox = await linkedPair();
	ledger = sandbox.ledger;
	await setMeta(ledger.db, 'dynamics.organization', OWN);
	await setMeta(ledger.db, 'dynamics.url', dynamics.url);
	await setMeta(ledger.db, 'marketo.subscription', new URL(marketo.url).host);
});

async function run(
	twin: DynamicsTwin,
	parameters: IDataObject,
	workflow = 'operations',
	credentials = [twinCredential(twin), marketoCredential(marketo)],
): Promise<IDataObject> {
	const nodeType = new MarketoDynamicsSync();
	const [credential, second] = credentials;
	const context = executeContext({
		nodeType,
		parameters: {
			resource: 'sync',
			operation: 'rePoint',
			rePointDo: 'rePoint',
			...parameters,
		} as never,
		credential: credential!,
		...(second && { second }),
		workflow,
		typeVersion: 1.1,
	});
	const [output] = await nodeType.execute.call(context);
	return output![0]!.json;
}

const refusal = async (work: Promise<unknown>) =>
	(await work.then(
		() => Promise.reject(new Error('was let through')),
		(error: unknown) => error,
	)) as NodeOperationError;
const links = async () => (await ledger.db.selectFrom('link').selectAll().execute()).length;
const named = (twin: DynamicsTwin) => `${new URL(twin.url).host} and ${new URL(marketo.url).host}`;

describe('Re-Point (R44)', () => {
	it('wants the new systems named, and says how they are called; until then nothing is changed', async () => {
		for (const entered of ['', 'yes', named(dynamics)]) {
			const refused = await refusal(run(others, { rePointConfirm: entered }));
			expect(refused.message).toMatch(/are not the ones that the two credentials reach/);
			expect(refused.description).toContain(named(others));
		}
		expect(await links()).toBe(1);
		expect(await metaValue(ledger.db, 'dynamics.organization')).toBe(OWN);
	});

	it('asks for both credentials, and says which one is not chosen', async () => {
		for (const [chosen, lacking] of [
			[twinCredential(others), 'Marketo'],
			[marketoCredential(marketo), 'Dynamics 365'],
		] as const) {
			const refused = await refusal(run(others, { rePointDo: 'preview' }, 'operations', [chosen]));
			expect(refused.message).toBe(`No credential for ${lacking} is chosen`);
			expect(refused.description).toMatch(/^Re-Point needs both: choose those of the two systems/);
		}
	});

	it('forgets the records of the former pair, and says where the copy is and what comes next', async () => {
		const done = await run(others, { rePointConfirm: ` ${named(others).toUpperCase()} ` });
		expect(done).toMatchObject({
			rePointed: true,
			from: expect.stringContaining(OWN),
			to: expect.stringContaining(OTHER),
			linkedBefore: 1,
			notes: expect.stringMatching(
				/has forgotten 1 linked pair of the former ones.*Restore and the copy/s,
			),
			savedAs: 'ledger-copy.sqlite',
		});
		expect(await links()).toBe(0);
		expect(await metaValue(ledger.db, 'dynamics.organization')).toBe(OTHER);
		// Chosen again, as after a crash.
		const again = await run(others, { rePointConfirm: named(others) });
		expect(again).toMatchObject({ rePointed: false, savedAs: null });
	});

	it('is for who signs in to one of the present systems, or the workflow of the sync', async () => {
		await setMeta(ledger.db, 'marketo.subscription', 'AAA-111-BBB');
		const confirmed = { rePointConfirm: named(others) };
		const refused = await refusal(run(others, confirmed));
		expect(refused.message).toMatch(/not known whether you may re-point it/);
		expect(refused.description).toMatch(/workflow that runs the sync/);
		expect(await links()).toBe(1);
		expect(await run(others, confirmed, 'w1')).toMatchObject({ rePointed: true });
	});

	it('matches everybody again in the same systems only where that is asked for', async () => {
		const confirmed = { rePointConfirm: named(dynamics) };
		expect(await run(dynamics, confirmed)).toMatchObject({
			rePointed: false,
			notes: expect.stringMatching(/already belongs to these two systems/),
		});
		expect(await links()).toBe(1);
		expect(await run(dynamics, { ...confirmed, evenIfSame: true })).toMatchObject({
			rePointed: true,
		});
		expect(await links()).toBe(0);
	});

	it('has nothing to re-point before the first run', async () => {
		({ ledger } = await Sandbox.open());
		const refused = await refusal(run(others, { rePointConfirm: named(others) }, 'w1'));
		expect(refused.message).toMatch(/has not run yet|not known whether/);
	});
});
