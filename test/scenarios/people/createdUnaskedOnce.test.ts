import type { Condition } from '../../../sync/condition';
import { adoptPresentState } from '../../../sync/operate/adoptPresentState';
import { forget } from '../../../sync/operate/forget';
import { PEOPLE } from '../../../sync/operate/lanes';
import { loseAnswer } from '../support/line';
import { smallMapping } from '../support/mapping';
import type { Pair } from '../support/systems';
import { endClean, SyncWorld } from '../support/world';

endClean();

/** People who come from the web are created as leads, from the first run on. */
async function creating(): Promise<SyncWorld> {
	const mapping = smallMapping();
	mapping.lead.createdFrom = {
		conditions: [{ column: 'leadSource', operator: 'eq', value: 'Web' }],
		match: 'all',
	};
	const world = await SyncWorld.start({ mapping });
	await world.runs(2);
	return world;
}

let people = 0;
const fromWeb = (values: object = {}) => ({
	email: `once${++people}@example.com`,
	lastName: 'Web',
	leadSource: 'Web',
	title: 'Boss',
	...values,
});
const CREATE_ROW = 'If-None-Match';

describe('who had a lead that is gone gets no other one (R59), though no link says so', () => {
	let world: SyncWorld;
	let pair: Pair;
	beforeEach(async () => {
		world = await creating();
		await world.newPerson(fromWeb());
		await world.run();
		pair = (await world.pairs('lead'))[0]!;
	});
	const expectStaysGone = async () => {
		await world.editPerson(pair, { city: 'Bonn' });
		const runs = await world.runs(2);
		expect(runs.flatMap(({ receipts }) => receipts)).toMatchObject([
			{ message: expect.stringContaining(`The person had the lead ${pair.id}, which is gone`) },
		]);
		expect(await world.crm.all('leads')).toEqual([]);
		expect(await world.help()).toEqual([]);
		// A campaign asks for the person all the same.
		await world.campaign([pair]);
		expect(await world.crm.all('leads')).toHaveLength(1);
		await world.run();
	};

	it('since its people are unlinked with a delete', async () => {
		world.mapping.lead.whenRowDeleted = 'unlink';
		await world.deleteRow(pair);
		await world.run();
		await expectStaysGone();
	});

	it('since somebody has chosen Forget', async () => {
		await world.deleteRow(pair);
		await world.run();
		await forget(world.ledger, { id: pair.id });
		await world.run();
		await expectStaysGone();
	});

	it('since the memory is lost', async () => {
		await world.deleteRow(pair);
		await world.run();
		await world.restartWith();
		await world.run();
		await adoptPresentState(world.ledger, PEOPLE);
		await world.runs(2);
		await expectStaysGone();
	});

	it('where the memory is lost and the lead is there, the two are linked again', async () => {
		await world.editPerson(pair, { email: null });
		await world.run();
		await world.restartWith();
		await world.run();
		await adoptPresentState(world.ledger, PEOPLE);
		await world.editPerson(pair, { city: 'Bonn' });
		await world.runs(3);
		expect(await world.pairs()).toEqual([pair]);
		expect(await world.crm.all('leads')).toHaveLength(1);
	});
});

describe('whom the sync has made of a lead, without an answer', () => {
	it.each([
		['is linked with it', false],
		['gets no other one where it is deleted by then', true],
	])('%s', async (_, isDeleted) => {
		const world = await creating();
		const id = await world.newRow('lead', { emailaddress1: 'made@example.com' });
		world.bend('marketo', 'createOnly', loseAnswer);
		await world.run();
		const [made] = await world.everybody();
		await world.editPerson({ person: made!.id }, { leadSource: 'Web' });
		if (isDeleted) await world.deleteRow({ table: 'lead', id });
		await world.runs(4);
		expect(await world.pairs()).toEqual(isDeleted ? [] : [{ table: 'lead', id, person: made!.id }]);
		expect(await world.crm.all('leads')).toHaveLength(isDeleted ? 0 : 1);
		expect(await world.help()).toEqual([]);
	});
});

describe('in the moment in which the lead is created', () => {
	let world: SyncWorld;
	let person: number;
	beforeEach(async () => {
		world = await creating();
		person = await world.newPerson(fromWeb());
	});
	/** Somebody is faster than the call. */
	const meanwhile = (act: () => Promise<unknown>) =>
		world.bend('dynamics', CREATE_ROW, async (request, send) => {
			await act();
			return await send(request);
		});

	it('the person is deleted: nobody brings them back, be it for what Dynamics puts into a new lead', async () => {
		meanwhile(async () => await world.deletePerson({ person }));
		await world.runs(4);
		expect(await world.everybody()).toEqual([]);
		expect(await world.crm.all('leads')).toHaveLength(1);
	});

	it('the person is merged into somebody without one: the lead is theirs', async () => {
		const other = await world.newPerson(fromWeb({ leadSource: 'Fair' }));
		meanwhile(async () => await world.mergePeople({ person: other }, { person }));
		await world.runs(5);
		expect(await world.pairs()).toMatchObject([{ person: other }]);
		expect(await world.crm.all('leads')).toHaveLength(1);
		expect(await world.help()).toEqual([]);
	});

	it('a campaign asks for the same person: it waits, and finds the lead', async () => {
		const answers: unknown[] = [];
		meanwhile(async () => answers.push(...(await world.campaign([{ person }]))));
		await world.runs(2);
		expect(answers).toMatchObject([{ outcome: 'waiting' }]);
		expect(await world.campaign()).toMatchObject([{ outcome: 'exists' }]);
		expect(await world.crm.all('leads')).toHaveLength(1);
		expect(await world.help()).toEqual([]);
	});
});

it.each(['leave', 'flag', 'unlink'] as const)(
	'a lead with the e-mail that the filter leaves out (%s) is no reason for another one, however often the person is edited',
	async (whenLeft) => {
		const world = await creating();
		world.filter = {
			tables: {
				lead: {
					conditions: [{ column: 'jobtitle', operator: 'ne', value: 'Cook' }],
					match: 'all',
				},
			},
			heedsColumn: true,
			whenLeft,
		};
		world.endsUnclean('the auditor knows no filter');
		const email = 'out@example.com';
		await world.newRow('lead', { emailaddress1: email, jobtitle: 'Cook' });
		await world.runs(2);
		const person = await world.newPerson(fromWeb({ email }));
		await world.runs(2);
		await world.editPerson({ person }, { city: 'Bonn' });
		await world.runs(2);
		expect(await world.crm.all('leads')).toMatchObject([{ jobtitle: 'Cook', address1_city: null }]);
		expect(await world.help()).toEqual([]);
	},
);

it('a condition compares values of any type', async () => {
	const world = await creating();
	const cases: Array<[Condition, object, isMet: boolean]> = [
		[{ column: 'doNotCall', operator: 'eq', value: 'No' }, {}, true],
		[{ column: 'doNotCall', operator: 'eq', value: 'Yes' }, { doNotCall: true }, true],
		[{ column: 'doNotCall', operator: 'ne', value: 'Yes' }, { doNotCall: true }, false],
		[{ column: 'leadScore', operator: 'ge', value: '50' }, { leadScore: 60 }, true],
		[{ column: 'leadScore', operator: 'ge', value: '50' }, { leadScore: 9 }, false],
		[{ column: 'leadScore', operator: 'lt', value: '50' }, {}, false],
		[{ column: 'createdAt', operator: 'ge', value: '2020-01-01' }, {}, true],
		[
			{ column: 'dateOfBirth', operator: 'lt', value: '2000-01-01' },
			{ dateOfBirth: '1999-12-31' },
			true,
		],
		[{ column: 'dateOfBirth', operator: 'empty' }, {}, true],
		[
			{ column: 'company', operator: 'contains', value: 'ACME' },
			{ company: 'The acme GmbH' },
			true,
		],
		[{ column: 'email', operator: 'endswith', value: '@EXAMPLE.com' }, {}, true],
	];
	for (const [condition, values, isMet] of cases) {
		world.mapping.lead.createdFrom = { conditions: [condition], match: 'all' };
		// Once another mapping is in use.
		await world.run();
		const person = await world.newPerson(fromWeb({ leadSource: null, ...values }));
		await world.run();
		const isThere = (await world.pairs()).some((pair) => pair.person === person);
		expect([condition, values, isThere]).toEqual([condition, values, isMet]);
	}
});
