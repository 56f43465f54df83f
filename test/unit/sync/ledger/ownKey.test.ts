import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { BaseKey } from '../../../../sync/fingerprint';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import { lostKey } from '../../../../sync/ledger/ownKey';
import { sqliteDialect } from '../../../../sync/ledger/sqlite';
import { inSchema, isOnServer, newSchema } from './database';

const KEY = { id: 'k', secret: Buffer.alloc(32, 1) };
const OTHER = { id: 'other', secret: Buffer.alloc(32, 2) };

describe('R44: the key of a ledger', () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'own-key-'));
	let file: string;
	let files = 0;

	let schema: string;
	beforeEach(() => {
		file = path.join(folder, `${++files}.sqlite`);
		schema = newSchema();
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	/** The id of the ledger's own key, where that is not the key it is opened with. */
	const opened = async (
		key: BaseKey,
		before: (ledger: Ledger) => Promise<unknown> = async () => {},
	) => {
		const ledger = await openLedger(isOnServer ? inSchema(schema) : sqliteDialect(file), {
			key,
			clock: { now: () => 0 },
			random: { id: () => 'ledger' },
			timing: NORMAL_TIMING,
		});
		const lost = await lostKey(ledger, ledger.db);
		await before(ledger);
		await ledger.close();
		return lost;
	};
	/** As 0.1 leaves a ledger with links that these keys made. */
	const of01 = async (...keys: string[]) => {
		await opened(KEY, async ({ db }) => {
			await db.deleteFrom('meta').where('name', '!=', 'ledger').execute();
			for (const [at, key_id] of keys.entries()) {
				const link = {
					lane: 'people',
					object: 'person',
					dynamics_id: `d${at}`,
					marketo_id: null,
					version: null,
					email_key: null,
					bases: null,
					wrote: '{}',
				};
				await db
					.insertInto('link')
					.values({
						...link,
						table_name: 'lead',
						state: 'active',
						key_id,
						generation: 0,
						created_at: 0,
						updated_at: 0,
					})
					.execute();
			}
		});
	};

	it('is the one that it was made with', async () => {
		expect(await opened(KEY)).toBeUndefined();
		expect(await opened(KEY)).toBeUndefined();
		expect(await opened(OTHER)).toBe('k');
		expect(await opened({ ...KEY, secret: OTHER.secret })).toBe('k');
		expect(await opened({ ...KEY, id: 'other' })).toBe('k');
		expect(await opened(KEY)).toBeUndefined();
	});

	it('is shown by nothing that tells of its secret', async () => {
		await opened(KEY, async ({ db }) => {
			const kept = JSON.stringify(await db.selectFrom('meta').selectAll().execute());
			for (const form of ['base64', 'base64url', 'hex', 'latin1'] as const)
				expect(kept).not.toContain(KEY.secret.toString(form).slice(0, 12));
		});
	});

	it.each([
		['has no links', []],
		['has links of this key', ['k']],
		['has some links of this key', ['before', 'k', 'before']],
	])('is the one at hand for a ledger of 0.1 that %s', async (_, keys) => {
		await of01(...keys);
		expect(await opened(KEY)).toBeUndefined();
		expect(await opened({ ...KEY, secret: OTHER.secret })).toBe('k');
	});

	it('is the one that made all links of a ledger of 0.1', async () => {
		await of01('first', 'last');
		expect(await opened(KEY)).toBe('last');
		expect(await opened(KEY)).toBe('last');
		expect(await opened({ ...KEY, id: 'last' })).toBeUndefined();
		expect(await opened({ ...OTHER, id: 'last' })).toBe('last');
	});
});
