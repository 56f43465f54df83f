import { DateTime } from 'luxon';
import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

/**
 * *Fill Only Records Changed Since*, ISO 8601; null where it is not set. The day is meant in the workflow's time zone.
 *
 * @throws NodeOperationError for what is no date
 */
export function fillSinceOf(context: IExecuteFunctions, options: IDataObject): string | null {
	const { fillSince = '' } = options as { fillSince?: string };
	if (!fillSince) return null;
	const day = DateTime.fromISO(String(fillSince), { zone: context.getTimezone() });
	if (day.isValid) return day.toUTC().toISO();
	throw new NodeOperationError(context.getNode(), `"${fillSince}" is not a date`, {
		description: 'Choose a day in Fill Only Records Changed Since, or remove the option',
	});
}

/** What *Get Dynamics Changes*, which follows, is set to. */
export function fillSinceBehind(context: IExecuteFunctions): string | null {
	const behind = context.getChildNodes(context.getNode().name, { includeNodeParameters: true });
	const reader = behind.find(
		({ type, parameters }) =>
			type.endsWith('.microsoftDynamics365') && parameters?.operation === 'getChanges',
	);
	return fillSinceOf(context, (reader?.parameters?.options ?? {}) as IDataObject);
}
