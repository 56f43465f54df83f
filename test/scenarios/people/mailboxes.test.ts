import { row, smallMapping } from '../support/mapping';
import { SyncWorld } from '../support/world';

describe('an e-mail address', () => {
	let world: SyncWorld;
	beforeAll(async () => {
		world = await SyncWorld.start({
			mapping: smallMapping({
				lead: [
					row('new_product>favoriteProduct', {
						direction: 'toMarketo',
						transform: { truncate: 5 },
					}),
				],
			}),
		});
	});
	afterEach(async () => void (await world.expectClean()));

	it.each([
		['a joiner', 'zero\u200bwidth'],
		['a byte order mark', 'byte\ufefforder'],
		['a direction mark', 'right\u200e'],
		['a soft hyphen', 'soft\u00adhyphen'],
	])(
		'with %s in it is that of the person who has it without, and people are told',
		async (_, typed) => {
			const clean = `${typed.replace(/[^a-z]/g, '')}@x.test`;
			const person = await world.newPerson({ email: clean, lastName: 'Odd' });
			const id = await world.newRow('lead', { lastname: 'Odd', emailaddress1: `${typed}@x.test` });
			const { notes, conflicts, help } = await world.run();
			expect((await world.pairs('lead')).find((pair) => pair.id === id)).toMatchObject({ person });
			expect(await world.automation.people('email', [clean], ['id'])).toHaveLength(1);
			expect({ conflicts, help }).toEqual({ conflicts: [], help: [] });
			expect(notes).toContainEqual(expect.stringMatching(`${id}.*signs in it that nobody sees`));
			const { writes } = await world.run();
			expect(writes).toEqual([]);
		},
	);

	it('that differs only so is changed in neither system, and a later edit arrives', async () => {
		const lead = await world.pair('lead', { emailaddress1: 'odd\u200b@y.test' });
		expect(await world.both(lead)).toMatchObject({
			row: { emailaddress1: 'odd\u200b@y.test' },
			person: { email: 'odd@y.test' },
		});
		await world.editRow(lead, { emailaddress1: 'even\u2060@y.test' });
		await world.run();
		expect(await world.person(lead)).toMatchObject({ email: 'even@y.test' });
		await world.editPerson(lead, { email: 'straight@y.test' });
		await world.run();
		expect(await world.row(lead)).toMatchObject({ emailaddress1: 'straight@y.test' });
	});

	it.each(["o'brien@x.test", "a''b@x.test", 'a+b%c&d=e#f@x.test', '50%_[x]@x.test'])(
		'is found in Dynamics whatever signs it has: %s',
		async (emailaddress1) => {
			const id = await world.newRow('lead', { lastname: 'There', emailaddress1 });
			const [person] = await world.automation.write('createOnly', 'email', [
				{ email: emailaddress1, lastName: 'There' },
			]);
			const [answer] = await world.campaign([{ person: person! }]);
			expect(answer).toMatchObject({ success: true, outcome: 'linked', dynamicsId: id });
			await world.run();
			const rows = await world.crm.all('leads?$select=emailaddress1');
			expect(rows.filter((one) => one.emailaddress1 === emailaddress1)).toHaveLength(1);
		},
	);
});

describe('a value that is cut on its way', () => {
	it('is no conflict, neither at first contact nor later, and does not come back', async () => {
		const world = await SyncWorld.start({
			mapping: smallMapping({
				lead: [
					row('new_product>favoriteProduct', {
						direction: 'toMarketo',
						transform: { truncate: 5 },
					}),
					row('new_segment>persona', { direction: 'toDynamics', transform: { truncate: 5 } }),
					row('new_code>shirtSize', {
						direction: 'toMarketo',
						transform: { defaultWhenEmpty: 'M' },
					}),
				],
			}),
		});
		await world.newPerson({
			email: 'c@x.test',
			lastName: 'Cut',
			favoriteProduct: 'Elevator',
			persona: 'Enterprise',
		});
		const id = await world.newRow('lead', {
			lastname: 'Cut',
			emailaddress1: 'c@x.test',
			new_product: 'Elevator',
			new_segment: 'Enterprise',
		});
		const met = await world.run();
		const lead = (await world.pairs()).find((pair) => pair.id === id)!;
		const both = async () => await world.both(lead);
		expect(await both()).toMatchObject({
			row: { new_product: 'Elevator', new_segment: 'Enter', new_code: null },
			person: { favoriteProduct: 'Eleva', persona: 'Enterprise', shirtSize: 'M' },
		});
		await world.editRow(lead, { new_product: 'Escalator 😀' });
		await world.editPerson(lead, { persona: 'Small' });
		const edited = await world.run();
		expect(await both()).toMatchObject({
			row: { new_product: 'Escalator 😀', new_segment: 'Small' },
			person: { favoriteProduct: 'Escal', persona: 'Small' },
		});
		expect([...met.conflicts, ...edited.conflicts]).toEqual([]);
		expect((await world.runs(2)).flatMap(({ writes }) => writes)).toEqual([]);
	});
});
