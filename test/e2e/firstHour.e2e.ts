import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { IWorkflowBase } from 'n8n-workflow';
import { MarketoVendor } from '../vendors/marketo';
import { DynamicsVendor } from '../vendors/dynamics';
import { Browser } from './harness/browser';
import { N8nServer } from './harness/n8nServer';
import { ROOT } from './harness/tools';
import { startTwins, type Twins } from './harness/twins';
import { waitFor } from './harness/waiting';
import { credentialData } from './harness/world';
import { Editor } from './scenario/editor';
import { Hand } from './scenario/hand';

const FILE = path.join(ROOT, 'workflows/people-sync.json');
const START = 'Set Up and Preview';

/** Clicks from *Import from file* to the first synced lead, the two credentials being there. */
const MOST_CLICKS = 10;

const asking = ({ nodes }: IWorkflowBase, kind: string) =>
	nodes.filter(({ type }) =>
		kind === 'marketoApi' ? type.endsWith('.marketo') : type.endsWith('.microsoftDynamics365'),
	);

/** A new n8n beside systems that nobody has prepared: what a new user meets, by mouse alone. */
describe('the first hour', () => {
	let twins: Twins;
	let n8n: N8nServer;
	let browser: Browser;
	let hand: Hand;
	let editor: Editor;

	beforeAll(async () => {
		twins = await startTwins(['--leads', '30', '--contacts', '20', '--people', '20']);
		n8n = await N8nServer.start({ env: { MARKETO_DYNAMICS_FAST: '1' } });
		browser = await Browser.open({ width: 1440, height: 950 });
		browser.page.setDefaultTimeout(60_000);
		hand = await Hand.on(browser.page, n8n);
		editor = await Editor.signIn(browser, n8n);
	});
	afterAll(async () => {
		await browser?.close();
		await n8n?.remove();
		await twins?.stop();
	});

	const credentialsOf = async (id: string, kind: string) =>
		asking(await n8n.workflow(id), kind).map(({ credentials }) => credentials?.[kind]?.name);

	const openWorkflow = () => /\/workflow\/(\w+)/.exec(browser.page.url())![1]!;

	it('imports every step of the file', async () => {
		const { nodes } = JSON.parse(await readFile(FILE, 'utf8')) as IWorkflowBase;
		await hand.newWorkflow();
		const id = await hand.importFile(FILE);
		// n8n drops steps of which it allows one only, and says nothing.
		const saved = async () => await n8n.workflow(id).catch(() => undefined);
		const kept = await waitFor(saved, { what: 'the workflow being saved' });
		const imported = kept.nodes.map(({ name }) => name);
		expect(imported.sort()).toEqual(nodes.map(({ name }) => name).sort());
	});

	it('without credentials: one sentence says where to choose one, and one that is created in a step fills in the others', async () => {
		await hand.execute(START);
		expect(await hand.notice(/Problem in node/)).toMatch(
			/To do before the sync can start: .*No .* API credential is chosen: open "Validate .*" and choose or create one; n8n then fills in the other steps/,
		);
		await expect(
			browser.page.getByTestId('workflow-open-publish-modal-button').isDisabled(),
		).resolves.toBe(true);
		const { marketoApi, microsoftDynamics365Api } = credentialData(twins.line);
		const id = openWorkflow();
		await editor.openNode('Prepare Marketo');
		await editor.createCredential(marketoApi);
		expect(await hand.notice(/Added this credential/)).toMatch(/to 3 other node/);
		await editor.closeNode();
		const all = async () => (await credentialsOf(id, 'marketoApi')).every(Boolean);
		await waitFor(all, { what: 'the credential being saved in all steps' });
		await n8n.removeWorkflow(id);
		await n8n.createCredential('Dynamics 365', 'microsoftDynamics365Api', microsoftDynamics365Api);
	});

	it('previewing before set-up: one sentence says what comes first', async () => {
		await hand.newWorkflow();
		await hand.importFile(FILE);
		await hand.execute('When a Sync Is Due');
		expect(await hand.notice(/Problem in node/)).toMatch(
			/Marketo has no person fields for the Dynamics IDs yet: execute the workflow from "Set Up and Preview" first$/,
		);
	});

	it('publishing before set-up: one sentence says what comes first, and nothing runs', async () => {
		const id = openWorkflow();
		await hand.publish();
		expect(await hand.notice(/could not be activated/)).toMatch(
			/"The sync is not set up yet: execute the workflow from "Set Up and Preview", then publish it"$/,
		);
		await n8n.unpublish(id);
		expect(await n8n.executions({ workflowId: id, status: 'error' })).toHaveLength(1);
		await n8n.removeWorkflow(id);
	});

	it(`takes ${MOST_CLICKS} clicks at most from Import from File to the first synced lead, set-up, preview and publishing among them`, async () => {
		const crm = new DynamicsVendor(twins.line.dynamics);
		const [lead] = await crm.all('leads');
		const marketo = new MarketoVendor(twins.line.marketo);
		const started = Date.now();
		await hand.newWorkflow();
		hand.forget();
		const id = await hand.importFile(FILE);
		await hand.execute(START);
		await hand.notice(/executed successfully/);
		await hand.openLogs();
		const preview = await hand.outputInLogs('Resolve Sync Conflict');
		await preview
			.getByText(/This page would link \d+ records?, create \d+ people/)
			.first()
			.waitFor();
		await hand.publish();
		await hand.click('Got it', browser.page.getByRole('button', { name: 'Got it' }));
		await waitFor(
			async () =>
				(await marketo.people('dynamicsLeadId', [String(lead!.leadid)], ['id'])).length === 1,
			{ what: 'the first lead in Marketo', timeout: 120_000 },
		);
		console.log(
			`From import to the first synced lead in ${Date.now() - started} ms: ${hand.clicks.join(' · ')}`,
		);
		expect(hand.clicks).toEqual([
			'⋯',
			'Import from file',
			'File dialog, 1',
			'File dialog, 2',
			'Execute workflow, beside Set Up and Preview',
			'Logs',
			'Resolve Sync Conflict, in the logs',
			'Publish',
			'Publish, in the dialog',
			'Got it',
		]);
		expect(hand.clicks.length).toBeLessThanOrEqual(MOST_CLICKS);
		expect(hand.counted).toBe(hand.clicks.length);
		// As the note in the workflow says: n8n has chosen both credentials by itself.
		expect((await credentialsOf(id, 'marketoApi')).every(Boolean)).toBe(true);
	});

	it('a second import is told which workflow runs the sync, and how to move it', async () => {
		const running = openWorkflow();
		await hand.newWorkflow();
		await hand.importFile(FILE);
		await hand.publish();
		expect(await hand.notice(/could not be activated/)).toMatch(
			new RegExp(
				`"Workflow "[^"]+" \\(${running}\\) runs this sync already: leave this one unpublished, or unpublish that one and use "Take Over" of the Marketo Dynamics Sync node here"$`,
			),
		);
	});
});
