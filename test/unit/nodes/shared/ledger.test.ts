import {
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

import { backUpNodeLedger, openNodeLedger } from '../../../../nodes/shared/ledger';
import { metaValue } from '../../../../sync/ledger/meta';
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

	it('says why it could not be copied, and leaves nothing half made', async () => {
		const ledger = await anew();
		writeFileSync(path.join(folder, 'backups'), '');
		const error = await backUpNodeLedger(context, 2).catch((cause: unknown) => cause);
		expect(error).toMatchObject({
			message: "The sync's memory could not be copied",
		});
		await ledger.close();
	});

	it('opens a ledger whose key file is gone, which says that it stands still', async () => {
		await made();
		rmSync(path.join(folder, 'ledger.key'));
		const ledger = await anew();
		expect((await statusOf(ledger, 'people')).status).toMatch(
			/^Stopped: The key beside the sync's ledger/,
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
			expect.stringMatching(/^Stop n8n and put ledger.sqlite .* back from your backup/),
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
			expect.stringMatching(/^Make room where .*marketo-dynamics is/),
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
