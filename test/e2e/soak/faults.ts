import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nServer } from '../harness/n8nServer';
import type { SoakPlace } from './soakPlace';

const TOKENS = { dynamics: '/oauth2/', marketo: '/identity/oauth/token' };
const WRITES = {
	dynamics: { method: 'POST', path: '$batch' },
	marketo: { method: 'POST', path: '/rest/v1/leads.json' },
};
/** Longer than a call is waited for in the fast mode (8 s). */
const LONGER_THAN_PATIENCE_MS = 11_000;
const MOST_STARTS = 20;
const BETWEEN_STARTS_MS = 5_000;

/** Without its database n8n does not start: whoever runs it tries again. */
export async function startAgain(n8n: N8nServer): Promise<void> {
	for (let tries = 1; ; tries++)
		try {
			return await n8n.restart();
		} catch (cause) {
			if (tries === MOST_STARTS) throw cause;
			await sleep(BETWEEN_STARTS_MS);
		}
}

/** Something that goes wrong; over when it answers. */
export type Fault = () => Promise<void>;

/** All that may go wrong beside the harms of the place itself, by what a person would call it. */
export function faultsOf({ world, dynamics, marketo, harms }: SoakPlace): Record<string, Fault> {
	const { n8n, credentialData } = world;
	/** Held calls are let go, and what has not struck is taken back. */
	const over = async (ms: number) => {
		await sleep(ms);
		for (const twin of [dynamics, marketo]) {
			await twin.forgetFaults();
			await twin.release();
		}
	};
	const api = { dynamics: { path: '/api/data/' }, marketo: { path: '/rest/v1/' } };
	const kill = async (signal: NodeJS.Signals) => {
		await n8n.stop(signal);
		await startAgain(n8n);
	};
	const clientId = String(credentialData.microsoftDynamics365Api!.clientId);
	return {
		...harms,
		'Marketo has too many calls (606)': async () => {
			await marketo.fail({ match: api.marketo, code: '606', times: 4 });
			await over(6_000);
		},
		'Marketo has too many at once (615)': async () => {
			await marketo.fail({ match: api.marketo, code: '615', times: 3 });
			await over(6_000);
		},
		'Marketo answers 503': async () => {
			await marketo.fail({ match: api.marketo, status: 503, times: -1 });
			await over(5_000);
		},
		'Marketo takes longer than anybody waits, and has done it': async () => {
			await marketo.fail({ match: WRITES.marketo, hold: true, afterEffect: true });
			await over(LONGER_THAN_PATIENCE_MS);
		},
		'Marketo loses its answers': async () => {
			await marketo.fail({ match: WRITES.marketo, drop: true, afterEffect: true, times: 2 });
			await over(8_000);
		},
		'Marketo cuts connections': async () => {
			await marketo.fail({ match: api.marketo, drop: true, times: 3 });
			await over(6_000);
		},
		'Marketo ends its tokens': async () => {
			await marketo.expire('accessToken');
			await marketo.expire('pagingToken');
		},
		"Marketo refuses the sync's credential": async () => {
			await marketo.fail({ match: { path: TOKENS.marketo }, status: 401, times: -1 });
			await marketo.expire('accessToken');
			await over(9_000);
		},
		'Dynamics answers 429': async () => {
			await dynamics.fail({ match: api.dynamics, status: 429, retryAfter: 2, times: 5 });
			await over(7_000);
		},
		'Dynamics answers 503': async () => {
			await dynamics.fail({ match: api.dynamics, status: 503, times: -1 });
			await over(5_000);
		},
		'Dynamics takes longer than anybody waits, and has done it': async () => {
			await dynamics.fail({ match: WRITES.dynamics, hold: true, afterEffect: true });
			await over(LONGER_THAN_PATIENCE_MS);
		},
		'Dynamics loses its answers': async () => {
			await dynamics.fail({ match: WRITES.dynamics, drop: true, afterEffect: true, times: 2 });
			await over(8_000);
		},
		'Dynamics cuts connections': async () => {
			await dynamics.fail({ match: api.dynamics, drop: true, times: 3 });
			await over(6_000);
		},
		'Dynamics ends its tokens': async () => {
			await dynamics.expire('accessToken');
			await dynamics.expire('deltaToken');
		},
		"Dynamics refuses the sync's credential": async () => {
			await dynamics.post('principal', { clientId, secretExpired: true });
			await dynamics.expire('accessToken');
			await sleep(9_000);
			await dynamics.post('principal', { clientId, secretExpired: false });
		},
		"Dynamics' clock is set ahead": async () => await dynamics.advanceClock(1),
		"Marketo's clock is set ahead": async () => await marketo.advanceClock(1),
		'n8n is killed': async () => await kill('SIGKILL'),
		'n8n is restarted': async () => await kill('SIGTERM'),
		'a person presses Stop': async () => {
			const [running] = await n8n.executions({ status: 'running' });
			if (running) await n8n.client.rest('POST', `/executions/${running.id}/stop`, {});
		},
	};
}
