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

const remembered = new Map<string, { at: number; data: Promise<object> }>();

/** The node's credential, at most ten seconds old. */
export async function rememberedCredential<T extends object>(
	context: CredentialContext,
	type: string,
): Promise<T> {
	const id = context.getNode().credentials?.[type]?.id;
	if (id === undefined || id === null) return await context.getCredentials<T>(type);
	const name = `${type} ${id}`;
	const known = remembered.get(name);
	if (known && Date.now() - known.at < REMEMBER_MS) return (await known.data) as T;
	const data = context.getCredentials<T>(type);
	remembered.set(name, { at: Date.now(), data });
	data.catch(() => remembered.delete(name));
	return await data;
}
