import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorld } from '../e2e/harness/world';
import { PeopleLane } from '../e2e/scenario/lane';
import type { Bench } from './main';
import { median, MB } from './measure';
import { databaseSize, type DatabaseSize } from './n8nDatabase';
import { METRICS, strainOf, type Strain } from './n8nStrain';

const EARLY_PAGE = 10;
/** V8 cleans up every few pages, so single samples rise and fall: pages that are looked at together. */
const TOGETHER = 10;
const LOOK_MS = 200;
/** Longest that is waited for the run after the first. */
const NEXT_RUN_MS = 30 * 60_000;

interface ClosedPage {
	number: number;
	opened_at: number;
	closed_at: number;
	records: number;
}

interface Sample extends Strain {
	page: ClosedPage;
	database: DatabaseSize;
	/** Bytes. */
	ledger: number;
}

/**
 * Scenario 12: n8n through a first run over many leads. Its memory after page 10 and at the end, its own
 * database (the ledger is apart, and may grow), and how fast it went.
 */
export async function backlog({ report, say, leads, until }: Bench): Promise<void> {
	const twins = ['--leads', String(leads), '--contacts', '0', '--people', '200'];
	const world = await startWorld({ twins, env: METRICS, say });
	try {
		const lane = await PeopleLane.of(world);
		await world.n8n.publish(lane.workflow);
		say(`The first run over ${leads} leads …`);
		const samples = await watch(lane, until, say);
		if (samples.length === 0) throw new Error('No page ended in the time that was given');
		if (!isOver(lane)) say('Ended before its time; what follows is about the part that was seen.');
		if (samples.some(isEarly) && samples.length > EARLY_PAGE + TOGETHER) {
			memory(samples, report);
			database(samples, report);
		} else {
			say(`${samples.length} pages are too few to compare page ${EARLY_PAGE} with the end.`);
		}
		speed(samples, report);
		const links = lane.count("link where state = 'active'");
		report({ name: 'backlog: leads linked', value: links, unit: 'leads', reference: leads });
		report({
			name: 'backlog: ledger per link',
			value: samples.at(-1)!.ledger / links,
			unit: 'bytes',
		});
		if (until.aborted) return;
		say("The next run: Marketo's log tells of everybody who was made …");
		const { started_at, ended_at, pages } = await lane.oneRun(NEXT_RUN_MS);
		report({
			name: 'backlog: the next run, which reads in the log of all that was made',
			value: (ended_at! - started_at) / 1000,
			unit: 's',
		});
		report({ name: 'backlog: its pages', value: pages, unit: 'pages' });
	} finally {
		await world.stop();
	}
}

/** Looks at n8n after every page, until the backlog is worked off or the time is up. */
async function watch(lane: PeopleLane, until: AbortSignal, say: Bench['say']): Promise<Sample[]> {
	const samples: Sample[] = [];
	let over = false;
	while (!over && !until.aborted) {
		over = isOver(lane);
		const [page] = lane.ask<ClosedPage>(
			'select * from page where closed_at is not null order by opened_at desc, number desc limit 1',
		);
		if (page && page.opened_at !== samples.at(-1)?.page.opened_at) {
			const sample = {
				page,
				...(await strainOf(lane.n8n)),
				database: await databaseSize(lane.n8n),
				ledger: await ledgerSize(lane),
			};
			samples.push(sample);
			say(inWords(sample));
		}
		await sleep(LOOK_MS);
	}
	return samples;
}

/** The first of these is the sample after page 10; a page that was too short to be seen may be missing. */
function isEarly({ page }: Sample): boolean {
	return page.number >= EARLY_PAGE;
}

function isOver(lane: PeopleLane): boolean {
	return lane.count("run where outcome = 'done'") > 0;
}

async function ledgerSize(lane: PeopleLane): Promise<number> {
	const files = ['ledger.sqlite', 'ledger.sqlite-wal'].map((name) =>
		path.join(lane.n8n.folder, '.n8n/marketo-dynamics', name),
	);
	const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
	return sizes.reduce((sum, size) => sum + size, 0);
}

function inWords({ page, rss, heap, processor, database, ledger }: Sample): string {
	const megabytes = (bytes: number) => `${Math.round(bytes / MB)} MB`;
	const seconds = (page.closed_at - page.opened_at) / 1000;
	return [
		`page ${page.number}: ${page.records} records in ${seconds.toFixed(1)} s`,
		`n8n resident ${megabytes(rss)}, heap ${megabytes(heap)}, processor ${processor.toFixed(0)} s`,
		`its database ${megabytes(database.bytes)}, ${database.executions} executions, ${database.tableRows} rows, ${database.staticData} of static data`,
		`ledger ${megabytes(ledger)}`,
	].join('; ');
}

function memory(samples: Sample[], report: Bench['report']): void {
	const [early, late] = [samples.find(isEarly)!, samples.at(-1)!];
	const about10 = samples.slice(EARLY_PAGE - TOGETHER / 2, EARLY_PAGE + TOGETHER / 2);
	const last = samples.slice(-TOGETHER);
	const lowest = (of: Sample[]) => Math.min(...of.map(({ heap }) => heap)) / MB;
	const typical = (of: Sample[]) => median(of.map(({ rss }) => rss)) / MB;
	const goal = '0.85 < ratio < 1.15';
	report({
		name: 'backlog: resident memory of n8n at the end, of that after page 10',
		value: late.rss / MB,
		unit: 'MB',
		reference: early.rss / MB,
		goal,
	});
	report({
		name: 'backlog: its median over the last ten pages, of that over pages 6 to 15',
		value: typical(last),
		unit: 'MB',
		reference: typical(about10),
		goal,
	});
	report({
		name: 'backlog: lowest heap of the last ten pages, of that of pages 6 to 15',
		value: lowest(last),
		unit: 'MB',
		reference: lowest(about10),
	});
	report({
		name: 'backlog: most resident memory of n8n since page 10',
		value: Math.max(...samples.filter(isEarly).map(({ rss }) => rss)) / MB,
		unit: 'MB',
	});
}

function database(samples: Sample[], report: Bench['report']): void {
	const [early, late] = [samples.find(isEarly)!, samples.at(-1)!];
	const grown = (name: string, of: keyof DatabaseSize, unit: string, per = 1) =>
		report({
			name: `backlog: ${name} at the end, of that after page 10`,
			value: late.database[of] / per,
			unit,
			reference: early.database[of] / per,
		});
	grown("n8n's own database", 'bytes', 'MB', MB);
	grown('what of it is in use', 'inUse', 'MB', MB);
	grown('executions in it (n8n removes them within the hour)', 'executions', 'executions');
	grown('rows of Data Tables in it (conflicts, what needs help)', 'tableRows', 'rows');
	grown('static data in it', 'staticData', 'characters');
	const leads =
		samples.slice(samples.indexOf(early) + 1).reduce((sum, { page }) => sum + page.records, 0) || 1;
	report({
		name: 'backlog: growth of what is in use per lead since page 10, of the growth of the ledger',
		value: (late.database.inUse - early.database.inUse) / leads,
		unit: 'bytes',
		reference: (late.ledger - early.ledger) / leads,
		goal: 'ratio < 0.05',
	});
}

function speed(samples: Sample[], report: Bench['report']): void {
	const full = samples.slice(1).filter(({ page }) => page.records >= 1000);
	const [first, last] = [samples[0]!, samples.at(-1)!];
	report({
		name: 'backlog: wall time so far',
		value: (last.page.closed_at - first.page.opened_at) / 1000,
		unit: 's',
	});
	report({
		name: 'backlog: wall time of a page of 1,000',
		value: median(full.map(({ page }) => page.closed_at - page.opened_at)) / 1000,
		unit: 's',
	});
	const spent = full.map(
		(sample) => sample.processor - samples[samples.indexOf(sample) - 1]!.processor,
	);
	report({
		name: "backlog: n8n's processor time of a page of 1,000",
		value: median(spent),
		unit: 's',
	});
}
