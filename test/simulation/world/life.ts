import { CannotDo } from '../../../sync/cannotDo';
import type { DynamicsTable } from '../../../sync/items';
import { linkByHand } from '../../../sync/operate/linkByHand';
import { rePoint } from '../../../sync/operate/rePoint';
import { unlink } from '../../../sync/operate/unlink';
import { factsOf } from '../../../sync/schedule/systems';
import { OWN_USER } from './dynamicsSystem';
import { DYNAMICS_URL, SUBSCRIPTION } from './ports';
import type { World } from './world';

/** What people say of who belongs together, in the sync's own node: it may have to be said again later. */

/** Somebody chooses *Unlink* for a lead or contact. */
export async function unlinkOne(world: World, which: number): Promise<void> {
	const links = await world.file.db
		.selectFrom('link')
		.select(['table_name', 'dynamics_id', 'marketo_id'])
		.where('lane', '=', 'people')
		.where('state', 'in', ['active', 'secondary', 'leftOut', 'goneInDynamics'])
		.orderBy('id')
		.execute();
	const link = links[which % Math.max(1, links.length)];
	if (!link) return;
	const { table_name: table, dynamics_id: id } = link;
	await ask(world, `unlinks ${table}:${id} from person:${link.marketo_id}`, async () => {
		await unlink(world.ledgerFor(), { table, id });
		world.isUnlinked(`${table}:${id}`, await areJoinedToIt(world, id));
	});
}

/** Rows were merged into one, or a lead was qualified into it, and the sync has yet to see that (R27). */
async function areJoinedToIt(world: World, id: string): Promise<boolean> {
	const linked = await world.file.db
		.selectFrom('link')
		.select(['table_name', 'dynamics_id'])
		.where('state', 'in', ['active', 'leftOut'])
		.execute();
	return linked.some(({ table_name: table, dynamics_id }) => {
		const row = world.dynamics.rows.get(`${table}:${dynamics_id}`);
		return (row?.master ?? row?.contact) === id;
	});
}

/** Somebody chooses *Link by Hand* for a row and a person, of those who are free first. */
export async function linkTwo(world: World, which: number, whom: number): Promise<void> {
	const links = await world.file.db
		.selectFrom('link')
		.select(['table_name', 'dynamics_id', 'marketo_id', 'state'])
		.where('lane', '=', 'people')
		.orderBy('id')
		.execute();
	const taken = links.filter(({ state }) => state === 'active');
	const rows = links.filter(
		({ table_name: table, dynamics_id: id, state }) =>
			state !== 'active' && world.dynamics.rows.has(`${table}:${id}`),
	);
	const people = [...world.marketo.people.keys()].filter(
		(id) => !taken.some(({ marketo_id }) => marketo_id === id),
	);
	const row = rows[which % Math.max(1, rows.length)];
	const person = people[whom % Math.max(1, people.length)];
	if (!row || !person) return;
	const reference = { table: row.table_name as DynamicsTable, id: row.dynamics_id };
	const record = `${row.table_name}:${row.dynamics_id}`;
	await ask(world, `links ${record} with person:${person} by hand`, async () => {
		await linkByHand(world.ledgerFor(), { row: reference, person });
		world.isLinkedByHand(record);
	});
}

/** Somebody chooses *Re-Point*: the environment is a copy, under another id or under the same one. */
export async function rePointTo(world: World, isOther: boolean): Promise<void> {
	const organization = isOther ? `${world.organization}+` : world.organization;
	await ask(world, `re-points the sync to ${organization}`, async () => {
		const { isDone } = await rePoint(
			world.ledgerFor(),
			{
				dynamics: {
					side: 'dynamics',
					id: organization,
					facts: factsOf({ url: DYNAMICS_URL, user: OWN_USER }),
				},
				marketo: { side: 'marketo', id: SUBSCRIPTION, facts: {} },
			},
			{ evenIfSame: true },
		);
		if (isDone) world.isRePointed(organization);
	});
}

async function ask(world: World, what: string, act: () => Promise<void>): Promise<void> {
	try {
		await act();
		world.say(`somebody ${what}`);
	} catch (error) {
		if (!(error instanceof CannotDo)) throw error;
		world.say(`somebody cannot do it (${what}): ${error.message}`);
	}
}
