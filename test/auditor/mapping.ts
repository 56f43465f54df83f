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
export interface MappedRow<OfTable extends string = string> {
	table: OfTable;
	column: string;
	field: string;
	direction: 'both' | 'toMarketo' | 'toDynamics';
	empty: 'copy' | 'neverOverwrite' | 'onlyFill';
	onlyOnCreate: boolean;
	transform: Transform;
}

/** One of leads and contacts. */
export type Mapped = MappedRow<Table>;

/** What goes from Dynamics to Marketo alone: `companies`, `custom.new_subscription.subscription_c`. */
export interface OneWayLane {
	lane: string;
	mapping: MappedRow[];
	/** What becomes of the record of a row that was deleted, by table; it stays where nothing is said. */
	whenDeleted: Record<string, 'delete' | { mark: string }>;
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

type Parameters = Record<string, unknown>;

/** The rows of a table; `prefix`: how the node's parameters of it begin. */
function rowsOf<OfTable extends string>(
	parameters: Parameters,
	prefix: string,
	table: OfTable,
): MappedRow<OfTable>[] {
	return Object.entries(GROUPS).flatMap(([group, direction]) =>
		((parameters[prefix + group] as Group | undefined)?.rows ?? []).map((row) => {
			const column = valueOf(row.column);
			const rules = (parameters[`${prefix}SpecialRules`] as Rules | undefined)?.rules ?? [];
			const rule = rules.find((one) => valueOf(one.column) === column);
			const own = rule?.emptyValues;
			const empty = own && own !== 'default' ? own : parameters[`${prefix}EmptyValues`];
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
	);
}

const resolvesIn = ({ nodes }: WorkflowLike): Parameters[] =>
	nodes
		.filter(({ type }) => type.endsWith('.resolveSyncConflict'))
		.map(({ parameters }) => parameters as Parameters);

/** The field mapping of a workflow, as a person reads it on the screen. */
export function mappingIn(workflow: WorkflowLike): Mapped[] {
	const [parameters] = resolvesIn(workflow);
	if (!parameters) throw new Error("The workflow has no node 'Resolve Sync Conflict'");
	return TABLES.flatMap((table) => rowsOf(parameters, table, table));
}

const WITH_ROWS = /^(\w+)ToMarketo$/;

/** What of a workflow goes one way. */
export function oneWayLanesIn(workflow: WorkflowLike): OneWayLane[] {
	return resolvesIn(workflow)
		.filter(({ lane = 'people' }) => lane !== 'people')
		.map((parameters): OneWayLane => {
			const custom = valueOf(parameters.customTable as Locator);
			const lane = custom
				? `custom.${custom}.${valueOf(parameters.customObject as Locator)}`
				: String(parameters.lane as string);
			const prefixes = Object.keys(parameters).flatMap((name) => WITH_ROWS.exec(name)?.[1] ?? []);
			const tableOf = (prefix: string) => (prefix === 'custom' ? custom : prefix);
			return {
				lane,
				mapping: prefixes.flatMap((prefix) => rowsOf(parameters, prefix, tableOf(prefix))),
				whenDeleted: Object.fromEntries(
					prefixes.flatMap((prefix): [string, 'delete' | { mark: string }][] => {
						const mark = valueOf(parameters[`${prefix}DeletedField`] as Locator);
						const chosen = parameters[`${prefix}WhenDeleted`];
						if (chosen === 'delete') return [[tableOf(prefix), chosen]];
						return chosen === 'mark' ? [[tableOf(prefix), { mark }]] : [];
					}),
				),
			};
		});
}

/** Reads the field mapping out of a workflow's file. */
export async function readMapping(file: string): Promise<Mapped[]> {
	return mappingIn(JSON.parse(await readFile(file, 'utf8')) as WorkflowLike);
}
