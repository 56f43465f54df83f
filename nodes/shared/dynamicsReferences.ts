import type { Dataverse } from '../../apis/dataverse/client';
import { customTexts, type CustomText } from '../../apis/dataverse/metadata/customTexts';
import type { Binding, DataverseColumn, DataverseTable } from '../../apis/dataverse/metadata/table';
import type { DataverseProblem } from '../../apis/dataverse/errors/problem';
import { readReferenced, type Question } from '../../apis/dataverse/rows/references';
import type { Row } from '../../apis/dataverse/transport/answer';
import { isGuid } from '../../apis/dataverse/transport/odata';
import type { Refusal, WriteOutcome } from '../../sync/ports';
import type { Column, Raw, ValueType } from '../../sync/values';
import { syncColumn } from './dynamicsColumn';
import { SetUpRows, type FeedPage } from './setUpRows';

/** Standard columns, as the wire spells them, that tell a row apart for people, beside its name; and whom it belongs to. */
const TOLD_BY: Record<string, Record<string, string>> = {
	systemuser: { email: 'internalemailaddress', domainname: 'domainname' },
	team: { email: 'emailaddress' },
	account: { email: 'emailaddress1', accountnumber: 'accountnumber', account: 'accountid' },
	contact: { email: 'emailaddress1', account: '_accountid_value', contact: 'contactid' },
	lead: { email: 'emailaddress1' },
	campaign: { codename: 'codename' },
	transactioncurrency: { isocurrencycode: 'isocurrencycode' },
	product: { productnumber: 'productnumber' },
};

const LABELS: Record<string, string> = {
	name: 'Name',
	email: 'Email',
	domainname: 'User Name',
	accountnumber: 'Account Number',
	codename: 'Campaign Code',
	isocurrencycode: 'Currency Code',
	productnumber: 'Product ID',
};

/** Lookups by which leads and contacts name their company. */
const COMPANY_LOOKUPS: readonly string[] = ['parentcustomerid', 'parentaccountid'];

/**
 * What of an account can stand on its people, where Marketo has no companies or keeps them read-only. No choices: a
 * lookup brings values along, and no labels.
 */
const OF_COMPANY: ReadonlyArray<readonly [name: string, label: string, type: ValueType]> = [
	['name', 'Account Name', 'text'],
	['telephone1', 'Main Phone', 'phone'],
	['websiteurl', 'Website', 'url'],
	['address1_line1', 'Street 1', 'text'],
	['address1_city', 'City', 'text'],
	['address1_stateorprovince', 'State/Province', 'text'],
	['address1_postalcode', 'ZIP/Postal Code', 'text'],
	['address1_country', 'Country/Region', 'text'],
	['revenue', 'Annual Revenue', 'decimal'],
	['numberofemployees', 'Number of Employees', 'integer'],
	['sic', 'SIC Code', 'text'],
];

/** A lookup seen through a column of the row that it points to: `ownerid.email`, `customerid.account.new_number`. */
interface Reference {
	name: string;
	lookup: DataverseColumn;
	by: string;
}

/** The text columns that people have added to the tables to which lookups of these can be set. One call. */
export async function textsBehind(
	client: Dataverse,
	tables: DataverseTable[],
): Promise<CustomText[]> {
	const lookups = tables.flatMap((table) => settable(table));
	const targets = lookups.flatMap(({ bindings = [] }) => bindings.map((target) => target.table));
	return await customTexts(client, [...new Set(targets)]);
}

function settable({ columns }: DataverseTable): DataverseColumn[] {
	return columns.filter(({ canCreate, canUpdate }) => canCreate || canUpdate);
}

/**
 * The columns by which sync sees the lookups of a table as text, beside their ids: names, a few standard
 * columns, and for lookups that can be set those that people have added (`textsBehind`).
 */
export function referenceColumns(table: DataverseTable, custom: readonly CustomText[]): Column[] {
	const own = new Set(settable(table));
	return table.columns.flatMap((lookup) => {
		const { bindings = [] } = lookup;
		const standard = Object.entries(LABELS).filter(([by]) =>
			bindings.some((target) => columnFor(target, by)),
		);
		const added = custom
			.filter((one) => own.has(lookup) && bindings.some((b) => b.table === one.table))
			.map((one) => [`${one.table}.${one.name}`, one.label] as const);
		const names = [...standard, ...added].map(([by, label]) => seenBy(lookup, by, label));
		return [...names, ...ofCompany(lookup)].map((column) => ({ ...column, ofParent: true }));
	});
}

/** Nobody is found by these, so that they are only read. */
function ofCompany({ name: lookup, label: of, bindings = [] }: DataverseColumn): Column[] {
	if (!COMPANY_LOOKUPS.includes(lookup) || !bindings.some(({ table }) => table === 'account'))
		return [];
	return OF_COMPANY.map(([name, label, type]) => ({
		name: `${lookup}.account.${name}`,
		label: `${of}: ${label}`,
		type,
		canCreate: false,
		canUpdate: false,
		required: false,
	}));
}

function seenBy(lookup: DataverseColumn, by: string, label: string): Column {
	const { canCreate, canUpdate, required } = syncColumn(lookup);
	return {
		name: `${lookup.name}.${by}`,
		label: `${lookup.label}: ${label}`,
		type: by === 'email' ? 'email' : 'text',
		canCreate,
		canUpdate,
		required,
	};
}

/** The column of the table itself that a name of sync's stands for. */
export function ownColumn(name: string): string {
	return name.split('.')[0]!;
}

function referenceIn(table: DataverseTable, name: string): Reference | undefined {
	const own = ownColumn(name);
	const by = name.slice(own.length + 1);
	const lookup = by ? table.columns.find((column) => column.name === own) : undefined;
	return lookup ? { name, lookup, by } : undefined;
}

function columnFor(target: Binding, by: string): string | null {
	if (by === 'name') return target.nameColumn;
	const [table, custom] = by.split('.');
	if (custom) return table === target.table ? custom : null;
	return TOLD_BY[target.table]?.[by] ?? null;
}

/** A filter sees no owner, but the user or the team that is one. */
const OWNED_BY: Record<string, string> = { systemuser: 'owninguser', team: 'owningteam' };

/** The lookups, as a filter names them, through which these columns show what stands in another row. */
export function shownThrough(table: DataverseTable, names: string[]): string[] {
	const found = names
		.flatMap((name) => referenceIn(table, name) ?? [])
		.flatMap(({ lookup, by }) =>
			(lookup.bindings ?? [])
				.filter((target) => columnFor(target, by))
				.map((target) => (lookup.type === 'Owner' ? OWNED_BY[target.table] : target.navigation)),
		);
	return [...new Set(found)].filter((navigation) => navigation !== undefined);
}

/** A row to be written, in the table's own columns; or why it cannot be. */
export interface Resolved<Write> {
	write: Write;
	refusal?: Refusal;
}

interface Known {
	target: Binding;
	row: Row;
}

/** The rows that lookups point to. Remembers them as long as it lives: one execution. */
export class References {
	private readonly rows = new Map<string, Known>();
	private readonly asked = new Set<string>();
	/** Texts that Dynamics will not look for, by table and text, and what it says. */
	private readonly refused = new Map<string, DataverseProblem>();

	constructor(private readonly client: Dataverse) {}

	/** Reads what these names need of the rows; at most one call, and none where the pages before this one know it all. */
	async read(table: DataverseTable, names: string[], rows: Row[], page?: FeedPage): Promise<void> {
		const references = names.flatMap((name) => referenceIn(table, name) ?? []);
		const byLookup = Map.groupBy(references, ({ lookup }) => lookup);
		const setUp = page && new SetUpRows(this.client, table.name, page);
		const questions: Question[] = [];
		for (const [lookup, some] of byLookup) {
			const pointing = Map.groupBy(rows, (row) =>
				String(row[`_${lookup.name}_value`] ?? '').toLowerCase(),
			);
			const by = some.map((reference) => reference.by);
			const known = setUp ? this.recall(setUp, lookup, pointing, by) : new Set<string>();
			const ids = [...pointing.keys()].filter((id) => !known.has(id));
			questions.push(...this.idQuestions(lookup, ids, by));
		}
		await this.ask(this.client, questions, [...byLookup.keys()]);
		if (!setUp) return;
		for (const question of questions)
			for (const id of 'ids' in question ? question.ids : []) {
				const row = this.rows.get(id)?.row;
				if (row) setUp.keep(question.target.table, keyOf(question, id), row);
			}
	}

	/** What the row that a lookup points to is told by; undefined where nobody knows. */
	valueOf(table: DataverseTable, name: string, id: Raw | undefined): Raw | undefined {
		const reference = referenceIn(table, name);
		if (!reference || id === null || id === undefined || id === '') return null;
		const known = this.rows.get(String(id).toLowerCase());
		if (!known) return undefined;
		const column = columnFor(known.target, reference.by);
		return column ? (known.row[column] as Raw | undefined) : null;
	}

	/**
	 * Writes in the table's own columns: what a row is told by becomes its id, and an id of which the lookup
	 * does not say the table becomes one of the table that has it. At most one call.
	 */
	async resolve<Write extends { values: Record<string, Raw> }>(
		writes: Array<{ write: Write; table: DataverseTable }>,
	): Promise<Array<Resolved<Write>>> {
		const told = new Map<string, { reference: Reference; texts: Set<string> }>();
		const questions: Question[] = [];
		const lookups = new Set<DataverseColumn>();
		for (const { write, table } of writes) {
			for (const [name, value] of Object.entries(write.values)) {
				const reference = referenceIn(table, name);
				const lookup = reference?.lookup ?? openLookup(table, name, value);
				if (!lookup || value === null) continue;
				lookups.add(lookup);
				if (!reference) questions.push(...this.idQuestions(lookup, [String(value).toLowerCase()]));
				else {
					const key = `${table.name} ${name}`;
					if (!told.has(key)) told.set(key, { reference, texts: new Set() });
					told.get(key)!.texts.add(String(value).trim());
				}
			}
		}
		for (const { reference, texts } of told.values()) {
			for (const target of reference.lookup.bindings ?? []) {
				const column = columnFor(target, reference.by);
				const select = selectOf(target, [reference.by]);
				if (column) questions.push({ target, select, column, texts: [...texts] });
			}
		}
		// A lease is held meanwhile: whatever goes wrong is tried again later.
		const impatient = { ...this.client, patience: { ...this.client.patience, attempts: 1 } };
		const unread = await this.ask(impatient, questions, [...lookups]);
		return writes.map(({ write, table }) => this.resolved(write, table, unread));
	}

	/** An outcome in sync's names: what was stored is told as it was asked for. */
	inSyncNames(
		table: DataverseTable,
		asked: Record<string, Raw>,
		outcome: WriteOutcome,
	): WriteOutcome {
		const references = Object.keys(asked).filter((name) => name.includes('.'));
		if (references.length === 0) return outcome;
		if (outcome.kind === 'refused') {
			const name = references.find((one) => ownColumn(one) === outcome.refusal.field);
			return name ? { kind: 'refused', refusal: { ...outcome.refusal, field: name } } : outcome;
		}
		if (outcome.kind !== 'ok' || !outcome.values) return outcome;
		const values = { ...outcome.values };
		for (const name of references) {
			const value = this.valueOf(table, name, values[ownColumn(name)]);
			delete values[ownColumn(name)];
			if (value !== undefined) values[name] = value;
		}
		return { ...outcome, values };
	}

	private resolved<Write extends { values: Record<string, Raw> }>(
		write: Write,
		table: DataverseTable,
		unread: Set<string>,
	): Resolved<Write> {
		const values: Record<string, Raw> = {};
		for (const [name, value] of Object.entries(write.values)) {
			const reference = referenceIn(table, name);
			const lookup = reference?.lookup ?? openLookup(table, name, value);
			if (!lookup || value === null) {
				values[ownColumn(name)] = value;
				continue;
			}
			const found = reference ? this.toldBy(reference, String(value)) : this.withId(String(value));
			if (found.length !== 1)
				return {
					write,
					refusal:
						this.notLookedFor(lookup, name, String(value)) ??
						refusalOf(lookup, name, String(value), found, unread),
				};
			const { target, row } = found[0]!;
			values[lookup.name] = `${target.table}(${String(row[target.idColumn])})`;
		}
		return { write: { ...write, values } };
	}

	/** R46: Dynamics refuses the very look-up; the others of its call were found without it. */
	private notLookedFor(lookup: DataverseColumn, name: string, text: string): Refusal | null {
		const problem = (lookup.bindings ?? [])
			.map(({ table }) => this.refused.get(`${table} ${text.trim()}`))
			.find((one) => one !== undefined);
		if (!problem) return null;
		const { code, reason, remedy } = problem;
		return {
			field: name,
			code: code || 'refused',
			reason: `${lookup.label} cannot be set: Dynamics refuses to look for "${text}": ${reason}`,
			remedy,
		};
	}

	private withId(id: string): Known[] {
		return [this.rows.get(id.toLowerCase())].filter((known) => known !== undefined);
	}

	/** Those who have left do not stand in the way of a namesake. */
	private toldBy({ lookup, by }: Reference, text: string): Known[] {
		const wanted = spelled(text);
		const all = [...this.rows.values()].filter(({ target, row }) => {
			const binding = lookup.bindings?.find(({ table }) => table === target.table);
			const column = binding && columnFor(binding, by);
			return column && spelled(String(row[column] ?? '')) === wanted;
		});
		const present = all.filter(({ row }) => row.isdisabled !== true);
		return present.length > 0 ? present : all;
	}

	private idQuestions(lookup: DataverseColumn, ids: string[], by: string[] = []): Question[] {
		return (lookup.bindings ?? []).flatMap((target) => {
			const select = selectOf(target, by);
			const key = (id: string) => keyOf({ target, select }, id);
			const news = [...new Set(ids)].filter((id) => isGuid(id) && !this.asked.has(key(id)));
			for (const id of news) this.asked.add(key(id));
			return news.length > 0 ? [{ target, select, ids: news }] : [];
		});
	}

	/** What pages before this one have read: ids of which nothing is left to ask. */
	private recall(
		setUp: SetUpRows,
		lookup: DataverseColumn,
		pointing: ReadonlyMap<string, Row[]>,
		by: string[],
	): Set<string> {
		const known = new Set<string>();
		for (const target of lookup.bindings ?? [])
			for (const [id, rows] of pointing) {
				const row = setUp.find(keyOf({ target, select: selectOf(target, by) }, id), rows);
				if (!row) continue;
				known.add(id);
				this.rows.set(id, { target, row: { ...row, ...this.rows.get(id)?.row } });
			}
		return known;
	}

	/** Answers the tables that may not be read. */
	private async ask(
		client: Dataverse,
		questions: Question[],
		lookups: DataverseColumn[],
	): Promise<Set<string>> {
		const bindings = new Map(
			lookups.flatMap(({ bindings: all = [] }) => all.map((target) => [target.table, target])),
		);
		const unread = new Set<string>();
		const answers = await readReferenced(client, questions, ({ target }, text, problem) =>
			this.refused.set(`${target.table} ${text}`, problem),
		);
		for (const [index, rows] of answers.entries()) {
			const target = bindings.get(questions[index]!.target.table)!;
			if (!rows) unread.add(target.table);
			for (const row of rows ?? []) {
				const id = String(row[target.idColumn]).toLowerCase();
				this.rows.set(id, { target, row: { ...this.rows.get(id)?.row, ...row } });
			}
		}
		return unread;
	}
}

/** What is asked about a row, and with which columns. */
function keyOf({ target, select }: Pick<Question, 'target' | 'select'>, id: string): string {
	return `${target.table} ${select.join()} ${id}`;
}

/** A lookup to several tables that is given a bare id. */
function openLookup(table: DataverseTable, name: string, value: Raw): DataverseColumn | undefined {
	const column = table.columns.find((one) => one.name === name);
	const isOpen = (column?.bindings?.length ?? 0) > 1 && isGuid(String(value ?? ''));
	return isOpen ? column : undefined;
}

function selectOf(target: Binding, by: string[]): string[] {
	const told = Object.values(TOLD_BY[target.table] ?? {});
	const more = target.table === 'systemuser' ? ['isdisabled'] : [];
	const custom = by.map((one) => columnFor(target, one));
	const names = [target.idColumn, target.nameColumn, ...told, ...more, ...custom];
	return [...new Set(names.filter((name) => name !== null))];
}

function spelled(text: string): string {
	return text.normalize('NFC').trim().toLowerCase();
}

function refusalOf(
	lookup: DataverseColumn,
	name: string,
	text: string,
	found: Known[],
	unread: Set<string>,
): Refusal {
	const tables = (lookup.bindings ?? []).map(({ table }) => table).join(' or ');
	if (found.length > 1) {
		return {
			field: name,
			code: 'severalRows',
			reason: `${lookup.label} cannot be set: ${found.length} rows of ${tables} are called "${text}"`,
			remedy: 'Give them different names, or map the lookup by its ID or another of its columns',
		};
	}
	const hidden = [...unread].filter((table) => lookup.bindings?.some((one) => one.table === table));
	return {
		field: name,
		code: 'noSuchRow',
		reason: `${lookup.label} cannot be set: Dynamics has no ${tables} "${text}"`,
		remedy:
			hidden.length > 0
				? `The user of the credential cannot read ${hidden.join(' and ')}: give it the right to`
				: 'Correct the value, or create such a row in Dynamics, then choose Retry',
	};
}
