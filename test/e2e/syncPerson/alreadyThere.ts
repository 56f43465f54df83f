import type { By } from '../scenario/flowActions';
import type { LoggedCall } from '../scenario/twinControl';
import type { FlowScene } from './flowScene';

const WAYS: By[] = ['webhook', 'flowStep'];

/** What a flow step is told goes to Marketo, too. */
const isAnswer = ({ path }: LoggedCall) => path.includes('/callback/');

/** Who is linked already is left alone. Who is to be linked, or ambiguous: `test/scenarios/people/campaigns.test.ts`. */
export function alreadyThere(scene: FlowScene): void {
	it.each(WAYS)('linked: nothing is done, and that is said (by %s)', async (by) => {
		const [lead, contact] = [scene.world.pairs('lead')[3]!, scene.world.pairs('contact')[3]!];
		await scene.withoutRuns(async () => {
			await scene.world.forgetCalls();
			const told = await scene.actions.run([lead.person, contact.person], {
				by,
				action: 'syncPerson',
				parameters: { syncAs: 'lead' },
			});
			expect(told).toMatchObject([
				{
					success: true,
					dynamicsTable: 'lead',
					dynamicsId: lead.id,
					reason: expect.stringContaining('nothing was done') as string,
				},
				{
					success: true,
					dynamicsTable: 'contact',
					dynamicsId: contact.id,
					reason: expect.stringContaining('nothing was done') as string,
				},
			]);
			const written = (await scene.world.writeCalls()).filter((call) => !isAnswer(call));
			expect(written).toEqual([]);
		});
	});
}
