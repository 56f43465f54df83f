/** The list in pieces of at most `size`, in order; nothing gives no piece. */
export function inChunks<Item>(list: readonly Item[], size: number): Item[][] {
	const chunks: Item[][] = [];
	for (let start = 0; start < list.length; start += size) {
		chunks.push(list.slice(start, start + size));
	}
	return chunks;
}
