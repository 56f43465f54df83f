import { ActivityLog, type LogRules } from '../../../twins/marketo/activities/activityLog';
import { fromBase32, PagingTokens, toBase32 } from '../../../twins/marketo/activities/pagingToken';

const T = Date.parse('2026-01-01T00:00:00Z');

function logWith(rules: LogRules, shares: number[] = [0]) {
	let at = 0;
	return new ActivityLog(
		() => shares[at++ % shares.length]!,
		() => rules,
	);
}

describe('ActivityLog', () => {
	it('starts a read at its date without looking at what was before', () => {
		const log = logWith({ latenessMs: 0, lateArrivals: 'appended' });
		for (let second = 0; second < 50_000; second++) {
			log.add({ leadId: second, typeId: 12, date: T + second * 1000 }, T + second * 1000);
		}
		let looked = 0;
		const since = T + 49_990_000;
		const page = log.read({ since }, 300, T + 1e9, () => {
			looked++;
			return true;
		});
		expect(page.activities.map(({ leadId }) => leadId)[0]).toBe(49_990);
		expect(looked).toBe(10);
		expect(page.moreResult).toBe(false);
	});

	it('gives up a page after so many that are not wanted, and says there is more', () => {
		const log = logWith({ latenessMs: 0, lateArrivals: 'appended' });
		for (let number = 0; number < 25_000; number++) {
			log.add({ leadId: number, typeId: number === 24_999 ? 37 : 12, date: T }, T);
		}
		let position: Parameters<typeof log.read>[0] = { since: T };
		const sizes: number[] = [];
		for (;;) {
			const page = log.read(position, 300, T, ({ typeId }) => typeId === 37);
			sizes.push(page.activities.length);
			position = page.position;
			if (!page.moreResult) break;
		}
		expect(sizes).toEqual([0, 0, 1]);
	});

	it('keeps dates to the second and sorts a page by them', () => {
		const log = logWith({ latenessMs: 5000, lateArrivals: 'appended' }, [0.9, 0]);
		log.add({ leadId: 1, typeId: 12, date: T + 400 }, T + 400);
		log.add({ leadId: 2, typeId: 12, date: T + 1700 }, T + 1700);
		const page = log.read({ since: T }, 10, T + 10_000, () => true);
		expect(page.activities.map(({ leadId, date }) => [leadId, date - T])).toEqual([
			[1, 0],
			[2, 1000],
		]);
	});

	it('reads the history of a merged person as the winner’s, over several merges', () => {
		const log = logWith({ latenessMs: 0, lateArrivals: 'appended' });
		const activity = log.add({ leadId: 1, typeId: 13, date: T }, T);
		log.move(1, 2);
		log.move(2, 3);
		expect(log.ownerOf(activity)).toBe(3);
	});
});

describe('PagingTokens', () => {
	it('looks like the vendor’s: base 32 of a date and a place', () => {
		expect(fromBase32('GIYDAOBNGEYS2MBWKQYDAORQGA5DAMBOGAYDAKZQGAYDALBQ')).toBe(
			'2008-11-06T00:00:00.000+0000,0',
		);
		expect(toBase32('2008-11-06T00:00:00.000+0000,1078')).toBe(
			'GIYDAOBNGEYS2MBWKQYDAORQGA5DAMBOGAYDAKZQGAYDALBRGA3TQ===',
		);
		expect(new PagingTokens().forPosition({ since: T }, 1)).toMatch(/^[A-Z2-7]+=*$/);
	});

	it('gives back the place it was made for', () => {
		const tokens = new PagingTokens();
		const position = { since: T, next: 12, passed: { date: T + 1000, at: T + 2000 } };
		expect(tokens.position(tokens.forPosition(position, 3))).toEqual(position);
		expect(tokens.position('nonsense!')).toBeUndefined();
		expect(tokens.position(tokens.forOffset('abc', 300, 2))).toBeUndefined();
		expect(tokens.offset('abc', tokens.forOffset('abc', 300, 2))).toBe(300);
		expect(tokens.offset('other', tokens.forOffset('abc', 300, 2))).toBeUndefined();
	});
});
