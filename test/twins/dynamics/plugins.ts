import { DataverseError } from './errors';
import type { Column, Table } from './schema';
import type { Changes, Stored } from './store';

/** A simple piece of server-side logic, as an organisation's own plug-in would run it. */
export interface Plugin {
	readonly table: string;
	readonly column: string;
	readonly on: readonly ('create' | 'update')[];
	readonly do: 'upper' | 'lower' | 'trim' | 'title' | 'digits' | 'cut' | 'set' | 'clear' | 'refuse';
	/**
	 * For `set`: the value, in which `{value}` stands for what was written; for `refuse`: the text (or
	 * part of it) that is refused; for `cut`: the text before which the value ends.
	 */
	readonly value?: Stored;
	/** For `set`: the column to set, when it is another one. */
	readonly target?: string;
	/** For `refuse`: the message. */
	readonly message?: string;
}

const DOINGS = new Set([
	'upper',
	'lower',
	'trim',
	'title',
	'digits',
	'cut',
	'set',
	'clear',
	'refuse',
]);

/** @throws Error in plain words when a plug-in cannot be what it says. */
export function parsePlugin(body: unknown, tableOf: (name: string) => Table | undefined): Plugin {
	const raw = (body ?? {}) as Record<string, unknown>;
	const table = tableOf(String(raw.table));
	if (!table) throw new Error(`There is no table ${String(raw.table)}.`);
	if (!table.column(String(raw.column)))
		throw new Error(`There is no column ${String(raw.column)}.`);
	if (raw.target !== undefined && !table.column(String(raw.target)))
		throw new Error(`There is no column ${String(raw.target)}.`);
	if (!DOINGS.has(String(raw.do))) throw new Error(`do is one of ${[...DOINGS].join(', ')}.`);
	const on = Array.isArray(raw.on) ? raw.on : ['create', 'update'];
	return {
		table: table.name,
		column: String(raw.column),
		on: on as Plugin['on'],
		do: raw.do as Plugin['do'],
		...(raw.value !== undefined && { value: raw.value as Stored }),
		...(raw.target !== undefined && { target: String(raw.target) }),
		...(raw.message !== undefined && { message: String(raw.message) }),
	};
}

/** Runs the plug-ins of a table over what is about to be written. */
export function runPlugins(
	plugins: readonly Plugin[],
	table: Table,
	event: 'create' | 'update',
	changes: Changes,
): Changes {
	const written: Record<string, Stored | null> = { ...changes };
	for (const plugin of plugins) {
		if (plugin.table !== table.name || !plugin.on.includes(event)) continue;
		if (!(plugin.column in changes)) continue;
		const value = written[plugin.column] ?? null;
		if (plugin.do === 'refuse') refuse(plugin, value);
		else if (plugin.do === 'set') written[plugin.target ?? plugin.column] = filled(plugin, value);
		else if (plugin.do === 'clear') written[plugin.target ?? plugin.column] = null;
		else if (typeof value === 'string') {
			written[plugin.column] = reshape(plugin, value, table.column(plugin.column));
		}
	}
	return written;
}

function filled({ value }: Plugin, written: Stored | null): Stored | null {
	if (typeof value !== 'string') return value ?? null;
	return value.replaceAll('{value}', written === null ? '' : String(written)) || null;
}

function refuse(plugin: Plugin, value: Stored | null): void {
	const refused = plugin.value;
	const hit =
		refused === undefined ||
		value === refused ||
		(typeof value === 'string' && value.includes(String(refused)));
	if (!hit) return;
	throw new DataverseError(
		400,
		'0x80040265',
		plugin.message ?? `A plug-in refused the value of ${plugin.column}.`,
	);
}

function reshape(plugin: Plugin, value: string, column: Column | undefined): string | null {
	const shaped = {
		upper: () => value.toUpperCase(),
		lower: () => value.toLowerCase(),
		trim: () => value.trim(),
		title: () => value.toLowerCase().replace(/(^|\s)\S/g, (start) => start.toUpperCase()),
		digits: () => value.replace(/\D/g, ''),
		cut: () => value.split(String(plugin.value ?? ''), 1)[0]!,
		set: () => value,
		clear: () => '',
		refuse: () => value,
	}[plugin.do]();
	return shaped.slice(0, column?.max ?? shaped.length) || null;
}
