import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
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
import type { PageStart, RecordItem } from '../../sync/items';
import { NORMAL_TIMING, type Ledger } from '../../sync/ledger/ledger';
import { openLedger, type PreparedDialect } from '../../sync/ledger/open';
import type { PeopleMapping } from '../../sync/mapping';
import { applyDynamics, applyMarketo } from '../../sync/page/apply';
import { readDynamicsPage } from '../../sync/page/readDynamics';
import { readMarketoPage } from '../../sync/page/readMarketo';
import { resolvePage } from '../../sync/page/resolve';
import { mappedLane, tableOf } from '../../sync/page/tables';
import { normalForm } from '../../sync/normalForm';
import type { DynamicsPort, MarketoPort } from '../../sync/ports';
import { afterPage, lookForWork, syncNow, type LaneSetting } from '../../sync/schedule/runs';
import { ROOT } from '../e2e/harness/tools';
import type { TwinsLine } from '../e2e/harness/twins';
import { twinMarketo } from '../unit/apis/marketo/twinWire';
import { DynamicsVendor } from '../vendors/dynamics';
import { twinWire } from './twinWire';

export const PAGE = 1000;
const DAY_MS = 24 * 3_600_000;
const SETTING: LaneSetting = {
	lane: 'people',
	workflow: 'bench',
	interval: 300_000,
	owner: 'bench',
	pid: process.pid,
	isAlive: () => true,
};

/** What one page's steps cost: processor time, milliseconds. The twins are another process, so it is the engine's own. */
export interface PageCost {
	read: number;
	resolve: number;
	write: number;
	/** Of resolving, by the clock: a ledger on a server works in processes of its own. */
	resolveWall: number;
	/** Rows and people of the page, as the nodes hand them on. */
	items: RecordItem[];
}

export const leadsOf = ({ items }: PageCost) => items.filter(({ table }) => table === 'lead');

/** The people's lane of the shipped workflow without n8n: the real clients, the twins, a ledger on disk or on a server. */
export class EngineLane {
	/** How far the engine's clock is ahead: writes whose echo was awaited for a day are forgotten then. */
	daysLater = 0;

	private constructor(
		readonly ledger: Ledger,
		private readonly mapping: PeopleMapping,
		private readonly dynamics: DynamicsPort,
		private readonly marketo: MarketoPort,
		private readonly crm: DynamicsVendor,
	) {}

	static async open(line: TwinsLine, dialect: PreparedDialect): Promise<EngineLane> {
		const marketo = twinMarketo(line.marketo);
		await prepareFields(marketo, [...Object.values(PERSON_LINK_FIELDS), ...DEFAULT_MAPPING_FIELDS]);
		const { nodes } = JSON.parse(
			await readFile(path.join(ROOT, 'workflows/people-sync.json'), 'utf8'),
		) as IWorkflowBase;
		const clock = { now: () => Date.now() };
		const ledger = await openLedger(dialect, {
			key: { id: 'bench', secret: randomBytes(32) },
			clock,
			random: { id: () => randomBytes(12).toString('base64url') },
			timing: NORMAL_TIMING,
		});
		const client = dataverse(twinWire(line.dynamics), line.dynamics.url);
		const mapping = mappingOf(
			nodes.find(({ type }) => type.endsWith('.resolveSyncConflict'))!.parameters,
		);
		const lane = new EngineLane(
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
		const begun = performance.now();
		const resolved = await resolvePage(ledger, PEOPLE_LANE, {
			dynamicsItems,
			marketoItems,
			mapping,
		});
		const resolve = stopwatch.lap();
		const resolveWall = performance.now() - begun;
		await applyDynamics(ledger, PEOPLE_LANE, resolved.toDynamics, dynamics);
		await applyMarketo(ledger, PEOPLE_LANE, resolved.toMarketo, marketo);
		const write = stopwatch.lap();
		const items = [...dynamicsItems, ...marketoItems].filter(
			(item): item is RecordItem => item.kind === 'record',
		);
		return { read, resolve, write, resolveWall, items };
	}

	/** The yardstick of *resolve*: nothing but the fingerprint of each mapped value. */
	async fingerprints(items: RecordItem[]): Promise<number> {
		const lane = await mappedLane(this.ledger.db, PEOPLE_LANE, this.mapping);
		const rows = tableOf(lane, 'lead').live;
		const key = createSecretKey(this.ledger.key.secret);
		// Each by itself: the engine remembers those that it has just made.
		const print = (normal: string | null) =>
			createHmac('sha256', key)
				.update(normal ?? '')
				.digest('base64url');
		const stopwatch = new Stopwatch();
		for (const { values } of items) {
			for (const { row, column, field } of rows) {
				print(normalForm(column, 'dynamics', values[row.column] ?? null));
				print(normalForm(field, 'marketo', values[row.field] ?? null));
			}
		}
		return stopwatch.lap();
	}

	/** A user changes one column of each of these leads. */
	async edit(leads: RecordItem[], jobtitle: string): Promise<void> {
		for (const { id } of leads) await this.crm.update('leads', id, { jobtitle });
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
