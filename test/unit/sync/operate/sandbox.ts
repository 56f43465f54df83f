import { peopleLane } from '../../../../sync/lanes/people';
import type { DynamicsTable, Receipt, PageStart } from '../../../../sync/items';
import {
	afterPage,
	lookForWork,
	type LaneSetting,
	type Look,
} from '../../../../sync/schedule/runs';
import type { PageRef } from '../../../../sync/schedule/token';
import { NORMAL_TIMING, type Ledger } from '../../../../sync/ledger/ledger';
import { openLedger } from '../../../../sync/ledger/open';
import type { MappingRow, PeopleMapping } from '../../../../sync/mapping';
import { applyDynamics, applyMarketo } from '../../../../sync/page/apply';
import { readDynamicsPage } from '../../../../sync/page/readDynamics';
import { readMarketoPage } from '../../../../sync/page/readMarketo';
import { resolvePage, type Resolved } from '../../../../sync/page/resolve';
import type {
	DynamicsPort,
	DynamicsRow,
	MarketoPort,
	PersonChanges,
	PersonLinkFields,
	WriteOutcome,
} from '../../../../sync/ports';
import type { Column, Raw, ValueType } from '../../../../sync/values';
import { newPlace } from '../ledger/database';

export const FIELDS: PersonLinkFields = {
	leadId: 'msLeadId',
	contactId: 'msContactId',
	type: 'msType',
	createdDate: 'msCreated',
	isDeleted: 'msIsDeleted',
	lastSync: 'msLastSync',
};
export const LANE = peopleLane(FIELDS);

export const ADA = '11111111-1111-4111-8111-111111111111';
export const BOB = '22222222-2222-4222-8222-222222222222';

const row = (column: string, field: string, more: Partial<MappingRow> = {}): MappingRow => ({
	id: `${column}>${field}`,
	column,
	field,
	direction: 'both',
	...more,
});
const ROWS = [
	row('emailaddress1', 'email'),
	row('jobtitle', 'title'),
	row('telephone1', 'phone', { winner: 'ask' }),
];
export const MAPPING: PeopleMapping = {
	lead: { rows: ROWS, ifBothChanged: 'native', emptyValues: 'copy' },
	contact: { rows: ROWS, ifBothChanged: 'native', emptyValues: 'copy' },
};

const column = (name: string, type: ValueType, label = name): Column => ({
	name,
	label,
	type,
	canCreate: true,
	canUpdate: true,
	required: false,
});
const DYNAMICS_COLUMNS = [
	column('emailaddress1', 'email', 'Email'),
	column('jobtitle', 'text', 'Job Title'),
	column('telephone1', 'phone', 'Business Phone'),
	column('fullname', 'text', 'Name'),
	column('createdon', 'dateTime', 'Created On'),
];
const PERSON_FIELDS = [
	column('email', 'email', 'Email Address'),
	column('title', 'text', 'Job Title'),
	column('phone', 'phone', 'Phone Number'),
	column('firstName', 'text', 'First Name'),
	column('lastName', 'text', 'Last Name'),
	...(['leadId', 'contactId', 'type', 'createdDate', 'isDeleted', 'lastSync'] as const).map(
		(name) =>
			column(
				FIELDS[name],
				name === 'isDeleted'
					? 'boolean'
					: name.endsWith('Id')
						? 'id'
						: name === 'type'
							? 'text'
							: 'dateTime',
			),
	),
];

/** A refusal, or whatever else a system answers instead of writing. */
type Answer = (id: string, values: Record<string, Raw>) => WriteOutcome | undefined;

/** What both feeds of a page brought. */
interface Read {
	dynamicsItems: unknown[];
	marketoItems: unknown[];
}

/** Two tiny systems, a real ledger in memory, and the engine between them, run page by page by hand. */
export class Sandbox {
	now = Date.parse('2026-03-02T08:00:00Z');
	readonly rows = new Map<string, DynamicsRow>();
	readonly people = new Map<string, Record<string, Raw>>();
	answerOfDynamics: Answer = () => undefined;
	answerOfMarketo: Answer = () => undefined;
	/** What happens while a write to Marketo is under way. */
	meanwhile = async (): Promise<void> => {};
	/** People that one call to Marketo takes. */
	peopleAtOnce = 300;
	readonly receipts: Receipt[] = [];
	readonly help: Array<{ id: string; status: string; field: string }> = [];
	readonly setting: LaneSetting = {
		lane: 'people',
		workflow: 'w1',
		interval: 300_000,
		owner: 'process',
		pid: 1,
		isAlive: () => true,
	};
	private readonly log: Array<{
		person: string;
		field: string;
		oldValue: string | null;
		newValue: string | null;
		at: number;
		guid: string;
	}> = [];
	private readonly removed: Array<{ id: string; at: number; guid: string }> = [];
	private version = 1;
	private ids = 0;

	private constructor(readonly ledger: Ledger) {}

	static async open(): Promise<Sandbox> {
		const clock = { now: () => 0 };
		let ids = 0;
		const ledger = await openLedger(newPlace(), {
			key: { id: 'k', secret: Buffer.alloc(32, 1) },
			clock,
			random: { id: () => `id${++ids}` },
			timing: NORMAL_TIMING,
		});
		const sandbox = new Sandbox(ledger);
		clock.now = () => sandbox.now;
		return sandbox;
	}

	// What users do.

	saveRow(table: DynamicsTable, id: string, values: Record<string, Raw>): void {
		const before = this.rows.get(id);
		const none = {
			emailaddress1: null,
			jobtitle: null,
			telephone1: null,
			fullname: 'Ada Lovelace',
			createdon: '2026-01-01T00:00:00Z',
		};
		const modifiedOn = new Date(this.now).toISOString();
		this.rows.set(id, {
			table,
			id,
			version: String(++this.version),
			modifiedOn,
			modifiedBy: 'user',
			values: { ...none, ...before?.values, ...values },
		});
	}

	savePerson(id: string, values: Record<string, Raw>): void {
		const before =
			this.people.get(id) ?? Object.fromEntries(PERSON_FIELDS.map(({ name }) => [name, null]));
		for (const [field, value] of Object.entries(values)) {
			const text = (raw: Raw | undefined) =>
				raw === null || raw === undefined ? null : String(raw);
			if (before[field] === value) continue;
			this.log.push({
				person: id,
				field,
				oldValue: text(before[field]),
				newValue: text(value),
				at: this.now,
				guid: `g${this.log.length}`,
			});
		}
		this.people.set(id, { ...before, ...values, id });
	}

	removePerson(id: string): void {
		this.people.delete(id);
		this.removed.push({ id, at: this.now, guid: `d${this.removed.length}` });
	}

	// What sync does.

	/** Time passes, then pages follow one another until nothing is left. */
	async run(minutes = 6): Promise<void> {
		this.now += minutes * 60_000;
		await this.goOn(await lookForWork(this.ledger, this.setting));
	}

	private async goOn(look: Look): Promise<void> {
		for (let pages = 0; look.do === 'page'; pages++) {
			if (pages > 20) throw new Error('The run does not end');
			await this.page(look.start.page);
			look = await afterPage(this.ledger, this.setting, look.ref);
		}
	}

	/** One page that is opened and decided, but neither written nor closed. */
	async openPage(minutes = 6): Promise<{ ref: PageRef; resolved: Resolved }> {
		this.now += minutes * 60_000;
		const look = await lookForWork(this.ledger, this.setting);
		if (look.do !== 'page') throw new Error(look.why);
		return { ref: look.ref, resolved: await this.decide(look.start.page) };
	}

	async write(resolved: Resolved): Promise<Receipt[]> {
		const receipts = [
			...(await applyDynamics(this.ledger, LANE, resolved.toDynamics, this.dynamics)),
			...(await applyMarketo(this.ledger, LANE, resolved.toMarketo, {
				...this.marketo,
				batchSize: this.peopleAtOnce,
			})),
		];
		this.receipts.push(...receipts);
		return receipts;
	}

	/** Closes a page that was opened by hand and goes on until nothing is left. */
	async finish(ref: PageRef): Promise<void> {
		await this.goOn(await afterPage(this.ledger, this.setting, ref));
	}

	async page(page: string): Promise<void> {
		await this.write(await this.decide(page));
	}

	async decide(page: string, preview = false): Promise<Resolved> {
		return await this.resolve(await this.read(page, preview));
	}

	async read(page: string, preview = false): Promise<Read> {
		return await this.readStart({ kind: 'start', page, preview, label: '' });
	}

	async readStart(start: PageStart): Promise<Read> {
		const dynamicsItems = await readDynamicsPage(this.ledger, LANE, start, MAPPING, this.dynamics);
		const marketoItems = await readMarketoPage(
			this.ledger,
			LANE,
			start,
			dynamicsItems,
			MAPPING,
			this.marketo,
		);
		return { dynamicsItems, marketoItems };
	}

	async resolve(read: Read): Promise<Resolved> {
		const resolved = await resolvePage(this.ledger, LANE, { ...read, mapping: MAPPING });
		this.help.push(...resolved.needsHelp.map(({ id, status, field }) => ({ id, status, field })));
		return resolved;
	}

	/** Records that people were told of last as in need of help. */
	get needy(): string[] {
		const last = new Map(this.help.map(({ id, status }) => [id, status]));
		return [...last].filter(([, status]) => status === 'needs help').map(([id]) => id);
	}

	/** May be replaced: somebody switches a credential. */
	dynamics: DynamicsPort = {
		batchSize: 100,
		timeoutMs: 30_000,
		url: 'https://contoso.crm4.dynamics.com',
		whoAmI: async () => ({ user: 'sync', organization: 'contoso' }),
		describe: async () => DYNAMICS_COLUMNS,
		closedColumns: async () => new Map(),
		readChanges: async (table, _columns, link) => this.changes(table, Number(link ?? 0)),
		readModifiedSince: async (table) => ({ ...this.changes(table, 0), rows: [] }),
		readBySavedParent: async () => {
			throw new Error('No column of a parent is mapped');
		},
		readByIds: async (table, _columns, ids) =>
			[...this.rows.values()].filter((one) => one.table === table && ids.includes(one.id)),
		readEach: async (table, columns, ids) => {
			const rows = await this.dynamics.readByIds(table, columns, ids);
			const deleted = ids.filter((id) => !rows.some((row) => row.id === id));
			return { rows, deleted, refused: new Map() };
		},
		update: async (updates) =>
			updates.map(({ table, id, version, values }) => {
				const there = this.rows.get(id);
				if (!there) return { kind: 'missing' };
				if (there.version !== version) return { kind: 'changedMeanwhile' };
				const answer = this.answerOfDynamics(id, values);
				if (answer) return answer;
				this.saveRow(table, id, values);
				return { kind: 'ok', id, version: this.rows.get(id)!.version, values };
			}),
		merge: async () => {
			throw new Error('Nothing is to be merged in Dynamics');
		},
		remove: async (removals) =>
			removals.map(({ id }) => (this.rows.delete(id) ? { kind: 'ok', id } : { kind: 'missing' })),
	};

	private changes(table: DynamicsTable, since: number) {
		const rows = [...this.rows.values()].filter(
			(one) => one.table === table && Number(one.version) > since,
		);
		return {
			rows,
			deletedIds: [],
			link: String(this.version),
			drained: true,
			serverTime: new Date(this.now).toISOString(),
		};
	}

	marketo: MarketoPort = {
		subscription: 'AAA-111-BBB',
		batchSize: 300,
		mergeSize: 25,
		timeoutMs: 30_000,
		describe: async () => PERSON_FIELDS,
		readChanges: async (from) => this.logged('since' in from ? Date.parse(from.since) : this.now),
		readBy: async (field, values) =>
			[...this.people]
				.filter(([id, person]) => values.includes(String(field === 'id' ? id : person[field])))
				.map(([id, values]) => ({ id, values })),
		update: async (updates) => {
			await this.meanwhile();
			return updates.map(({ id, values }) => {
				const answer = this.answerOfMarketo(id, values);
				if (answer) return answer;
				this.savePerson(id, values);
				return { kind: 'ok', id };
			});
		},
		remove: async (ids) =>
			ids.map((id) => (this.people.delete(id) ? { kind: 'ok', id } : { kind: 'missing' })),
		create: async (people) =>
			people.map((values) => {
				const answer = this.answerOfMarketo('', values);
				if (answer) return answer;
				const id = String(1000 + ++this.ids);
				this.savePerson(id, values);
				return { kind: 'ok', id, created: true };
			}),
		merge: async (winner, losers) => {
			for (const id of losers) this.people.delete(id);
			return { kind: 'ok', id: winner };
		},
		logResults: async (entries) => entries.map(() => ({ kind: 'ok', id: '' })),
	};

	private logged(since: number): PersonChanges {
		const changed: PersonChanges['changed'] = [];
		for (const id of new Set(this.log.filter((one) => one.at >= since).map((one) => one.person))) {
			const edits = this.log
				.filter((one) => one.person === id && one.at >= since)
				.map(({ field, oldValue, newValue, at, guid }) => ({
					field,
					oldValue,
					newValue,
					at: new Date(at).toISOString(),
					guid,
				}));
			changed.push({
				id,
				edits,
				isNew: false,
				newestAt: edits.at(-1)!.at,
				guids: edits.map(({ guid }) => guid),
			});
		}
		const time = new Date(this.now).toISOString();
		const deleted = this.removed
			.filter(({ at }) => at >= since)
			.map(({ id, at, guid }) => ({ id, at: new Date(at).toISOString(), guid }));
		return {
			changed,
			deleted,
			entries: [...changed.flatMap(({ edits }) => edits), ...deleted].map(({ guid, at }) => ({
				guid,
				at,
			})),
			next: '',
			drained: true,
			toNow: true,
			newestActivityAt: changed.length > 0 ? time : null,
			serverTime: time,
		};
	}
}

/** A lead and the person who belongs to it, linked and in step. */
export async function linkedPair(): Promise<Sandbox> {
	const sandbox = await Sandbox.open();
	sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@x.test', jobtitle: 'Clerk' });
	sandbox.savePerson('7', { email: 'ada@x.test', title: 'Clerk' });
	await sandbox.run();
	await sandbox.run();
	return sandbox;
}
