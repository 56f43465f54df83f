import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Columns of leads, and fields, that the shipped mapping does not know. */
export const MANY = 300;

export const number = (at: number) => String(at).padStart(3, '0');

/**
 * Columns and fields that a company of some years has made, in the vendors' own shapes, as files.
 *
 * @returns the twins' options
 */
export async function manyColumns(folder: string): Promise<string[]> {
	const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
	const indexes = Array.from({ length: MANY }, (_, at) => at + 1);
	const attributes = indexes.map((at) => ({
		LogicalName: `new_extra${number(at)}`,
		SchemaName: `new_Extra${number(at)}`,
		AttributeType: 'String',
		MaxLength: 100,
		DisplayName: label(`Extra Column ${number(at)}`),
		IsCustomAttribute: true,
	}));
	const fields = indexes.map((at) => ({
		id: 90_000 + at,
		displayName: `Extra Field ${number(at)}`,
		dataType: 'string',
		length: 255,
		rest: { name: `extraField${number(at)}`, readOnly: false },
	}));
	const tablesFile = path.join(folder, 'tables.json');
	const fieldsFile = path.join(folder, 'fields.json');
	await writeFile(tablesFile, JSON.stringify({ LogicalName: 'lead', Attributes: attributes }));
	await writeFile(fieldsFile, JSON.stringify(fields));
	return ['--dynamics-tables', tablesFile, '--marketo-fields', fieldsFile];
}
