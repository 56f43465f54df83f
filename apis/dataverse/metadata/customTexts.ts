import { withQuery } from '../../wire/queryString';
import { sendBatch } from '../batch/sendBatch';
import type { Dataverse } from '../client';
import { rowsIn } from '../transport/answer';
import { textLiteral } from '../transport/odata';
import { labelText, type AttributeDefinition } from './definitions';

/** A text column that somebody has added to a table. */
export interface CustomText {
	table: string;
	name: string;
	label: string;
}

/**
 * The text columns that were added to these tables: customer numbers and other keys of one's own. One call;
 * a table that may not be described has none.
 *
 * @throws DataverseProblem where the call as a whole was refused or lost
 */
export async function customTexts(client: Dataverse, tables: string[]): Promise<CustomText[]> {
	const answers = await sendBatch(
		client,
		tables.map((table) => ({
			method: 'GET' as const,
			path: withQuery(
				`EntityDefinitions(LogicalName=${textLiteral(table)})/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata`,
				{ $select: 'LogicalName,DisplayName,AttributeOf,IsValidForRead,IsCustomAttribute' },
			),
		})),
		'repeatable',
	);
	return answers.flatMap((answer, index) => {
		if (answer?.status !== 200) return [];
		return (rowsIn(answer) as unknown as AttributeDefinition[])
			.filter((one) => one.IsCustomAttribute && one.IsValidForRead !== false && !one.AttributeOf)
			.map(({ LogicalName: name, DisplayName }) => ({
				table: tables[index]!,
				name,
				label: labelText(DisplayName) ?? name,
			}));
	});
}
