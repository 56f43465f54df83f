import { readPersonChanges } from '../../../../apis/marketo/changes/readPersonChanges';
import { personFields, searchableFields } from '../../../../apis/marketo/fields/personFields';
import { MarketoProblem } from '../../../../apis/marketo/transport/errors';
import { PERSON_LINK_FIELDS } from '../../../../apis/marketo/fields/linkFields';
import type { Marketo } from '../../../../apis/marketo/client';
import { readPeople } from '../../../../apis/marketo/people/readPeople';
import { addSyncResults, prepareResultType } from '../../../../apis/marketo/activities/syncResults';
import { prepareFields } from '../../../../apis/marketo/fields/prepareFields';
import {
	createPeople,
	deletePeople,
	updatePeople,
} from '../../../../apis/marketo/people/syncLeads';
import { usage } from '../../../../apis/marketo/usage';
import { call } from '../../../../apis/marketo/transport/call';
import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';
import { admin, twinMarketo } from './twinWire';

jest.setTimeout(30_000);

let twin: MarketoTwin;
let marketo: Marketo;

beforeAll(async () => {
	twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
});
afterAll(async () => await twin.close());
beforeEach(async () => {
	await admin(twin, 'POST', 'reset', {});
	marketo = twinMarketo(twin);
	await admin(twin, 'DELETE', 'calls');
});

const somebody = (at: number) => ({
	email: `p${at}@made.example`,
	firstName: `P${at}`,
	lastName: 'Made',
});

async function callsPerEndpoint(): Promise<Record<string, number>> {
	return (await admin<{ byEndpoint: Record<string, number> }>(twin, 'GET', 'calls')).byEndpoint;
}

async function made(count: number): Promise<string[]> {
	const outcomes = await createPeople(
		marketo,
		Array.from({ length: count }, (_, at) => somebody(at)),
		'email',
	);
	return outcomes.map((outcome) => {
		if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
		return outcome.id;
	});
}

/** What is written now shows in the log a little later. */
async function laterOn(): Promise<void> {
	await admin(twin, 'POST', 'clock', { advanceSeconds: 60 });
}

const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

describe('the Marketo client against the twin', () => {
	it('prepares once, and finds everything there the second time', async () => {
		const first = await prepareFields(marketo);
		expect(first.map(({ outcome }) => outcome)).toEqual(first.map(() => 'created'));
		expect(await prepareResultType(marketo)).toMatchObject({ outcome: 'created' });
		const again = twinMarketo(twin);
		const second = await prepareFields(again);
		expect(second.map(({ outcome }) => outcome)).toEqual(second.map(() => 'there'));
		expect(await prepareResultType(again)).toMatchObject({ outcome: 'there' });
		expect(await searchableFields(again)).toContain(PERSON_LINK_FIELDS.leadId.name);
	});

	it('creates, reads, updates, clears and deletes', async () => {
		await prepareFields(marketo);
		const linked = {
			...somebody(1),
			dynamicsLeadId: 'a1',
			microsoftCreatedDate: '2026-01-02T03:04:05Z',
		};
		const [created] = await createPeople(marketo, [linked], 'email');
		expect(created).toMatchObject({ kind: 'ok', created: true });
		expect((await createPeople(marketo, [linked], 'email'))[0]!.kind).toBe('exists');
		const id = (created as { id: string }).id;
		const [byLink] = await readPeople(
			marketo,
			'dynamicsLeadId',
			['a1'],
			['firstName', 'microsoftCreatedDate'],
		);
		expect(byLink).toEqual({
			id,
			values: { firstName: 'P1', microsoftCreatedDate: '2026-01-02T03:04:05Z' },
		});
		const outcomes = await updatePeople(marketo, [
			{ id, values: { firstName: null } },
			{ id: '99999999', values: { firstName: 'x' } },
			{ id, values: { leadScore: 'many' } },
		]);
		expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'missing', 'refused']);
		expect(outcomes[2]).toMatchObject({ refusal: { field: 'leadScore' } });
		expect((await readPeople(marketo, 'id', [id], ['firstName']))[0]!.values).toEqual({
			firstName: null,
		});
		expect((await deletePeople(marketo, [id, '99999999'])).map(({ kind }) => kind)).toEqual([
			'ok',
			'missing',
		]);
		expect(await readPeople(marketo, 'id', [id], ['firstName'])).toEqual([]);
	});

	it('makes four calls of 1,000 creates, and reads them by long lists of e-mails as a form', async () => {
		const ids = await made(1_000);
		expect(await callsPerEndpoint()).toMatchObject({ 'POST /rest/v1/leads.json': 4 });
		const emails = ids.map((_, at) => somebody(at).email);
		const people = await readPeople(marketo, 'email', emails, ['email', 'updatedAt']);
		expect(people.map(({ id }) => id).sort()).toEqual([...ids].sort());
		expect(people[0]!.values.updatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	});

	it('reads new people, edits by field, deletes and merges', async () => {
		const [changed, gone, winner, loser] = await made(4);
		await laterOn();
		await updatePeople(marketo, [{ id: changed!, values: { title: 'Head', city: 'Rome' } }]);
		await deletePeople(marketo, [gone!]);
		await call(marketo, {
			method: 'POST',
			path: `/rest/v1/leads/${winner}/merge.json`,
			query: { leadIds: loser! },
			timeoutMs: 1_000,
			permission: 'Read-Write Lead',
			effect: 'write',
		});
		await laterOn();
		const read = await readPersonChanges(
			marketo,
			{ since: anHourAgo() },
			['title', 'firstName'],
			1_000,
		);
		expect(read.drained).toBe(true);
		const one = read.changed.find(({ id }) => id === changed)!;
		expect(one).toMatchObject({ isNew: true });
		expect(
			one.edits.map(({ field, oldValue, newValue }) => [field, oldValue, newValue]),
		).toContainEqual(['title', null, 'Head']);
		expect(one.edits.map(({ field }) => field)).not.toContain('city');
		expect(read.changed.map(({ id }) => id)).toContain(winner);
		expect(read.deleted).toContainEqual(expect.objectContaining({ id: gone }));
		expect(read.deleted).toContainEqual(expect.objectContaining({ id: loser, mergedInto: winner }));
		expect(read.serverTime).toMatch(/Z$/);
	});

	it('loses nobody over pages cut short, a limit, and a paging token that is not good any more', async () => {
		await admin(twin, 'POST', 'options', { shortPages: 0.5 });
		const ids = await made(700);
		await laterOn();
		const seen = new Set<string>();
		let read = await readPersonChanges(marketo, { since: anHourAgo() }, ['title'], 400);
		for (let turns = 0; turns < 40; turns++) {
			for (const { id } of read.changed) seen.add(id);
			expect(read.changed.length).toBeLessThanOrEqual(400);
			if (read.drained) break;
			if (turns === 0) await admin(twin, 'POST', 'expire', { what: 'pagingToken' });
			read = await readPersonChanges(marketo, { next: read.next }, ['title'], 400);
		}
		expect(read.drained).toBe(true);
		expect([...seen].sort()).toEqual([...ids].sort());
	});

	it('costs three calls when idle', async () => {
		await readPersonChanges(marketo, { since: anHourAgo() }, ['title'], 1_000);
		await admin(twin, 'DELETE', 'calls');
		await readPersonChanges(marketo, { since: anHourAgo() }, ['title'], 1_000);
		expect(await callsPerEndpoint()).toEqual({
			'GET /rest/v1/activities/pagingtoken.json': 1,
			'GET /rest/v1/activities.json': 1,
			'GET /rest/v1/activities/leadchanges.json': 1,
		});
	});

	it('signs in anew when the token has ended, and goes on', async () => {
		const [id] = await made(1);
		await admin(twin, 'POST', 'expire', { what: 'accessToken' });
		expect((await updatePeople(marketo, [{ id: id!, values: { title: 'x' } }]))[0]!.kind).toBe(
			'ok',
		);
	});

	it.each([
		['606', 3],
		['615', 3],
		['608', 2],
	])('comes through %s on a write', async (code, times) => {
		const [id] = await made(1);
		const match = { method: 'POST', path: '/rest/v1/leads.json' };
		await admin(twin, 'POST', 'fail', { match, times: times - 1, code });
		expect((await updatePeople(marketo, [{ id: id!, values: { title: 'x' } }]))[0]!.kind).toBe(
			'ok',
		);
	});

	it('does not write a second time when the answer is lost after the effect', async () => {
		const match = { method: 'POST', path: '/rest/v1/leads.json' };
		await admin(twin, 'POST', 'fail', { match, times: 1, afterEffect: true });
		const [outcome] = await createPeople(marketo, [somebody(5)], 'email');
		expect(outcome!.kind).toBe('unknown');
		expect(await readPeople(marketo, 'email', [somebody(5).email], [])).toHaveLength(1);
	});

	it('names the missing permission', async () => {
		const reader = twinMarketo({
			...twin,
			clientId: 'without-lead-write',
			clientSecret: 'secret-without-lead-write',
		});
		const cause: unknown = await createPeople(reader, [somebody(1)], 'email').catch(
			(error: unknown) => error,
		);
		expect(cause).toBeInstanceOf(MarketoProblem);
		expect((cause as MarketoProblem).message).toContain('Read-Write Lead');
	});

	it('logs sync results', async () => {
		const [id] = await made(1);
		await prepareResultType(marketo);
		const entry = {
			personId: id!,
			at: new Date().toISOString(),
			subject: 'Job Title',
			field: 'title',
			reason: 'Too long',
			remedy: 'Shorten it',
			outcome: 'needs help',
		};
		const outcomes = await addSyncResults(marketo, [entry, { ...entry, personId: '99999999' }]);
		expect(outcomes.map(({ kind }) => kind)).toEqual(['ok', 'missing']);
	});

	it('counts calls, and describes fields', async () => {
		expect((await usage(marketo, 'today'))[0]!.total).toBeGreaterThanOrEqual(0);
		const fields = await personFields(marketo);
		expect(fields.find(({ name }) => name === 'id')!.writable).toBe(false);
		expect(fields.find(({ name }) => name === 'email')!.writable).toBe(true);
	});
});
