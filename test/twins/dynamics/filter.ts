import { BUSINESS_UNIT_ID, DEFAULT_TEAM_ID, type Database } from './database';
import { queryError } from './errors';
import { tokenize, type Token } from './filterTokens';
import { isLookup, propertyOf, type Column, type Table } from './schema';
import type { Row, Stored } from './store';
import { foldText } from './text';
import { stretchOf } from './stretches';
import { edmType, parseInstant } from './values';

/** A compiled `$filter`. */
export interface Filter {
	readonly test: (row: Row) => boolean;
	/**
	 * Ids among which all matching rows are, where an index knows; undefined means any row may
	 * match and all have to be looked at.
	 */
	readonly candidates?: () => Iterable<string> | undefined;
}

/** A literal of the filter: text, number, truth, date, GUID, or null. */
interface Literal {
	readonly kind: 'string' | 'number' | 'boolean' | 'date' | 'guid' | 'null' | 'list';
	readonly text: string;
	readonly list?: readonly Literal[];
}

interface Property {
	readonly column: Column;
	/** Set when the property is the row's own, not one of a linked row. */
	readonly own: boolean;
	readonly read: (row: Row) => Stored | undefined;
}

const COMPARISONS = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const TEXT_FUNCTIONS = new Set(['contains', 'startswith', 'endswith', 'substringof']);
/** Most conditions of one query. */
const MAX_CONDITIONS = 500;
const CRM = 'Microsoft.Dynamics.CRM.';

/**
 * Compiles a `$filter`.
 * @param parameters the query, for parameter aliases such as `@p1`
 * @throws DataverseError with OData's own words for unknown properties and wrong types
 */
export function compileFilter(
	database: Database,
	table: Table,
	text: string,
	parameters: URLSearchParams,
	context: { readonly userId: string; readonly now: number },
): Filter {
	return new FilterCompiler(database, table, text, parameters, context).compile();
}

class FilterCompiler {
	private readonly tokens: Token[];
	private index = 0;
	private conditions = 0;

	constructor(
		private readonly database: Database,
		private readonly table: Table,
		private readonly text: string,
		private readonly parameters: URLSearchParams,
		private readonly context: { readonly userId: string; readonly now: number },
	) {
		this.tokens = tokenize(text);
	}

	compile(): Filter {
		const filter = this.either();
		if (this.peek().kind !== 'end') throw this.syntaxError();
		return filter;
	}

	private either(): Filter {
		let left = this.both();
		while (this.take('or')) left = anyOf(left, this.both());
		return left;
	}

	private both(): Filter {
		let left = this.single();
		while (this.take('and')) left = allOf(left, this.single());
		return left;
	}

	private single(): Filter {
		if (this.peek().text !== 'not' && this.peek().text !== '(') this.countCondition();
		if (this.take('not')) {
			const inner = this.single();
			return { test: (row) => !inner.test(row) };
		}
		if (this.take('(')) {
			const inner = this.either();
			this.expect(')');
			return inner;
		}
		const token = this.next();
		if (token.kind !== 'name') throw this.syntaxError(token);
		if (token.text.startsWith(CRM)) return this.crmFunction(token.text.slice(CRM.length));
		if (TEXT_FUNCTIONS.has(token.text)) return this.textFunction(token.text);
		return this.comparison(token.text);
	}

	private countCondition(): void {
		if (++this.conditions <= MAX_CONDITIONS) return;
		throw queryError('Number of conditions in query exceeded maximum limit.', '0x8004430C');
	}

	private comparison(name: string): Filter {
		if (/\/(any|all)$/.test(name)) {
			throw queryError('The twin knows no lambda operators on collections.', '0x80060888');
		}
		if (['tolower', 'toupper', 'trim'].includes(name) && this.take('(')) {
			const property = this.property(this.next().text);
			this.expect(')');
			return this.compare(property, this.operator());
		}
		return this.compare(this.property(name), this.operator());
	}

	private operator(): string {
		const token = this.next();
		if (!COMPARISONS.has(token.text)) throw this.syntaxError(token);
		return token.text;
	}

	private compare(property: Property, operator: string): Filter {
		const literal = this.literal();
		return this.comparing(property, operator, literal);
	}

	private comparing(property: Property, operator: string, literal: Literal): Filter {
		const { column, own, read } = property;
		if (literal.kind === 'null') {
			if (operator === 'eq') return { test: (row) => read(row) === undefined };
			if (operator === 'ne') return { test: (row) => read(row) !== undefined };
			return { test: () => false };
		}
		const order = orderWith(column, literal, operator);
		const holds = OUTCOMES[operator]!;
		// The database finds rows without a value "not equal" too.
		const whenNull = operator === 'ne';
		const test = (row: Row) => {
			const value = read(row);
			return value === undefined ? whenNull : holds(order(value));
		};
		if (!own) return { test };
		if (operator === 'eq') {
			return { test, candidates: () => this.equalIds(column, literal) };
		}
		if (column.name === 'modifiedon' && (operator === 'ge' || operator === 'gt')) {
			const time = parseInstant(literal.text)!;
			const from = `${new Date(time).toISOString().slice(0, 19)}Z`;
			const store = this.database.store(this.table);
			return { test, candidates: () => store.modifiedNotBefore(from) };
		}
		return { test };
	}

	private equalIds(column: Column, literal: Literal): Iterable<string> | undefined {
		const store = this.database.store(this.table);
		if (column.name === this.table.id) return [literal.text.toLowerCase()];
		if (isLookup(column) || column.type === 'Uniqueidentifier') {
			return store.withValue(column.name, literal.text.toLowerCase());
		}
		if (column.type === 'String') return store.withValue(column.name, literal.text);
		return undefined;
	}

	private textFunction(name: string): Filter {
		this.expect('(');
		const first = this.next();
		this.expect(',');
		const second = this.next();
		this.expect(')');
		const [property, pattern] = name === 'substringof' ? [second, first] : [first, second];
		const { column, read } = this.property(property.text);
		if (!['String', 'Memo'].includes(column.type) || pattern.kind !== 'string') {
			throw queryError(
				`No function signature for the function with name '${name}' matches the specified arguments.`,
			);
		}
		const like = likePattern(unquote(pattern.text), name);
		const truth = this.optionalTruth();
		return {
			test: (row) => {
				const value = read(row);
				return (typeof value === 'string' && like.test(foldText(value))) === truth;
			},
		};
	}

	/** `eq true` or `eq false` after a function. */
	private optionalTruth(): boolean {
		if (!this.take('eq')) return true;
		const token = this.next();
		if (token.text !== 'true' && token.text !== 'false') throw this.syntaxError(token);
		return token.text === 'true';
	}

	private crmFunction(name: string): Filter {
		const values = this.namedParameters();
		const named = values.get('PropertyName')?.text;
		// A lookup goes by its logical name here.
		const lookup = named === undefined ? undefined : this.table.column(named);
		const property =
			named === undefined
				? undefined
				: this.property(lookup && isLookup(lookup) ? propertyOf(lookup) : named);
		if (!property) throw queryError(`An unknown function with name '${CRM}${name}' was found.`);
		const list = values.get('PropertyValues')?.list ?? [];
		const one = values.get('PropertyValue');
		const match = (operator: string, literal: Literal) =>
			this.comparing(property, operator, asTyped(property.column, literal));
		switch (name) {
			case 'In':
			case 'ContainValues': {
				if (property.column.type === 'MultiSelectPicklist') return hasChoice(property, list);
				const parts = list.map((literal) => match('eq', literal));
				return parts.reduce(anyOf, { test: () => false, candidates: () => [] });
			}
			case 'NotIn':
			case 'DoesNotContainValues': {
				const inner =
					property.column.type === 'MultiSelectPicklist'
						? hasChoice(property, list)
						: list.map((literal) => match('eq', literal)).reduce(anyOf, { test: () => false });
				return { test: (row) => !inner.test(row) };
			}
			case 'Between':
				return allOf(match('ge', list[0]!), match('le', list[1]!));
			case 'NotBetween':
				return anyOf(match('lt', list[0]!), match('gt', list[1]!));
			case 'On':
				return this.sameDay(property, one!, (day, wanted) => day === wanted);
			case 'OnOrAfter':
				return this.sameDay(property, one!, (day, wanted) => day >= wanted);
			case 'OnOrBefore':
				return this.sameDay(property, one!, (day, wanted) => day <= wanted);
			case 'NotOn':
				return this.sameDay(property, one!, (day, wanted) => day !== wanted);
			case 'EqualUserId':
				return match('eq', { kind: 'guid', text: this.context.userId });
			case 'NotEqualUserId':
				return match('ne', { kind: 'guid', text: this.context.userId });
			case 'EqualBusinessId':
				return match('eq', { kind: 'guid', text: BUSINESS_UNIT_ID });
			case 'NotEqualBusinessId':
				return match('ne', { kind: 'guid', text: BUSINESS_UNIT_ID });
			case 'EqualUserTeams':
				return match('eq', { kind: 'guid', text: DEFAULT_TEAM_ID });
			case 'EqualUserOrUserTeams':
				return anyOf(
					match('eq', { kind: 'guid', text: this.context.userId }),
					match('eq', { kind: 'guid', text: DEFAULT_TEAM_ID }),
				);
			default:
				return this.within(property, name, Number(one?.text));
		}
	}

	private sameDay(
		property: Property,
		literal: Literal,
		test: (day: string, wanted: string) => boolean,
	): Filter {
		const wanted = literal.text.slice(0, 10);
		return {
			test: (row) => {
				const value = property.read(row);
				return typeof value === 'string' && test(value.slice(0, 10), wanted);
			},
		};
	}

	/** A function of time: the values in a stretch that is counted from now. */
	private within(property: Property, name: string, count: number): Filter {
		const stretch = stretchOf(name, count, this.context.now);
		if (!stretch) throw queryError(`An unknown function with name '${CRM}${name}' was found.`);
		return {
			test: (row) => {
				const value = property.read(row);
				const time = typeof value === 'string' ? parseInstant(value) : undefined;
				return time !== undefined && time >= stretch.from && time < stretch.before;
			},
		};
	}

	private namedParameters(): Map<string, Literal> {
		this.expect('(');
		const values = new Map<string, Literal>();
		while (!this.take(')')) {
			const name = this.next().text;
			this.expect('=');
			values.set(name, this.literal());
			this.take(',');
		}
		return values;
	}

	private literal(): Literal {
		const token = this.next();
		if (token.kind === 'name' && token.text.startsWith('@')) {
			const value = this.parameters.get(token.text);
			if (value === null) throw this.syntaxError(token);
			const inner = tokenize(value)[0]!;
			return literalOf(inner) ?? { kind: 'string', text: value };
		}
		const literal = literalOf(token);
		if (!literal) throw this.syntaxError(token);
		return literal;
	}

	private property(name: string): Property {
		const parts = name.split('/');
		const own = this.table.byProperty.get(name);
		const { sight } = this.database;
		if (own) {
			const mayRead = sight.mayRead(this.table, own);
			return {
				column: own,
				own: true,
				read: (row) => (mayRead ? readValue(own, row) : undefined),
			};
		}
		const lookup = parts.length === 2 ? this.table.navigations.get(parts[0]!) : undefined;
		const target = lookup && this.database.schema.table(lookup.table);
		const column = target?.byProperty.get(parts[1]!);
		if (!lookup || !target || !column) {
			const type = target && parts.length === 2 ? target.name : this.table.name;
			throw unknownProperty(target ? parts[1]! : parts[0]!, type);
		}
		return {
			column,
			own: false,
			read: (row) => {
				const value = row.values[lookup.column];
				if (typeof value !== 'object' || value.table !== target.name) return undefined;
				if (!sight.sees(target, value.id) || !sight.mayRead(target, column)) return undefined;
				const linked = this.database.row(value);
				return linked && readValue(column, linked);
			},
		};
	}

	private peek(): Token {
		return this.tokens[this.index]!;
	}

	private next(): Token {
		return this.tokens[Math.min(this.index++, this.tokens.length - 1)]!;
	}

	private take(text: string): boolean {
		if (this.peek().text !== text || this.peek().kind === 'string') return false;
		this.index++;
		return true;
	}

	private expect(text: string): void {
		if (!this.take(text)) throw this.syntaxError();
	}

	private syntaxError(token: Token = this.peek()): Error {
		return queryError(`Syntax error at position ${token.at} in '${this.text}'.`);
	}
}

/** OData's words for a property a table does not have. */
export function unknownProperty(name: string, table: string): Error {
	return queryError(
		`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${table}'.`,
	);
}

/** A column's value; the primary key and the version are not among the values. */
export function readValue(column: Column, row: Row): Stored | undefined {
	if (column.type === 'BigInt' && column.name === 'versionnumber') return row.version;
	return row.values[column.name];
}

const OUTCOMES: Readonly<Record<string, (order: number) => boolean>> = {
	eq: (order) => order === 0,
	ne: (order) => order !== 0,
	gt: (order) => order > 0,
	ge: (order) => order >= 0,
	lt: (order) => order < 0,
	le: (order) => order <= 0,
};

const OPERATOR_KINDS: Readonly<Record<string, string>> = {
	eq: 'Equal',
	ne: 'NotEqual',
	gt: 'GreaterThan',
	ge: 'GreaterThanOrEqual',
	lt: 'LessThan',
	le: 'LessThanOrEqual',
};

const LITERAL_EDM: Readonly<Record<string, string>> = {
	string: 'Edm.String',
	number: 'Edm.Int32',
	boolean: 'Edm.Boolean',
	date: 'Edm.DateTimeOffset',
	guid: 'Edm.Guid',
};

/** How a stored value of a column stands to a literal: below, at or above 0. */
function orderWith(column: Column, literal: Literal, operator: string): (value: Stored) => number {
	const fits = (...kinds: Literal['kind'][]) => {
		if (kinds.includes(literal.kind)) return;
		throw queryError(
			`A binary operator with incompatible types was detected. Found operand types '${edmType(column)}' and '${LITERAL_EDM[literal.kind]}' for operator kind '${OPERATOR_KINDS[operator]}'.`,
		);
	};
	switch (column.type) {
		case 'Boolean': {
			fits('boolean');
			const wanted = literal.text === 'true' ? 1 : 0;
			return (value) => Number(value) - wanted;
		}
		case 'DateTime': {
			fits('date');
			const wanted = parseInstant(literal.text) ?? Number.NaN;
			return (value) => (parseInstant(String(value)) ?? 0) - wanted;
		}
		case 'Lookup':
		case 'Customer':
		case 'Owner':
		case 'Uniqueidentifier': {
			// A GUID in quotes is accepted as well.
			fits('guid', 'string');
			const wanted = literal.text.toLowerCase();
			return (value) => compareText(typeof value === 'object' ? value.id : String(value), wanted);
		}
		case 'String':
		case 'Memo':
		case 'MultiSelectPicklist': {
			fits('string');
			const wanted = foldText(literal.text);
			return (value) => compareText(foldText(String(value)), wanted);
		}
		default: {
			fits('number');
			const wanted = Number(literal.text);
			return (value) => Number(value) - wanted;
		}
	}
}

function compareText(left: string, right: string): number {
	if (left === right) return 0;
	return left < right ? -1 : 1;
}

function literalOf(token: Token): Literal | undefined {
	switch (token.kind) {
		case 'string':
			return { kind: 'string', text: unquote(token.text) };
		case 'number':
			return { kind: 'number', text: token.text.replace(/[dfml]$/i, '') };
		case 'date':
			return { kind: 'date', text: token.text };
		case 'guid':
			return { kind: 'guid', text: token.text };
		case 'json':
			return { kind: 'list', text: token.text, list: listOf(token.text) };
		case 'name':
			if (token.text === 'null') return { kind: 'null', text: '' };
			if (token.text === 'true' || token.text === 'false') {
				return { kind: 'boolean', text: token.text };
			}
			return undefined;
		default:
			return undefined;
	}
}

function listOf(text: string): Literal[] {
	const items = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,\s]+/g) ?? [];
	return items.map((item) => {
		if (item.startsWith('"')) return { kind: 'string', text: String(JSON.parse(item)) };
		if (item.startsWith("'")) return { kind: 'string', text: unquote(item) };
		return { kind: 'number', text: item };
	});
}

/** Dynamics' own functions take every value as text; gives it the type of the column. */
function asTyped(column: Column, literal: Literal): Literal {
	const kind = {
		'Edm.Boolean': 'boolean',
		'Edm.Date': 'date',
		'Edm.DateTimeOffset': 'date',
		'Edm.Guid': 'guid',
		'Edm.String': 'string',
	}[edmType(column)] as Literal['kind'] | undefined;
	const text =
		column.type === 'Boolean' && /^[01]$/.test(literal.text)
			? String(literal.text === '1')
			: literal.text;
	return { kind: kind ?? 'number', text };
}

function hasChoice(property: Property, list: readonly Literal[]): Filter {
	const wanted = new Set(list.map((literal) => literal.text));
	return {
		test: (row) => {
			const value = property.read(row);
			return (
				value !== undefined &&
				String(value)
					.split(',')
					.some((part) => wanted.has(part))
			);
		},
	};
}

function unquote(text: string): string {
	return text.slice(1, -1).replace(/''/g, "'");
}

/** SQL LIKE: `%` any text, `_` one character, `[…]` one of these characters. */
function likePattern(pattern: string, name: string): RegExp {
	const source = foldText(`${pattern}|`)
		.slice(0, -1)
		.replace(/\[[^\]]+\]|[%_]|[.*+?^${}()|[\]\\]/g, (part) => {
			if (part === '%') return '[^]*';
			if (part === '_') return '[^]';
			if (part.length > 1) return part;
			return `\\${part}`;
		});
	const start = name === 'startswith' || name === 'like' ? '^' : '';
	const end = name === 'endswith' ? '$' : '';
	return new RegExp(`${start}${source}${end}`);
}

function anyOf(left: Filter, right: Filter): Filter {
	const test = (row: Row) => left.test(row) || right.test(row);
	if (!left.candidates || !right.candidates) return { test };
	return {
		test,
		candidates: () => {
			const one = left.candidates!();
			const other = right.candidates!();
			return one && other ? union(one, other) : undefined;
		},
	};
}

function allOf(left: Filter, right: Filter): Filter {
	const test = (row: Row) => left.test(row) && right.test(row);
	return { test, candidates: () => left.candidates?.() ?? right.candidates?.() };
}

function union(left: Iterable<string>, right: Iterable<string>): Set<string> {
	// A long chain of `or` builds on the set of the chain so far.
	const all = left instanceof Set && fresh.has(left) ? (left as Set<string>) : new Set(left);
	fresh.add(all);
	for (const id of right) all.add(id);
	return all;
}

/** Sets made by `union`, which may be added to; those of an index may not. */
const fresh = new WeakSet<object>();
