import type { PersonField } from '../../apis/marketo/fields/personFields';
import type { ObjectDescription, ObjectField } from '../../apis/marketo/objects/describeObject';
import type { Column, ValueType } from '../../sync/values';

/** Marketo's types as sync tells them apart. Everything that is not named here is text. */
const TYPES: Record<string, ValueType> = {
	text: 'longText',
	email: 'email',
	phone: 'phone',
	url: 'url',
	integer: 'integer',
	score: 'integer',
	percent: 'integer',
	float: 'decimal',
	currency: 'decimal',
	boolean: 'boolean',
	date: 'date',
	datetime: 'dateTime',
};

/** Text areas have no length in Marketo's description; they hold 30,000 bytes. */
const LONGEST_TEXT_AREA = 30_000;

/** A field of a person or object as the sync engine sees it. */
export function toColumn({
	name,
	label,
	dataType,
	length,
	writable,
}: Pick<PersonField, 'name' | 'label' | 'dataType' | 'length' | 'writable'>): Column {
	const type = TYPES[dataType] ?? 'text';
	const maxLength = length ?? (type === 'longText' ? LONGEST_TEXT_AREA : undefined);
	const isText = ['text', 'longText', 'email', 'phone', 'url'].includes(type);
	return {
		name,
		label,
		type,
		...(isText && maxLength !== undefined ? { maxLength } : {}),
		...(type === 'longText' ? { measure: 'bytes' as const } : {}),
		...(type === 'integer' ? { min: -2_147_483_648, max: 2_147_483_647 } : {}),
		canCreate: writable,
		canUpdate: writable,
		// Marketo takes a person without any of its fields.
		required: false,
	};
}

/** What Marketo calls an object whose records a link may lead to, in the words of the sync. */
const LINKED: Record<string, Column['holdsId']> = { lead: 'person', company: 'company' };

/** The fields of an object other than the person as the sync engine sees them. */
export function objectColumns({ fields, keyFields }: ObjectDescription): Column[] {
	const [key, ...more] = keyFields;
	return fields.map((field) => ({
		...linkColumn(field),
		...(field.name === key && more.length === 0 && { isKey: true as const }),
	}));
}

/** A link by Marketo's own id takes a lookup, for the record that its row has become. */
function linkColumn(field: ObjectField): Column {
	const { linksTo } = field;
	const isById = linksTo?.field.toLowerCase() === 'id';
	const holdsId = linksTo && isById ? LINKED[linksTo.object] : undefined;
	const column = toColumn(field);
	if (!holdsId) return column;
	const { name, label, canCreate, canUpdate, required } = column;
	return { name, label, type: 'lookup', canCreate, canUpdate, required, holdsId };
}
