import type { Locator, Page } from 'playwright-core';
import type { N8nServer } from '../harness/n8nServer';

/** Choosing a file in the system's dialog: the file, then *Open*. No browser shows it to a test. */
const CLICKS_IN_A_FILE_DIALOG = 2;

/** How long n8n may take to select what has just run. */
const SELECTED_WITHIN_MS = 2_000;

/**
 * A hand on the mouse that counts. The page counts as well, for itself: what the two say has to agree. Keys and
 * code do nothing here.
 */
export class Hand {
	/** What was clicked, one entry a click. */
	readonly clicks: string[] = [];
	private seen = 0;

	private constructor(
		readonly page: Page,
		private readonly n8n: N8nServer,
	) {}

	static async on(page: Page, n8n: N8nServer): Promise<Hand> {
		const hand = new Hand(page, n8n);
		await page.exposeFunction('sawPress', () => void hand.seen++);
		await page.addInitScript(
			"window.addEventListener('pointerdown', (event) => event.isTrusted && window.sawPress(), true)",
		);
		return hand;
	}

	/** Mouse clicks that the page has seen, and those of the system's dialogs. */
	get counted(): number {
		const elsewhere = this.clicks.filter((what) => what.startsWith('File dialog')).length;
		return this.seen + elsewhere;
	}

	/** From here on. */
	forget(): void {
		this.clicks.length = 0;
		this.seen = 0;
	}

	async click(what: string, where: Locator): Promise<void> {
		await where.click();
		this.clicks.push(what);
	}

	/** A new, empty workflow: where n8n's *Create workflow* leads. */
	async newWorkflow(): Promise<void> {
		await this.page.goto(`${this.n8n.url}/workflow/new`);
		await this.page.getByTestId('canvas-add-button').waitFor();
	}

	/** *⋯ > Import > From file*; answers the workflow's id. */
	async importFile(file: string): Promise<string> {
		await this.click('⋯', this.page.getByTestId('workflow-menu'));
		await this.page.getByTestId('workflow-menu-item-import').hover();
		const chooser = this.page.waitForEvent('filechooser');
		const item = this.page.getByTestId('workflow-menu-item-import-from-file');
		await this.click('Import from file', item);
		await (await chooser).setFiles(file);
		for (let click = 1; click <= CLICKS_IN_A_FILE_DIALOG; click++)
			this.clicks.push(`File dialog, ${click}`);
		await this.page.getByTestId('canvas-node').first().waitFor();
		const saved = /\/workflow\/(?!new)([A-Za-z0-9]+)/;
		await this.page.waitForURL(saved);
		return saved.exec(this.page.url())![1]!;
	}

	/** Presses *Execute workflow* beside a trigger. */
	async execute(trigger: string): Promise<void> {
		const node = this.page.locator(`[data-test-id="canvas-node"][data-node-name="${trigger}"]`);
		await node.hover();
		const button = this.page.getByTestId(`execute-workflow-button-${trigger}`);
		await this.click(`Execute workflow, beside ${trigger}`, button);
	}

	/** Presses *Execute step* above a step on the canvas. */
	async executeStep(name: string): Promise<void> {
		const node = this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
		await node.hover();
		await this.click(`Execute step, ${name}`, node.getByTestId('execute-node-button'));
	}

	async openLogs(): Promise<void> {
		await this.click('Logs', this.page.getByTestId('logs-overview-header'));
	}

	/** Clicks a step in the open logs, unless it is selected already; answers what it shows of its output. */
	async outputInLogs(step: string): Promise<Locator> {
		const row = this.page.getByTestId('logs-overview-body').getByText(step, { exact: true });
		await row.waitFor();
		const selected = this.page.getByTestId('log-details-header').getByText(step, { exact: true });
		// n8n selects what ran last, in a moment; a click on the selected one closes it.
		await selected.waitFor({ timeout: SELECTED_WITHIN_MS }).catch(async () => {
			await this.click(`${step}, in the logs`, row);
		});
		return this.page.getByTestId('log-details-output');
	}

	/** *Publish*, and once more in n8n's dialog. */
	async publish(): Promise<void> {
		await this.click('Publish', this.page.getByTestId('workflow-open-publish-modal-button'));
		await this.click('Publish, in the dialog', this.page.getByTestId('workflow-publish-button'));
	}

	/** The text of n8n's next notice with these words. */
	async notice(words: RegExp): Promise<string> {
		const notice = this.page.locator('.el-notification').filter({ hasText: words }).last();
		await notice.waitFor();
		return (await notice.innerText()).replace(/\s+/g, ' ');
	}
}
