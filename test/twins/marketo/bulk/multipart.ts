/** The parts of a `multipart/form-data` body by name. @returns undefined when it is none */
export function formParts(
	contentType: string | undefined,
	body: Buffer,
): ReadonlyMap<string, string> | undefined {
	const found = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(
		contentType ?? '',
	);
	const boundary = found?.[1] ?? found?.[2];
	if (boundary === undefined) return undefined;
	const text = body.toString('utf8');
	const parts = new Map<string, string>();
	for (const part of `\r\n${text}`.split(`\r\n--${boundary}`).slice(1)) {
		if (part.startsWith('--')) return parts;
		const end = part.indexOf('\r\n\r\n');
		const head = end < 0 ? '' : part.slice(0, end);
		const name = /name="([^"]*)"/i.exec(head)?.[1];
		if (name === undefined) return undefined;
		parts.set(name, part.slice(end + 4));
	}
	return undefined;
}
