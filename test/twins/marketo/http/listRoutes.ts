import { ActivityType } from '../activities/activity';
import { CallFailure, missing, reason } from '../errors';
import { isoSeconds } from '../fields/time';
import { GROUP_LISTS_FOLDER, type StaticList } from '../lists/staticLists';
import {
	listParameter,
	pageOf,
	requiredParameter,
	toInteger,
	type Answer,
	type Call,
} from './call';
import { idsOf, showPerson, wantedFields } from './peopleRoutes';
import type { Register } from './service';

const READ = ['Read-Only Lead', 'Read-Write Lead'] as const;
const WRITE = ['Read-Write Lead'] as const;
const ASSET_READ = ['Read-Only Asset', 'Read-Write Asset'] as const;
const ASSET_WRITE = ['Read-Write Asset'] as const;

/** Static lists: as assets, and their members. */
export function listRoutes(register: Register): void {
	register('GET', '/rest/v1/lists.json', READ, lists);
	register('GET', '/rest/v1/lists/{id}.json', READ, (call) => ({
		result: [showList(listIn(call))],
	}));
	for (const path of ['/rest/v1/list/{id}/leads.json', '/rest/v1/lists/{id}/leads.json']) {
		register('GET', path, READ, members);
		register('POST', path, WRITE, addMembers);
		register('DELETE', path, WRITE, removeMembers);
	}
	register('GET', '/rest/v1/lists/{id}/leads/ismember.json', WRITE, isMember);
	register('GET', '/rest/v1/leads/{id}/listMembership.json', ASSET_READ, listMembership);
	register('GET', '/rest/asset/v1/staticList/byName.json', ASSET_READ, assetByName);
	register('GET', '/rest/asset/v1/staticList/{id}.json', ASSET_READ, assetById);
	register('GET', '/rest/asset/v1/staticLists.json', ASSET_READ, assets);
	register('POST', '/rest/asset/v1/staticLists.json', ASSET_WRITE, createAsset);
	register('POST', '/rest/asset/v1/staticList/{id}/delete.json', ASSET_WRITE, deleteAsset);
	register('GET', '/rest/asset/v1/folder/byName.json', ASSET_READ, folderByName);
}

function listIn(call: Call): StaticList {
	const { id } = call.request.params;
	const list = call.instance.lists.get(toInteger(id));
	if (!list) throw new CallFailure('1013', `List '${id}' not found`);
	return list;
}

function showList(list: StaticList): object {
	return {
		id: list.id,
		name: list.name,
		...(list.description !== undefined && { description: list.description }),
		workspaceName: 'Default',
		createdAt: isoSeconds(list.createdAt),
		updatedAt: isoSeconds(list.updatedAt),
	};
}

function lists(call: Call): Answer {
	const ids = listParameter(call, 'id').map(toInteger);
	const names = listParameter(call, 'name');
	const wanted = call.instance.lists
		.all()
		.filter((list) => ids.length === 0 || ids.includes(list.id))
		.filter((list) => names.length === 0 || names.includes(list.name));
	const { page, nextPageToken } = pageOf(call, `lists ${ids.join()} ${names.join()}`, wanted);
	return { result: page.map(showList), ...(nextPageToken !== undefined && { nextPageToken }) };
}

function members(call: Call): Answer {
	const list = listIn(call);
	const names = wantedFields(call);
	const ids = [...list.members.keys()].sort((one, other) => one - other);
	const { page, nextPageToken } = pageOf(call, `members ${list.id}`, ids);
	return {
		result: page.map((id) => showPerson(call, call.instance.people.get(id)!, names)),
		...(nextPageToken !== undefined && { nextPageToken }),
	};
}

function addMembers(call: Call): Answer {
	const list = listIn(call);
	const { people, log } = call.instance;
	return {
		result: idsOf(call).map((id) => {
			const person = people.get(Number(id));
			if (!person) return { id, status: 'skipped', reasons: [reason('1004')] };
			if (!list.members.has(person.id)) {
				list.members.set(person.id, call.now);
				log.add(listActivity(ActivityType.addToList, person.id, list, call.now), call.now);
			}
			return { id: person.id, status: 'added' };
		}),
	};
}

function removeMembers(call: Call): Answer {
	const list = listIn(call);
	const { people, log } = call.instance;
	return {
		result: idsOf(call).map((id) => {
			const person = people.get(Number(id));
			if (!person) return { id, status: 'skipped', reasons: [reason('1004')] };
			if (!list.members.delete(person.id)) {
				return { id: person.id, status: 'skipped', reasons: [reason('1015')] };
			}
			log.add(listActivity(ActivityType.removeFromList, person.id, list, call.now), call.now);
			return { id: person.id, status: 'removed' };
		}),
	};
}

function listActivity(typeId: number, leadId: number, list: StaticList, date: number) {
	return {
		leadId,
		typeId,
		date,
		primaryValueId: list.id,
		primaryValue: list.name,
		attributes: [{ name: 'Source', value: 'Web service API' }],
	};
}

function isMember(call: Call): Answer {
	const list = listIn(call);
	const { people } = call.instance;
	return {
		result: idsOf(call).map((id) => {
			const person = people.get(Number(id));
			if (!person) return { id: Number(id), status: 'skipped', reasons: [reason('1004')] };
			return { id: person.id, status: list.members.has(person.id) ? 'memberof' : 'notmemberof' };
		}),
	};
}

function listMembership(call: Call): Answer {
	const id = toInteger(call.request.params.id);
	if (!call.instance.people.get(id)) throw new CallFailure('1004', `Lead '${id}' not found`);
	const all = call.instance.lists
		.all()
		.filter((list) => list.members.has(id))
		.map((list) => {
			const since = isoSeconds(list.members.get(id)!);
			return { listId: list.id, createdAt: since, updatedAt: since };
		});
	const { page, nextPageToken } = pageOf(call, `lists of ${id}`, all);
	return {
		result: page,
		...(nextPageToken !== undefined && { nextPageToken }),
		moreResult: nextPageToken !== undefined,
	};
}

/** Assets write their times this way. */
function assetTime(milliseconds: number): string {
	return `${isoSeconds(milliseconds)}+0000`;
}

function showAsset(list: StaticList): object {
	return {
		id: list.id,
		name: list.name,
		...(list.description !== undefined && { description: list.description }),
		createdAt: assetTime(list.createdAt),
		updatedAt: assetTime(list.updatedAt),
		folder: { id: list.folderId, type: 'Folder' },
		computedUrl: `https://app-twin.marketo.example/#ST${list.id}A1`,
		workspace: 'Default',
	};
}

/** Nothing found is no error: no result, and a warning. */
function found(assetsFound: readonly object[]): Answer {
	if (assetsFound.length > 0) return { result: assetsFound };
	return { warnings: ['No assets found for the given search criteria.'] };
}

function assetByName(call: Call): Answer {
	const list = call.instance.lists.byName(requiredParameter(call, 'name'));
	return found(list ? [showAsset(list)] : []);
}

function assetById(call: Call): Answer {
	const list = call.instance.lists.get(toInteger(call.request.params.id));
	return found(list ? [showAsset(list)] : []);
}

function assets(call: Call): Answer {
	const offset = toInteger(call.request.query.get('offset') ?? 0);
	const max = Math.min(toInteger(call.request.query.get('maxReturn') ?? 20), 200);
	return found(
		call.instance.lists
			.all()
			.slice(offset, offset + max)
			.map(showAsset),
	);
}

function createAsset(call: Call): Answer {
	const form = new URLSearchParams(call.request.text());
	const name = form.get('name');
	if (!name) throw new CallFailure('701', 'name cannot be blank');
	if (call.instance.lists.byName(name))
		throw new CallFailure('709', 'Static list name already exists');
	let folder: { id?: unknown };
	try {
		folder = JSON.parse(form.get('folder') ?? '') as { id?: unknown };
	} catch {
		throw new CallFailure('1002', missing('folder'));
	}
	const list = call.instance.lists.create(name, call.now, toInteger(folder.id));
	const description = form.get('description');
	if (description) list.description = description;
	return { result: [showAsset(list)] };
}

function deleteAsset(call: Call): Answer {
	const id = toInteger(call.request.params.id);
	if (!call.instance.lists.get(id)) throw new CallFailure('702', 'Static list not found');
	call.instance.lists.remove(id);
	return { result: [{ id }] };
}

function folderByName(call: Call): Answer {
	const { id, name } = GROUP_LISTS_FOLDER;
	if (requiredParameter(call, 'name') !== name) return found([]);
	return {
		result: [
			{
				name,
				description: null,
				createdAt: '2020-08-14T20:43:13Z+0000',
				updatedAt: '2020-08-14T20:43:13Z+0000',
				url: null,
				folderId: { id, type: 'Folder' },
				folderType: 'List',
				parent: { id: 5, type: 'Folder' },
				path: `/Lead Database/Default/${name}`,
				isArchive: false,
				isSystem: true,
				accessZoneId: 1,
				workspace: 'Default',
				id,
			},
		],
	};
}
