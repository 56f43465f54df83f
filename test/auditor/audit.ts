import type { DynamicsVendor } from '../vendors/dynamics';
import type { MarketoVendor } from '../vendors/marketo';
import { excuseFor } from './excuse';
import { lanesThatRan, readLedger } from './ledgerFile';
import type { Mapped, OneWayLane } from './mapping';
import { compareFields, structureOf } from './oneWay';
import { readOneWay } from './oneWaySystems';
import { isSame } from './sameValue';
import { structureProblems, subject, type Problem } from './structure';
import { isInherited, readSystems } from './systems';

/** A mapped field that is not the same on both sides. */
export interface Difference {
	/** `lead:<id>` or `contact:<id>`; in other lanes with the lane before it. */
	record: string;
	/** `column>field` */
	field: string;
	dynamics: unknown;
	marketo: unknown;
	/** The recorded reason. A difference without one is the sync's fault. */
	excuse?: string;
}

export interface AuditReport {
	pairs: number;
	fieldsCompared: number;
	differences: Difference[];
	problems: Problem[];
}

export interface AuditParts {
	dynamics: DynamicsVendor;
	marketo: MarketoVendor;
	mapping: Mapped[];
	/** The lanes that go one way; needed of those that have run. */
	oneWay?: OneWayLane[];
	/** The ledger's SQLite file. */
	ledgerFile: string;
}

/**
 * Compares both systems field by field, through the vendors' own APIs and with none of the engine's
 * code. Reads only. Fit for a sync at rest: what is under way counts as a problem.
 */
export async function audit({
	dynamics,
	marketo,
	mapping,
	oneWay = [],
	ledgerFile,
}: AuditParts): Promise<AuditReport> {
	const report: AuditReport = { pairs: 0, fieldsCompared: 0, differences: [], problems: [] };
	const ran = lanesThatRan(ledgerFile);
	const parts = { dynamics, marketo, ledgerFile };
	if (ran.length === 0 || ran.includes('people')) await auditPeople(parts, mapping, report);
	for (const lane of ran.filter((name) => name !== 'people')) {
		const set = oneWay.find((one) => one.lane === lane);
		if (set) await auditOneWay(parts, set, report);
		else report.problems.push({ record: lane, problem: 'has run, but its mapping is not given' });
	}
	return report;
}

type Systems = Pick<AuditParts, 'dynamics' | 'marketo' | 'ledgerFile'>;

async function auditPeople(
	{ dynamics, marketo, ledgerFile }: Systems,
	mapping: Mapped[],
	report: AuditReport,
): Promise<void> {
	const ledger = readLedger(ledgerFile);
	const systems = await readSystems(dynamics, marketo, mapping, ledger);
	report.problems.push(...structureProblems(ledger, systems));
	for (const link of ledger.links) {
		const row = systems.rows[link.table].get(link.dynamicsId);
		const person = systems.people.get(link.marketoId ?? '');
		if (link.state !== 'active' || !row || !person) continue;
		report.pairs++;
		for (const mapped of mapping.filter(({ table }) => table === link.table)) {
			const column = systems.columns[link.table].get(mapped.column);
			const field = systems.fields.get(mapped.field);
			const record = `${link.table}:${link.dynamicsId}`;
			if (!column || !field) {
				const missing = column
					? `Marketo has no field ${mapped.field}`
					: `Dynamics has no column ${mapped.column}`;
				report.problems.push({ record, problem: missing });
				continue;
			}
			report.fieldsCompared++;
			const compared = { mapped, column, field, row, value: person[mapped.field] };
			if (isSame(compared)) continue;
			const excuse = isInherited(systems, person, mapped.field)
				? 'rule: belongs to its company'
				: excuseFor(ledger, link, compared);
			report.differences.push({
				record,
				field: `${mapped.column}>${mapped.field}`,
				dynamics: row[column.wireName] ?? null,
				marketo: compared.value ?? null,
				...(excuse !== undefined && { excuse }),
			});
		}
	}
}

/** Dynamics always wins: nothing but what the ledger tells of may differ. */
async function auditOneWay(
	{ dynamics, marketo, ledgerFile }: Systems,
	lane: OneWayLane,
	report: AuditReport,
): Promise<void> {
	const ledger = readLedger<string>(ledgerFile, lane.lane);
	const systems = await readOneWay(dynamics, marketo, lane, ledger, ledgerFile);
	const { problems, pairs } = structureOf(lane, ledger, readLedger(ledgerFile), systems);
	report.problems.push(...problems);
	report.pairs += pairs.length;
	for (const looked of pairs.flatMap((pair) => [...compareFields(lane, ledger, systems, pair)])) {
		if ('problem' in looked) {
			report.problems.push({ ...looked, record: `${lane.lane} ${looked.record}` });
			continue;
		}
		report.fieldsCompared++;
		const { link, mapped, compared, excuse } = looked;
		if (isSame(compared)) continue;
		report.differences.push({
			record: `${lane.lane} ${subject(link)}`,
			field: `${mapped.column}>${mapped.field}`,
			dynamics: compared.row[compared.column.wireName] ?? null,
			marketo: compared.value ?? null,
			...(excuse !== undefined && { excuse }),
		});
	}
}

/** The differences that nobody gave a reason for. */
export const unexcused = ({ differences }: AuditReport) =>
	differences.filter(({ excuse }) => excuse === undefined);
