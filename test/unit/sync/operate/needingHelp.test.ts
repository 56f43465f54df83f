import { needingHelp } from '../../../../sync/operate/needingHelp';
import { ADA, BOB, linkedPair, type Sandbox } from './sandbox';

const refusal = (field?: string) => ({
	kind: 'refused' as const,
	refusal: { field, code: 'x', reason: 'Too long', remedy: 'Shorten it' },
});

async function twoNeedy(): Promise<Sandbox> {
	const sandbox = await linkedPair();
	sandbox.answerOfMarketo = (_id, values) => (values.title ? refusal('title') : undefined);
	sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
	await sandbox.run();
	sandbox.savePerson('8', { email: 'bob@x.test' });
	sandbox.savePerson('9', { email: 'bob@x.test' });
	sandbox.saveRow('contact', BOB, { emailaddress1: 'bob@x.test', fullname: 'Bob' });
	await sandbox.run();
	return sandbox;
}

describe('needingHelp', () => {
	it('lists records and records with fields that stay behind, the newest first', async () => {
		const { ledger } = await twoNeedy();
		expect(await needingHelp(ledger)).toEqual([
			expect.objectContaining({
				subject: `contact:${BOB}`,
				name: `Contact Bob (${BOB})`,
				reason: expect.stringMatching(/2 people/),
			}),
			expect.objectContaining({
				subject: `lead:${ADA}`,
				name: `Lead Ada Lovelace (${ADA})`,
				reason: 'title: Too long',
			}),
		]);
	});

	it.each([
		['a name', 'lovelace', [`lead:${ADA}`]],
		['an ID', BOB, [`contact:${BOB}`]],
		['a reason', '2 PEOPLE', [`contact:${BOB}`]],
		['nothing', 'zzz', []],
	])('is searched by %s', async (_what, filter, found) => {
		const { ledger } = await twoNeedy();
		expect((await needingHelp(ledger, filter)).map(({ subject }) => subject)).toEqual(found);
	});

	it('shows no more than asked for', async () => {
		const { ledger } = await twoNeedy();
		expect(await needingHelp(ledger, '', 1)).toHaveLength(1);
	});
});
