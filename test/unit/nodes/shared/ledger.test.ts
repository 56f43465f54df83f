import {
	chmodSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { INode, NodeOperationError } from 'n8n-workflow';

import {
	backUpNodeLedger,
	ledgerCopies,
	openNodeLedger,
	restoreNodeLedger,
} from '../../../../nodes/shared/ledger';
import { metaValue, setMeta } from '../../../../sync/ledger/meta';
import { statusOf } from '../../../../sync/operate/status';

const context = {
	getNode: () =>
		({
			name: 'Node',
			type: 'x',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
			id: '1',
		}) as INode,
};

describe(openNodeLedger, () => {
	const userFolder = process.env.N8N_USER_FOLDER;
	const above = mkdtempSync(path.join(tmpdir(), 'node-ledger-'));
	let moves = 0;
	let folder: string;

	/** A process keeps the ledger of a folder open: one that starts anew finds the same files elsewhere. */
	const move = () => {
		const to = path.join(above, String(++moves));
		if (folder === undefined) mkdirSync(to);
		else renameSync(process.env.N8N_USER_FOLDER!, to);
		process.env.N8N_USER_FOLDER = to;
		folder = path.join(to, '.n8n/marketo-dynamics');
	};

	beforeEach(() => {
		move();
		rmSync(folder, { recursive: true, force: true });
	});
	afterEach(() => jest.restoreAllMocks());
	afterAll(() => {
		rmSync(above, { recursive: true, force: true });
		if (userFolder === undefined) delete process.env.N8N_USER_FOLDER;
		else process.env.N8N_USER_FOLDER = userFolder;
	});

	const anew = async () => {
		move();
		return await openNodeLedger(context);
	};
	const refused = async (): Promise<[string, string]> => {
		const { message, description } = (await anew().catch(
			(error: unknown) => error,
		)) as NodeOperationError;
		return [message, description!];
	};
	const made = async () => await (await anew()).close();

	it('makes a ledger and its key, and opens them again', async () => {
		const ledger = await anew();
		await ledger.close();
		const again = await anew();
		expect([again.id, again.key]).toEqual([ledger.id, ledger.key]);
		await again.close();
	});

	it("is readable by n8n's user alone, also in a folder that others may read, and what 0.1 has left there", async () => {
		mkdirSync(folder, { recursive: true, mode: 0o755 });
		const modes = () =>
			readdirSync(folder).map((name) => statSync(path.join(folder, name)).mode & 0o077);
		const ledger = await anew();
		await setMeta(ledger.db, 'a', 'b');
		expect(modes()).toEqual(readdirSync(folder).map(() => 0));
		await ledger.close();
		chmodSync(path.join(folder, 'ledger.sqlite'), 0o644);
		await made();
		expect(modes()).toEqual(readdirSync(folder).map(() => 0));
	});

	it('leaves one file when the process ends, its log folded in (R53)', async () => {
		const { db } = await anew();
		await db.insertInto('meta').values({ name: 'kept', value: 'x' }).execute();
		expect(readdirSync(folder)).toContain('ledger.sqlite-wal');
		for (const listener of process.listeners('exit'))
			if (listener.name === 'closeFiles') listener(0);
		expect(readdirSync(folder).sort()).toEqual(['ledger.key', 'ledger.sqlite']);
		const file = new DatabaseSync(path.join(folder, 'ledger.sqlite'), { readOnly: true });
		expect(file.prepare("select value from meta where name = 'kept'").get()).toEqual({
			value: 'x',
		});
		file.close();
	});

	it('backs up into a file of its own while the ledger is at work, and keeps the last ones (R53)', async () => {
		const ledger = await anew();
		const note = async (name: string) =>
			await ledger.db.insertInto('meta').values({ name, value: '1' }).execute();
		await note('before');
		const copies = [];
		for (let count = 0; count < 4; count++) {
			copies.push(await backUpNodeLedger(context, 2));
			await note(`after ${count}`);
		}
		const last = copies.at(-1)!;
		expect(last).toMatchObject({ keyId: ledger.key.id, copies: 2 });
		expect(statSync(last.file)).toMatchObject({ size: last.bytes });
		expect(statSync(last.file).mode & 0o777).toBe(0o600);
		expect(readdirSync(path.dirname(last.file))).toEqual(
			copies.slice(2).map(({ file }) => path.basename(file)),
		);
		const key = readFileSync(last.keyFile, 'utf8');
		expect(readFileSync(last.file).includes((JSON.parse(key) as { secret: string }).secret)).toBe(
			false,
		);
		await ledger.close();
		move();
		renameSync(
			path.join(folder, 'backups', path.basename(last.file)),
			path.join(folder, 'ledger.sqlite'),
		);
		const restored = await openNodeLedger(context);
		expect(restored.id).toBe(ledger.id);
		expect(await metaValue(restored.db, 'before')).toBe('1');
		expect(await metaValue(restored.db, 'after 2')).toBe('1');
		expect(await metaValue(restored.db, 'after 3')).toBeUndefined();
		await restored.close();
	});

	it('copies what is committed, whatever a page is in the middle of, and comes to an end though it goes on (R53)', async () => {
		const ledger = await anew();
		const notes = async (from: string, db = ledger.db) => {
			for (let count = 0; count < 200; count++)
				await db
					.insertInto('meta')
					.values({ name: `${from} ${count}`, value: 'x'.repeat(8_000) })
					.execute();
		};
		await notes('before');
		let file = '';
		const ended = ledger.db.transaction().execute(async (db) => {
			await notes('taken back', db);
			({ file } = await backUpNodeLedger(context, 2));
			throw new Error('The page has failed');
		});
		await expect(ended).rejects.toThrow('The page has failed');
		const [busy] = await Promise.all([backUpNodeLedger(context, 2), notes('beside')]);
		const seen = [file, busy.file].map((copy) => {
			const database = new DatabaseSync(copy, { readOnly: true });
			const count = database.prepare('select count(*) as n from meta where name like ?');
			const found = ['before %', 'taken back %'].map(
				(name) => (count.get(name) as { n: number }).n,
			);
			const check = database.prepare('pragma integrity_check').get();
			database.close();
			return [...found, check];
		});
		expect(seen).toEqual([
			[200, 0, { integrity_check: 'ok' }],
			[200, 0, { integrity_check: 'ok' }],
		]);
		await ledger.close();
	});

	it('says why it could not be copied, and leaves nothing half made', async () => {
		const ledger = await anew();
		writeFileSync(path.join(folder, 'backups'), '');
		const error = await backUpNodeLedger(context, 2).catch((cause: unknown) => cause);
		expect(error).toMatchObject({
			message: "The sync's memory could not be copied",
		});
		await ledger.close();
	});

	it('has several memories side by side, each with a file, a key and copies of its own (R44)', async () => {
		const named = (memory: string) => ({
			getNode: () =>
				({ ...context.getNode(), type: 'resolveSyncConflict', parameters: { memory } }) as INode,
		});
		const usual = await anew();
		const sandbox = await openNodeLedger(named('sandbox'));
		expect(sandbox.id).not.toBe(usual.id);
		expect(sandbox.key).not.toEqual(usual.key);
		await setMeta(sandbox.db, 'here', 'alone');
		expect(await metaValue(usual.db, 'here')).toBeUndefined();
		expect(await openNodeLedger(named('sandbox'))).toBe(sandbox);
		const { file } = await backUpNodeLedger(named('sandbox'), 1);
		expect(path.relative(folder, file)).toMatch(/^memories\/sandbox\/backups\//);
		expect(ledgerCopies(context)).toEqual([]);
		await restoreNodeLedger(named('sandbox'), path.basename(file));
		expect((await statusOf(sandbox, 'people')).lane).toBe('People (sandbox)');
		expect((await statusOf(usual, 'people')).lane).toBe('People');
		await expect(openNodeLedger(named('../up'))).rejects.toThrow('cannot be the name of a memory');
		await usual.close();
		await sandbox.close();
	});

	describe('restores a copy (R53)', () => {
		let ledger: Awaited<ReturnType<typeof openNodeLedger>>;
		let copy: string;
		beforeEach(async () => {
			ledger = await anew();
			await setMeta(ledger.db, 'present', 'in the copy');
			await backUpNodeLedger(context, 7);
			copy = ledgerCopies(context)[0]!.name;
			await setMeta(ledger.db, 'present', 'after it');
		});
		afterEach(async () => await ledger.close());
		const restore = async () => await restoreNodeLedger(context, copy);
		const present = async () => await metaValue(ledger.db, 'present');
		const fileOf = (name: string) => path.join(folder, 'backups', name);
		const refusal = async () => {
			const error = await restore().catch((cause: Error & { remedy: string }) => cause);
			expect(await present()).toBe('after it');
			expect(readdirSync(folder).filter((name) => name.startsWith('restoring'))).toEqual([]);
			return [(error as Error).message, (error as { remedy: string }).remedy];
		};

		it('for all who have the ledger open, and copies the present one first', async () => {
			const restored = await restore();
			expect(restored).toMatchObject({ copy: { name: copy }, isBehind: false, linked: 0 });
			expect(await present()).toBe('in the copy');
			await setMeta(ledger.db, 'present', 'goes on');
			expect(await present()).toBe('goes on');
			expect(ledgerCopies(context).map(({ name }) => name)).toEqual([
				path.basename(restored.savedAs),
				copy,
			]);
			expect(readdirSync(folder).filter((name) => name.startsWith('restoring'))).toEqual([]);
		});

		it('for those after a restart, too', async () => {
			await restore();
			await ledger.close();
			ledger = await anew();
			expect(await present()).toBe('in the copy');
		});

		it('waits for a transaction that is on, and holds up the next: neither sees half of both', async () => {
			const one = ledger.db.transaction().execute(async (db) => {
				await setMeta(db, 'present', 'half');
				await new Promise((resolve) => setTimeout(resolve, 50));
				await setMeta(db, 'present', 'whole');
			});
			const restored = restore();
			const next = ledger.db.transaction().execute(async (db) => await metaValue(db, 'present'));
			await Promise.all([one, restored]);
			expect(['in the copy', 'whole']).toContain(await next);
			expect(await present()).toBe('in the copy');
		});

		it('not where another key has made it', async () => {
			const own = copy;
			copy = own.replace(/key-.*/, 'key-other.sqlite');
			renameSync(fileOf(own), fileOf(copy));
			expect(await refusal()).toEqual([
				`The copy was made with the key other, but ledger.key holds the key ${ledger.key.id}`,
				expect.stringMatching(/^Put the ledger.key with that ID in its place/),
			]);
		});

		it('not where a key of the same name has made it', async () => {
			const database = new DatabaseSync(fileOf(copy));
			database.exec("update meta set value = 'x' where name = 'key.check'");
			database.close();
			expect((await refusal())[0]).toMatch(/^The copy was made with the key/);
		});

		it.each([
			['no database', (whole: Buffer) => Buffer.alloc(whole.length, 'x')],
			['cut off', (whole: Buffer) => whole.subarray(0, whole.length - 40_000)],
		])('not where it is damaged (%s)', async (_, damaged) => {
			writeFileSync(fileOf(copy), damaged(readFileSync(fileOf(copy))));
			expect(await refusal()).toEqual([
				expect.stringMatching(/cannot be read/),
				expect.stringMatching(/^Choose another one/),
			]);
		});

		it('not where it is newer', async () => {
			const database = new DatabaseSync(fileOf(copy));
			database.exec("insert into kysely_migration values ('999-next', '2099-01-01T00:00:00.000Z')");
			database.close();
			expect(await refusal()).toEqual([
				expect.stringMatching(/made by a newer version/),
				expect.stringMatching(/^Install that version again/),
			]);
		});

		it('not where the present one cannot be copied before', async () => {
			jest.spyOn(DatabaseSync.prototype, 'prepare').mockImplementationOnce(() => {
				throw new Error('disk I/O error');
			});
			await expect(restore()).rejects.toThrow();
			jest.restoreAllMocks();
			expect(await present()).toBe('after it');
		});
	});

	it('opens a ledger whose key file is gone, which says that it stands still', async () => {
		await made();
		rmSync(path.join(folder, 'ledger.key'));
		const ledger = await anew();
		expect((await statusOf(ledger, 'people')).status).toMatch(
			/^Stopped: The key next to the sync's ledger/,
		);
		await ledger.close();
	});

	it('says that the key is damaged', async () => {
		await made();
		writeFileSync(path.join(folder, 'ledger.key'), '{"id":"k","secret":""}');
		expect(await refused()).toEqual([
			expect.stringMatching(/^The key of the sync's ledger is damaged/),
			expect.stringMatching(/^Put the file back/),
		]);
	});

	it('says that the ledger is newer', async () => {
		await made();
		const database = new DatabaseSync(path.join(folder, 'ledger.sqlite'));
		database.exec("insert into kysely_migration values ('999-next', '2099-01-01T00:00:00.000Z')");
		database.close();
		expect(await refused()).toEqual([
			expect.stringMatching(/made by a newer version/),
			expect.stringMatching(/^Install that version again/),
		]);
	});

	it.each([
		['no database', (whole: Buffer) => Buffer.alloc(whole.length, 'x')],
		[
			'overwritten in the middle',
			(whole: Buffer) =>
				Buffer.concat([whole.subarray(0, 100), Buffer.alloc(9_000, 1), whole.subarray(9_100)]),
		],
	])('says that the file is damaged (%s), and leaves it', async (_, damaged) => {
		await made();
		const file = () => path.join(folder, 'ledger.sqlite');
		writeFileSync(file(), damaged(readFileSync(file())));
		const before = readFileSync(file());
		expect(await refused()).toEqual([
			expect.stringMatching(/^The file of the sync's ledger is damaged/),
			expect.stringMatching(/^Stop n8n and restore ledger.sqlite .* from your backup/),
		]);
		expect(readFileSync(file()).equals(before)).toBe(true);
	});

	it('says that the disk is full, and opens as soon as there is room', async () => {
		const exec = DatabaseSync.prototype.exec;
		jest.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (
			this: DatabaseSync,
			sql,
		) {
			exec.call(this, sql);
			exec.call(this, 'pragma max_page_count = 20');
		});
		expect(await refused()).toEqual([
			"The disk of the sync's ledger is full",
			expect.stringMatching(/^Free some disk space for .*marketo-dynamics/),
		]);
		jest.restoreAllMocks();
		await made();
	});

	it('says everything else as it is', async () => {
		mkdirSync(path.join(folder, 'ledger.sqlite'), { recursive: true });
		expect(await refused()).toEqual([
			'The ledger of the sync cannot be opened: unable to open database file',
			expect.stringMatching(/^It is kept in .*marketo-dynamics/),
		]);
	});
});
