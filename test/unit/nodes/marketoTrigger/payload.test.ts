import { webhookPerson } from '../../../../nodes/MarketoTrigger/receive/payload';

const JSON_TYPE = 'application/json';
const read = (body: string, type = JSON_TYPE, query: Record<string, unknown> = {}) =>
	webhookPerson(type, body, query);
const person = (body: string, type?: string) => read(body, type).incoming;

describe(webhookPerson, () => {
	it.each([
		['{"leadId": 5}'],
		['{"leadId": "5"}'],
		['{"lead.Id": " 5 "}'],
		['{"Lead ID": 5}'],
		['{"id": 5}'],
		['{"personId": 5, "email": ,}'],
		['{"leadId": 5, "email": , "title": }'],
		['\uFEFF{"leadId": 5}'],
		['{\r\n  "leadId": 5\r\n}\r\n'],
		['{"leadId": 5, "title": "no end" of "quotes"}'],
	])('reads the person of %p', (body) => {
		expect(person(body)).toMatchObject({ service: 'webhook', person: '5' });
	});

	it('reads forms, whatever the type says (Marketo sends its templates as forms by default)', () => {
		const form = 'application/x-www-form-urlencoded';
		expect(person('leadId=5&title=A+B%26C', form)).toMatchObject({
			person: '5',
			parameters: { title: 'A B&C' },
		});
		expect(person('{"leadId": 5}', form).person).toBe('5');
		expect(person('leadId=5', 'text/plain').person).toBe('5');
		expect(person('{"leadId": 5}', '').person).toBe('5');
	});

	it('reads a query, and prefers the body', () => {
		expect(read('', '', { leadId: '5', title: 'x' }).incoming).toMatchObject({
			person: '5',
			parameters: { title: 'x' },
		});
		expect(read('{"leadId": 6}', JSON_TYPE, { leadId: '5' }).incoming.person).toBe('6');
	});

	it('keeps e-mail, campaign and Munchkin ID apart, and all others as values', () => {
		const { incoming, munchkinId } = read(
			'{"leadId":5,"Email Address":"a@b.example","campaignName":"Spring","campaign":"c1","munchkinId":"AAA-111-BBB","dueIn":5,"vip":true,"tags":["a"]}',
		);
		expect(munchkinId).toBe('AAA-111-BBB');
		expect(incoming).toEqual({
			service: 'webhook',
			person: '5',
			campaign: 'Spring',
			parameters: { email: 'a@b.example', campaign: 'c1', dueIn: 5, vip: true, tags: '["a"]' },
		});
		expect(person('{"leadId":5,"campaign":"Spring"}')).toMatchObject({
			campaign: 'Spring',
			parameters: {},
		});
	});

	it('reads values that were put in without encoding', () => {
		const { parameters } = person(
			'{"leadId": 5, "company": "The "Big" One\nfloor 2", "empty": , "n": 1.5, "path": "a\\b"}',
		);
		expect(parameters).toEqual({
			company: 'The "Big" One\nfloor 2',
			empty: null,
			n: 1.5,
			path: 'a\\b',
		});
	});

	it.each([
		['{"leadId": 5, "company": "x", "leadId": 6, "y": ""}'],
		['{"leadId": 5, "company": "x\n", "lead.Id": 6}'],
	])('refuses %p (a value without encoding could name somebody else)', (body) => {
		expect(() => read(body)).toThrow(expect.objectContaining({ status: 400 }));
	});

	it('does not mind a value that speaks of lead ids, when it was encoded', () => {
		expect(person(JSON.stringify({ leadId: 5, note: '"leadId": 6,' })).person).toBe('5');
	});

	it.each([
		'',
		'{}',
		'{"leadId": }',
		'{"leadId": 0}',
		'{"leadId": -1}',
		'{"leadId": "5 or 6"}',
		'{"leadId": 1.5}',
		'[1]',
		'{"a"',
		'null',
		'"leadId"',
		'{"leadId": {"a": 1}}',
		'{"email": "a@b.example"}',
	])('refuses %p, and says nothing of it back', (body) => {
		let said = '';
		try {
			read(body);
		} catch (error) {
			expect(error).toMatchObject({ status: 400 });
			said = (error as Error).message;
		}
		expect(said).not.toBe('');
		expect(said).not.toContain('example');
	});

	it.each(['application/xml', 'multipart/form-data; boundary=x', 'image/png'])(
		'does not read %p',
		(type) => {
			expect(() => read('leadId=5', type)).toThrow(expect.objectContaining({ status: 415 }));
		},
	);

	it('cannot be made to change what all objects have', () => {
		const { parameters } = person('{"leadId": 5, "__proto__": "x", "a": }');
		expect(Object.keys(parameters)).toEqual(['a']);
		expect(({} as Record<string, unknown>).x).toBeUndefined();
	});

	it('takes no longer for a large body that is broken on purpose', () => {
		const started = Date.now();
		expect(() => read(`{"leadId": 5, "a": "${'", "'.repeat(150_000)}`)).toThrow();
		expect(read(`{"leadId": 5, ${'"a": "'.repeat(100_000)}}`).incoming.person).toBe('5');
		expect(() => read(`{"leadId": 5, "a": "x"${' '.repeat(500_000)}y}`)).toThrow();
		expect(() => read(`{"leadId": 5,${' '.repeat(500_000)}y}`)).toThrow();
		expect(Date.now() - started).toBeLessThan(3_000);
	});
});
