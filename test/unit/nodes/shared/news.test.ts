import { digestChoice, newsAfter, newsSetting, nextAt } from '../../../../nodes/shared/news';

const utc = (time: number) => new Date(time).toISOString();

describe(nextAt, () => {
	it.each([
		['later on the same day', '2026-07-01T05:59:59Z', '2026-07-01T06:00:00.000Z'],
		['the next day, from that very moment on', '2026-07-01T06:00:00Z', '2026-07-02T06:00:00.000Z'],
		[
			'as clocks there show it, also after they were changed',
			'2026-10-24T06:30:00Z',
			'2026-10-25T07:00:00.000Z',
		],
	])('is %s', (_, after, at) => {
		expect(utc(nextAt(8, 'Europe/Berlin', Date.parse(after)))).toBe(at);
	});

	it('comes once on a day that has no such hour', () => {
		const first = nextAt(2, 'Europe/Berlin', Date.parse('2026-03-28T20:00:00Z'));
		expect(utc(first)).toBe('2026-03-29T01:00:00.000Z');
		expect(utc(nextAt(2, 'Europe/Berlin', first))).toBe('2026-03-30T00:00:00.000Z');
	});
});

describe(newsAfter, () => {
	const node = (name: string, more: object = {}) => ({
		name,
		type: 'x',
		typeVersion: 1,
		disabled: false,
		...more,
	});
	const context = (teller: object, channels: object[]) => ({
		getTimezone: () => 'UTC',
		getChildNodes: (name: string) =>
			name === 'Trigger' ? [node('Other'), node('Tell', teller), ...channels] : channels,
	});
	const tell = { parameters: { operation: 'tellTheTeam', digestAt: 7 } };

	it('is what the step says, where a step after it is switched on', () => {
		const channels = [node('Mail', { disabled: true }), node('Slack')];
		expect(newsAfter(context(tell, channels) as never, 'Trigger')).toEqual({
			hour: 7,
			zone: 'UTC',
		});
	});

	it.each([
		['no step tells the team', {}, [node('Mail')]],
		['that step is switched off', { ...tell, disabled: true }, [node('Mail')]],
		['every step after it is switched off', tell, [node('Mail', { disabled: true })]],
		['none follows it', tell, []],
	])('is none where %s: nothing is started for nobody', (_, teller, channels) => {
		expect(newsAfter(context(teller, channels) as never, 'Trigger')).toBeNull();
	});
});

describe(newsSetting, () => {
	it('has a digest at eight, unless another hour or never is chosen', () => {
		const setting = (parameters: object) => newsSetting(digestChoice(parameters as never, 'UTC'));
		expect(utc(setting({}).nextDigest!(0))).toBe('1970-01-01T08:00:00.000Z');
		expect(setting({ digestAt: -1 }).nextDigest).toBeNull();
	});
});
