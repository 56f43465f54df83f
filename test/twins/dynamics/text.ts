/**
 * A text as the database compares it: without regard to case, accents and trailing blanks (the
 * collation Latin1_General_CI_AI of English environments).
 */
export function foldText(text: string): string {
	// eslint-disable-next-line no-control-regex
	const plain = /^[\x00-\x7f]*$/.test(text)
		? text
		: text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
	return plain.toLowerCase().trimEnd();
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
	return GUID.test(text);
}

/** Twin time as the Web API writes it: whole seconds, UTC. */
export function isoSeconds(milliseconds: number): string {
	return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
