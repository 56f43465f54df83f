/** A resource with its article, inside a sentence: `an account`, `a user`. */
export function aRow(resource: string): string {
	const name = resource.toLowerCase();
	return `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** Many of a resource, inside a sentence: `leads`, `opportunities`. */
export function rows(resource: string): string {
	return `${resource.toLowerCase()}s`.replace(/ys$/, 'ies');
}
