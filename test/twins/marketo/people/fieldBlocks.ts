/** Sources whose updates can be blocked, as the log of changes names them. */
const API = 'Web service API';

/**
 * Fields that an administrator has blocked from updates (Field Management, *Block Field Updates*): an
 * empty field takes its first value from anybody, a filled one keeps it against the blocked sources,
 * and the call says "updated" all the same.
 */
export class FieldBlocks {
	private readonly sources = new Map<string, ReadonlySet<string>>();

	/** Without sources the API is blocked. */
	block(field: string, sources: readonly string[] = [API]): void {
		this.sources.set(field, new Set(sources));
	}

	unblock(field: string): void {
		this.sources.delete(field);
	}

	all(): object[] {
		return [...this.sources].map(([field, sources]) => ({ field, sources: [...sources] }));
	}

	holds(field: string, source: string, filled: boolean): boolean {
		return filled && this.sources.get(field)?.has(source) === true;
	}
}
