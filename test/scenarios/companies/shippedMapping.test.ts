import type { Row } from '../../vendors/dynamics';
import { shippedOneWayMappings } from '../support/mapping';
import { newAccount, objectsOf } from '../support/oneWayLanes';
import { endClean, SyncWorld } from '../support/world';

endClean();

const USER = '0c0ffee0-0000-4000-8000-000000000001';
const ACCOUNT: Row = {
	name: 'Acme',
	address1_line1: '1 Main Street',
	address1_city: 'Springfield',
	address1_stateorprovince: 'IL',
	address1_country: 'USA',
	address1_postalcode: '62701',
	telephone1: '+1 555 0100',
	websiteurl: 'https://acme.example',
	revenue: 1_250_000.5,
	numberofemployees: 120,
	industrycode: 1,
	sic: '7372',
	description: 'Line 1\nLine 2',
};

describe('the shipped mapping of companies and owners', () => {
	let world: SyncWorld;
	let account: string;

	beforeAll(async () => {
		world = await SyncWorld.start();
		world.mappings = await shippedOneWayMappings();
		account = await newAccount(world, ACCOUNT);
	});

	it('skips no row, and fills each field of a company', async () => {
		const run = await world.run({ lane: 'companies' });
		expect(run).toMatchObject({ outcome: 'done', errors: [], notes: [] });
		expect((await objectsOf(world, 'companies')).get(account)).toMatchObject({
			company: 'Acme',
			billingStreet: '1 Main Street',
			billingCity: 'Springfield',
			billingState: 'IL',
			billingCountry: 'USA',
			billingPostalCode: '62701',
			mainPhone: '+1 555 0100',
			website: 'https://acme.example',
			annualRevenue: 1_250_000.5,
			numberOfEmployees: 120,
			industry: 'Accounting',
			sicCode: '7372',
			mktoCompanyNotes: 'Line 1\nLine 2',
			externalSalesPersonId: USER,
		});
		expect(await world.help('companies')).toEqual([]);
	});

	it('skips no row of users, and fills what a signature needs', async () => {
		const run = await world.run({ lane: 'owners' });
		expect(run).toMatchObject({ outcome: 'done', errors: [], notes: [] });
		const user = await world.crm.get(`systemusers(${USER})`);
		expect((await objectsOf(world, 'salesPersons')).get(USER)).toMatchObject({
			firstName: user.firstname,
			lastName: user.lastname,
			email: user.internalemailaddress,
		});
		expect(await world.help('owners')).toEqual([]);
	});

	it('is shown in a preview, in which nothing is written', async () => {
		const other = await newAccount(world, { name: 'New' });
		const { preview } = await world.preview(undefined, 'companies');
		expect(preview!.summary).toContain('This page would create 1 company in Marketo');
		expect(preview!.toMarketo).toMatchObject([
			{ change: 'Summary' },
			{ change: 'Create', name: 'New', field: 'New company with 14 fields', dynamicsId: other },
		]);
		expect((await objectsOf(world, 'companies')).has(other)).toBe(false);
		await world.run({ lane: 'companies' });
		await world.crm.update('accounts', other, { sic: '1' });
		const edited = await world.preview(undefined, 'companies');
		expect(edited.preview!.summary).toContain('would update 1 company in Marketo');
		expect(edited.preview!.toMarketo.map(({ change }) => change)).not.toContain('Link');
	});
});
