import { TABLES, type Table } from '../../auditor/mapping';
import type { Row } from '../../vendors/dynamics';
import type { Person } from '../../vendors/marketo';
import { PeopleWorld, type Pair } from '../scenario/peopleWorld';

/** One world that many scenarios share, one after the other: its start takes longer than they do. */
export class Scene {
	world!: PeopleWorld;
	/** Both systems before the first run. */
	rowsBefore!: Record<Table, Row[]>;
	peopleBefore!: Person[];
	private untouched: Record<Table, Pair[]> = { lead: [], contact: [] };

	async open(twins: string[]): Promise<void> {
		this.world = await PeopleWorld.start(twins);
		const { crm } = this.world;
		this.rowsBefore = { lead: await crm.all('leads'), contact: await crm.all('contacts') };
		this.peopleBefore = await this.world.everybody();
	}

	async close(): Promise<void> {
		await this.world?.stop();
	}

	/** The first run is over: its pairs may be edited. */
	useLinkedPairs(): void {
		for (const table of TABLES) this.untouched[table] = this.world.pairs(table);
	}

	/** A pair that no scenario has touched yet. */
	take(table: Table): Pair {
		const pair = this.untouched[table].pop();
		if (!pair) throw new Error(`No ${table} is left for this scenario`);
		return pair;
	}
}
