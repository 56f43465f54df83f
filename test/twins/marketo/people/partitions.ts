/** A partition of the lead database. */
export interface Partition {
	readonly id: number;
	readonly name: string;
	readonly description?: string;
}

/** The partitions of the instance: the default one and one more. */
export class Partitions {
	private readonly list: readonly Partition[] = [
		{ id: 1, name: 'Default', description: 'Initial system lead partition' },
		{ id: 2, name: 'EMEA', description: 'People of the European workspace' },
	];

	get defaultId(): number {
		return this.list[0]!.id;
	}

	all(): readonly Partition[] {
		return this.list;
	}

	byId(id: number): Partition | undefined {
		return this.list.find((partition) => partition.id === id);
	}

	byName(name: string): Partition | undefined {
		return this.list.find((partition) => partition.name === name);
	}
}
