import { DateTime } from 'luxon';
import type { INodeParameters, NodeTypeAndVersion } from 'n8n-workflow';

import type { DigestChoice } from '../../sync/ledger/runBy';
import type { NewsSetting } from '../../sync/operate/news';

export const TELL_THE_TEAM = 'tellTheTeam';
/** Parameter with the hour of the digest; -1: never. */
export const DIGEST_AT = 'digestAt';
const USUAL_HOUR = 8;

/** When digests are due. */
export function newsSetting({ hour, zone }: DigestChoice): NewsSetting {
	return { nextDigest: hour < 0 ? null : (after) => nextAt(hour, zone, after) };
}

/** The choice in the parameters of a node *Tell the Team*. */
export function digestChoice(parameters: INodeParameters, zone: string): DigestChoice {
	return { hour: Number(parameters[DIGEST_AT] ?? USUAL_HOUR), zone };
}

/** The first moment after that one at which clocks there show this full hour. */
export function nextAt(hour: number, zone: string, after: number): number {
	const start = DateTime.fromMillis(after, { zone }).startOf('day');
	for (let day = 0; ; day++) {
		const at = start.plus({ days: day }).set({ hour }).toMillis();
		if (at > after) return at;
	}
}

/** The choice of the *Tell the Team* that follows a trigger, if anybody is told by it: a step after it is switched on. */
export function newsAfter(
	context: {
		getTimezone(): string;
		getChildNodes(
			name: string,
			options?: { includeNodeParameters?: boolean },
		): NodeTypeAndVersion[];
	},
	trigger: string,
): DigestChoice | null {
	const after = context.getChildNodes(trigger, { includeNodeParameters: true });
	const teller = after.find(
		({ disabled, parameters }) => !disabled && parameters?.operation === TELL_THE_TEAM,
	);
	if (!teller || !context.getChildNodes(teller.name).some(({ disabled }) => !disabled)) return null;
	return digestChoice(teller.parameters ?? {}, context.getTimezone());
}
