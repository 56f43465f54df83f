import { explain } from '../../../../sync/operate/explain';
import { ADA, linkedPair, type Sandbox } from '../operate/sandbox';

const refusal = { field: 'jobtitle', code: 'tooLong', reason: 'Too long', remedy: 'Shorten it' };

/** Marketo's title was refused by Dynamics; Marketo wins for leads. */
async function refused(): Promise<Sandbox> {
	const sandbox = await linkedPair();
	sandbox.answerOfDynamics = (_, values) =>
		values.jobtitle === 'Chief of Everything' ? { kind: 'refused', refusal } : undefined;
	sandbox.savePerson('7', { title: 'Chief of Everything' });
	await sandbox.run();
	expect(sandbox.needy).toEqual([`lead:${ADA}:dynamics:jobtitle`]);
	return sandbox;
}

const conflicts = async (sandbox: Sandbox) =>
	await sandbox.ledger.db.selectFrom('conflict').select(['row', 'winner', 'rule']).execute();
const RULE = "Edited where the other side's value was refused";

describe('R36: an edit where a value was refused', () => {
	it('is carried over, though the other side wins by policy (its value would be refused for ever)', async () => {
		const sandbox = await refused();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		expect(sandbox.people.get('7')!.title).toBe('Chief');
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Chief');
	});

	it('closes what needed help, and puts the value that gave way on record', async () => {
		const sandbox = await refused();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Chief' });
		await sandbox.run();
		await sandbox.run();
		expect(sandbox.needy).toEqual([]);
		expect(await sandbox.ledger.db.selectFrom('held').selectAll().execute()).toEqual([]);
		expect(await conflicts(sandbox)).toEqual([
			{ row: 'jobtitle>title', winner: 'dynamics', rule: RULE },
		]);
		const { history } = await explain(sandbox.ledger, { id: ADA });
		expect(history[0]).toMatchObject({
			field: 'Job Title (title)',
			to: 'Marketo',
			dynamicsValue: 'Chief',
			marketoValue: 'Chief of Everything',
			rule: RULE,
			outcome: 'written',
		});
	});

	it('is not one that stood there when the value was refused', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfDynamics = (_, values) =>
			values.jobtitle === 'Chief of Everything' ? { kind: 'refused', refusal } : undefined;
		sandbox.savePerson('7', { title: 'Chief of Everything' });
		sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
		await sandbox.run();
		sandbox.saveRow('lead', ADA, { emailaddress1: 'ada@y.test' });
		await sandbox.run();
		expect(sandbox.people.get('7')!.title).toBe('Chief of Everything');
		expect(sandbox.needy).toEqual([`lead:${ADA}:dynamics:jobtitle`]);
	});

	it('gives way to a new value of the other side', async () => {
		const sandbox = await refused();
		sandbox.saveRow('lead', ADA, { jobtitle: 'Boss' });
		sandbox.savePerson('7', { title: 'Chief' });
		await sandbox.run();
		expect(sandbox.rows.get(ADA)!.values.jobtitle).toBe('Chief');
		expect(sandbox.needy).toEqual([]);
	});

	it('answers an open question as well', async () => {
		const sandbox = await linkedPair();
		sandbox.saveRow('lead', ADA, { telephone1: '1' });
		sandbox.savePerson('7', { phone: '2' });
		await sandbox.run();
		sandbox.answerOfDynamics = (_, values) =>
			values.telephone1 === '222'
				? { kind: 'refused', refusal: { ...refusal, field: 'telephone1' } }
				: undefined;
		sandbox.savePerson('7', { phone: '222' });
		await sandbox.run();
		sandbox.saveRow('lead', ADA, { telephone1: '11' });
		await sandbox.run();
		expect(sandbox.people.get('7')!.phone).toBe('11');
		expect((await conflicts(sandbox)).at(-1)).toEqual({
			row: 'telephone1>phone',
			winner: 'dynamics',
			rule: RULE,
		});
	});

	it('fills in what a person was made without', async () => {
		const sandbox = await linkedPair();
		sandbox.answerOfMarketo = (_, values) =>
			values.title === 'Chief of Everything'
				? { kind: 'refused', refusal: { ...refusal, field: 'title' } }
				: undefined;
		const id = '33333333-3333-4333-8333-333333333333';
		sandbox.saveRow('contact', id, { emailaddress1: 'cy@x.test', jobtitle: 'Chief of Everything' });
		await sandbox.run();
		const [person] = [...sandbox.people].find(([, { email }]) => email === 'cy@x.test')!;
		expect(sandbox.needy).toEqual([`contact:${id}:marketo:title`]);
		sandbox.savePerson(person, { title: 'Chief' });
		await sandbox.run();
		expect(sandbox.rows.get(id)!.values.jobtitle).toBe('Chief');
		expect(sandbox.needy).toEqual([]);
	});
});
