import { retry } from '../../../sync/operate/retry';
import { resume } from '../../../sync/operate/resume';
import type { Side } from '../../../sync/items';
import { PEOPLE } from '../../../sync/operate/lanes';
import { SyncWorld } from '../support/world';

const SANDBOX = {
	organizationId: '5a4db0c5-0000-4000-8000-000000000044',
	munchkinId: '987-ZYX-654',
};

/** A world in the middle of its life, and a sandbox of both vendors in which the same ids are other people. */
async function worlds() {
	const world = await SyncWorld.start();
	const other = await SyncWorld.start(SANDBOX);
	const lead = await world.pair('lead', { jobtitle: 'Clerk' });
	const stranger = await other.pair('lead', { jobtitle: 'Stranger' });
	expect(stranger.person).toBe(lead.person);
	return { world, other, lead, stranger };
}

const NAMES = {
	marketo: ['the Marketo subscription 123-TWN-456', 'the Marketo subscription 987-ZYX-654'],
	dynamics: [
		'(organization 0a64a017-0000-4000-8000-000000000001)',
		`(organization ${SANDBOX.organizationId})`,
	],
} as const;

describe('a credential that is switched to another system (R44)', () => {
	it.each<Side>(['marketo', 'dynamics'])(
		'stops the sync before it reads or writes there (%s), and Resume goes on once it is right again',
		async (side) => {
			const { world, other, lead, stranger } = await worlds();
			await world.editRow(lead, { jobtitle: 'Chief' });
			await world.editPerson(lead, { city: 'Lund' });
			await other.editRow(stranger, { jobtitle: 'Somebody else' });
			await other.editPerson(stranger, { city: 'Bergen' });
			const before = await other.both(stranger);
			const calls = [...other.lines.marketo.calls];

			world.credentials[side] = other;
			const { errors, receipts } = await world.run();
			expect(errors).toEqual([
				expect.stringMatching(
					/^This sync belongs to .*\. Nothing was written there\. Choose the former credential in Get .* Changes again, or correct its URL, then choose Resume/,
				),
			]);
			for (const name of NAMES[side]) expect(errors[0]).toContain(name);
			expect(receipts).toEqual([]);
			expect((await world.status()).status).toBe(`Stopped: ${errors[0]}`);
			expect((await world.run()).pages).toBe(0);
			expect(await other.both(stranger)).toEqual(before);
			expect(other.lines.marketo.calls).toEqual(calls);
			expect(await world.both(lead)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: null },
				person: { title: 'Clerk' },
			});

			world.credentials[side] = world;
			await resume(world.ledger, PEOPLE);
			expect((await world.run()).errors).toEqual([]);
			expect(await world.both(lead)).toMatchObject({
				row: { jobtitle: 'Chief', address1_city: 'Lund' },
				person: { title: 'Chief', city: 'Lund' },
			});
			expect(await other.both(stranger)).toEqual(before);
		},
	);

	it.each<Side>(['marketo', 'dynamics'])(
		'does nothing for the people of a campaign (%s); Retry does it once it is right again',
		async (side) => {
			const { world, other, lead, stranger } = await worlds();
			const person = await world.newPerson({ email: 'new@example.com' });
			expect(await other.newPerson({ email: 'stranger@example.com' })).toBe(person);
			const rows = await other.crm.all('leads?$select=leadid');
			const before = [await other.everybody(), rows];

			world.credentials[side] = other;
			const answers = await world.campaign([{ person }, { person: lead.person }]);
			expect(answers).toMatchObject([
				{ success: false, errorCode: 'NOT_SET_UP' },
				{ success: false, errorCode: 'NOT_SET_UP' },
			]);
			expect([await other.everybody(), await other.crm.all('leads?$select=leadid')]).toEqual(
				before,
			);
			expect(await world.pairs()).toEqual([lead]);
			expect(await other.pairs()).toEqual([stranger]);

			world.credentials[side] = world;
			await retry(world.ledger, { id: `action:${person}` });
			expect(await world.campaign()).toMatchObject([{ outcome: 'created', success: true }]);
			expect(await world.pairs()).toMatchObject([lead, { person }]);
		},
	);

	it('is told by a preview as well, which stops nothing', async () => {
		const { world, other } = await worlds();
		world.credentials.marketo = other;
		expect((await world.preview()).errors).toEqual([
			expect.stringMatching(/reached the Marketo subscription 987-ZYX-654.* then preview again/),
		]);
		world.credentials.marketo = world;
		expect(await world.run()).toMatchObject({ errors: [], outcome: 'done' });
	});

	it('may be put right while no page was ever taken in (a first run that failed at Marketo binds the ledger to nothing)', async () => {
		const world = await SyncWorld.start();
		const other = await SyncWorld.start(SANDBOX);
		await world.marketo.post('fail', {
			match: { path: 'activities' },
			times: 1,
			code: '603',
			message: 'Access denied',
		});
		world.credentials.dynamics = other;
		expect((await world.run()).errors).toEqual([expect.stringContaining('Access denied')]);
		world.credentials.dynamics = world;
		expect((await world.run()).errors).toEqual([]);
		await world.pair('lead', { jobtitle: 'Clerk' });
		world.credentials.dynamics = other;
		expect((await world.run()).errors).toEqual([expect.stringMatching(/^This sync belongs to /)]);
	});
});
