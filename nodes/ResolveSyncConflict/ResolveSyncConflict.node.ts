import {
	NodeConnectionTypes,
	VersionedNodeType,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
	type INodeTypeBaseDescription,
} from 'n8n-workflow';

import type { Ledger } from '../../sync/ledger/ledger';
import { previewed } from '../../sync/operate/preview';
import { resolvePage } from '../../sync/page/resolve';
import { assertSameLane, chosenLane, definitionOf, laneOfPage } from '../shared/lanes';
import { openNodeLedger } from '../shared/ledger';
import { laneMappingOf } from '../shared/mappingParameters';
import { asItems, inPage, jsonOf, pageStart } from '../shared/syncPage';
import { PER_CALL } from '../shared/vendorPorts';
import * as lists from './methods/listSearch';
import { getPersonFields } from './methods/loadOptions';
import { searchSkippedRows } from './methods/skippedRows';
import { PEOPLE_PROPERTIES, PROPERTIES } from './properties';

/** What does not depend on the version. */
const BASE: INodeTypeBaseDescription = {
	displayName: 'Resolve Sync Conflict',
	name: 'resolveSyncConflict',
	icon: { light: 'file:../../icons/sync.svg', dark: 'file:../../icons/sync.dark.svg' },
	group: ['transform'],
	description:
		'Matches leads and contacts of Dynamics 365 with people of Marketo, compares them field by field and decides who wins',
	defaultVersion: 2,
};

const version = (number: number, properties: INodeProperties[]) =>
	({
		description: {
			...BASE,
			version: number,
			// A row is a column and a field side by side.
			parameterPane: 'wide',
			subtitle: 'which fields, who wins',
			defaults: { name: 'Resolve Sync Conflict' },
			// Its items are a page of the sync; nobody can make one up.
			usableAsTool: undefined,
			inputs: [
				{ type: NodeConnectionTypes.Main, displayName: 'Dynamics' },
				{ type: NodeConnectionTypes.Main, displayName: 'Marketo' },
			],
			outputs: [
				{ type: NodeConnectionTypes.Main, displayName: 'To Dynamics' },
				{ type: NodeConnectionTypes.Main, displayName: 'To Marketo' },
				{ type: NodeConnectionTypes.Main, displayName: 'Conflicts' },
				{ type: NodeConnectionTypes.Main, displayName: 'Needs Help' },
			],
			properties,
		},
		methods: { listSearch: { ...lists, searchSkippedRows }, loadOptions: { getPersonFields } },
		execute: resolve,
	}) satisfies INodeType;

/**
 * Version 1 syncs leads and contacts, version 2 whatever is chosen. The editor looks at each parameter that is displayed
 * by a condition with every edit of any row: with none but the notices, another row costs a fifth less.
 */
export const VERSIONS = { 1: version(1, PEOPLE_PROPERTIES), 2: version(2, PROPERTIES) };

/**
 * Which fields, who wins: takes both sides' changes of one page and decides what is written where.
 *
 * No credentials, on purpose: n8n clears the lists of a node whose credentials change, and here the lists
 * are the field mapping.
 */
export class ResolveSyncConflict extends VersionedNodeType {
	constructor() {
		super(VERSIONS, BASE);
	}
}

async function resolve(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const dynamicsItems = this.getInputData(0);
	const marketoItems = this.getInputData(1);
	const start = pageStart(this, [...dynamicsItems, ...marketoItems]);
	const ledger = await openNodeLedger(this);
	const lane = laneOfPage(this.getNode(), start.page);
	const { parameters } = this.getNode();
	assertSameLane(this.getNode(), lane, chosenLane(this.getNode(), parameters));
	const mapping = laneMappingOf(parameters as never);
	const definition = await definitionOf(ledger, lane, mapping);
	return await inPage(
		this,
		ledger,
		start.page,
		async () => {
			const resolved = await resolvePage(ledger, definition, {
				dynamicsItems: jsonOf(dynamicsItems),
				marketoItems: jsonOf(marketoItems),
				mapping,
			});
			const shown = start.preview ? previewed(resolved, start.page, PER_CALL) : null;
			const summary = shown ? [`Preview. ${shown.summary}`] : [];
			for (const message of [...summary, ...resolved.notes])
				this.addExecutionHints({ message, location: 'outputPane' });
			const { toDynamics, toMarketo, conflicts, needsHelp } = shown ?? resolved;
			const apart = needsHelp.map((one) => apartFrom(ledger, one));
			return [toDynamics, toMarketo, conflicts, apart].map(asItems);
		},
		4,
	);
}

/** Two memories may share the Data Tables, and a copy of an environment has the same IDs. */
function apartFrom<Item extends object>({ name }: Ledger, item: Item): Item {
	return name && 'id' in item ? { ...item, id: `${name}:${String(item.id)}` } : item;
}
