import type { World } from '../e2e/harness/world';
import { PeopleLane } from '../e2e/scenario/lane';
import { syncBusiness } from './business';

const PATIENCE = 30 * 60_000;

/** Publishes the workflows, that of people first, waits for their first runs and tells where to look. */
export async function runAndTell(world: World, say: (message: string) => void): Promise<string> {
	const { n8n, twins } = world;
	const lane = await PeopleLane.of(world);
	say('First run …');
	await n8n.publish(lane.workflow);
	const first = await lane.runAfter(new Set(), PATIENCE);
	const counts = JSON.parse(first.counts) as Record<string, number>;
	const business = await syncBusiness(world, lane, say);
	return `
The first run ended as '${first.outcome}': ${counts.linked} people linked, ${counts.created} created in Marketo,
${counts.conflicts} conflicts decided, ${counts.needHelp} records need help.
Beside them: ${business}.

  n8n         ${n8n.url}/workflow/${lane.workflow}
              e-mail ${n8n.owner.email}, password ${n8n.owner.password}
  Both sides  ${twins.line.dynamics.url}/   (change a value and watch it travel)
  Log         ${n8n.logFile}

In n8n, 'Start a Run Now' saves the wait for the next run. Ctrl-C stops everything.
`;
}
