/** Long lists are asked for in pieces: databases take a limited number of parameters. */
export async function inPieces<T, R>(
	list: T[],
	ask: (piece: T[]) => Promise<R[]>,
	size = 500,
): Promise<R[]> {
	const found: R[] = [];
	for (let from = 0; from < list.length; from += size)
		found.push(...(await ask(list.slice(from, from + size))));
	return found;
}
