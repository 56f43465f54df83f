import { randomUUID } from 'node:crypto';
import type { Database } from './database';
import { DataverseError, payloadError, queryError } from './errors';
import { demand } from './privileges';
import { filterOf } from './readMany';
import { contextOf, renderRow } from './render';
import { findId, noSuchRow, parseRowPath } from './rowPath';
import type { Table } from './schema';
import { parseShape } from './select';
import type { ApiAnswer, ApiCall, Preferences, Session } from './session';
import type { Row } from './store';
import { isGuid } from './text';

const NAMESPACE = 'Microsoft.Dynamics.CRM.';

/** Kinds of members by `createdfromcode`: a list holds one kind. */
const MEMBER_TABLES: Readonly<Record<number, string>> = { 1: 'account', 2: 'contact', 4: 'lead' };

/** A many-to-many relationship; it is reached by its name from either side. */
interface Relationship {
	readonly name: string;
	readonly tables: readonly [string, string];
}

const RELATIONSHIPS: readonly Relationship[] = [
	{ name: 'campaignlist_association', tables: ['campaign', 'list'] },
	{ name: 'listaccount_association', tables: ['list', 'account'] },
	{ name: 'listcontact_association', tables: ['list', 'contact'] },
	{ name: 'listlead_association', tables: ['list', 'lead'] },
];

/** Takes a deleted row out of the lists and campaigns it was in. */
export function forgetLinks(database: Database, table: Table, id: string): void {
	for (const [linkTable, column] of [
		['listmember', 'entityid'],
		['listmember', 'listid'],
		['campaignitem', 'entityid'],
		['campaignitem', 'campaignid'],
	] as const) {
		const links = database.table(linkTable);
		const store = database.store(links);
		if (store.count === 0) continue;
		const bare = linkTable === 'campaignitem' && column === 'entityid';
		for (const link of [...store.withValue(column, bare ? id : { id, table: table.name })]) {
			database.remove(links, store.get(link)!);
		}
	}
}

/** Marketing lists: their members, the campaigns they belong to, and the actions that change both. */
export class Marketing {
	constructor(private readonly database: Database) {}

	/** The answer to a call about lists and campaigns; undefined where it is about something else. */
	answer(
		segments: readonly string[],
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer | undefined {
		const [first = '', second = '', ending] = segments;
		const links = /^(listmember|campaignitem)s(\(|$)/.exec(first)?.[1];
		if (links !== undefined && call.method !== 'GET') {
			const verb = { POST: 'Create', DELETE: 'Delete' }[call.method] ?? 'Update';
			throw new DataverseError(
				405,
				'0x80040800',
				`The '${verb}' method does not support entities of type '${links}'.`,
			);
		}
		if (second === '') {
			const action = first.startsWith(NAMESPACE) ? first.slice(NAMESPACE.length) : first;
			if (action !== 'AddListMembersList' && action !== 'RemoveListMembersList') return undefined;
			onlyPost(call, action);
			return this.changeMembers(action, call, session);
		}
		const [, set = '', key = ''] = /^(\w+)\(([^]*)\)$/.exec(first) ?? [];
		const table = this.database.schema.ofSet(set);
		if (!table) return undefined;
		const called = second.startsWith(NAMESPACE) ? second.slice(NAMESPACE.length) : undefined;
		if (called !== undefined) {
			if (table.name !== 'list') return undefined;
			if (!['AddMemberList', 'RemoveMemberList', 'AddItemCampaign'].includes(called))
				return undefined;
			onlyPost(call, called);
			return this.bound(called, this.rowAt(table, key), call, session);
		}
		const [, name = '', linked] = /^(\w+)(?:\(([^]*)\))?$/.exec(second) ?? [];
		const relationship = RELATIONSHIPS.find(
			(one) => one.name === name && one.tables.includes(table.name),
		);
		if (!relationship) return undefined;
		const row = this.rowAt(table, key);
		if (ending === '$ref' && call.method !== 'GET') {
			return this.changeLink(relationship, table, row, linked, call, session);
		}
		return this.readLinked(relationship, table, row, call, session, preferences);
	}

	/** Puts a row into a list, without a look at whether it may be there. */
	addMember(list: Row, member: Row, memberTable: Table): string {
		const known = this.memberLink(list.id, member.id);
		if (known) return known.id;
		const id = randomUUID();
		this.database.insert(this.database.table('listmember'), id, {
			listmemberid: id,
			listid: { id: list.id, table: 'list' },
			entityid: { id: member.id, table: memberTable.name },
		});
		this.count(list);
		return id;
	}

	/** Makes a list one of a campaign. */
	addItem(campaign: Row, list: Row): string {
		const id = randomUUID();
		this.database.insert(this.database.table('campaignitem'), id, {
			campaignitemid: id,
			campaignid: { id: campaign.id, table: 'campaign' },
			entityid: list.id,
		});
		return id;
	}

	/** `AddListMembersList` and `RemoveListMembersList`: all members or none. */
	private changeMembers(action: string, call: ApiCall, session: Session): ApiAnswer {
		const body = bodyOf(call);
		const list = this.given('list', body.List, 'List');
		if (!Array.isArray(body.Members)) {
			throw queryError(
				`Required field 'Members' is missing for unbound action '${action}'.`,
				'0x80040203',
			);
		}
		const memberTable = this.checkList(list, session);
		const members = body.Members.map((member: unknown) =>
			this.given(memberTable.name, member, 'Members'),
		);
		for (const member of members) {
			if (action === 'AddListMembersList') this.addMember(list, member, memberTable);
			else this.removeMember(list, member.id);
		}
		return { status: 204, records: members.length };
	}

	private bound(action: string, list: Row, call: ApiCall, session: Session): ApiAnswer {
		const body = bodyOf(call);
		if (action === 'AddItemCampaign') return this.addItemCampaign(list, body, session);
		const memberTable = this.checkList(list, session);
		if (action === 'RemoveMemberList') {
			const member = body.ListMember as { listmemberid?: unknown } | undefined;
			this.removeMember(list, String(member?.listmemberid ?? '').toLowerCase());
			return { status: 204, records: 1 };
		}
		const id = String(body.EntityId ?? '').toLowerCase();
		const member = this.database.store(memberTable).get(id);
		if (!member) throw noSuchRow(memberTable, { kind: 'id', id });
		return {
			status: 200,
			records: 1,
			body: {
				'@odata.context': `${session.root}$metadata#Microsoft.Dynamics.CRM.AddMemberListResponse`,
				Id: this.addMember(list, member, memberTable),
			},
		};
	}

	private addItemCampaign(list: Row, body: Record<string, unknown>, session: Session): ApiAnswer {
		const campaign = this.given('campaign', body.Campaign, 'Campaign');
		demand(this.database, session, 'Append', this.database.table('campaign'));
		demand(this.database, session, 'AppendTo', this.database.table('list'));
		if (this.itemLink(campaign.id, list.id)) {
			throw new DataverseError(412, '0x80040237', 'Cannot insert duplicate key.');
		}
		const id = this.addItem(campaign, list);
		return {
			status: 200,
			records: 1,
			body: {
				'@odata.context': `${session.root}$metadata#campaignitems/$entity`,
				campaignitemid: id,
				_campaignid_value: campaign.id,
				entityid: list.id,
			},
		};
	}

	/** The table of the members of a list that takes changes. */
	private checkList(list: Row, session: Session): Table {
		demand(this.database, session, 'Write', this.database.table('list'));
		if (list.values.type === true) {
			throw new DataverseError(
				400,
				'0x8004f701',
				'This action is not available for a dynamic marketing list.',
			);
		}
		if (list.values.lockstatus === true) {
			throw new DataverseError(400, '0x80040302', 'List is Locked. Cannot perform this action.');
		}
		const name = MEMBER_TABLES[Number(list.values.createdfromcode)];
		if (name === undefined) {
			throw new DataverseError(400, '0x80040301', 'Unsupported list member type.');
		}
		return this.database.table(name);
	}

	/** A row that stands in the body of an action by its primary key and type. */
	private given(tableName: string, value: unknown, parameter: string): Row {
		const table = this.database.table(tableName);
		const row = (value ?? {}) as Record<string, unknown>;
		const type = typeof row['@odata.type'] === 'string' ? row['@odata.type'].replace(/^#/, '') : '';
		if (parameter === 'Members' && type === '') {
			throw payloadError(
				'',
				`Microsoft.OData.ODataException: An abstract type '${NAMESPACE}crmbaseentity' was found: every entity in '${parameter}' needs its @odata.type.`,
			);
		}
		if (type !== '' && type !== `${NAMESPACE}${tableName}`) {
			if (parameter === 'Members') {
				throw new DataverseError(400, '0x80040301', 'Unsupported list member type.');
			}
			throw payloadError(
				'',
				`Microsoft.OData.ODataException: '${type}' is not ${NAMESPACE}${tableName}.`,
			);
		}
		const id = row[table.id];
		if (typeof id !== 'string' || !isGuid(id)) {
			throw queryError(`Required field '${parameter}' is missing.`, '0x80040203');
		}
		const found = this.database.store(table).get(id.toLowerCase());
		if (!found) throw noSuchRow(table, { kind: 'id', id: id.toLowerCase() });
		return found;
	}

	private removeMember(list: Row, id: string): void {
		const link = this.memberLink(list.id, id);
		if (!link) {
			throw new DataverseError(
				400,
				'0x80048458',
				'Specified Item not a member of the specified List.',
			);
		}
		this.database.remove(this.database.table('listmember'), link);
		this.count(list);
	}

	/** `$ref` of a collection. Members of lists have actions of their own. */
	private changeLink(
		relationship: Relationship,
		table: Table,
		row: Row,
		linked: string | undefined,
		call: ApiCall,
		session: Session,
	): ApiAnswer {
		const verb = call.method === 'DELETE' ? 'Disassociate' : 'Associate';
		if (relationship.name !== 'campaignlist_association') {
			throw new DataverseError(400, '0x80040800', `${verb} is not supported for ListMember`);
		}
		demand(this.database, session, 'Append', table);
		const other = this.otherOf(relationship, table);
		const link =
			linked === undefined ? (call.query.get('$id') ?? bodyOf(call)['@odata.id']) : undefined;
		const key = linked ?? /\(([^()]*)\)$/.exec(String(link ?? ''))?.[1] ?? '';
		const end = this.rowAt(other, key);
		const [campaign, list] = table.name === 'campaign' ? [row, end] : [end, row];
		const known = this.itemLink(campaign.id, list.id);
		if (call.method === 'DELETE') {
			if (known) this.database.remove(this.database.table('campaignitem'), known);
		} else if (!known) {
			this.addItem(campaign, list);
		}
		return { status: 204, records: 1 };
	}

	/** The rows at the other end, in the order of their keys, on one page. */
	private readLinked(
		relationship: Relationship,
		table: Table,
		row: Row,
		call: ApiCall,
		session: Session,
		preferences: Preferences,
	): ApiAnswer {
		const other = this.otherOf(relationship, table);
		demand(this.database, session, 'Read', table);
		demand(this.database, session, 'Read', other);
		const { query } = call;
		const shape = parseShape(this.database, other, query.get('$select'), query.get('$expand'));
		const filter = filterOf(this.database, other, call, session);
		const store = this.database.store(other);
		const rows = this.linkedIds(relationship, table, row.id)
			.sort()
			.map((id) => store.get(id))
			.filter((one): one is Row => one !== undefined && (!filter || filter.test(one)));
		return {
			status: 200,
			records: rows.length,
			body: {
				'@odata.context': contextOf(session.root, other, shape),
				value: rows.map((one) => renderRow(this.database, other, one, shape, preferences)),
			},
		};
	}

	private linkedIds(relationship: Relationship, table: Table, id: string): string[] {
		const campaigns = relationship.name === 'campaignlist_association';
		const links = this.database.store(
			this.database.table(campaigns ? 'campaignitem' : 'listmember'),
		);
		const [from, to] =
			table.name === relationship.tables[0]
				? [campaigns ? 'campaignid' : 'listid', 'entityid']
				: ['entityid', campaigns ? 'campaignid' : 'listid'];
		const key = campaigns && from === 'entityid' ? id : { id, table: table.name };
		const other = this.otherOf(relationship, table).name;
		return [...links.withValue(from, key)].flatMap((link) => {
			const value = links.get(link)?.values[to];
			if (typeof value === 'object') return value.table === other ? [value.id] : [];
			return typeof value === 'string' ? [value] : [];
		});
	}

	private memberLink(listId: string, memberId: string): Row | undefined {
		const store = this.database.store(this.database.table('listmember'));
		for (const link of store.withValue('entityid', { id: memberId, table: '' })) {
			const list = store.get(link)?.values.listid;
			if (typeof list === 'object' && list.id === listId) return store.get(link);
		}
		return undefined;
	}

	private itemLink(campaignId: string, listId: string): Row | undefined {
		const store = this.database.store(this.database.table('campaignitem'));
		for (const link of store.withValue('entityid', listId)) {
			const campaign = store.get(link)?.values.campaignid;
			if (typeof campaign === 'object' && campaign.id === campaignId) return store.get(link);
		}
		return undefined;
	}

	private count(list: Row): void {
		const members = this.database.store(this.database.table('listmember'));
		const membercount = members.withValue('listid', { id: list.id, table: 'list' }).size;
		this.database.update(this.database.table('list'), list, { membercount });
	}

	private otherOf(relationship: Relationship, table: Table): Table {
		const [left, right] = relationship.tables;
		return this.database.table(table.name === left ? right : left);
	}

	private rowAt(table: Table, key: string): Row {
		const path = parseRowPath(table, key);
		const id = findId(this.database, table, path);
		if (id === undefined) throw noSuchRow(table, path);
		return this.database.store(table).get(id)!;
	}
}

function onlyPost(call: ApiCall, action: string): void {
	if (call.method === 'POST') return;
	throw new DataverseError(
		404,
		'',
		`No HTTP resource was found that matches the request URI '${action}'.`,
	);
}

function bodyOf(call: ApiCall): Record<string, unknown> {
	try {
		return (call.body === '' ? {} : JSON.parse(call.body)) as Record<string, unknown>;
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw payloadError('', `Microsoft.OData.ODataException: ${message}`);
	}
}
