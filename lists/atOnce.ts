/**
 * Does the work for each of the list, at most `most` at a time; results in the order of the list. Once one has failed
 * no other is begun, and those under way are waited for: nothing goes on behind the back of whoever is told.
 *
 * @throws what failed first
 */
export async function atOnce<Item, Result>(
	list: readonly Item[],
	most: number,
	work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
	const results: Result[] = [];
	const failures: unknown[] = [];
	let next = 0;
	const oneAfterTheOther = async (): Promise<void> => {
		while (next < list.length && failures.length === 0) {
			const at = next++;
			try {
				results[at] = await work(list[at]!);
			} catch (error) {
				failures.push(error);
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(most, list.length) }, oneAfterTheOther));
	if (failures.length > 0) throw failures[0];
	return results;
}
