import path from 'node:path';
import { audit, unexcused } from '../auditor/audit';
import { readMapping } from '../auditor/mapping';
import { ROOT } from '../e2e/harness/tools';
import type { World } from '../e2e/harness/world';
import { PeopleLane } from '../e2e/scenario/lane';
import { DynamicsVendor } from '../vendors/dynamics';
import { MarketoVendor } from '../vendors/marketo';
import { editBothSides, read, type Edit } from './edits';

/** A first run of thousands of records takes minutes. */
const PATIENCE = 30 * 60_000;

/** The one line of `--once`. */
export interface Outcome {
	ok: boolean;
	pairs: number;
	fieldsCompared: number;
	/** Values set in one system after the first run; all are to be found in the other. */
	edits: { dynamics: number; marketo: number; types: string[] };
	/** Edits that did not stand in the end. */
	lost: Edit[];
	/** Fields that differ without a recorded reason. */
	differences: unknown[];
	/** Fields that differ with a reason: ask, needs help, a rule of the row. */
	excused: number;
	/** Links, people and ledger: what is wrong beside the fields. */
	problems: unknown[];
}

async function lostEdits(
	edits: Edit[],
	dynamics: DynamicsVendor,
	marketo: MarketoVendor,
): Promise<Edit[]> {
	const lost: Edit[] = [];
	for (const edit of edits) {
		if ((await read(dynamics, marketo, edit)) !== edit.value) lost.push(edit);
	}
	return lost;
}

/** First run, edits of every mapped type on both sides, a sync until nothing is left, comparison. */
export async function runOnce(world: World, say: (message: string) => void): Promise<Outcome> {
	const file = path.join(ROOT, 'workflows/people-sync.json');
	const mapping = await readMapping(file);
	const dynamics = new DynamicsVendor(world.twins.line.dynamics);
	const marketo = new MarketoVendor(world.twins.line.marketo);
	const lane = await PeopleLane.of(world);
	say('First run …');
	await world.n8n.publish(lane.workflow);
	await lane.runAfter(new Set(), PATIENCE);
	await lane.calm(PATIENCE);
	say('Editing every mapped type on both sides …');
	const edits = await editBothSides(mapping, dynamics, marketo);
	await lane.calm(PATIENCE);
	say('Comparing every mapped field of every linked pair …');
	const report = await audit({
		dynamics,
		marketo,
		mapping,
		ledgerFile: path.join(world.n8n.folder, '.n8n/marketo-dynamics/ledger.sqlite'),
	});
	const lost = await lostEdits(edits, dynamics, marketo);
	const differences = unexcused(report);
	const from = (side: Edit['side']) => edits.filter((edit) => edit.side === side).length;
	const failures = lost.length + differences.length + report.problems.length;
	return {
		ok: failures === 0 && report.pairs > 0 && from('dynamics') > 0 && from('marketo') > 0,
		pairs: report.pairs,
		fieldsCompared: report.fieldsCompared,
		edits: {
			dynamics: from('dynamics'),
			marketo: from('marketo'),
			types: [...new Set(edits.map(({ type }) => type))],
		},
		lost,
		differences,
		excused: report.differences.length - differences.length,
		problems: report.problems,
	};
}
