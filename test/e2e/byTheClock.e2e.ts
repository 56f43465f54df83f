import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { INode, IWorkflowBase } from 'n8n-workflow';
import { MANY, manyColumns, number } from './browser/manyColumns';
import { Browser } from './harness/browser';
import { ROOT } from './harness/tools';
import { Editor, type Opening } from './scenario/editor';
import { PeopleWorld } from './scenario/peopleWorld';

const RESOLVE = 'Resolve Sync Conflict';
const LIST_CALL = 'POST /rest/dynamic-node-parameters/resource-locator-results';

/** Rows of the mapping: the shipped ones and some more. As many has the plain fixed collection beside it. */
const ROWS = 60;
const PLAIN = 'Plain Rows';
/** How often the mapping may cost what the plain one does. */
const MOST_TIMES = { open: 1.5, addRow: 1.5 };
/** By so much rounds of one run differ, on a machine that others use as well: rounds go on until it is met without. */
const SCATTER = 1.15;
/** Within which it is open. */
const MOST_OPEN_MS = 3_000;

/** How often both are measured, and how long at most: on a machine that is busy with much else a round takes a minute. */
const ROUNDS = { least: 2, most: 8 };
const ROUNDS_MS = 5 * 60_000;

/** The shipped workflow with `ROWS` rows, and a node of n8n's own with as many rows of two texts each. */
async function withManyRows(): Promise<IWorkflowBase> {
	const file = path.join(ROOT, 'workflows/people-sync.json');
	const workflow = JSON.parse(await readFile(file, 'utf8')) as IWorkflowBase;
	const { parameters } = workflow.nodes.find(({ name }) => name === RESOLVE)!;
	const rowsOf = (group: string) => (parameters[group] as { rows: object[] }).rows;
	const shipped = ['leadBothWays', 'leadToMarketo', 'contactBothWays', 'contactToMarketo'];
	const picked = (value: string, cachedResultName: string) => ({
		__rl: true,
		mode: 'list',
		value,
		cachedResultName,
	});
	for (let at = 1; shipped.flatMap(rowsOf).length < ROWS; at++) {
		rowsOf('leadBothWays').push({
			column: picked(
				`new_extra${number(at)}`,
				`Extra Column ${number(at)} · text 100 · new_extra${number(at)}`,
			),
			field: picked(
				`extraField${number(at)}`,
				`Extra Field ${number(at)} · text 255 · extraField${number(at)}`,
			),
		});
	}
	const plain: INode = {
		id: 'plain-rows',
		name: PLAIN,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		position: [1_200, -400],
		parameters: {
			sendHeaders: true,
			headerParameters: {
				parameters: Array.from({ length: ROWS }, (_, at) => ({
					name: `new_extra${number(at)}`,
					value: `extraField${number(at)}`,
				})),
			},
		},
	};
	// In the same place: what comes before a node is looked through with each change of it.
	const connections = structuredClone(workflow.connections);
	connections['Get Marketo Changes']!.main![0]!.push({ node: PLAIN, type: 'main', index: 0 });
	return { ...workflow, name: 'Many Rows', nodes: [...workflow.nodes, plain], connections };
}

/** What it takes on a machine that does nothing else: clocks of a busy one count the others too. */
const quickest = (openings: Opening[]) =>
	Math.min(...openings.map(({ milliseconds, work }) => Math.min(milliseconds, work)));

/** Half of them took less: one that was disturbed decides nothing. */
function median(openings: Opening[]): number {
	const sorted = openings.map(({ work }) => work).sort((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

const nothingYet = () => ({ open: [] as Opening[], addRow: [] as Opening[] });

// It measures what a user would wait for: nothing else runs beside it.
describe('the mapping in the editor', () => {
	let folder: string;
	let people: PeopleWorld;
	let browser: Browser;
	let editor: Editor;

	beforeAll(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), 'columns-'));
		const twins = ['--leads', '30', '--contacts', '20', '--people', '20'];
		people = await PeopleWorld.start([...twins, ...(await manyColumns(folder))]);
		// The preview that comes before every mapping: what it sees of both systems is what the lists hold.
		await people.n8n.runManually(people.lane.workflow, 'When a Sync Is Due');
		browser = await Browser.open({ width: 1440, height: 950 });
		browser.page.setDefaultTimeout(60_000);
		editor = await Editor.signIn(browser, people.n8n);
	});
	afterAll(async () => {
		await browser?.close();
		await people?.stop();
		await rm(folder, { recursive: true, force: true });
	});

	it(`opens a mapping of ${ROWS} rows within 3 s, with no question to either system, costs ${MOST_TIMES.open} times what a plain list of as many rows costs at most, and another row ${MOST_TIMES.addRow} times`, async () => {
		const { id } = await people.n8n.importWorkflow(await withManyRows(), people.world.credentials);
		await editor.openWorkflow(id);
		const { total } = await people.marketo.calls();
		const taken = { [RESOLVE]: nothingYet(), [PLAIN]: nothingYet() };
		const groups = { [RESOLVE]: 'leadBothWays', [PLAIN]: 'headerParameters' };
		const measureBoth = async () => {
			for (const node of [RESOLVE, PLAIN] as const) {
				taken[node]!.open.push(await editor.openNode(node));
				for (let row = 0; row < 2; row++)
					taken[node]!.addRow.push(await editor.measureAddRow(groups[node]!));
				await editor.closeNode();
			}
		};
		const times = (what: 'open' | 'addRow') =>
			median(taken[RESOLVE]![what]) / median(taken[PLAIN]![what]);
		const isWithin = () =>
			times('open') <= MOST_TIMES.open &&
			times('addRow') <= MOST_TIMES.addRow &&
			quickest(taken[RESOLVE]!.open) < MOST_OPEN_MS;
		// In turn, so that what a busy machine does in between strikes both; again where it has struck one of them harder.
		const until = Date.now() + ROUNDS_MS;
		for (let round = 1; round <= ROUNDS.most && (round === 1 || Date.now() < until); round++) {
			await measureBoth();
			if (round >= ROUNDS.least && isWithin()) break;
		}
		const { open } = taken[RESOLVE]!;
		const found = { open: times('open'), addRow: times('addRow') };
		console.log(`${ROWS} rows: ${JSON.stringify({ found, taken })}`);
		expect(found.open).toBeLessThanOrEqual(MOST_TIMES.open * SCATTER);
		expect(found.addRow).toBeLessThanOrEqual(MOST_TIMES.addRow * SCATTER);
		expect(quickest(open)).toBeLessThan(MOST_OPEN_MS);
		for (const { calls } of open) {
			expect(calls.length).toBeLessThanOrEqual(4);
			expect(calls.filter((call) => call.includes('dynamic-node-parameters'))).toEqual([]);
		}
		expect((await people.marketo.calls()).total).toBe(total);
	});

	it(`lists ${MANY} and more columns by display name and type within 1 s, marks those that are mapped, searches them, and asks neither system`, async () => {
		await people.forgetCalls();
		await editor.openNode(RESOLVE);
		const kinds = [
			{
				lists: editor.columns('leadBothWays'),
				known: 'Job Title · text 100 · jobtitle · mapped',
				made: 'Extra Column',
			},
			{
				lists: editor.fields('leadBothWays'),
				known: 'Unsubscribed · yes/no · unsubscribed · mapped',
				made: 'Extra Field',
			},
		];
		for (const { lists, known, made } of kinds) {
			const openings: Opening[] = [];
			// A list that was open once is kept by the editor; each of these is opened for the first time.
			for (const row of [3, 4, 5]) {
				openings.push(await editor.openList(lists.nth(row)));
				await browser.page.keyboard.press('Escape');
			}
			console.log(`Opening a list: ${JSON.stringify(openings)}`);
			expect(quickest(openings)).toBeLessThan(1_000);
			for (const { calls } of openings) {
				expect(new Set(calls)).toEqual(new Set([LIST_CALL]));
				// The editor asks for the second page of a long list by itself.
				expect(calls.length).toBeLessThanOrEqual(2);
			}
			await editor.openList(lists.nth(3));
			expect(await editor.searchList(known.slice(0, 6).toLowerCase())).toContain(known);
			const found = new Set<string>();
			for (const hundred of ['0', '1', '2', '3']) {
				const names = await editor.searchList(`${made} ${hundred}`);
				for (const name of names.filter((one) => one.startsWith(made))) found.add(name);
			}
			expect(found.size).toBe(MANY);
			await browser.page.keyboard.press('Escape');
		}
		expect([(await people.dynamics.calls()).total, (await people.marketo.calls()).total]).toEqual([
			0, 0,
		]);
	});
});
