import { NodeApiError, NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { UnfitValue } from '../../../apis/marketo/fields/values';
import { UnaskableValue } from '../../../apis/marketo/people/readPeople';
import { MarketoProblem } from '../../../apis/marketo/transport/errors';
import type { RecordOutcome } from '../../../apis/marketo/transport/outcomes';
import { isSignInFailed } from '../../../apis/wire/signIn';
import { NoAnswer } from '../../../apis/wire/wire';

type Named = Pick<IExecuteFunctions, 'getNode'>;

/** Whatever stopped the work, as n8n shows it: what happened, and below it what to do. */
export function marketoError(
	context: Named,
	cause: unknown,
	itemIndex?: number,
): NodeOperationError | NodeApiError {
	if (cause instanceof NodeOperationError || cause instanceof NodeApiError) return cause;
	const [message, description] = wordsFor(cause);
	return new NodeOperationError(context.getNode(), message, {
		description,
		...(itemIndex === undefined ? {} : { itemIndex }),
	});
}

const PERSON_MISSING: [message: string, description: string] = [
	'The person is not in Marketo',
	'It may have been deleted or merged into another person; check the value it was looked up by',
];

/** Why one record was not written, as n8n shows it; undefined where it was. */
export function outcomeError(
	context: Named,
	outcome: RecordOutcome,
	itemIndex: number,
	missing: [message: string, description: string] = PERSON_MISSING,
): NodeOperationError | undefined {
	const words = outcome.kind === 'missing' ? missing : wordsForOutcome(outcome);
	if (!words) return undefined;
	const [message, description] = words;
	return new NodeOperationError(context.getNode(), message, { description, itemIndex });
}

function wordsFor(cause: unknown): [message: string, description: string] {
	if (cause instanceof MarketoProblem) {
		const { requestId } = cause.details;
		const forSupport = requestId ? ` (Marketo request ${requestId})` : '';
		return [cause.message, cause.remedy + forSupport];
	}
	if (isSignInFailed(cause)) return [cause.message, cause.remedy];
	if (cause instanceof UnfitValue) return [cause.message, cause.remedy];
	if (cause instanceof UnaskableValue) {
		return [cause.message, 'Look it up by another field, for example the Marketo ID'];
	}
	if (cause instanceof NoAnswer) {
		const effect =
			cause.reachedServer === 'no'
				? 'Nothing was changed; try again'
				: 'Something may have been changed; check before you try again';
		return [`Marketo did not answer: ${cause.message}`, effect];
	}
	return [cause instanceof Error ? cause.message : String(cause), ''];
}

function wordsForOutcome(
	outcome: Exclude<RecordOutcome, { kind: 'missing' }>,
): [message: string, description: string] | undefined {
	switch (outcome.kind) {
		case 'ok':
			return undefined;
		case 'refused':
			return [outcome.refusal.reason, outcome.refusal.remedy];
		case 'exists':
			return [
				outcome.reason,
				"Use 'Create or Update' or 'Update' for people who may already exist",
			];
		case 'again':
			return [outcome.reason, 'Nothing was changed; try again later'];
		case 'unknown':
			return [outcome.reason, 'Check whether Marketo has the change before you try again'];
	}
}
