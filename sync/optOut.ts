/** Columns that keep people from being written to: Dynamics calls them "Do not allow …". */
export function isOptOutColumn(name: string): boolean {
	return name.startsWith('donot');
}
