import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sqliteDialect } from '../../sync/ledger/sqlite';
import { startTwins } from '../e2e/harness/twins';
import { EngineLane, PAGE, leadsOf, type PageCost } from './engineLane';
import type { Bench } from './main';
import type { Report } from './measure';
import { bytesInUse } from './sqliteFile';

/** One page of 1,000 records without n8n: what its steps cost the processor, and what a link costs the disk. */
export async function engine({ report, say }: Bench): Promise<void> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
	say('Starting the twins …');
	const twins = await startTwins(['--leads', String(3 * PAGE), '--contacts', '0', '--people', '0']);
	try {
		const file = path.join(folder, 'ledger.sqlite');
		const lane = await EngineLane.open(twins.line, sqliteDialect(file));
		say('The first run …');
		const made = fullest(await lane.run());
		tell(report, 'new leads', made);
		report({
			name: 'engine: the same resolve, of the fingerprints that it takes',
			value: made.resolve,
			unit: 'ms of processor time',
			reference: await lane.fingerprints(made.items),
		});
		const perLink = () => bytesInUse(file) / (3 * PAGE);
		report({ name: 'engine: ledger per link just made', value: perLink(), unit: 'bytes' });
		say('Two days later …');
		lane.daysLater = 2;
		await lane.run();
		report({ name: 'engine: ledger per link two days later', value: perLink(), unit: 'bytes' });
		say('A run after 1,000 edits …');
		await lane.edit(leadsOf(made), 'Edited');
		tell(report, 'edited leads', fullest(await lane.run()));
		await lane.close();
	} finally {
		await twins.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

const fullest = (pages: PageCost[]) =>
	pages.reduce((one, other) => (leadsOf(other).length > leadsOf(one).length ? other : one));

function tell(report: Report, what: string, page: PageCost): void {
	for (const step of ['read', 'resolve', 'write'] as const) {
		const value = (page[step] * PAGE) / leadsOf(page).length;
		report({ name: `engine: ${step} 1,000 ${what}`, value, unit: 'ms of processor time' });
	}
}
