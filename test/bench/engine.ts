import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { IWorkflowBase } from 'n8n-workflow';
import { dataverse } from '../../apis/dataverse/client';
import { DEFAULT_MAPPING_FIELDS } from '../../apis/marketo/fields/defaultMappingFields';
import { PERSON_LINK_FIELDS } from '../../apis/marketo/fields/linkFields';
import { prepareFields } from '../../apis/marketo/fields/prepareFields';
import { dynamicsPort } from '../../nodes/shared/dynamicsPort';
import { mappingOf } from '../../nodes/shared/mappingParameters';
import { marketoPort } from '../../nodes/shared/marketoPort';
import { PEOPLE_LANE } from '../../nodes/shared/syncPorts';
import { fingerprintOf } from '../../sync/fingerprint';
import { afterPage, lookForWork, syncNow, type LaneSetting } from '../../sync/schedule/runs';
import { NORMAL_TIMING, type Ledger } from '../../sync/ledger/ledger';
import { openLedger } from '../../sync/ledger/open';
import { sqliteDialect } from '../../sync/ledger/sqlite';
import type { PageStart, RecordItem } from '../../sync/items';
import type { PeopleMapping } from '../../sync/mapping';
import { applyDynamics, applyMarketo } from '../../sync/page/apply';
import { mappedLane, tableOf } from '../../sync/page/tables';
import { readDynamicsPage } from '../../sync/page/readDynamics';
import { readMarketoPage } from '../../sync/page/readMarketo';
import { resolvePage } from '../../sync/page/resolve';
import type { DynamicsPort, MarketoPort } from '../../sync/ports';
import { DynamicsVendor } from '../vendors/dynamics';
import { ROOT } from '../e2e/harness/tools';
import { startTwins, type TwinsLine } from '../e2e/harness/twins';
import { twinMarketo } from '../unit/apis/marketo/twinWire';
import type { Bench } from './main';
import type { Report } from './measure';
import { bytesInUse } from './sqliteFile';
import { twinWire } from './twinWire';

const PAGE = 1000;
const DAY_MS = 24 * 3_600_000;
const SETTING: LaneSetting = {
	lane: 'people',
	workflow: 'bench',
	interval: 300_000,
	owner: 'bench',
	pid: process.pid,
	isAlive: () => true,
};

/** Processor time of one page's steps, milliseconds. The twins are another process, so it is the engine's own. */
interface PageCost {
	read: number;
	resolve: number;
	write: number;
	/** Rows and people of the page, as the nodes hand them on. */
	items: RecordItem[];
}

/** One page of 1,000 records without n8n: what its steps cost the processor, and what a link costs the disk. */
export async function engine({ report, say }: Bench): Promise<void> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
	say('Starting the twins …');
	const twins = await startTwins(['--leads', String(3 * PAGE), '--contacts', '0', '--people', '0']);
	try {
		const file = path.join(folder, 'ledger.sqlite');
		const lane = await Lane.open(twins.line, file);
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
		await lane.edit(leadsOf(made));
		tell(report, 'edited leads', fullest(await lane.run()));
		await lane.close();
	} finally {
		await twins.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

const leadsOf = ({ items }: PageCost) => items.filter(({ table }) => table === 'lead');

const fullest = (pages: PageCost[]) =>
	pages.reduce((one, other) => (leadsOf(other).length > leadsOf(one).length ? other : one));

function tell(report: Report, what: string, page: PageCost): void {
	for (const step of ['read', 'resolve', 'write'] as const) {
		const value = (page[step] * PAGE) / leadsOf(page).length;
		report({ name: `engine: ${step} 1,000 ${what}`, value, unit: 'ms of processor time' });
	}
}

class Lane {
	/** How far the engine's clock is ahead: writes whose echo was awaited for a day are forgotten then. */
	daysLater = 0;

	private constructor(
		private readonly ledger: Ledger,
		private readonly mapping: PeopleMapping,
		private readonly dynamics: DynamicsPort,
		private readonly marketo: MarketoPort,
		private readonly crm: DynamicsVendor,
	) {}

	static async open(line: TwinsLine, file: string): Promise<Lane> {
		const marketo = twinMarketo(line.marketo);
		await prepareFields(marketo, [...Object.values(PERSON_LINK_FIELDS), ...DEFAULT_MAPPING_FIELDS]);
		const { nodes } = JSON.parse(
			await readFile(path.join(ROOT, 'workflows/people-sync.json'), 'utf8'),
		) as IWorkflowBase;
		const clock = { now: () => Date.now() };
		const ledger = await openLedger(sqliteDialect(file), {
			key: { id: 'bench', secret: randomBytes(32) },
			clock,
			random: { id: () => randomBytes(12).toString('base64url') },
			timing: NORMAL_TIMING,
		});
		const client = dataverse(twinWire(line.dynamics), line.dynamics.url);
		const mapping = mappingOf(
			nodes.find(({ type }) => type.endsWith('.resolveSyncConflict'))!.parameters,
		);
		const lane = new Lane(
			ledger,
			mapping,
			dynamicsPort(client),
			marketoPort(marketo),
			new DynamicsVendor(line.dynamics),
		);
		clock.now = () => Date.now() + lane.daysLater * DAY_MS;
		return lane;
	}

	async close(): Promise<void> {
		await this.ledger.close();
	}

	/** Pages until nothing is left, each with what it cost. */
	async run(): Promise<PageCost[]> {
		await syncNow(this.ledger, SETTING.lane);
		const costs: PageCost[] = [];
		for (
			let look = await lookForWork(this.ledger, SETTING);
			look.do === 'page';
			look = await afterPage(this.ledger, SETTING, look.ref)
		) {
			costs.push(await this.page(look.start));
		}
		return costs;
	}

	private async page(start: PageStart): Promise<PageCost> {
		const { ledger, mapping, dynamics, marketo } = this;
		const stopwatch = new Stopwatch();
		const dynamicsItems = await readDynamicsPage(ledger, PEOPLE_LANE, start, mapping, dynamics);
		const marketoItems = await readMarketoPage(
			ledger,
			PEOPLE_LANE,
			start,
			dynamicsItems,
			mapping,
			marketo,
		);
		const read = stopwatch.lap();
		const resolved = await resolvePage(ledger, PEOPLE_LANE, {
			dynamicsItems,
			marketoItems,
			mapping,
		});
		const resolve = stopwatch.lap();
		await applyDynamics(ledger, PEOPLE_LANE, resolved.toDynamics, dynamics);
		await applyMarketo(ledger, PEOPLE_LANE, resolved.toMarketo, marketo);
		const write = stopwatch.lap();
		const items = [...dynamicsItems, ...marketoItems].filter(
			(item): item is RecordItem => item.kind === 'record',
		);
		return { read, resolve, write, items };
	}

	/** The yardstick of *resolve*: nothing but the fingerprint of each mapped value. */
	async fingerprints(items: RecordItem[]): Promise<number> {
		const lane = await mappedLane(this.ledger.db, PEOPLE_LANE, this.mapping);
		const rows = tableOf(lane, 'lead').live;
		const stopwatch = new Stopwatch();
		for (const { values } of items) {
			for (const { row, column, field } of rows) {
				fingerprintOf(this.ledger.key, column, 'dynamics', values[row.column] ?? null);
				fingerprintOf(this.ledger.key, field, 'marketo', values[row.field] ?? null);
			}
		}
		return stopwatch.lap();
	}

	/** A user changes one column of each of these leads. */
	async edit(leads: RecordItem[]): Promise<void> {
		for (const { id } of leads) await this.crm.update('leads', id, { jobtitle: 'Edited' });
	}
}

/** Processor time of this process, which a busy machine does not change as it changes the clock's. */
class Stopwatch {
	private at = process.cpuUsage();

	/** Milliseconds since the last lap. */
	lap(): number {
		const { user, system } = process.cpuUsage(this.at);
		this.at = process.cpuUsage();
		return (user + system) / 1000;
	}
}
