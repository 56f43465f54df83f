import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import type { PeopleTable } from '../../../sync/items';
import type { LaneMapping, MappingRow, PeopleMapping, TableMapping } from '../../../sync/mapping';

/** A row of the field mapping: `row('jobtitle>title', { winner: 'dynamics' })`. */
export function row(id: string, rule: Partial<MappingRow> = {}): MappingRow {
	const [column = '', field = ''] = id.split('>');
	return { id, column, field, direction: 'both', ...rule };
}

/** Text, choice, whole number, money, date, yes/no: one row of each type, and what matching needs. */
const BOTH_TABLES = [
	'firstname>firstName',
	'lastname>lastName',
	'emailaddress1>email',
	'jobtitle>title',
	'telephone1>phone',
	'address1_city>city',
	'donotphone>doNotCall',
	'donotbulkemail>unsubscribed',
];
const ROWS: Record<PeopleTable, string[]> = {
	lead: [
		...BOTH_TABLES,
		'leadqualitycode>rating',
		'numberofemployees>numberOfEmployees',
		'revenue>annualRevenue',
	],
	contact: [...BOTH_TABLES, 'birthdate>dateOfBirth', 'description>mktoPersonNotes'],
};

type Changes = Partial<Record<PeopleTable, MappingRow[]>>;

/** A small mapping with the native rules. A row that is given takes the place of the one on its column, or is added. */
export function smallMapping(changes: Changes = {}): PeopleMapping {
	const table = (name: PeopleTable): TableMapping => {
		const given = changes[name] ?? [];
		const kept = ROWS[name]
			.map((id) => row(id))
			.filter(({ column }) => !given.some((one) => one.column === column));
		return { rows: [...kept, ...given], ifBothChanged: 'native', emptyValues: 'copy' };
	};
	return { lead: table('lead'), contact: table('contact') };
}

/** The mapping of the shipped workflow. */
export async function shippedMapping(): Promise<PeopleMapping> {
	// With it comes n8n's own library, which takes half a second to load.
	const { mappingOf } = await import('../../../nodes/shared/mappingParameters');
	return mappingOf(resolvesIn('people-sync.json')[0]!);
}

const ONE_WAY_WORKFLOWS = ['companies-and-owners-sync.json', 'opportunities-sync.json'];

/** Those of what goes one way. */
export async function shippedOneWayMappings(): Promise<
	Record<'companies' | 'owners' | 'opportunities' | 'roles', LaneMapping>
> {
	const { laneMappingOf } = await import('../../../nodes/shared/mappingParameters');
	const resolves = ONE_WAY_WORKFLOWS.flatMap(resolvesIn);
	const of = (wanted: string) => laneMappingOf(resolves.find(({ lane }) => lane === wanted)!);
	return {
		companies: of('companies'),
		owners: of('owners'),
		opportunities: of('opportunities'),
		roles: of('roles'),
	};
}

/** Parameters of the steps that hold a mapping. */
function resolvesIn(workflow: string): IDataObject[] {
	const file = path.join(__dirname, '../../../workflows', workflow);
	const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as {
		nodes: Array<{ type: string; parameters: IDataObject }>;
	};
	return nodes
		.filter(({ type }) => type.endsWith('.resolveSyncConflict'))
		.map(({ parameters }) => parameters);
}
