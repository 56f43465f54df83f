/** The runtime that tests, twins and demo use. Both come from the npm registry. */
export const NODE_VERSION = '24.21.0';
export const N8N_VERSION = '2.41.1';

/**
 * A dependency of n8n asks for a package that the npm registry no longer has; this fork is the
 * same parser under another name.
 */
export const N8N_OVERRIDES = { cssomnom: 'npm:@acemir/cssom@latest' };
