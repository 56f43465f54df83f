import { CACHE } from './paths.mjs';
import { checkN8nCanBeInstalled, ensureN8n, ensureNode24 } from './runtime.mjs';
import { findPrograms } from './system.mjs';

/** Node 24 and n8n, installed if need be, and what else of the harness's programs is here. */
export async function ensureTools() {
	checkN8nCanBeInstalled();
	const node24 = await ensureNode24();
	const n8n = await ensureN8n();
	return { node: node24.node, n8n: n8n.cli, cache: CACHE, ...findPrograms() };
}

/** How the TypeScript side (test/e2e/harness) learns where everything is. */
export const withTools = (tools, env = process.env) => ({
	...env,
	HARNESS_TOOLS: JSON.stringify(tools),
});
