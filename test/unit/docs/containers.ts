import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const FOLDER = path.join(__dirname, '../../../docs/containers');

export interface Service {
	image?: string;
	build?: { context: string; args: Record<string, string> };
	command?: string | string[];
	environment: Record<string, string>;
	volumes?: string[];
	depends_on?: Record<string, { condition: string }>;
}

export interface Compose {
	services: Record<string, Service>;
	volumes: Record<string, null>;
}

/** Those of `compose.yaml` in which n8n runs. */
export const N8N_SERVICES = ['main', 'worker', 'webhook'] as const;

/** `docs/containers/compose.yaml`, as Compose reads it. */
export function compose(): Compose {
	return parse(read('compose.yaml'), { merge: true }) as Compose;
}

/** What `compose.yaml` says to n8n that is the same wherever it runs: no secret, no address. */
export function environmentOfCompose(): Record<string, string> {
	const { environment } = compose().services.main!;
	return Object.fromEntries(
		Object.entries(environment).filter(
			([name, value]) => !value.includes('${') && !/_(HOST|PORT|USER|DATABASE)$/.test(name),
		),
	);
}

export function read(file: 'compose.yaml' | 'Dockerfile'): string {
	return readFileSync(path.join(FOLDER, file), 'utf8');
}
