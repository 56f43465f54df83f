import { readFileSync } from 'node:fs';
import path from 'node:path';

import { NodeHelpers, type INode, type INodeListSearchResult, type INodeParameters, type IWorkflowBase } from 'n8n-workflow';

import { dataverse } from '../../../apis/dataverse/client';
import { VERSIONS } from '../../../nodes/ResolveSyncConflict/ResolveSyncConflict.node';
import { dynamicsPort } from '../../../nodes/shared/dynamicsPort';
import { mappingOf } from '../../../nodes/shared/mappingParameters';
import { createWire } from '../../../nodes/shared/send';
import { DYNAMICS_API } from '../../../nodes/shared/syncPorts';
import type { Ledger } from '../../../sync/ledger/ledger';
import { describeAnew } from '../../../sync/page/columnCache';
import { startDynamicsTwin, type DynamicsTwin } from '../../twins/dynamics';
import { startMarketoTwin, type MarketoTwin } from '../../twins/marketo';
import { dynamicsNode, twinCredential } from '../nodes/dynamics/twin';
import { runNode } from '../nodes/marketo/runNode';
import { editorContext, executeContext } from '../nodes/support/n8nContext';
import { Sandbox } from '../sync/operate/sandbox';

let ledger: Ledger;
jest.mock('../../../nodes/shared/ledger', () => ({ openNodeLedger: async () => ledger }));

const file = path.join(__dirname, '../../../workflows/people-sync.json');
const { nodes } = JSON.parse(readFileSync(file, 'utf8')) as IWorkflowBase;
const resolve: INode = nodes.find(({ type }) => type.endsWith('.resolveSyncConflict'))!;
const nodeType = VERSIONS[1];

interface Locator {
	mode: string;
	value: string;
	cachedResultName: string;
}
const rows = ['BothWays', 'ToMarketo', 'ToDynamics'].flatMap((group) =>
	(['lead', 'contact'] as const).flatMap((table) => {
		const { rows: found = [] } = (resolve.parameters[table + group] ?? {}) as {
			rows?: Array<{ column: Locator; field: Locator }>;
		};
		return found.map((row) => ({ table, ...row }));
	}),
);

/**
 * Of leads and contacts (Adobe, Default Dynamics Field Mapping), but for the columns of Adobe's own solution
 * and `createdon`, of which the sync fills *Microsoft Created Date* by itself.
 */
const ADOBES_COLUMNS = [
	'salutation',
	'firstname',
	'middlename',
	'lastname',
	'emailaddress1',
	'jobtitle',
	'telephone1',
	'telephone2',
	'mobilephone',
	'address1_line1',
	'address1_line2',
	'address1_line3',
	'address1_city',
	'address1_stateorprovince',
	'address1_country',
	'address1_postalcode',
	'statecode',
	'statuscode',
	'description',
	'donotphone',
	'donotbulkemail',
	'donotemail',
	'donotfax',
	'donotsendmm',
	'preferredcontactmethodcode',
];
const ADOBES_COLUMNS_OF_LEADS = [
	'fax',
	'leadsourcecode',
	'leadqualitycode',
	'subject',
	'companyname',
	'revenue',
];

describe('the field mapping of the people workflow', () => {
	it('is one that the sync takes, with the rows of the native default mapping', () => {
		const mapping = mappingOf(resolve.parameters);
		expect(mapping.lead.rows.length).toBeGreaterThan(25);
		expect(mapping.contact.rows.length).toBeGreaterThan(20);
		const pair = (table: 'lead' | 'contact', column: string) =>
			mapping[table].rows.find((row) => row.column === column);
		expect(pair('lead', 'jobtitle')).toMatchObject({ field: 'title', direction: 'both' });
		expect(pair('contact', 'emailaddress1')).toMatchObject({ field: 'email', direction: 'both' });
		expect(pair('lead', 'statecode')).toMatchObject({ direction: 'toMarketo' });
		expect(mapping.lead).toMatchObject({ ifBothChanged: 'native', emptyValues: 'copy' });
		expect(mapping.contact).toMatchObject({ ifBothChanged: 'native', emptyValues: 'copy' });
	});

	it("has the columns of Adobe's own mapping, and no other", () => {
		const { lead, contact } = mappingOf(resolve.parameters);
		const columns = ({ rows: of }: typeof lead) => of.map(({ column }) => column).sort();
		expect(columns(lead)).toEqual([...ADOBES_COLUMNS, ...ADOBES_COLUMNS_OF_LEADS].sort());
		expect(columns(contact)).toEqual([...ADOBES_COLUMNS].sort());
	});

	it('is kept whole when n8n takes the parameters in and when it saves them', () => {
		const { properties } = nodeType.description;
		for (const withDefaults of [true, false]) {
			const kept = NodeHelpers.getNodeParameters(
				properties,
				resolve.parameters,
				withDefaults,
				false,
				resolve,
				nodeType.description,
			)!;
			expect(mappingOf(kept)).toEqual(mappingOf(resolve.parameters));
		}
	});

	it('is shown without an issue', () => {
		const { properties } = nodeType.description;
		const parameters = NodeHelpers.getNodeParameters(
			properties,
			resolve.parameters,
			true,
			false,
			resolve,
			nodeType.description,
		)!;
		const node = { ...resolve, parameters };
		expect(NodeHelpers.getNodeParametersIssues(properties, node, nodeType.description)).toBeNull();
	});
});

describe('the names that the people workflow shows', () => {
	let dynamics: DynamicsTwin;
	let marketo: MarketoTwin;

	beforeAll(async () => {
		[dynamics, marketo] = await Promise.all([
			startDynamicsTwin({ seed: 1, leads: 1, contacts: 1 }),
			startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 }),
		]);
		({ ledger } = await Sandbox.open());
		await runNode(marketo, { parameters: { resource: 'setup', operation: 'prepare' } });
		const context = executeContext(dynamicsNode(twinCredential(dynamics), {}));
		const port = dynamicsPort(dataverse(await createWire(context, DYNAMICS_API), dynamics.url));
		for (const table of ['lead', 'contact'] as const) await describeAnew(ledger, table, async () => await port.describe(table));
	});
	afterAll(async () => {
		await Promise.all([dynamics?.close(), marketo?.close()]);
	});

	async function listed(method: keyof (typeof VERSIONS)[1]['methods']['listSearch']): Promise<Map<string, string>> {
		// With no row on screen none is marked as mapped.
		const parameters: INodeParameters = {};
		const credential = { type: { name: 'none', displayName: '', properties: [] }, data: {} };
		const context = editorContext({ nodeType, parameters, credential });
		const names = new Map<string, string>();
		for (let next: string | undefined = ''; next !== undefined; ) {
			const page: INodeListSearchResult = await nodeType.methods.listSearch[method].call(context, undefined, next || undefined);
			for (const { name, value } of page.results) names.set(String(value), name);
			next = page.paginationToken as string | undefined;
		}
		return names;
	}

	it('are those of the live lists (opening the node asks for nothing, so nobody would see them differ)', async () => {
		const fields = await listed('searchLeadFields');
		const columns = { lead: await listed('searchLeadColumns'), contact: await listed('searchContactColumns') };
		const shown = rows.flatMap(({ table, column, field }) => [
			[table, column.value, column.cachedResultName],
			['person', field.value, field.cachedResultName],
		]);
		const live = rows.flatMap(({ table, column, field }) => [
			[table, column.value, columns[table].get(column.value)],
			['person', field.value, fields.get(field.value)],
		]);
		expect(shown).toEqual(live);
		for (const { column, field } of rows) expect([column.mode, field.mode]).toEqual(['list', 'list']);
	});
});
