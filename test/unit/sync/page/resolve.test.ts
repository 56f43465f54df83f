import { afterPage, lookForWork } from '../../../../sync/schedule/runs';
import { NotThisPage } from '../../../../sync/schedule/token';
import { resolvePage } from '../../../../sync/page/resolve';
import { ADA, linkedPair } from '../operate/sandbox';

/** A page whose records of Dynamics were lost on their way, as behind a Filter. */
async function thinnedOut() {
	const sandbox = await linkedPair();
	sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
	sandbox.now += 3_600_000;
	const look = await lookForWork(sandbox.ledger, sandbox.setting);
	if (look.do !== 'page') throw new Error(look.why);
	const read = await sandbox.read(look.start.page);
	const dynamicsItems = read.dynamicsItems.filter(
		(item) => (item as { kind: string }).kind === 'page',
	);
	return { sandbox, ref: look.ref, read: { ...read, dynamicsItems } };
}

describe(resolvePage, () => {
	it('refuses a page that lacks announced records, and says what to remove (R4)', async () => {
		const { sandbox, read } = await thinnedOut();
		await expect(sandbox.resolve(read)).rejects.toMatchObject({
			message: expect.stringMatching(/announced 1 records, but 0 arrived/) as string,
			remedy: expect.stringMatching(/^Remove the node between them/) as string,
		});
	});

	it('says of an old page that it is over, not what was wrong with it then (R2: it is mended by now)', async () => {
		const { sandbox, ref, read } = await thinnedOut();
		await afterPage(sandbox.ledger, sandbox.setting, ref);
		const refused = expect(sandbox.resolve(read)).rejects;
		await refused.toThrow(NotThisPage);
		await refused.toThrow('This execution of the sync is over');
	});
});
