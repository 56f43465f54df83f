import { DateTime } from 'luxon';
import type { INodeParameters, NodeTypeAndVersion } from 'n8n-workflow';

import type { NewsSetting } from '../../sync/operate/news';

export const TELL_THE_TEAM = 'tellTheTeam';
/** Parameter with the hour of the digest; -1: never. */
export const DIGEST_AT = 'digestAt';
const USUAL_HOUR = 8;

/** When digests are due, by the parameters of a node *Tell the Team*. */
export function newsSetting(parameters: INodeParameters, zone: string): NewsSetting {
	const hour = Number(parameters[DIGEST_AT] ?? USUAL_HOUR);
	return { nextDigest: hour < 0 ? null : (after) => nextAt(hour, zone, after) };
}

/** The first moment after that one at which clocks there show this full hour. */
export function nextAt(hour: number, zone: string, after: number): number {
	const start = DateTime.fromMillis(after, { zone }).startOf('day');
	for (let day = 0; ; day++) {
		const at = start.plus({ days: day }).set({ hour }).toMillis();
		if (at > after) return at;
	}
}

/** The setting of the *Tell the Team* that follows a node, if anybody is told by it: a step after it is switched on. */
export function newsAfter(context: {
	getNode(): { name: string };
	getTimezone(): string;
	getChildNodes(name: string, options?: { includeNodeParameters?: boolean }): NodeTypeAndVersion[];
}): NewsSetting | null {
	const after = context.getChildNodes(context.getNode().name, { includeNodeParameters: true });
	const teller = after.find(
		({ disabled, parameters }) => !disabled && parameters?.operation === TELL_THE_TEAM,
	);
	if (!teller || !context.getChildNodes(teller.name).some(({ disabled }) => !disabled)) return null;
	return newsSetting(teller.parameters ?? {}, context.getTimezone());
}
