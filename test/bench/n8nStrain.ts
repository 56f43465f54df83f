import type { N8nServer } from '../e2e/harness/n8nServer';

/** n8n's environment for a server that is watched. */
export const METRICS = { N8N_METRICS: 'true' };

export interface Strain {
	/** Resident memory, bytes. */
	rss: number;
	/** Of it, what the JavaScript heap holds, bytes: with what nobody points to any more, until V8 looks. */
	heap: number;
	/** Processor time since n8n's start, seconds. */
	processor: number;
}

/** What n8n's main process takes of the machine. */
export async function strainOf(n8n: N8nServer): Promise<Strain> {
	const text = await (await fetch(`${n8n.url}/metrics`)).text();
	const metric = (name: string) => Number(new RegExp(`^n8n_${name} (\\S+)`, 'm').exec(text)?.[1]);
	return {
		rss: await n8n.rss(),
		heap: metric('nodejs_heap_size_used_bytes'),
		processor: metric('process_cpu_seconds_total'),
	};
}
