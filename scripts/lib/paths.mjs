import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where Node 24 and n8n are kept, per user; `MARKETO_DYNAMICS_CACHE` moves it. */
export const CACHE =
	process.env.MARKETO_DYNAMICS_CACHE ||
	path.join(
		process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'),
		'n8n-nodes-marketo-dynamics',
	);
