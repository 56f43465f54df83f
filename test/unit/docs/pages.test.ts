import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { IWorkflowBase } from 'n8n-workflow';

const ROOT = path.join(__dirname, '../../..');
const PAGES = [
	'README.md',
	'CONTRIBUTING.md',
	'SECURITY.md',
	'test/README.md',
	...readdirSync(path.join(ROOT, 'docs'))
		.filter((name) => name.endsWith('.md'))
		.map((name) => `docs/${name}`),
];
const read = (page: string) => readFileSync(path.join(ROOT, page), 'utf8');

/** As the usual Markdown renderers name a heading. */
const anchor = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N} _-]/gu, '')
		.replaceAll(' ', '-');
const anchorsOf = (page: string) =>
	[...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading!));

describe('the pages for users', () => {
	it.each(PAGES)('%s links only to what is there: a stranger has nothing else to go by', (page) => {
		const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
		for (const [, file, heading] of links) {
			const target = file === '' ? page : path.join(path.dirname(page), file!);
			expect([target, existsSync(path.join(ROOT, target))]).toEqual([target, true]);
			if (heading) expect(anchorsOf(target)).toContain(heading);
		}
	});

	it.each([
		['companies-and-owners', ['owners', 'companies']],
		['opportunities', ['opportunities']],
	])('list every row of the mapping of %s, and no other', (page, lanes) => {
		const { nodes } = JSON.parse(read(`workflows/${page}-sync.json`)) as IWorkflowBase;
		const rows = nodes
			.filter(({ type }) => type.endsWith('.resolveSyncConflict'))
			.filter(({ parameters }) => lanes.includes(String(parameters.lane)))
			.flatMap(({ parameters }) =>
				Object.entries(parameters)
					.filter(([name]) => name.endsWith('ToMarketo'))
					.flatMap(
						([, group]) =>
							(group as { rows: Array<Record<'column' | 'field', { value: string }>> }).rows,
					),
			)
			.map(({ column, field }) => `${column.value} → ${field.value}`);
		const listed = [...read(`docs/${page}.md`).matchAll(/`([\w.]+)` \| → \| .*`(\w+)`/g)].map(
			([, column, field]) => `${column} → ${field}`,
		);
		expect(listed.sort()).toEqual(rows.sort());
	});

	it('list every row of the default mapping that the workflow brings along, and no other', () => {
		const { nodes } = JSON.parse(read('workflows/people-sync.json')) as IWorkflowBase;
		const { parameters } = nodes.find(({ type }) => type.endsWith('.resolveSyncConflict'))!;
		const rows = (table: string) =>
			(['BothWays', 'ToMarketo', 'ToDynamics'] as const).flatMap((group) => {
				const found = (parameters[table + group] ?? {}) as {
					rows?: Array<Record<'column' | 'field', { value: string }>>;
				};
				const arrow = { BothWays: '⇄', ToMarketo: '→', ToDynamics: '←' }[group];
				return (found.rows ?? []).map(
					({ column, field }) => `${column.value} ${arrow} ${field.value}`,
				);
			});
		const [, leads, contacts] = read('docs/default-mapping.md').split(/^## /m);
		const listed = (text: string) =>
			[...text.matchAll(/`(\w+)` \| (.) \| .*`(\w+)`/g)].map(
				([, column, arrow, field]) => `${column} ${arrow} ${field}`,
			);
		expect(listed(leads!)).toEqual(rows('lead'));
		expect(listed(contacts!)).toEqual(rows('contact'));
	});

	it('list every error code that a campaign may be answered with, and no other', () => {
		const answer = [
			...readdirSync(path.join(ROOT, 'sync/campaignActions')).map(
				(name) => `sync/campaignActions/${name}`,
			),
			'sync/ledger/requests.ts',
			'nodes/MarketoDynamicsSync/operations/person/syncToDynamics.operation.ts',
			'nodes/MicrosoftDynamics365/shared/inBatches.ts',
		];
		const codes = answer.flatMap((file) =>
			[...read(file).matchAll(/'([A-Z][A-Z_]{7,})'/g)].map(([, code]) => code!),
		);
		const table = read('docs/flow-actions.md').split('| `errorCode` |')[1]!.split('\n\n')[0]!;
		const listed = [...table.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code!);
		expect(listed.sort()).toEqual([...new Set(codes)].sort());
	});

	it('are what the links in n8n lead to', () => {
		const files = [
			...readdirSync(path.join(ROOT, 'nodes')).map((name) => `nodes/${name}/${name}.node.json`),
			...readdirSync(path.join(ROOT, 'credentials')).map((name) => `credentials/${name}`),
		];
		const links = files
			.filter((file) => /\.(json|ts)$/.test(file) && existsSync(path.join(ROOT, file)))
			.flatMap((file) =>
				[...read(file).matchAll(/blob\/main\/([\w/.-]+)/g)].map(([, page]) => page!),
			);
		expect(links.length).toBeGreaterThan(9);
		for (const page of links)
			expect([page, existsSync(path.join(ROOT, page))]).toEqual([page, true]);
	});

	it('CONTRIBUTING names files and functions that are there: a stranger looks for them by these names', () => {
		const sources = ['sync', 'nodes', 'test/unit', 'test/scenarios']
			.flatMap((folder) =>
				readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
					(file) => `${folder}/${file}`,
				),
			)
			.filter((file) => file.endsWith('.ts'));
		const code = sources
			.filter((file) => file.startsWith('sync/') || file.startsWith('nodes/shared/'))
			.map(read)
			.join('\n');
		const cited = [...read('CONTRIBUTING.md').matchAll(/`([\w./]+)`/g)].map(([, name]) => name!);
		const files = cited.filter((name) => /\.(ts|md)$/.test(name));
		expect(files.length).toBeGreaterThan(20);
		for (const file of files)
			expect([
				file,
				existsSync(path.join(ROOT, file)) || sources.some((one) => one.endsWith(`/${file}`)),
			]).toEqual([file, true]);
		const functions = cited.filter((name) => /^[a-z]+[A-Z]\w+$/.test(name));
		expect(functions.length).toBeGreaterThan(10);
		for (const name of functions)
			expect([name, code.includes(`function ${name}(`)]).toEqual([name, true]);
	});
});
