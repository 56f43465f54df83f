import type { Locator, Page, Request } from 'playwright-core';
import type { Browser } from '../harness/browser';
import type { N8nServer } from '../harness/n8nServer';

/** What opening something took. */
export interface Opening {
	/** By the clock. */
	milliseconds: number;
	/** Processor time of the page, as on a machine that does nothing else. */
	work: number;
	/** Calls to n8n's backend, `METHOD /path`. */
	calls: string[];
}

/** Frames in a row that came in time: nothing is left to draw. Runs in the page. */
const CALM = `new Promise((resolve) => {
	let calm = 0;
	let last = performance.now();
	const look = (now) => {
		calm = now - last < 80 ? calm + 1 : 0;
		last = now;
		if (calm > 5) resolve();
		else requestAnimationFrame(look);
	};
	requestAnimationFrame(look);
})`;

/**
 * A piece of work like that of opening a node: things drawn, listened to, measured, kept. Runs in the
 * page.
 */
const YARDSTICK = `(() => {
	const host = document.createElement('div');
	for (let at = 0; at < 12_000; at++) {
		const one = document.createElement('div');
		one.className = 'kind' + (at % 10);
		one.setAttribute('data-at', String(at));
		one.append('text ' + at);
		one.addEventListener('click', () => at);
		host.append(one);
	}
	document.body.append(host);
	const height = host.offsetHeight;
	const kept = new Map();
	for (let at = 0; at < 1_000_000; at++) kept.set('key' + (at % 5_000), { at, height });
	host.remove();
	return kept.size;
})()`;

/** Processor time of the yardstick on a machine that does nothing else: two cores of a small server. */
const YARDSTICK_MS = 500;

/** For so long: a machine is as busy as it was a moment ago. */
const YARDSTICK_HOLDS_MS = 3_000;

/** How long after the last thing drawn a late call may come. */
const LATE_CALLS_MS = 1_000;

/** n8n's editor in the hands of a person who uses the mouse, the keyboard and no code. */
export class Editor {
	private constructor(
		private readonly browser: Browser,
		private readonly n8n: N8nServer,
	) {}

	static async signIn(browser: Browser, n8n: N8nServer): Promise<Editor> {
		await browser.signIn(n8n);
		return new Editor(browser, n8n);
	}

	get page(): Page {
		return this.browser.page;
	}

	async openWorkflow(id: string): Promise<void> {
		await this.browser.openWorkflow(this.n8n, id);
		await this.page.evaluate(CALM);
	}

	/** Names that the node panel lists for a search, as soon as this one is among them. */
	async searchNodes(text: string, expected: string): Promise<string[]> {
		const search = this.page.getByTestId('node-creator-search-bar');
		if (!(await search.isVisible())) {
			await this.page.getByTestId('node-creator-plus-button').click();
		}
		await search.fill(text);
		const names = this.page.getByTestId('node-creator-item-name');
		// Until the new list comes, the one of the last search stands there.
		await names.getByText(expected, { exact: true }).waitFor();
		return await names.allInnerTexts();
	}

	async closeNodePanel(): Promise<void> {
		await this.page.keyboard.press('Escape');
		await this.page.getByTestId('node-creator-search-bar').waitFor({ state: 'hidden' });
	}

	/** Opens a node by double click; it is open when all its parameters are drawn. */
	async openNode(name: string): Promise<Opening> {
		return await this.measure(async () => await this.showNode(name));
	}

	/** The same, where nobody asks what it takes. */
	async showNode(name: string): Promise<void> {
		const node = this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
		await node.dblclick();
		await this.parameters.waitFor();
		await this.page.getByTestId('parameter-input').first().waitFor();
		await this.page.evaluate(CALM);
	}

	private get parameters(): Locator {
		return this.page.getByTestId('node-parameters');
	}

	async closeNode(): Promise<void> {
		await this.page.getByTestId('ndv-close-button').click();
		await this.page.getByTestId('node-parameters').waitFor({ state: 'hidden' });
	}

	/** The drop-downs for credentials of the open node, one for each kind. */
	get credentialPickers(): Locator {
		return this.page.getByTestId('node-credentials-select').filter({ visible: true });
	}

	/** Picks a credential by its name; it is picked when the editor has nothing left to draw. */
	async pickCredential(picker: Locator, name: string): Promise<Opening> {
		return await this.measure(async () => {
			await picker.click();
			await this.page.getByRole('option', { name }).filter({ visible: true }).click();
			await this.page.evaluate(CALM);
		});
	}

	/** In an open node whose kind of credential nobody has yet: creates one, by n8n's own form. */
	async createCredential(values: Record<string, string>): Promise<void> {
		await this.page.getByTestId('node-credentials-empty-state').getByRole('button').click();
		for (const [name, value] of Object.entries(values))
			await this.page.getByTestId(`parameter-input-${name}`).locator('input').fill(value);
		const save = this.page.getByTestId('credential-save-button');
		await save.click();
		await save.waitFor({ state: 'hidden' });
	}

	/** The rows of one group of the mapping. */
	group(name: string): Locator {
		return this.page.getByTestId(`fixed-collection-${name}`);
	}

	columns(group: string): Locator {
		return this.group(group).getByTestId('resource-locator-column');
	}

	fields(group: string): Locator {
		return this.group(group).getByTestId('resource-locator-field');
	}

	/** What a list shows while it is closed. */
	async shown(list: Locator): Promise<string> {
		return await list.getByTestId('rlc-input').inputValue();
	}

	private get items(): Locator {
		return this.page.getByTestId('rlc-item').filter({ visible: true });
	}

	/** Opens a list; it is open when it shows more than what is chosen. */
	async openList(list: Locator): Promise<Opening> {
		await list.scrollIntoViewIfNeeded();
		return await this.measure(async () => {
			await list.getByTestId('rlc-input').click();
			// Until the answer comes, the list has at most what is chosen already.
			await this.items.nth(1).waitFor();
		});
	}

	/** Opens a list that may have a single entry. */
	async openShortList(list: Locator): Promise<void> {
		await list.getByTestId('rlc-input').click();
		await this.items.first().waitFor();
	}

	/** What the open list shows. */
	async entries(): Promise<string[]> {
		return await this.items.allInnerTexts();
	}

	/** Opens a list that has nothing to show; answers what it says instead. */
	async openEmptyList(list: Locator): Promise<string> {
		await list.scrollIntoViewIfNeeded();
		await list.getByTestId('rlc-input').click();
		const said = this.page.getByTestId('rlc-error-container').filter({ visible: true });
		await said.waitFor();
		return await said.innerText();
	}

	/** A parameter of the open node, or of a part of it. */
	parameter(name: string, within = this.parameters): Locator {
		return within.getByTestId(`parameter-input-${name}`);
	}

	/** What a drop-down or a text of the open node shows. */
	async value(parameter: string, within = this.parameters): Promise<string> {
		return await this.parameter(parameter, within).locator('input').inputValue();
	}

	async type(parameter: string, text: string, within = this.parameters): Promise<void> {
		await this.parameter(parameter, within).locator('input').fill(text);
	}

	/** Chooses an entry of a drop-down of the open node. */
	async chooseOption(
		parameter: string,
		name: string | RegExp,
		within = this.parameters,
	): Promise<void> {
		const field = this.parameter(parameter, within);
		await field.scrollIntoViewIfNeeded();
		await field.click();
		await this.page.getByRole('option', { name }).filter({ visible: true }).click();
	}

	/** Chooses from a drop-down that is filled by a call, once it is. */
	async chooseListed(parameter: string, name: string, within = this.parameters): Promise<void> {
		const field = this.parameter(parameter, within);
		await field.scrollIntoViewIfNeeded();
		await field.getByPlaceholder('Select', { exact: true }).click();
		await this.page.keyboard.type(name);
		const found = this.page.getByRole('option', { name: new RegExp(`^${name}`) });
		await found.filter({ visible: true }).click();
	}

	/** Adds an option to the collection of the open node; where there is but one, n8n adds it without asking. */
	async addOption(name: string): Promise<void> {
		const add = this.page.getByTestId('collection-parameter-add');
		await add.scrollIntoViewIfNeeded();
		await add.click();
		const option = this.page.getByRole('option', { name, exact: true }).filter({ visible: true });
		const added = this.parameters.getByText(name, { exact: true });
		await option.or(added).first().waitFor();
		if (await option.isVisible()) await option.click();
		await added.first().waitFor();
	}

	/** Adds an entry to a collection of the open node; answers the collection. */
	async addTo(collection: string): Promise<Locator> {
		const all = this.group(collection);
		await all.getByTestId('fixed-collection-add').click();
		await all.getByTestId('fixed-collection-delete').first().waitFor({ state: 'attached' });
		return all;
	}

	/** Executes the open node, and waits until its output says so. */
	async press(says: RegExp): Promise<void> {
		await this.page.getByTestId('node-execute-button').first().click();
		await this.page.getByTestId('output-panel').getByText(says).first().waitFor();
	}

	/** Executes the open node and those before it, and waits for the end. */
	async executeStep(): Promise<void> {
		await this.page.getByTestId('node-execute-button').first().click();
		await this.page.getByTestId('output-panel').getByTestId('ndv-items-count').waitFor();
	}

	/** Searches an open list; answers what it shows then. */
	async searchList(text: string): Promise<string[]> {
		const answer = this.page.waitForResponse(
			(response) =>
				response.url().endsWith('/resource-locator-results') &&
				(response.request().postData() ?? '').includes(JSON.stringify(text)),
		);
		await this.page.getByTestId('rlc-search').filter({ visible: true }).fill(text);
		await answer;
		await this.page.evaluate(CALM);
		return await this.items.allInnerTexts();
	}

	/** Chooses the entry with exactly this name from an open list. */
	async pick(name: string): Promise<void> {
		await this.items.filter({ hasText: name }).first().click();
		await this.items.first().waitFor({ state: 'hidden' });
	}

	async choose(list: Locator, search: string, name: string): Promise<void> {
		await this.openList(list);
		await this.searchList(search);
		await this.pick(name);
	}

	async addRow(group: string): Promise<void> {
		const rows = await this.columns(group).count();
		await this.group(group).getByTestId('fixed-collection-add').click();
		await this.columns(group).nth(rows).waitFor();
	}

	/** Adds a row to any fixed collection; it is there when nothing is left to draw. */
	async measureAddRow(group: string): Promise<Opening> {
		const add = this.group(group).getByTestId('fixed-collection-add');
		await add.scrollIntoViewIfNeeded();
		return await this.measure(async () => {
			await add.click();
			await this.page.evaluate(CALM);
		});
	}

	async openDataTable(name: string): Promise<void> {
		await this.page.goto(`${this.n8n.url}/home/datatables`);
		await this.page.getByText(name, { exact: true }).first().click();
		await this.page.getByRole('row').nth(1).waitFor();
	}

	/** Turns to the last page of the open Data Table. */
	async lastPageOfTable(): Promise<void> {
		await this.page.locator('.el-pager .number, [data-type="page"]').last().click();
	}

	/** A notice above the parameters of the open node. */
	notice(text: RegExp): Locator {
		return this.page.getByTestId('node-parameters').getByText(text);
	}

	/** Waits until n8n has saved by itself what was changed. */
	async saved(change: () => Promise<void>): Promise<void> {
		const save = this.page.waitForResponse(
			(response) =>
				response.request().method() === 'PATCH' &&
				/\/rest\/workflows\/[^/]+$/.test(new URL(response.url()).pathname),
		);
		await change();
		await save;
	}

	/** Publishes what is on screen. */
	async publish(): Promise<void> {
		await this.page.getByTestId('workflow-open-publish-modal-button').click();
		await this.page.getByTestId('workflow-publish-button').click();
		await this.page.getByTestId('workflow-publish-button').waitFor({ state: 'hidden' });
	}

	private lastYardstick = { at: 0, work: 0 };

	/** Processor time that the yardstick takes at present; what was measured a moment ago still holds. */
	private async yardstick(age = 0): Promise<number> {
		const { at, work } = this.lastYardstick;
		if (Date.now() - at < age) return work;
		const before = await this.browser.workOfPages();
		await this.page.evaluate(YARDSTICK);
		const taken = (await this.browser.workOfPages()) - before;
		this.lastYardstick = { at: Date.now(), work: taken };
		return taken;
	}

	private async measure(action: () => Promise<void>): Promise<Opening> {
		const calls: string[] = [];
		const note = (request: Request) => {
			const { pathname } = new URL(request.url());
			if (pathname.startsWith('/rest/')) calls.push(`${request.method()} ${pathname}`);
		};
		this.page.on('request', note);
		try {
			const before = await this.yardstick(YARDSTICK_HOLDS_MS);
			const worked = await this.browser.workOfPages();
			const started = Date.now();
			await action();
			const milliseconds = Date.now() - started;
			const work = (await this.browser.workOfPages()) - worked;
			await this.page.waitForTimeout(LATE_CALLS_MS);
			// Neighbours take the processor's caches too: what they cost, the yardstick has paid as well.
			const pace = (before + (await this.yardstick())) / 2 / YARDSTICK_MS;
			return { milliseconds, work: Math.round(work / Math.max(1, pace)), calls };
		} finally {
			this.page.off('request', note);
		}
	}
}
