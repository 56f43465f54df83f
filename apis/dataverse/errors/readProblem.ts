import { retryAfterMs } from '../../wire/retryAfter';
import type { NoAnswer, WireAnswer } from '../../wire/wire';
import { readErrorBody } from './errorBody';
import { fieldInMessage, privilegeInMessage } from './fieldInMessage';
import { DataverseProblem, type ProblemDetails, type ProblemKind } from './problem';
import { REACTIONS, type Reaction } from './reactions';

/**
 * Puts an answer that is not a success into words. The code decides where Dataverse gives one that we
 * know, else the message, else the HTTP status: codes are "frequently empty" and statuses have changed
 * between versions (a duplicate came as 500, now as 412).
 */
export function readProblem(
	answer: Pick<WireAnswer, 'status' | 'headers' | 'body'>,
	now: number,
): DataverseProblem {
	const { code, message } = readErrorBody(answer.body);
	const reaction = REACTIONS[code] ?? byMessage(message) ?? byStatus(answer.status, message);
	const details: ProblemDetails = {
		kind: reaction.kind,
		status: answer.status,
		code,
		reason: reaction.reason ?? (message || `Dynamics 365 answered with HTTP ${answer.status}`),
		remedy: reaction.remedy,
		field: fieldInMessage(message),
		retryAfterMs: retryAfterMs(answer.headers, now),
		original: message || undefined,
	};
	const privilege = privilegeInMessage(message);
	if (privilege) {
		details.kind = 'setUp';
		details.reason = `The user of this credential lacks the privilege ${privilege}`;
		details.remedy = RIGHTS_REMEDY(privilege);
	}
	return new DataverseProblem(details);
}

/** Puts a lost request into words. */
export function problemWithoutAnswer(noAnswer: NoAnswer): DataverseProblem {
	const never = noAnswer.reachedServer === 'no';
	return new DataverseProblem({
		kind: never ? 'again' : 'unknown',
		status: 0,
		code: noAnswer.code ?? '',
		reason: never
			? `Dynamics 365 could not be reached: ${noAnswer.message}`
			: `The answer of Dynamics 365 was lost: ${noAnswer.message}`,
		remedy: never
			? 'Check the environment URL, and the network between n8n and Dynamics 365'
			: 'Check whether the change was made before you repeat it',
	});
}

const RIGHTS_REMEDY = (privilege: string): string =>
	`Add ${privilege} to a security role of the (application) user, at organization level`;

/** Messages that come without a code, or with the catch-all code 0x0. */
function byMessage(message: string): Reaction | undefined {
	if (/version stamp .*expired/i.test(message)) return REACTIONS['0x80044352'];
	if (/matching key values already exists/i.test(message)) return REACTIONS['0x80040237'];
	if (/doesn.t match the RowVersion/i.test(message)) return REACTIONS['0x80060882'];
	if (/with id = \S+ does not exist/i.test(message)) return REACTIONS['0x80040217'];
	if (/undeclared property/i.test(message)) return REACTIONS['0x80041103'];
	if (/could not find a property named/i.test(message)) return REACTIONS['0x80041103'];
	if (/not a member of the organization/i.test(message)) return REACTIONS['0x80072560'];
	if (/isn.t supported when change tracking is enabled/i.test(message)) {
		return { kind: 'setUp', remedy: 'Read changes without filter, order or expanded tables' };
	}
	return undefined;
}

function byStatus(status: number, message: string): Reaction {
	const words = (kind: ProblemKind, reason: string, remedy: string): Reaction => ({
		kind,
		reason: message || reason,
		remedy,
	});
	if (status === 401) return { ...REACTIONS['0x8005f101']! };
	if (status === 403) {
		return words(
			'setUp',
			'The user of this credential may not do this',
			'Give the (application) user a security role that allows it',
		);
	}
	if (status === 404) {
		return words(
			'missing',
			'There is no such row or table',
			'Check the table and the ID; the row may have been deleted',
		);
	}
	if (status === 412) return REACTIONS['0x80060882']!;
	if (status === 413) return REACTIONS['0x8004418a']!;
	if (status === 429) return REACTIONS['0x80072322']!;
	if (status >= 500) {
		return words(
			'unknown',
			'Dynamics 365 failed to answer',
			'Check whether the change was made before you repeat it',
		);
	}
	if (status < 400) {
		return {
			kind: 'setUp',
			reason: `The address answered with HTTP ${status}, which is not how Dynamics 365 answers`,
			remedy: 'Check the environment URL of the credential',
		};
	}
	return words('refused', 'Dynamics 365 refused the request', 'Check the values that were sent');
}
