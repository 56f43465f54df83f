import { untilQuotaReset } from '../../../../../apis/marketo/transport/quota';

const HOUR = 3_600_000;

describe('untilQuotaReset', () => {
	it('is midnight in Chicago in winter', () => {
		expect(untilQuotaReset(Date.UTC(2026, 0, 15, 5, 0))).toBe(HOUR);
		expect(untilQuotaReset(Date.UTC(2026, 0, 15, 6, 30))).toBe(23.5 * HOUR);
	});

	it('tries both readings of "CST" in summer, an hour apart (the guide does not say)', () => {
		expect(untilQuotaReset(Date.UTC(2026, 6, 15, 4, 0))).toBe(HOUR);
		expect(untilQuotaReset(Date.UTC(2026, 6, 15, 5, 0, 1))).toBe(HOUR - 1_000);
	});

	it('is never zero or less', () => {
		for (let hour = 0; hour < 48; hour++) {
			expect(untilQuotaReset(Date.UTC(2026, 6, 15, hour))).toBeGreaterThan(0);
		}
	});
});
