import type { SettingContext } from './setting';

/**
 * Milliseconds for which a credential is taken as it was. n8n reads, decrypts and resolves it anew each
 * time, which costs as much as all the rest of a call.
 */
const REMEMBER_MS = 10_000;

const remembered = new Map<string, { at: number; data: Promise<object> }>();

/** The node's credential, at most ten seconds old. */
export async function rememberedCredential<T extends object>(
	context: Pick<SettingContext, 'getNode' | 'getCredentials'>,
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
