import { readFile } from 'node:fs/promises';

export type Table = 'lead' | 'contact';
export const TABLES: readonly Table[] = ['lead', 'contact'];

export interface Transform {
	trim?: boolean;
	letterCase?: string;
	choiceBy?: string;
	invert?: boolean;
	truncate?: number;
	constant?: unknown;
	defaultWhenEmpty?: unknown;
}

/** One row of the field mapping with its rules, as it stands in the workflow. */
export interface Mapped {
	table: Table;
	column: string;
	field: string;
	direction: 'both' | 'toMarketo' | 'toDynamics';
	empty: 'copy' | 'neverOverwrite' | 'onlyFill';
	onlyOnCreate: boolean;
	transform: Transform;
}

type Locator = string | { value?: string } | undefined;

interface Group {
	rows?: { column?: Locator; field?: Locator }[];
}

interface Rules {
	rules?: {
		column?: Locator;
		emptyValues?: string;
		onlyOnCreate?: boolean;
		transform?: Transform;
	}[];
}

/** What a workflow's file, or n8n's answer about a workflow, has in common. */
export interface WorkflowLike {
	nodes: { type: string; parameters: object }[];
}

const GROUPS = { BothWays: 'both', ToMarketo: 'toMarketo', ToDynamics: 'toDynamics' } as const;

const valueOf = (locator: Locator) =>
	((typeof locator === 'string' ? locator : locator?.value) ?? '').trim();

/** The field mapping of a workflow, as a person reads it on the screen. */
export function mappingIn({ nodes }: WorkflowLike): Mapped[] {
	const resolve = nodes.find(({ type }) => type.endsWith('.resolveSyncConflict'));
	if (!resolve) throw new Error("The workflow has no node 'Resolve Sync Conflict'");
	const parameters = resolve.parameters as Record<string, unknown>;
	return TABLES.flatMap((table) =>
		Object.entries(GROUPS).flatMap(([group, direction]) =>
			((parameters[table + group] as Group | undefined)?.rows ?? []).map((row) => {
				const column = valueOf(row.column);
				const rules = (parameters[`${table}SpecialRules`] as Rules | undefined)?.rules ?? [];
				const rule = rules.find((one) => valueOf(one.column) === column);
				const own = rule?.emptyValues;
				const empty = own && own !== 'default' ? own : parameters[`${table}EmptyValues`];
				return {
					table,
					column,
					field: valueOf(row.field),
					direction,
					empty: (empty as Mapped['empty'] | undefined) ?? 'copy',
					onlyOnCreate: rule?.onlyOnCreate ?? false,
					transform: rule?.transform ?? {},
				};
			}),
		),
	);
}

/** Reads the field mapping out of a workflow's file. */
export async function readMapping(file: string): Promise<Mapped[]> {
	return mappingIn(JSON.parse(await readFile(file, 'utf8')) as WorkflowLike);
}
