const SECRET_NAMES = new Set([
	'access_token',
	'apicallbackkey',
	'assertion',
	'authorization',
	'authvalue',
	'client_assertion',
	'client_secret',
	'id_token',
	'password',
	'refresh_token',
	'token',
]);

/** Replaces the values of secret parameters of a query or form. */
export function redactQuery(query: string): string {
	return query.replace(/(^|&)([^=&]+)=([^&]*)/g, (whole, start: string, name: string) =>
		SECRET_NAMES.has(decodeName(name)) ? `${start}${name}=***` : whole,
	);
}

/** Replaces the values of secret keys, at any depth, in parsed JSON. */
export function redactJson(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(redactJson);
	if (value === null || typeof value !== 'object') return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [
			key,
			SECRET_NAMES.has(key.toLowerCase()) ? '***' : redactJson(inner),
		]),
	);
}

function decodeName(name: string): string {
	try {
		return decodeURIComponent(name).toLowerCase();
	} catch {
		return name.toLowerCase();
	}
}
