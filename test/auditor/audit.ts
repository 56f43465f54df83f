import type { DynamicsVendor } from '../vendors/dynamics';
import type { MarketoVendor } from '../vendors/marketo';
import { excuseFor } from './excuse';
import { readLedger } from './ledgerFile';
import type { Mapped } from './mapping';
import { isSame } from './sameValue';
import { structureProblems, type Problem } from './structure';
import { readSystems } from './systems';

/** A mapped field that is not the same on both sides. */
export interface Difference {
	/** `lead:<id>` or `contact:<id>`. */
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
	ledgerFile,
}: AuditParts): Promise<AuditReport> {
	const ledger = readLedger(ledgerFile);
	const systems = await readSystems(dynamics, marketo, mapping, ledger);
	const report: AuditReport = { pairs: 0, fieldsCompared: 0, differences: [], problems: [] };
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
			const excuse = excuseFor(ledger, link, compared);
			report.differences.push({
				record,
				field: `${mapped.column}>${mapped.field}`,
				dynamics: row[column.wireName] ?? null,
				marketo: compared.value ?? null,
				...(excuse !== undefined && { excuse }),
			});
		}
	}
	return report;
}

/** The differences that nobody gave a reason for. */
export const unexcused = ({ differences }: AuditReport) =>
	differences.filter(({ excuse }) => excuse === undefined);
