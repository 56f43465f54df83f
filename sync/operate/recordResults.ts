import type { Receipt } from '../items';
import { assertSameLedger, readToken } from '../schedule/token';
import type { Ledger } from '../ledger/ledger';
import { showStatus } from './showStatus';
import { noteShown } from './shownStatus';
import { statusOf, type StatusRow } from './status';
import { counted } from './words';

export interface Recorded {
	/** One row per lane. */
	status: StatusRow[];
	/** What somebody should know, in plain words; also in the row's notes. */
	warnings: string[];
}

/**
 * What became of a page, or how the sync stands, for the table *Sync status*. The ledger has known it since each write was
 * answered, so this acknowledges nothing: it may run twice for a page, or not at all.
 * @throws NotThisPage for receipts of another ledger
 */
export async function recordResults(ledger: Ledger, items: unknown[]): Promise<Recorded> {
	const receipts = items.filter(isReceipt);
	const lanes = new Set<string>();
	for (const receipt of receipts) {
		const ref = readToken(receipt.page);
		assertSameLedger(ledger, ref);
		lanes.add(ref.lane);
	}
	const others = items.filter((item) => !isReceipt(item) && !isStatus(item));
	const warnings = warningsOf(receipts, others.length);
	const status: StatusRow[] = [];
	for (const lane of lanes) status.push(await statusOf(ledger, lane, warnings));
	if (lanes.size === 0) status.push(...(await showStatus(ledger, warnings)));
	await noteShown(ledger, status);
	return { status, warnings };
}

/** The trigger says that the status is another one than the table shows. */
function isStatus(item: unknown): boolean {
	return (item as { kind?: unknown } | null)?.kind === 'status';
}

function isReceipt(item: unknown): item is Receipt {
	return (item as Partial<Receipt> | null)?.kind === 'receipt';
}

function warningsOf(receipts: Receipt[], others: number): string[] {
	const warnings: string[] = [];
	const dropped = new Map<string, number>();
	for (const one of receipts) {
		if (one.outcome === 'dropped') dropped.set(one.message, (dropped.get(one.message) ?? 0) + 1);
	}
	for (const [message, times] of dropped) {
		warnings.push(`${counted(times, 'write was', 'writes were')} refused: ${message}.`);
	}
	const previews = receipts.filter((one) => one.outcome === 'preview').length;
	if (previews > 0)
		warnings.push(
			`Preview: ${counted(previews, 'write was', 'writes were')} shown, nothing was written.`,
		);
	if (others > 0) {
		const passedOn = 'an update step that ends early passes on its input';
		warnings.push(
			`${counted(others, 'item is not a result', 'items are not results')} of a write (${passedOn}); what was not written is tried again.`,
		);
	}
	return warnings;
}
