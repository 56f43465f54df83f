import type { Calls } from '../scenario/twinControl';
import type { FlowScene } from './flowScene';

const PEOPLE = 600;
const CHUNK = 250;

/** A batch campaign: people come in chunks and are synced with the next round, together. */
export function inBulk(scene: FlowScene): void {
	it(`${PEOPLE} people of a batch campaign are queued, made with the next round in few calls, and answered`, async () => {
		const people = await scene.newPeople(PEOPLE);
		const { told, early } = await scene.withoutRuns(async () => {
			await scene.world.forgetCalls();
			const run = await scene.actions.start(people, {
				by: 'flowStep',
				action: 'syncPerson',
				type: 'batch',
				chunkSize: CHUNK,
			});
			await scene.waiting(PEOPLE);
			return { told: run, early: (await scene.world.writeCalls()).length };
		});
		expect(early).toBe(0);
		const answers = await scene.actions.end(told, 240_000);
		const calls = [await scene.world.dynamics.calls(), await scene.world.marketo.calls()] as const;
		console.log(
			`${PEOPLE} people: calls to Dynamics ${said(calls[0])}; to Marketo ${said(calls[1])}`,
		);
		expect(answers.filter(({ success }) => success !== true)).toEqual([]);
		expect(new Set(answers.map(({ dynamicsId }) => dynamicsId)).size).toBe(PEOPLE);
		const created = calls[0].log
			.flatMap(({ parts = [] }) => parts)
			.filter(({ method, path }) => method === 'PATCH' && path.includes('/leads('));
		expect(created).toHaveLength(PEOPLE);
		// 3 calls of at most 100 rows for each 300 people, and one to look for them.
		expect(calls[0].log.filter(({ path }) => path.endsWith('$batch')).length).toBeLessThanOrEqual(
			30,
		);
	});
}

function said({ total, byEndpoint }: Calls): string {
	return `${total} (${Object.entries(byEndpoint)
		.map(([name, count]) => `${name} ${count}`)
		.join(', ')})`;
}
