/** Half of a sign of two has no place in UTF-8, and `encodeURIComponent` throws at it: it becomes the sign for what is unknown. */
export function wellFormed(text: string): string {
	return text.replace(
		/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
		'\uFFFD',
	);
}
