import { baseOf } from '../ledger/bases';
import { wakeByEmail } from '../ledger/help';
import { basesOf, type Link } from '../ledger/links';
import { linkSubject } from '../ledger/subject';
import { twoWayOf } from '../lanes/definition';
import type { Page } from './page';
import { tableOf } from './tables';

/**
 * R27: a row's person is gone, or is somebody else by now. Whoever stood in the way by the e-mail of either is looked at
 * again. The person's own is what the two were last compared with, or what people are asked about.
 */
export async function wakeRivals(page: Page, link: Link, ...except: string[]): Promise<void> {
	const { ledger, db, ref, known, definition } = page;
	const { field } = twoWayOf(definition).email;
	const mapped = tableOf(page, link.table).live.find(({ row }) => row.field === field);
	const asked = (known.conflicts.get(link.id) ?? []).filter(
		({ state, row }) => state === 'open' && row === mapped?.row.id,
	);
	const keys = [
		link.emailKey,
		baseOf(basesOf(ledger, link, 'marketo'), field)?.hash ?? null,
		...asked.map(({ shown }) => shown.marketo),
	];
	for (const key of new Set(keys))
		await wakeByEmail(ledger, db, ref.lane, key, linkSubject(link), ...except);
}
