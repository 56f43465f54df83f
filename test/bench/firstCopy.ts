import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_MAPPING_FIELDS } from '../../apis/marketo/fields/defaultMappingFields';
import { PERSON_LINK_FIELDS } from '../../apis/marketo/fields/linkFields';
import { prepareFields } from '../../apis/marketo/fields/prepareFields';
import { startTwins, type TwinsLine } from '../e2e/harness/twins';
import { TwinControl } from '../e2e/scenario/twinControl';
import { fewestCalls, LANES, LOG, toCopy, type Lane } from '../scenarios/support/fewestCalls';
import { seededRandom } from '../twins/chassis';
import { twinMarketo } from '../unit/apis/marketo/twinWire';
import { DynamicsVendor, type Row } from '../vendors/dynamics';
import { Copier } from './copyLane';
import type { Bench } from './main';
import { MB } from './measure';

/** Records of each lane, as Marketo's twin calls them, and the field by which they are told apart. */
const RECORDS: Record<Lane, [path: string, key: (record: Row) => unknown]> = {
	companies: ['objects/companies', (one) => one.externalCompanyId],
	owners: ['objects/salesPersons', (one) => one.externalSalesPersonId],
	people: ['people', (one) => one.dynamicsContactId],
	opportunities: ['objects/opportunities', (one) => one.externalOpportunityId],
	roles: [
		'objects/roles',
		(one) => [one.externalOpportunityId, one.leadId, one.role].map(String).join(),
	],
};

/**
 * A first copy of all that the shipped workflows sync, each lane in a process of its own that is really killed three
 * times on the way: whether all is there, each once, and how many calls it took.
 */
export async function firstCopy({ report, say, size, isKilled }: Bench): Promise<void> {
	const { accounts, contacts, opportunities } = size;
	await between({ accounts, contacts, opportunities }, say, async (line, copier) => {
		const crm = new DynamicsVendor(line.dynamics);
		const copies = await toCopy(crm);
		const chance = seededRandom(Date.now(), 'kills');
		const kills = new Map<Lane, number[]>();
		// Most calls are those of people and companies: so are most kills.
		for (const lane of isKilled ? (['companies', 'people', 'roles'] as const) : []) {
			const { dynamics, marketo } = fewestCalls(copies[lane]);
			kills.set(lane, [5 + Math.floor(chance() * (dynamics + marketo - 5))]);
		}
		let killed = 0;
		for (const lane of LANES) {
			const started = Date.now();
			const killAt = kills.get(lane) ?? [];
			const copied = await copier.run(lane, { killAt });
			killed += copied.killed;
			const seconds = (Date.now() - started) / 1000;
			const { dynamics, marketo } = copied.calls;
			const fewest = fewestCalls(copies[lane]);
			// After a kill, people's next run reads in the log of all that was made: once they are read for it.
			if (lane === 'people' && copied.killed > 0) fewest.marketo += callsOfLog(copied.named) - LOG;
			const { unanswered } = copied;
			say(
				`${lane}: ${seconds.toFixed(0)} s, ${dynamics} + ${marketo} calls, fewest ${fewest.dynamics} + ${fewest.marketo}${copied.killed > 0 ? `, killed at call ${killAt.join()}, ${unanswered} of them unanswered` : ''}`,
			);
			for (const [name, times] of copied.named) say(`  ${times} ${name}`);
			const { records } = copies[lane];
			report({
				name: `first copy: calls per 1,000 of ${lane}, of the fewest possible`,
				value: ((dynamics + marketo) * 1000) / records,
				unit: 'calls',
				// What was on its way when the process was killed nobody can help asking once more.
				reference: ((fewest.dynamics + fewest.marketo + unanswered) * 1000) / records,
				...(records >= 10_000 && { goal: 'ratio <= 1.1' }),
			});
		}
		report({ name: 'first copy: processes killed', value: killed, unit: 'kills' });
		const marketo = new TwinControl(line.marketo.url);
		for (const lane of LANES) {
			const keys = await keysOf(marketo, lane);
			report({
				name: `first copy: ${lane} that are there, of those that should be`,
				value: new Set(keys).size,
				unit: 'records',
				reference: copies[lane].records,
				goal: 'ratio = 1',
			});
			report({
				name: `first copy: ${lane} that are there twice`,
				value: keys.length - new Set(keys).size,
				unit: 'records',
				goal: '0',
			});
		}
	});
}

/** Memory of a process that copies 100,000 records one way. */
export async function oneWay({ report, say, size }: Bench): Promise<void> {
	const accounts = size.oneWay;
	await between({ accounts, contacts: 0, opportunities: 0 }, say, async (_, copier) => {
		const started = Date.now();
		const { samples } = await copier.run('companies', { gc: true });
		const last = samples.filter(({ records }) => records > 0).at(-1)!;
		const after = (share: number) => samples.find(({ records }) => records >= share * accounts)!;
		const early = after(0.1);
		say(`${last.records} records in ${Math.round((Date.now() - started) / 1000)} s`);
		for (const at of [0.1, 0.25, 0.5, 0.75])
			say(
				`${after(at).records}: heap ${(after(at).heap / MB).toFixed(1)} MB, resident ${(after(at).resident / MB).toFixed(0)} MB`,
			);
		const goal = '0.85 < ratio < 1.15';
		report({
			name: `one way: heap in use after ${last.records} records, of that after ${early.records}`,
			value: last.heap / MB,
			unit: 'MB',
			reference: early.heap / MB,
			goal,
		});
		report({
			name: 'one way: resident memory, likewise',
			value: last.resident / MB,
			unit: 'MB',
			reference: early.resident / MB,
			goal,
		});
	});
}

/** Memory of a preview with all records before the first run, page by page. */
export async function preview({ report, say, size }: Bench): Promise<void> {
	const { contacts } = size;
	await between({ accounts: 0, contacts, opportunities: 0 }, say, async (_, copier) => {
		const { samples } = await copier.run('people', { gc: true, preview: true });
		const early = samples[Math.ceil(samples.length / 10) - 1]!;
		const last = samples.at(-1)!;
		for (const what of ['heap', 'resident'] as const)
			report({
				name: `preview of ${contacts} contacts: ${what} memory after page ${last.records}, of that after page ${early.records}`,
				value: last[what] / MB,
				unit: 'MB',
				reference: early[what] / MB,
				goal: '0.85 < ratio < 1.15',
			});
	});
}

async function between(
	size: Record<string, number>,
	say: Bench['say'],
	work: (line: TwinsLine, copier: Copier) => Promise<void>,
): Promise<void> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
	const options = { leads: 0, people: 0, ...size };
	say('Starting the twins …');
	const twins = await startTwins(
		Object.entries(options).flatMap(([name, count]) => [`--${name}`, String(count)]),
	);
	try {
		const { line } = twins;
		const fields = [...Object.values(PERSON_LINK_FIELDS), ...DEFAULT_MAPPING_FIELDS];
		await prepareFields(twinMarketo(line.marketo), fields);
		await new TwinControl(line.dynamics.url).post('tables', {
			LogicalName: 'connection',
			ChangeTrackingEnabled: true,
		});
		await work(line, await Copier.of(line, folder));
	} finally {
		await twins.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

/** Where to begin in Marketo's log, changes, and who is gone. */
function callsOfLog(named: Map<string, number>): number {
	const ofLog = [...named].filter(([name]) => name.includes('activities'));
	return ofLog.reduce((sum, [, times]) => sum + times, 0);
}

const AT_ONCE = 5_000;

async function keysOf(marketo: TwinControl, lane: Lane): Promise<unknown[]> {
	const [path, keyOf] = RECORDS[lane];
	const keys: unknown[] = [];
	for (;;) {
		const page = await marketo.get<{ people?: Row[]; records?: Row[] }>(
			`${path}?limit=${AT_ONCE}&offset=${keys.length}`,
		);
		const records = page.people ?? page.records ?? [];
		keys.push(...records.map(keyOf));
		if (records.length < AT_ONCE) return keys;
	}
}
