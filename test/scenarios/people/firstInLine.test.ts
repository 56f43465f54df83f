import { dayOf } from '../../../sync/ledger/callCount';
import { dayUsage, noteUsed } from '../../../sync/ledger/dayUsage';
import { SyncWorld } from '../support/world';

/** More than a page takes of what is due (300), and than one call writes. */
const LEADS = 330;
/** R57: where a sync of people stops. */
const OF_THE_DAY = 0.9;

/** R3: opt-outs and new people come first among what the ledger holds. */
describe('a backlog of updates, and few calls left for the day', () => {
	let world: SyncWorld;

	beforeEach(async () => {
		world = await SyncWorld.start({ leads: LEADS });
		await world.runs(3);
	});

	/** Everybody has another job title, and Marketo takes no write. */
	async function backlog() {
		for (const { id } of await world.pairs('lead'))
			await world.crm.update('leads', id, { jobtitle: 'Chief' });
		await world.marketo.fail({
			match: { method: 'POST', path: '/rest/v1/leads.json' },
			code: '713',
			times: -1,
		});
		await world.run();
	}

	/** So many calls are used that one page more is made. */
	async function onePageLeft() {
		const { db, clock } = world.ledger;
		const now = clock.now();
		const { allowed } = (await dayUsage(db, 'marketo', now))!;
		const total = allowed * OF_THE_DAY - 1;
		await noteUsed(db, 'marketo', { day: dayOf('marketo', now), total }, now);
		await world.marketo.forgetFaults();
	}

	const chiefs = async () => (await world.everybody()).filter(({ title }) => title === 'Chief');

	it('unsubscribes people, and makes new ones, before it writes what is older', async () => {
		await backlog();
		const [one] = (await world.pairs('lead')).slice(-1);
		await world.editRow(one!, { donotbulkemail: true });
		const email = 'new@example.com';
		await world.newRow('lead', { lastname: 'New', emailaddress1: email });
		await world.run({ after: 60_000 });
		await onePageLeft();
		await world.run({ after: 900_000 });
		expect(await world.person(one!)).toMatchObject({ unsubscribed: true });
		expect(await world.everybody()).toContainEqual(expect.objectContaining({ email }));
		expect((await chiefs()).length).toBeLessThan(LEADS);
	});
});
