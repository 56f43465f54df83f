/** The writes in calls of so many, in their order. */
export function inCallsOf<Item>(size: number, items: Item[]): Item[][] {
	const calls: Item[][] = [];
	for (let from = 0; from < items.length; from += size) calls.push(items.slice(from, from + size));
	return calls;
}
