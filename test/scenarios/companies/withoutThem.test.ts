import { customLaneId } from '../../../sync/lanes/customTables';
import type { LaneMapping, MappingRow } from '../../../sync/mapping';
import { personId, personName } from '../../twins/dynamics/principals';
import { makeObject, SUBSCRIPTION_OBJECT } from '../../vendors/customTable';
import { mappingOf, objectsIn } from '../support/customTables';
import { row, smallMapping } from '../support/mapping';
import { bind, COMPANIES, newAccount, newOpportunity } from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const EVA = 5;
const FARID = 6;
const toMarketo = (id: string): MappingRow => row(id, { direction: 'toMarketo' });

/** As the page on companies says it for those who do without. */
const OWNER = [toMarketo('ownerid.name>accountOwnerName'), toMarketo('ownerid.email>ownerEmail')];
const MAPPING = smallMapping({
	contact: [
		...OWNER,
		toMarketo('parentcustomerid.account.name>company'),
		toMarketo('parentcustomerid.account.websiteurl>website'),
		toMarketo('parentcustomerid.account.revenue>annualRevenue'),
		toMarketo('parentcustomerid.account.numberofemployees>numberOfEmployees'),
	],
	lead: [
		...OWNER,
		toMarketo('companyname>company'),
		toMarketo('parentaccountid.account.websiteurl>website'),
	],
});

/** Marketo's own CRM sync has left its objects read-only. */
async function start(): Promise<SyncWorld> {
	const world = await SyncWorld.start({ mapping: MAPPING });
	await world.automation.post('leads/schema/fields.json', {
		input: [{ name: 'ownerEmail', displayName: 'Owner Email', dataType: 'email' }],
	});
	await world.marketo.post('options', { nativeSync: true });
	return world;
}

const owned = (by: number) => bind('ownerid', 'systemusers', personId(by));

describe('company and owner, where Marketo has neither companies nor sales persons for us', () => {
	it('stand on the person, under the name and address that e-mails are signed with', async () => {
		const world = await start();
		const account = await newAccount(world, {
			name: 'Acme',
			websiteurl: 'https://acme.example',
			revenue: 1_000.5,
			numberofemployees: 7,
		});
		const contact = await world.pair('contact', {
			...owned(EVA),
			...bind('parentcustomerid_account', 'accounts', account),
		});
		const lead = await world.pair('lead', {
			...owned(FARID),
			companyname: 'As typed',
			...bind('parentaccountid', 'accounts', account),
		});
		expect(await world.person(contact)).toMatchObject({
			accountOwnerName: 'Eva Lindqvist',
			ownerEmail: personName(EVA),
			company: 'Acme',
			website: 'https://acme.example',
			annualRevenue: 1_000.5,
			numberOfEmployees: 7,
		});
		expect(await world.person(lead)).toMatchObject({
			ownerEmail: personName(FARID),
			company: 'As typed',
			website: 'https://acme.example',
		});
		expect((await world.run()).writes).toEqual([]);
	});

	it('follow whoever gets another owner or account, and are emptied where there is none any more', async () => {
		const world = await start();
		const [one, other] = [
			await newAccount(world, { name: 'One', websiteurl: 'https://one.example' }),
			await newAccount(world, { name: 'Other' }),
		];
		const contact = await world.pair('contact', {
			...owned(EVA),
			...bind('parentcustomerid_account', 'accounts', one),
		});
		await world.editRow(contact, {
			...owned(FARID),
			...bind('parentcustomerid_account', 'accounts', other),
		});
		await world.run();
		expect(await world.person(contact)).toMatchObject({
			accountOwnerName: 'Farid Haddad',
			company: 'Other',
			website: null,
		});
		await world.editRow(contact, bind('parentcustomerid_account', 'accounts', null));
		await world.run();
		expect((await world.person(contact))?.company ?? null).toBeNull();
		expect(await world.help()).toEqual([]);
	});

	it('name a team that owns', async () => {
		const world = await start();
		const [team] = await world.crm.all('teams?$select=name');
		const contact = await world.pair('contact', bind('ownerid', 'teams', String(team!.teamid)));
		expect(await world.person(contact)).toMatchObject({ accountOwnerName: team!.name });
	});

	it('leave a sync of companies that is published all the same waiting, with the way out', async () => {
		const world = await start();
		world.mappings.companies = COMPANIES;
		await newAccount(world, { name: 'Acme' });
		await world.run({ lane: 'companies' });
		expect((await world.status('companies')).status).toMatch(/^Waiting: .*native CRM sync/);
		world.endsUnclean('the sync of companies waits');
	});
});

describe('opportunities, where Marketo keeps its own read-only', () => {
	const object = {
		...SUBSCRIPTION_OBJECT,
		apiName: 'deal_c',
		displayName: 'Deal',
		fields: [
			...SUBSCRIPTION_OBJECT.fields.filter(({ name }) => ['dynamicsId', 'leadId'].includes(name)),
			{ name: 'title', displayName: 'Name', dataType: 'string' },
			{ name: 'amount', displayName: 'Amount', dataType: 'float' },
			{ name: 'won', displayName: 'Is Won', dataType: 'boolean' },
		],
	};
	const lane = customLaneId({ table: 'opportunity', object: object.apiName });
	const [rows] = Object.values(
		mappingOf(
			'name>title',
			'estimatedvalue.current>amount',
			'statecode.won>won',
			'parentcontactid>leadId',
		),
	);
	const DEALS: LaneMapping = { opportunity: rows! };

	it('become records of a custom object, as many as a person has, and say when they are won', async () => {
		const world = await start();
		await makeObject(world.automation, object);
		world.mappings = { [lane]: DEALS };
		const contact = await world.pair('contact');
		const of = bind('parentcontactid', 'contacts', contact.id);
		const ids = [
			await newOpportunity(world, { name: 'Chairs', estimatedvalue: 100, ...of }),
			await newOpportunity(world, { name: 'Tables', estimatedvalue: 50, ...of }),
		];
		await world.run({ lane });
		const before = await objectsIn(world, object.apiName);
		expect(ids.map((id) => before.get(id))).toMatchObject([
			{ title: 'Chairs', amount: 100, leadId: contact.person },
			{ title: 'Tables', amount: 50, leadId: contact.person },
		]);
		await world.crm.act('WinOpportunity', {
			Status: 3,
			OpportunityClose: {
				subject: 'Won',
				actualrevenue: 90,
				...bind('opportunityid', 'opportunities', ids[0]!),
			},
		});
		await world.run({ lane });
		expect((await objectsIn(world, object.apiName)).get(ids[0]!)).toMatchObject({
			amount: 90,
			won: true,
		});
		expect((await world.run({ lane })).writes).toEqual([]);
	});
});
