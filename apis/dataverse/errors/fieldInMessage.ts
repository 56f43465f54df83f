/**
 * Dataverse names the column at fault only inside its English message. Each pattern is one known
 * wording; the first group is the column.
 */
const WORDINGS: readonly RegExp[] = [
	// The length of the 'subject' attribute of the 'task' entity exceeded …
	/length of the '([^']+)' attribute/i,
	// The value 42 of 'leadsourcecode' on record of type 'lead' is outside the valid range.
	/value\b.{0,60}? of '([^']+)' on record/i,
	// Attribute: industrycode cannot be set to NULL
	/attribute:? '?([\w@.]+)'? cannot be (?:set to )?null/i,
	// An undeclared property 'new_customerid' which only has property annotations …
	/undeclared property '([^']+)'/i,
	// Could not find a property named 'foo' on type 'Microsoft.Dynamics.CRM.lead'.
	/property named '([^']+)'/i,
	// The property 'foo' does not exist on type 'Microsoft.Dynamics.CRM.lead'.
	/property '([^']+)' does not exist/i,
	// 'Lead' entity doesn't contain attribute with Name = 'foo'
	/attribute with name\s*=\s*'([^']+)'/i,
	// The attribute 'foo' …, column 'foo' …, field 'foo' …
	/\b(?:attribute|column|field|property)(?: name)?:? '([^']+)'/i,
	// Entity Key Marketo Id violated. A record with the same value for Marketo Id already exists.
	/same value for ([a-z]\w*_\w+) already exists/,
];

/** Logical name of the column that a message blames, or undefined. */
export function fieldInMessage(message: string): string | undefined {
	for (const wording of WORDINGS) {
		const found = wording.exec(message)?.[1]?.replace(/@odata\.bind$/, '');
		if (found && /^[A-Za-z_]\w*$/.test(found)) return found;
	}
	return undefined;
}

/** Name of the privilege that a message says is missing, e.g. `prvWriteLead`. */
export function privilegeInMessage(message: string): string | undefined {
	return /\bmissing (prv\w+)/.exec(message)?.[1];
}
