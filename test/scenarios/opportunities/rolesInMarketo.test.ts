import type { LaneMapping } from '../../../sync/mapping';
import type { Row } from '../../vendors/dynamics';
import { row } from '../support/mapping';
import {
	bind,
	connect,
	newOpportunity,
	OPPORTUNITIES,
	ROLES,
	rolesOf,
	trackConnections,
} from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const lane = 'roles' as const;
const HOUR = 3_600_000;

/** *Edits in Marketo: Find Them, List Them and Set Them Right*, with a field that says something of a role. */
const { potentialcustomer, connection } = ROLES;
const FINDING: LaneMapping = {
	potentialcustomer: {
		...potentialcustomer!,
		rows: [
			...potentialcustomer!.rows,
			row('customerid.contact.primary>isPrimary', { direction: 'toMarketo' }),
		],
		findEdits: true,
	},
	connection: { ...connection!, findEdits: true },
};

/** An opportunity with a potential customer and a stakeholder. */
async function start(roles: LaneMapping = FINDING) {
	const world = await SyncWorld.start();
	await trackConnections(world);
	world.mappings = { opportunities: OPPORTUNITIES, roles };
	const [buyer, other] = [
		await world.pair('contact', { jobtitle: 'Buyer' }),
		await world.pair('contact', { jobtitle: 'Clerk' }),
	];
	const opportunity = await newOpportunity(world, {
		name: 'Chairs',
		...bind('customerid_contact', 'contacts', buyer.id),
	});
	await connect(world, opportunity, { table: 'contact', id: other.id }, 'Influencer');
	await world.run({ lane: 'opportunities' });
	await world.run({ lane });
	return { world, opportunity, buyer: buyer.person, other: other.person };
}

async function runForADay(world: SyncWorld) {
	const runs = [];
	for (let hours = 0; hours < 25; hours++) runs.push(await world.run({ lane, after: HOUR }));
	return runs;
}

const role = async (world: SyncWorld, leadId: number) => {
	const { records } = await world.marketo.get<{ records: Row[] }>('objects/roles?limit=100');
	return records.find((one) => one.leadId === leadId);
};

async function editRole(world: SyncWorld, role: Row, values: Row): Promise<void> {
	world.clock.advance(1_000);
	await world.automation.post('opportunities/roles.json', { input: [{ ...role, ...values }] });
}

describe('R55: an opportunity role that somebody edits in Marketo', () => {
	it('is found within a day where people ask for it, listed, and set right; the others are not written', async () => {
		const { world, opportunity, buyer } = await start();
		const key = { externalOpportunityId: opportunity, leadId: buyer, role: 'Potential Customer' };
		await editRole(world, key, { isPrimary: false });
		const runs = await runForADay(world);
		expect(await role(world, buyer)).toMatchObject({ ...key, isPrimary: true });
		expect(runs.flatMap(({ conflicts }) => conflicts)).toMatchObject([
			{ table: 'potentialcustomer', marketoValue: 'No', winner: 'dynamics' },
		]);
		expect(runs.flatMap(({ receipts }) => receipts)).toMatchObject([{ outcome: 'written' }]);
		expect((await runForADay(world)).flatMap(({ writes }) => writes)).toEqual([]);
	});

	it('is a stakeholder’s as well', async () => {
		const { world, opportunity, other } = await start();
		const key = { externalOpportunityId: opportunity, leadId: other, role: 'Influencer' };
		const before = await role(world, other);
		await editRole(world, key, { externalCreatedDate: '2001-01-01T00:00:00Z' });
		await runForADay(world);
		expect(await role(world, other)).toMatchObject({
			externalCreatedDate: before!.externalCreatedDate,
		});
	});

	it('is left until the next write, and nothing is read, where nobody asks for it', async () => {
		const { world, opportunity, other } = await start(ROLES);
		const key = { externalOpportunityId: opportunity, leadId: other, role: 'Influencer' };
		await editRole(world, key, { externalCreatedDate: '2001-01-01T00:00:00Z' });
		const runs = await runForADay(world);
		expect(
			runs.flatMap(({ calls }) => calls.marketo).filter((call) => !call.includes('describe')),
		).toEqual([]);
		expect(await role(world, other)).toMatchObject({
			externalCreatedDate: '2001-01-01T00:00:00Z',
		});
		world.endsUnclean('an edit in Marketo stays');
	});

	it('is made again where it was deleted there, since nobody edits its row', async () => {
		const { world, opportunity, buyer } = await start();
		const key = { externalOpportunityId: opportunity, leadId: buyer, role: 'Potential Customer' };
		await world.automation.post('opportunities/roles/delete.json', { input: [key] });
		expect(await rolesOf(world)).toHaveLength(1);
		const runs = await runForADay(world);
		expect(await role(world, buyer)).toMatchObject({ ...key, isPrimary: true });
		expect(runs.flatMap(({ writes }) => writes)).toEqual(['POST opportunities/roles.json']);
		expect((await runForADay(world)).flatMap(({ writes }) => writes)).toEqual([]);
		expect(await world.help(lane)).toEqual([]);
	});

	it('moves with its person where that is merged in Marketo, and is nobody’s edit', async () => {
		const { world, other } = await start();
		const into = await world.pair('contact', { jobtitle: 'Boss' });
		await world.automation.post(`leads/${into.person}/merge.json?leadId=${other}`, {});
		await world.run();
		const before = await rolesOf(world);
		const runs = await runForADay(world);
		expect(runs.flatMap(({ conflicts }) => conflicts)).toEqual([]);
		expect(await rolesOf(world)).toHaveLength(before.length);
	});
});
