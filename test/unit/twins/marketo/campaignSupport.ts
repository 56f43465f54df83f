import type { Loose, TestTwin } from './support';

/** Runs a campaign and waits until nobody waits any more; gives back the run. */
export async function runToEnd(api: TestTwin, order: Record<string, unknown>): Promise<Loose> {
	const started = await api.admin('run', order);
	if (!started.ok) throw new Error(started.error as string);
	return await runEnd(api, started.run as number);
}

export async function runEnd(api: TestTwin, run: number): Promise<Loose> {
	for (let round = 0; round < 400; round++) {
		const answer = await api.admin(`runs/${run}`);
		if (answer.state === 'done') return answer;
		if (answer.mistake) throw new Error(answer.mistake as string);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	throw new Error(`Run ${run} did not end.`);
}

/** Activities of a type since some seconds ago. */
export async function activitiesOf(api: TestTwin, typeId: number): Promise<Loose[]> {
	const token = encodeURIComponent(await api.tokenSince(60));
	const path = `/rest/v1/activities.json?activityTypeIds=${typeId}&nextPageToken=${token}`;
	return (await api.get(path)).result ?? [];
}

export function attributesOf(activity: Loose): Record<string, unknown> {
	return Object.fromEntries(
		(activity.attributes as Loose[]).map((one) => [one.name as string, one.value as unknown]),
	);
}
