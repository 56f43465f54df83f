import { NATIVE_FILTER } from '../../../sync/filter';
import { explain } from '../../../sync/operate/explain';
import type { Row } from '../../vendors/dynamics';
import {
	editSubscription,
	LANE,
	newSubscription,
	objectsIn,
	startWithTable,
	TABLE,
} from '../support/customTables';
import { loseAnswer } from '../support/line';
import {
	COMPANIES,
	editAccount,
	editOpportunity,
	newAccount,
	newOpportunity,
	objectsOf,
	OPPORTUNITIES,
	OWNERS,
} from '../support/oneWayLanes';
import type { SyncWorld } from '../support/world';

const COLUMN = 'new_synctomkto';

/** What each table is called, and in which field of Marketo its name stands. */
const KINDS = {
	accounts: {
		lane: 'companies',
		table: 'account',
		named: (name: string): Row => ({ name }),
		field: 'company',
		make: newAccount,
		edit: editAccount,
		all: async (world: SyncWorld) => await objectsOf(world, 'companies'),
	},
	opportunities: {
		lane: 'opportunities',
		table: 'opportunity',
		named: (name: string): Row => ({ name }),
		field: 'name',
		make: newOpportunity,
		edit: editOpportunity,
		all: async (world: SyncWorld) => await objectsOf(world, 'opportunities'),
	},
	'rows of a custom table': {
		lane: LANE,
		table: TABLE,
		named: (name: string): Row => ({ new_name: name }),
		field: 'title',
		make: newSubscription,
		edit: editSubscription,
		all: async (world: SyncWorld) => await objectsIn(world),
	},
};

describe.each(Object.entries(KINDS))('new_synctomkto of %s (native-sync O1, R54)', (_, kind) => {
	const { lane, table, named, field, make, edit, all } = kind;
	let world: SyncWorld;
	beforeEach(async () => {
		world = await startWithTable();
		Object.assign(world.mappings, {
			companies: COMPANIES,
			opportunities: OPPORTUNITIES,
			owners: OWNERS,
		});
		await world.run({ lane: 'owners' });
		const label = { UserLocalizedLabel: { Label: 'Sync to Marketo' } };
		const attribute = { LogicalName: COLUMN, AttributeType: 'Boolean', DisplayName: label };
		await world.dynamics.post('tables', { LogicalName: table, Attributes: [attribute] });
	});
	const there = async (id: string) => (await all(world)).get(id)?.[field];

	it('an explicit No is left alone; No to Yes makes the record, Yes to No leaves it as it is, and back again it gets what was missed', async () => {
		const id = await make(world, { ...named('First'), [COLUMN]: false });
		const other = await make(world, named('Other'));
		const first = await world.run({ lane });
		expect(first.notes.join()).toContain('leaves out 1 record');
		expect([await there(id), await there(other)]).toEqual([undefined, 'Other']);
		await edit(world, id, { [COLUMN]: true });
		await world.run({ lane });
		expect(await there(id)).toBe('First');

		await edit(world, id, { [COLUMN]: false, ...named('Second') });
		await edit(world, other, named('Another'));
		const { receipts } = await world.run({ lane });
		expect(receipts).toHaveLength(1);
		expect([await there(id), await there(other)]).toEqual(['First', 'Another']);
		expect((await world.status(lane)).notes).toContain('leaves out 1 linked record');
		expect(JSON.stringify(await explain(world.ledger, { id }))).toContain(
			'left out by the sync filter',
		);
		await edit(world, id, named('Third'));
		expect((await world.run({ lane })).receipts).toEqual([]);

		await edit(world, id, { [COLUMN]: true });
		await world.run({ lane });
		expect(await there(id)).toBe('Third');
		expect((await world.run({ lane })).receipts).toEqual([]);
		expect(await world.help(lane)).toEqual([]);
	});

	it('conditions of its own: after a change of them all are judged again, without an edit', async () => {
		const id = await make(world, named('Acme'));
		await world.run({ lane });
		const filter = (value: string) => ({
			...NATIVE_FILTER,
			tables: {
				[table]: {
					match: 'all' as const,
					conditions: [
						{ column: Object.keys(named(''))[0]!, operator: 'startswith' as const, value },
					],
				},
			},
		});
		world.filter = filter('B');
		const preview = await world.previewAll({ lane });
		expect(preview.changes).toEqual([]);
		await world.run({ lane });
		await edit(world, id, named('Acme & Co'));
		await world.run({ lane });
		expect(await there(id)).toBe('Acme');
		world.filter = filter('A');
		await world.run({ lane });
		await world.run({ lane });
		expect(await there(id)).toBe('Acme & Co');
	});

	it('what was left out before an answer came is sent again once it takes part', async () => {
		const id = await make(world, named('First'));
		world.bend('marketo', 'createOrUpdate', loseAnswer);
		await world.run({ lane });
		await edit(world, id, { [COLUMN]: false, ...named('Second') });
		await world.run({ lane });
		await world.run({ lane });
		await edit(world, id, { [COLUMN]: true });
		await world.run({ lane });
		await world.run({ lane });
		expect(await there(id)).toBe('Second');
		expect((await all(world)).size).toBe(1);
		expect(await world.help(lane)).toEqual([]);
	});

	it('the delete of what is left out says nothing either', async () => {
		const id = await make(world, named('First'));
		await world.run({ lane });
		world.mappings[lane] = {
			[table]: { ...world.mappings[lane]![table]!, whenDeleted: { do: 'delete' } },
		};
		await edit(world, id, { [COLUMN]: false });
		await world.run({ lane });
		const sets = { account: 'accounts', opportunity: 'opportunities', [TABLE]: `${TABLE}s` };
		world.clock.advance(1_000);
		await world.crm.delete(sets[table]!, id);
		await world.run({ lane });
		await world.run({ lane });
		expect(await there(id)).toBe('First');
	});
});
