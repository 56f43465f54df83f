import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { IWorkflowBase } from 'n8n-workflow';
import { choices } from './browser/choices';
import { manyColumns } from './browser/manyColumns';
import { Browser } from './harness/browser';
import { ROOT } from './harness/tools';
import { waitFor } from './harness/waiting';
import { Editor } from './scenario/editor';
import { PeopleWorld } from './scenario/peopleWorld';

const RESOLVE = 'Resolve Sync Conflict';

/** The pictures of the README are made by this very run, when somebody asks for new ones. */
const PICTURES = process.env.README_PICTURES ? path.join(ROOT, 'docs/pictures') : undefined;

describe('the editor', () => {
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
		browser = await Browser.open({
			width: 1440,
			height: 950,
			...(PICTURES && { screenshots: PICTURES }),
		});
		browser.page.setDefaultTimeout(60_000);
		editor = await Editor.signIn(browser, people.n8n);
	});
	afterAll(async () => {
		await browser?.close();
		await people?.stop();
		await rm(folder, { recursive: true, force: true });
	});

	it('finds the nodes under the names of both systems', async () => {
		await editor.openWorkflow(people.lane.workflow);
		// The panel shows a node and the trigger of the same name as one.
		const sync = ['Marketo Dynamics Sync', 'Resolve Sync Conflict'];
		for (const [text, node] of [
			['marketo', 'Marketo'],
			['dynamics', 'Microsoft Dynamics 365'],
		] as const) {
			const found = await editor.searchNodes(text, node);
			expect(found).toEqual(expect.arrayContaining([node, ...sync]));
		}
		await editor.closeNodePanel();
	});

	it('says at once when a row repeats a field or its types do not fit, which rows these are, and no more when that is mended', async () => {
		await editor.openWorkflow(people.lane.workflow);
		await editor.openNode(RESOLVE);
		const field = editor.fields('leadBothWays').nth(1);
		expect(await editor.shown(field)).toBe('First Name · text 255 · firstName');
		const repeated = editor.notice(/Two rows of one table use the same/);
		const misfit = editor.notice(/types do not fit/);
		expect([await repeated.count(), await misfit.count()]).toEqual([0, 0]);
		await editor.choose(field, 'unsubscribed', 'Unsubscribed · yes/no · unsubscribed · mapped');
		await repeated.waitFor();
		await misfit.waitFor();
		// A notice has one text: which rows they are says the list below it.
		const skipped = browser.page.getByTestId('resource-locator-skippedRows');
		await editor.openShortList(skipped);
		expect((await editor.entries()).map((entry) => entry.split('. ')[0])).toEqual([
			'Leads: First Name (firstname) ⇄ Unsubscribed (unsubscribed)',
			'Leads: Do not allow Bulk Emails (donotbulkemail) ⇄ Unsubscribed (unsubscribed)',
		]);
		await browser.page.keyboard.press('Escape');
		await editor.choose(field, 'firstName', 'First Name · text 255 · firstName');
		await repeated.waitFor({ state: 'hidden' });
		await misfit.waitFor({ state: 'hidden' });
		await skipped.waitFor({ state: 'hidden' });
		await editor.closeNode();
	});

	it('shows the shipped workflow, its mapping and a list', async () => {
		await browser.page.setViewportSize({ width: 1760, height: 1100 });
		await editor.openWorkflow(people.lane.workflow);
		await browser.page.getByTestId('zoom-to-fit').click();
		await browser.page.waitForTimeout(1_000);
		await browser.screenshot('canvas');
		await browser.page.setViewportSize({ width: 1440, height: 950 });
		await editor.openNode(RESOLVE);
		expect(await editor.shown(editor.columns('leadBothWays').nth(5))).toBe(
			'Job Title · text 100 · jobtitle',
		);
		await browser.page.mouse.move(0, 0);
		await browser.screenshot('mapping');
		await editor.openList(editor.fields('leadBothWays').nth(7));
		expect(await editor.searchList('phone')).toContain('Phone Number · phone 255 · phone · mapped');
		await browser.page.mouse.move(0, 0);
		await browser.screenshot('list');
		await browser.page.keyboard.press('Escape');
		await editor.closeNode();
	});

	it('takes a new row of custom columns, and the next runs carry it both ways', async () => {
		await people.publish();
		await editor.openWorkflow(people.lane.workflow);
		await editor.openNode(RESOLVE);
		await editor.saved(async () => {
			await editor.addRow('leadBothWays');
			const column = editor.columns('leadBothWays').last();
			const field = editor.fields('leadBothWays').last();
			await editor.choose(column, 'persona', 'Persona · text 60 · new_persona');
			await editor.choose(field, 'extra field 007', 'Extra Field 007 · text 255 · extraField007');
		});
		await editor.closeNode();
		await waitFor(
			async () => JSON.stringify((await people.workflow()).nodes).includes('extraField007'),
			{ what: 'the new row being saved' },
		);
		await editor.publish();
		const [one, other] = people.pairs('lead');
		await people.sync();
		await people.editRow(one!, { new_persona: 'From Dynamics' });
		await people.editPerson(other!, { extraField007: 'From Marketo' });
		await people.sync();
		await waitFor(
			async () => (await people.person(one!, 'extraField007')).extraField007 === 'From Dynamics',
			{ what: "Dynamics' value in Marketo" },
		);
		await waitFor(async () => (await people.row(other!)).new_persona === 'From Marketo', {
			what: "Marketo's value in Dynamics",
		});
		const { contact, lead } = await mappedRows(people);
		expect([lead, contact]).toEqual([32, 25]);
	});

	it('shows conflicts in a Data Table, in words', async () => {
		const [lead, another] = people.pairs('lead').slice(2);
		const [contact] = people.pairs('contact');
		await people.together(
			async () =>
				await people.editRow(lead!, { jobtitle: 'Head of Purchasing', address1_city: 'Lyon' }),
			async () => await people.editPerson(lead!, { title: 'Purchasing Manager', city: 'Paris' }),
			async () => await people.editRow(another!, { telephone1: '+49 30 1234567' }),
			async () => await people.editPerson(another!, { phone: '+49 30 7654321' }),
			async () => await people.editRow(contact!, { jobtitle: 'Chief Engineer' }),
			async () => await people.editPerson(contact!, { title: 'Engineer' }),
		);
		await browser.page.setViewportSize({ width: 1760, height: 700 });
		const recorded = await waitFor(
			async () => {
				const rows = await people.n8n.dataTableRows('Sync conflicts');
				return rows.filter(({ base }) => base === 'known').length >= 4 && rows;
			},
			{ what: 'four conflicts in the Data Table' },
		);
		expect(recorded).toContainEqual(
			expect.objectContaining({
				dynamicsValue: 'Head of Purchasing',
				marketoValue: 'Purchasing Manager',
				winner: 'marketo',
			}),
		);
		await editor.openDataTable('Sync conflicts');
		// Twenty rows are a page; the newest come last. On a busy machine the first turn may come too early.
		await waitFor(
			async () => {
				await editor.lastPageOfTable();
				return await browser.page.getByText('Head of Purchasing').first().isVisible();
			},
			{ interval: 2_000, what: 'the newest conflict on screen' },
		);
		await browser.page.waitForTimeout(1_000);
		await browser.screenshot('conflicts');
	});

	it('lists who needs help with the reason and the remedy', async () => {
		await browser.page.setViewportSize({ width: 1760, height: 480 });
		await editor.openDataTable('Sync needs help');
		await browser.page.getByText('Merge them in Marketo, then choose Retry').first().waitFor();
		await browser.page.waitForTimeout(1_000);
		await browser.screenshot('needs-help');
	});

	it('shows both systems side by side', async () => {
		await browser.page.setViewportSize({ width: 1760, height: 560 });
		await browser.page.goto(`${people.world.twins.line.dynamics.url}/`);
		await browser.page.locator('#rows input').first().waitFor();
		await browser.page.waitForTimeout(1_000);
		await browser.screenshot('side-by-side');
		await browser.page.setViewportSize({ width: 1440, height: 950 });
	});

	it('shows in the trigger what to paste where in Marketo', async () => {
		const file = path.join(ROOT, 'workflows/sync-person-to-dynamics.json');
		const workflow = JSON.parse(await readFile(file, 'utf8')) as IWorkflowBase;
		const { id } = await people.n8n.importWorkflow(workflow, people.world.credentials);
		await editor.openWorkflow(id);
		const panel = async (name: string) => {
			await editor.openNode(name);
			await browser.page.getByText('Webhook URLs', { exact: true }).first().click();
			await browser.page.getByText('Production URL').first().click();
			await browser.page.waitForTimeout(1_000);
			const whole = browser.page.getByTestId('ndv').filter({ visible: true }).first();
			const text = await whole.innerText();
			const inputs = await whole
				.locator('textarea, input')
				.evaluateAll((all) =>
					all.map((one) => (one as unknown as { value: string }).value).join('\n'),
				);
			return `${text}\n${inputs}`;
		};
		const webhook = await panel('When a Webhook Sends a Person');
		expect(webhook).toMatch(/\/webhook\/[\w-]+\/person/);
		expect(webhook).toMatch(/Set Custom Header/);
		expect(webhook).toMatch(/"leadId": \{\{lead\.Id\}\}/);
		await browser.screenshot('marketo-trigger');
		await editor.closeNode();
		const flowStep = await panel('When a Flow Step Sends People');
		expect(flowStep).toMatch(/\/webhook\/[\w-]+\/openapi\.json/);
		expect(flowStep).toMatch(/Service Providers/);
		await editor.closeNode();
	});

	it('asks for no more than sign-in needs in a credential', async () => {
		const { id } = await people.n8n.createCredential('Dynamics 365', 'microsoftDynamics365Api', {
			environmentUrl: 'https://contoso.crm4.dynamics.com',
			signInWith: 'clientSecret',
			tenantId: '9d3c1f7e-0000-4000-8000-5b1f2c7e4a10',
			clientId: '4b7ad1f2-0000-4000-8000-8c2d9e6f3b21',
			clientSecret: 'a-secret',
			cloud: 'public',
		});
		await browser.page.goto(`${people.n8n.url}/home/credentials/${id}`);
		await browser.page.getByText('Client Secret').first().waitFor();
		await browser.page.waitForTimeout(1_500);
		const dialog = browser.page.getByRole('dialog').filter({ visible: true }).first();
		expect(await dialog.innerText()).not.toMatch(/token/i);
	});

	describe('what people choose', () => choices(() => ({ people, editor })));
});

async function mappedRows(people: PeopleWorld): Promise<Record<'lead' | 'contact', number>> {
	const { nodes } = await people.workflow();
	const { parameters } = nodes.find(({ name }) => name === RESOLVE)!;
	const count = (table: string) =>
		['BothWays', 'ToMarketo', 'ToDynamics']
			.map(
				(group) =>
					(parameters[table + group] as { rows?: unknown[] } | undefined)?.rows?.length ?? 0,
			)
			.reduce((sum, rows) => sum + rows, 0);
	return { lead: count('lead'), contact: count('contact') };
}
