import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, selectors, type BrowserContext, type Locator, type Page } from 'playwright-core';
import type { N8nServer } from './n8nServer';
import { ROOT, toolOrThrow } from './tools';

// The attribute by which n8n's editor names what tests look for.
selectors.setTestIdAttribute('data-test-id');

/** No sandbox for root, and no talking to the browser's maker. */
const FLAGS = [
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

export interface BrowserOptions {
	width?: number;
	height?: number;
	/** Where screenshots go; `.e2e/screenshots` of the project unless told. */
	screenshots?: string;
}

/** A real browser with one page, for looking at n8n as people do. */
export class Browser {
	private constructor(
		private readonly context: BrowserContext,
		private readonly profile: string,
		private readonly screenshots: string,
		readonly page: Page,
	) {}

	static async open({
		width = 1440,
		height = 900,
		screenshots = path.join(ROOT, '.e2e/screenshots'),
	}: BrowserOptions = {}): Promise<Browser> {
		const profile = await mkdtemp(path.join(os.tmpdir(), 'browser-'));
		const asRoot = process.getuid?.() === 0;
		const context = await chromium.launchPersistentContext(profile, {
			executablePath: toolOrThrow('chromium'),
			headless: true,
			args: asRoot ? ['--no-sandbox', ...FLAGS] : FLAGS,
			viewport: { width, height },
		});
		const page = context.pages()[0] ?? (await context.newPage());
		return new Browser(context, profile, screenshots, page);
	}

	/** Signs in to the editor by its form, and waits until the start page is there. */
	async signIn(n8n: Pick<N8nServer, 'url' | 'owner'>): Promise<void> {
		await this.page.goto(`${n8n.url}/signin`);
		await this.page.locator('input[name="emailOrLdapLoginId"]').fill(n8n.owner.email);
		await this.page.locator('input[name="password"]').fill(n8n.owner.password);
		await this.page.getByTestId('form-submit-button').click();
		await this.page.waitForURL((url) => !url.pathname.startsWith('/signin'));
	}

	/** Opens a workflow in the editor and waits until its canvas shows nodes. */
	async openWorkflow(n8n: Pick<N8nServer, 'url'>, workflowId: string): Promise<void> {
		await this.page.goto(`${n8n.url}/workflow/${workflowId}`);
		await this.page.getByTestId('canvas-node').first().waitFor();
	}

	/** Saves what is on screen, or a part of it, as PNG; answers the file. */
	async screenshot(name: string, part?: Locator): Promise<string> {
		await mkdir(this.screenshots, { recursive: true });
		const file = path.join(this.screenshots, `${name}.png`);
		await (part ?? this.page).screenshot({ path: file });
		return file;
	}

	/** Processor time of all pages since they were opened, in milliseconds. */
	async workOfPages(): Promise<number> {
		const session = await this.context.browser()!.newBrowserCDPSession();
		try {
			const { processInfo } = await session.send('SystemInfo.getProcessInfo');
			const pages = processInfo.filter(({ type }) => type === 'renderer');
			return pages.reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0);
		} finally {
			await session.detach();
		}
	}

	async close(): Promise<void> {
		await this.context.close();
		await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
	}
}
