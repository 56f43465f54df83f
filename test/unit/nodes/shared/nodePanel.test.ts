import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { sublimeSearch } from '@n8n/utils/search/sublime-search';
import type { INodeType } from 'n8n-workflow';

const ROOT = path.join(__dirname, '../../../../nodes');

/** All nodes of the package, as n8n's panel searches them: by name without "Trigger", by aliases and by name. */
const nodes = readdirSync(ROOT)
	.filter((folder) => folder !== 'shared')
	.map((folder) => {
		const file = path.join(ROOT, folder, `${folder}.node`);
		const module = jest.requireActual<Record<string, new () => INodeType>>(file);
		const { description } = new module[folder]!();
		const { displayName } = description;
		const { alias } = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as { alias: string[] };
		const properties = {
			displayName: displayName.replace(' Trigger', ''),
			codex: { alias: [...alias, displayName] },
		};
		return { key: displayName, description, properties };
	});

const found = (text: string) => sublimeSearch(text, nodes).map(({ item }) => item.key);

describe("n8n's panel of nodes", () => {
	it.each([
		['dynamics', 'Microsoft Dynamics 365'],
		['dynamics crm', 'Microsoft Dynamics 365'],
		['dataverse', 'Microsoft Dynamics 365'],
		['crm', 'Microsoft Dynamics 365'],
		['marketo', 'Marketo'],
		['adobe', 'Marketo'],
		['smart campaign', 'Marketo'],
		['marketo dynamics', 'Marketo Dynamics Sync'],
		['take over', 'Marketo Dynamics Sync'],
		['retry', 'Marketo Dynamics Sync'],
		['pause', 'Marketo Dynamics Sync'],
		['status', 'Marketo Dynamics Sync'],
		['field mapping', 'Resolve Sync Conflict'],
		['who wins', 'Resolve Sync Conflict'],
	])('shows for "%s" first: %s', (text, first) => {
		expect(found(text)[0]).toBe(first);
	});

	it('shows no node of Marketo to who looks for Dynamics, nor the other way round', () => {
		expect(found('dynamics')).not.toContain('Marketo');
		expect(found('marketo')).not.toContain('Microsoft Dynamics 365');
	});
});

describe('as tools of an AI agent', () => {
	it('are the nodes that do something by themselves; a page of the sync is not for an agent', () => {
		const tools = nodes.filter(({ description }) => description.usableAsTool);
		expect(tools.map(({ key }) => key).sort()).toEqual([
			'Marketo',
			'Marketo Dynamics Sync',
			'Microsoft Dynamics 365',
		]);
	});
});
