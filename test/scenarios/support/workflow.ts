import { PER_CALL } from '../../../nodes/shared/vendorPorts';
import type { ConflictItem, HelpItem, PageStart, Receipt } from '../../../sync/items';
import { OtherSystem } from '../../../sync/schedule/systems';
import { NotThisPage, readToken } from '../../../sync/schedule/token';
import type { Ledger } from '../../../sync/ledger/ledger';
import type { LaneDefinition } from '../../../sync/lanes/definition';
import type { LaneMapping } from '../../../sync/mapping';
import { previewed, type Previewed } from '../../../sync/operate/preview';
import { recordResults } from '../../../sync/operate/recordResults';
import { updateDynamics } from '../../../sync/campaignActions/wanted';
import { applyMarketo, applyObjects } from '../../../sync/page/apply';
import { waitFor } from '../../../sync/page/turnedAway';
import { readDynamicsPage } from '../../../sync/page/readDynamics';
import { readObjectPage } from '../../../sync/page/oneWay';
import { readMarketoPage } from '../../../sync/page/readMarketo';
import { MassDelete } from '../../../sync/page/gone';
import { OtherSync } from '../../../sync/page/otherSync';
import { resolvePage } from '../../../sync/page/resolve';
import {
	ComeBackLater,
	SetUpProblem,
	type DynamicsMaker,
	type MarketoObjectPort,
	type MarketoPort,
} from '../../../sync/ports';

/** What the nodes of one execution work with. */
export interface Execution {
	ledger: Ledger;
	/** Each node asks for itself: that of a custom table knows more once its object is described. */
	define(): Promise<LaneDefinition>;
	mapping: LaneMapping;
	dynamics: DynamicsMaker;
	marketo: MarketoPort;
	/** A node that people have put before *Update Dynamics*. */
	between?(items: unknown[]): unknown[];
	/** What a lane that goes one way writes to. */
	object: MarketoObjectPort | null;
}

/** What the nodes handed out, of one page or of all pages of a run. */
export interface HandedOut {
	receipts: Receipt[];
	conflicts: ConflictItem[];
	/** Told in this run; what needs help now is `world.help()`. */
	help: HelpItem[];
	notes: string[];
	/** Nodes that ended with an error, in the words that people see. */
	errors: string[];
	/** Of a preview: what people see of it. */
	preview?: Previewed;
}

export const handedOut = (): HandedOut => ({
	receipts: [],
	conflicts: [],
	help: [],
	notes: [],
	errors: [],
});

/**
 * One page of a lane's workflow: each node's work on the items of the nodes before it, which went through
 * n8n's store; a node that gets no items does not run.
 */
export async function workPage(
	execution: Execution,
	start: PageStart,
	out: HandedOut,
): Promise<void> {
	try {
		await workNodes(execution, start, out);
	} catch (error) {
		if (!(error instanceof NodeFailed)) throw error;
		out.errors.push(error.message);
	}
}

async function workNodes(execution: Execution, start: PageStart, out: HandedOut): Promise<void> {
	const { ledger, define, mapping, dynamics, marketo, object } = execution;
	const { between = (items) => items } = execution;
	const node = nodeOf(ledger, start, out);
	const resolve = async (dynamicsItems: unknown[], marketoItems: unknown[]) => {
		const resolved = await resolvePage(ledger, await define(), {
			dynamicsItems,
			marketoItems,
			mapping,
		});
		out.conflicts.push(...resolved.conflicts);
		out.help.push(...resolved.needsHelp);
		out.notes.push(...resolved.notes);
		if (start.preview) out.preview = previewed(resolved, start.page, PER_CALL);
		return [resolved];
	};
	const apply = async (work: () => Promise<Receipt[]>) => {
		const receipts = await node(work);
		out.receipts.push(...receipts);
		if (receipts.length > 0) await node(async () => (await recordResults(ledger, receipts)).status);
	};

	const rows = await node(
		async () => await readDynamicsPage(ledger, await define(), start, mapping, dynamics),
	);
	const people =
		rows.length === 0
			? []
			: await node(
					async () =>
						await (object
							? readObjectPage(ledger, await define(), start, rows, mapping, object)
							: readMarketoPage(ledger, await define(), start, rows, mapping, marketo)),
				);
	if (rows.length + people.length === 0) return;
	for (const { toDynamics, toMarketo } of await node(async () => await resolve(rows, people))) {
		if (some(toDynamics))
			await apply(
				async () => await updateDynamics(ledger, await define(), between(toDynamics), dynamics),
			);
		if (some(toMarketo))
			await apply(
				async () =>
					await (object
						? applyObjects(ledger, await define(), toMarketo, object)
						: applyMarketo(ledger, await define(), toMarketo, marketo)),
			);
	}
}

const some = (items: unknown[]) => items.length > 0;

/** A node that fails ends its execution. */
class NodeFailed extends Error {}

/**
 * What `inPage` (nodes/shared/syncPage) does around each step: where a vendor asks to come back later the node
 * hands out nothing, and the lane says when it goes on; what a person has to see to is an error of the node.
 */
function nodeOf(ledger: Ledger, start: PageStart, out: HandedOut) {
	return async <Item>(work: () => Promise<Item[]>): Promise<Item[]> => {
		try {
			return JSON.parse(JSON.stringify(await work())) as Item[];
		} catch (error) {
			if (error instanceof ComeBackLater || error instanceof SetUpProblem)
				await waitFor(ledger, readToken(start.page), error);
			if (
				error instanceof SetUpProblem ||
				error instanceof NotThisPage ||
				error instanceof OtherSystem
			)
				throw new NodeFailed(`${error.message}. ${error.remedy}`);
			if (error instanceof MassDelete || error instanceof OtherSync)
				throw new NodeFailed(error.message);
			if (!(error instanceof ComeBackLater)) throw error;
			out.notes.push(`${error.message}. The sync continues by itself`);
			return [];
		}
	};
}
