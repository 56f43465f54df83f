import type { INode } from 'n8n-workflow';

/** What can tell a node's credential. */
export interface CredentialContext {
	getNode(): INode;
	getCredentials<T extends object>(type: string): Promise<T>;
}

/**
 * Milliseconds for which a credential is taken as it was. n8n reads, decrypts and resolves it anew each
 * time, which costs as much as all the rest of a call.
 */
const REMEMBER_MS = 10_000;
/** After that it is renewed beside the calls; one that is older than this is waited for. */
const OLDEST_MS = 60_000;

interface Remembered {
	/** The last one that was read, and when its reading began. */
	data?: object;
	at: number;
	/** One reading at a time, however many calls wait for it. */
	reading?: Promise<object>;
}

const remembered = new Map<string, Remembered>();

/**
 * The node's credential. While calls come in, none of them waits: a flood would pile up behind one reading, and n8n
 * holds memory for each call.
 */
export async function rememberedCredential<T extends object>(
	context: CredentialContext,
	type: string,
	now = Date.now,
): Promise<T> {
	const id = context.getNode().credentials?.[type]?.id;
	if (id === undefined || id === null) return await context.getCredentials<T>(type);
	const name = `${type} ${id}`;
	const known = remembered.get(name) ?? { at: -Infinity };
	remembered.set(name, known);
	const age = Math.abs(now() - known.at);
	if (known.data && age < REMEMBER_MS) return known.data as T;
	known.reading ??= read(known, async () => await context.getCredentials<T>(type), now);
	if (known.data && age < OLDEST_MS) {
		// Whoever waits for it is told of its failure.
		known.reading.catch(() => undefined);
		return known.data as T;
	}
	return (await known.reading) as T;
}

async function read(
	known: Remembered,
	credential: () => Promise<object>,
	now: () => number,
): Promise<object> {
	const at = now();
	try {
		const data = await credential();
		known.data = data;
		known.at = at;
		return data;
	} finally {
		known.reading = undefined;
	}
}
