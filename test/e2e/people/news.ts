import { setTimeout as sleep } from 'node:timers/promises';
import { Mailbox } from '../harness/mailbox';
import { waitFor } from '../harness/waiting';
import { inLedger } from '../scenario/lane';
import { operate } from './operate';
import type { Scene } from './scene';

const STOP = 'Somebody has to look at this. Choose Resume';

/** *Tell the Team*, by n8n's own mail step. When what is told: `test/scenarios/people/news.test.ts`. */
export function news(scene: Scene): void {
	let mailbox: Mailbox;
	beforeAll(async () => {
		mailbox = await Mailbox.open();
		const smtp = await scene.world.n8n.createCredential('Mail', 'smtp', mailbox.credential);
		await scene.change((nodes) => {
			const mail = nodes.get('By Mail')!;
			mail.disabled = false;
			Object.assign(mail.parameters, { fromEmail: 'n8n@x.example', toEmail: 'team@x.example' });
			mail.credentials = { smtp };
		});
	});
	afterAll(async () => {
		await scene.change((nodes) => void (nodes.get('By Mail')!.disabled = true));
		mailbox.close();
	});

	/** A stop, as any that the sync comes to by itself. */
	const stop = () => {
		const sql = "update lane set stopped = ? where name = 'people'";
		inLedger(scene.world.n8n, (ledger) => ledger.prepare(sql).run(STOP), false);
	};

	it('sends a message to try, by hand', async () => {
		const { n8n, lane } = scene.world;
		const { status } = await n8n.runManually(lane.workflow, 'When Something Fails');
		expect(status).toBe('success');
		expect(mailbox.mails).toHaveLength(1);
		expect(mailbox.mails[0]).toMatch(
			/^To: team@x\.example$.*^Subject: Sync of Marketo and Dynamics 365: /ms,
		);
	});

	it('sends one mail when the sync has stopped, none when n8n starts it anew, and one for the next stop', async () => {
		const { world } = scene;
		await world.sync();
		mailbox.mails.length = 0;
		stop();
		await waitFor(() => mailbox.mails.length > 0, { what: 'a mail' });
		expect(mailbox.mails[0]).toMatch(/Subject: .*: stopped$.*Somebody has to look at this/ms);
		await world.n8n.unpublish(world.lane.workflow);
		await world.n8n.publish(world.lane.workflow);
		await sleep(5_000);
		expect(mailbox.mails).toHaveLength(1);
		await operate(scene, 'sync', 'resume');
		await world.sync();
		stop();
		await waitFor(() => mailbox.mails.length > 1, { what: 'another mail' });
		await operate(scene, 'sync', 'resume');
		await world.sync();
	});

	it('sends the digest where the step was switched on in a workflow that ran already: n8n leaves its trigger as it was', async () => {
		const { n8n, lane } = scene.world;
		const publishOver = async (disabled: boolean) => {
			const workflow = await scene.world.workflow();
			workflow.nodes.find(({ name }) => name === 'By Mail')!.disabled = disabled;
			await n8n.updateWorkflow(lane.workflow, workflow);
			await n8n.publish(lane.workflow);
			await scene.world.sync();
		};
		await scene.change((nodes) => void (nodes.get('By Mail')!.disabled = true));
		await publishOver(false);
		mailbox.mails.length = 0;
		// None was sent for a day.
		const sql = "update meta set value = json_set(value, '$.digest', 0) where name = 'told.people'";
		inLedger(n8n, (ledger) => ledger.prepare(sql).run(), false);
		await waitFor(() => mailbox.mails.length > 0, { what: 'the digest' });
		await publishOver(true);
		mailbox.mails.length = 0;
		inLedger(n8n, (ledger) => ledger.prepare(sql).run(), false);
		await sleep(5_000);
		expect(mailbox.mails).toEqual([]);
	});
}
