/** A static list with its members. */
export interface StaticList {
	readonly id: number;
	name: string;
	description?: string;
	readonly folderId: number;
	readonly createdAt: number;
	updatedAt: number;
	/** Person ids with the time they were added, milliseconds. */
	readonly members: Map<number, number>;
}

/** The folder that new lists go into. */
export const GROUP_LISTS_FOLDER = { id: 12, name: 'Group Lists' } as const;

/** All static lists of the instance. */
export class StaticLists {
	private readonly lists = new Map<number, StaticList>();
	private nextId = 1001;

	create(name: string, now: number, folderId: number = GROUP_LISTS_FOLDER.id): StaticList {
		const list: StaticList = {
			id: this.nextId++,
			name,
			folderId,
			createdAt: now,
			updatedAt: now,
			members: new Map(),
		};
		this.lists.set(list.id, list);
		return list;
	}

	get(id: number): StaticList | undefined {
		return this.lists.get(id);
	}

	byName(name: string): StaticList | undefined {
		return this.all().find((list) => list.name === name);
	}

	all(): StaticList[] {
		return [...this.lists.values()];
	}

	remove(id: number): void {
		this.lists.delete(id);
	}

	/** Takes a deleted person off every list; a merged one is replaced by the winner. */
	dropPerson(id: number, winnerId?: number): void {
		for (const { members } of this.lists.values()) {
			const since = members.get(id);
			if (since === undefined) continue;
			members.delete(id);
			if (winnerId !== undefined && !members.has(winnerId)) members.set(winnerId, since);
		}
	}
}
