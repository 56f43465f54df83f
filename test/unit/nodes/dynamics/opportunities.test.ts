import type { IDataObject } from 'n8n-workflow';

import { MicrosoftDynamics365 } from '../../../../nodes/MicrosoftDynamics365/MicrosoftDynamics365.node';
import { startDynamicsTwin, type DynamicsTwin } from '../../../twins/dynamics';
import { editorContext, runNode, type ContextOptions } from '../support/n8nContext';
import { dynamicsNode, twinCredential } from './twin';

let twin: DynamicsTwin;
let id: string;

beforeAll(async () => {
	twin = await startDynamicsTwin({ seed: 1, leads: 3, contacts: 3 });
});
afterAll(async () => await twin.close());

async function run(parameters: IDataObject): Promise<IDataObject[]> {
	return await runNode(
		dynamicsNode(twinCredential(twin), parameters as ContextOptions['parameters']),
	);
}

const mapped = (value: IDataObject) => ({
	mappingMode: 'defineBelow',
	value,
	matchingColumns: [],
	schema: [],
});
const OPPORTUNITY = { resource: 'opportunity' };
const read = async () =>
	(
		await run({
			...OPPORTUNITY,
			operation: 'get',
			rowId: id,
			options: { columns: ['statecode', 'statuscode', 'actualvalue', 'actualclosedate'] },
		})
	)[0]!;
const win = async (more: IDataObject = {}) =>
	await run({
		...OPPORTUNITY,
		operation: 'win',
		rowId: id,
		statusReason: 3,
		subject: 'Won',
		options: {},
		...more,
	});

beforeEach(async () => {
	const columns = mapped({ name: 'Chairs', estimatedvalue: 100 });
	const [made] = await run({ ...OPPORTUNITY, operation: 'create', columns });
	id = made!.opportunityid as string;
});

describe('Microsoft Dynamics 365: opportunities, accounts, users, teams', () => {
	it('wins with revenue and day', async () => {
		const options = { actualRevenue: 90, closeDate: '2026-02-03T10:00:00', description: 'Signed' };
		expect(await win({ options })).toEqual([{ opportunityid: id, outcome: 'won', statuscode: 3 }]);
		expect(await read()).toMatchObject({
			statecode_label: 'Won',
			actualvalue: 90,
			actualclosedate: '2026-02-03',
		});
	});

	it('loses for a reason that is chosen from the list', async () => {
		const context = editorContext(dynamicsNode(twinCredential(twin), OPPORTUNITY));
		const { getClosingReasons } = new MicrosoftDynamics365().methods.loadOptions;
		const reasons = await getClosingReasons.call(context);
		expect(reasons.map(({ name }) => name)).toEqual(['Won', 'Canceled', 'Out-Sold']);
		const lost = {
			...OPPORTUNITY,
			operation: 'lose',
			rowId: id,
			statusReason: 5,
			subject: 'Lost',
			options: {},
		};
		await run(lost);
		expect(await read()).toMatchObject({
			statecode_label: 'Lost',
			statuscode: 5,
			actualvalue: 100,
		});
	});

	it.each([
		['one that is closed already', {}, 'closed'],
		['a reason of the other outcome', { statusReason: 4 }, 'status code'],
		['a day that is none', { options: { closeDate: 'soon' } }, "'soon' is not a date"],
	])('refuses %s', async (what, more, words) => {
		if (what.includes('closed')) await win();
		await expect(win(more)).rejects.toMatchObject({
			message: expect.stringContaining(words) as string,
		});
	});

	it('sends who writes the status by hand to these operations', async () => {
		const columns = mapped({ statecode: 1, statuscode: 3 });
		const update = run({ ...OPPORTUNITY, operation: 'update', rowId: id, columns });
		await expect(update).rejects.toMatchObject({
			description: expect.stringContaining("'Win' and 'Lose'") as string,
		});
	});

	it.each(['account', 'user', 'team'])('reads every %s', async (resource) => {
		if (resource === 'account') {
			await run({ resource, operation: 'create', columns: mapped({ name: 'Contoso' }) });
		}
		const rows = await run({ resource, operation: 'getAll', returnAll: true });
		expect(rows.length).toBeGreaterThan(0);
		const idColumn = resource === 'user' ? 'systemuserid' : `${resource}id`;
		const rowId = rows[0]![idColumn] as string;
		expect(await run({ resource, operation: 'get', rowId })).toEqual([rows[0]]);
	});

	it('offers users and teams to be read only, and people what the sync does with people', () => {
		const { properties } = new MicrosoftDynamics365().description;
		const offered = (resource: string) =>
			(
				properties.find(
					({ name, displayOptions }) =>
						name === 'operation' && displayOptions?.show?.resource?.includes(resource),
				)!.options as Array<{ value: string; action: string }>
			).map(({ value, action }) => [value, action]);
		expect(offered('user')).toEqual([
			['get', 'Get a user'],
			['getAll', 'Get many users'],
		]);
		const actions = Object.fromEntries(offered('opportunity')) as Record<string, string>;
		expect(actions).toMatchObject({
			create: 'Create an opportunity',
			getAll: 'Get many opportunities',
			win: 'Win an opportunity',
			lose: 'Lose an opportunity',
		});
		expect(actions).not.toHaveProperty('addToCampaign');
	});
});
