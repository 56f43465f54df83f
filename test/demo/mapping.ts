import { readFile } from 'node:fs/promises';

export type Table = 'lead' | 'contact';

/** One row of the field mapping, as it stands in the workflow's file. */
export interface Mapped {
	table: Table;
	column: string;
	field: string;
	direction: 'both' | 'toMarketo' | 'toDynamics';
}

type Locator = string | { value?: string } | undefined;

interface WorkflowFile {
	nodes: {
		type: string;
		parameters: Record<string, { rows?: { column?: Locator; field?: Locator }[] } | undefined>;
	}[];
}

const GROUPS = { BothWays: 'both', ToMarketo: 'toMarketo', ToDynamics: 'toDynamics' } as const;

const valueOf = (locator: Locator) => (typeof locator === 'string' ? locator : locator?.value) ?? '';

/** Reads the field mapping out of a workflow's file, as a person reads it on the screen. */
export async function readMapping(file: string): Promise<Mapped[]> {
	const { nodes } = JSON.parse(await readFile(file, 'utf8')) as WorkflowFile;
	const resolve = nodes.find(({ type }) => type.endsWith('.resolveSyncConflict'));
	if (!resolve) throw new Error(`${file} has no node 'Resolve Sync Conflict'`);
	const mapped: Mapped[] = [];
	for (const table of ['lead', 'contact'] as const) {
		for (const [group, direction] of Object.entries(GROUPS)) {
			for (const { column, field } of resolve.parameters[table + group]?.rows ?? []) {
				mapped.push({ table, column: valueOf(column), field: valueOf(field), direction });
			}
		}
	}
	return mapped;
}
