import {
	NodeConnectionTypes,
	NodeOperationError,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';

import type { PageStart } from '../../sync/items';
import { customTableOf } from '../../sync/lanes/customTables';
import { syncNow, type LaneSetting } from '../../sync/schedule/runs';
import { keptColumns } from '../../sync/ledger/columns';
import { openLane } from '../../sync/ledger/lanes';
import { noteRunBy, runBy } from '../../sync/ledger/runBy';
import { isPrepared } from '../../sync/page/idFields';
import { tokenOf } from '../../sync/schedule/token';
import {
	isBehind,
	stopBecauseBehind,
	witnessOf,
	type Witness,
} from '../../sync/schedule/restoreGuard';
import type { Ledger } from '../../sync/ledger/ledger';
import { LANES, WHAT_TO_SYNC } from '../shared/lanes';
import { openNodeLedger } from '../shared/ledger';
import { isFast } from '../shared/ledgerOpening';
import { laneOfNode, mappingBehind } from '../shared/mappingParameters';
import { leaveOthers } from '../../sync/operate/leaveOthers';
import { beginTelling } from '../../sync/operate/news';
import { newsSetting } from '../shared/news';
import { isAlive, PROCESS_NONCE } from '../shared/process';
import { publishedBy } from '../shared/published';
import { NewsWatch } from './newsWatch';
import { Runner } from './runner';
import { statusTeller } from './statusTeller';

const LOOK_MS = 3_000;
const FAST_LOOK_MS = 300;
const FAST_INTERVAL_MS = 5_000;
const NEWS_LOOK_MS = 60_000;
const LONGEST_PAGE_MS = 45 * 60_000;

/** Starts the sync when it is due: one execution per page, one after the other. */
export class MarketoDynamicsSyncTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Marketo Dynamics Sync Trigger',
		name: 'marketoDynamicsSyncTrigger',
		icon: { light: 'file:../../icons/sync.svg', dark: 'file:../../icons/sync.dark.svg' },
		group: ['trigger'],
		// 1.1 says on its second output when the status has changed.
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle: '={{ "every " + $parameter["interval"] + " min after the last run" }}',
		description: 'Starts the Marketo and Dynamics 365 sync when it is due, page by page',
		defaults: { name: 'When a Sync Is Due' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Page', 'Status'],
		properties: [
			{
				...WHAT_TO_SYNC,
				description:
					'The same as in Resolve Sync Conflict. Each runs by itself; a workflow may have several of these triggers.',
			},
			{
				displayName: 'Minutes Between Runs',
				name: 'interval',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 1440 },
				default: 5,
				description: "Counted from the end of a run to the start of the next, as in Adobe's sync",
			},
			{
				displayName: 'When Run by Hand',
				name: 'manual',
				type: 'options',
				noDataExpression: true,
				options: [
					{
						name: 'Preview One Page',
						value: 'preview',
						description:
							'Show what would be done with the next page (up to 1,200 records); nothing is written',
					},
					{
						name: 'Start a Run Now',
						value: 'now',
						description: 'The published workflow starts its next run at once',
					},
				],
				default: 'preview',
			},
			{
				displayName:
					'Publish the workflow to start the sync. Run by hand, it shows a preview of one page',
				name: 'notice',
				type: 'notice',
				default: '',
				displayOptions: { show: { manual: ['preview'] } },
			},
		],
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const ledger = await openNodeLedger(this);
		const lane = laneOfNode(this);
		const minutes = this.getNodeParameter('interval', 5) as number;
		if (this.getMode() === 'manual') {
			const what = this.getNodeParameter('manual', 'preview') as 'preview' | 'now';
			return { manualTriggerFunction: async () => await byHand(this, ledger, lane, what) };
		}
		// A mapping that cannot be used is said when the workflow is published, not in the night.
		mappingBehind(this, lane);
		const setting: LaneSetting = {
			lane,
			workflow: String(this.getWorkflow().id),
			interval: isFast() ? FAST_INTERVAL_MS : minutes * 60_000,
			owner: PROCESS_NONCE,
			pid: process.pid,
			isAlive,
		};
		await refuseForeignLane(this, ledger, setting);
		if (lane === 'people') await refuseUnprepared(this, ledger);
		const remember = await witness(this, ledger, lane);
		const runner = new Runner({
			ledger,
			setting,
			look: isFast() ? FAST_LOOK_MS : LOOK_MS,
			longestPage: LONGEST_PAGE_MS,
			emit: (data, done) => this.emit(data, undefined, done),
			remember,
			waits:
				this.getNode().typeVersion < 1.1
					? async () => {}
					: statusTeller(ledger, lane, (json) => this.emit([[], [{ json }]])),
			promise: () => this.helpers.createDeferredPromise(),
			failed: (error) =>
				this.logger.error(`Marketo Dynamics Sync: reading the ledger failed: ${error.message}`),
		});
		runner.start();
		await beginTelling(ledger, lane);
		// The trigger of the people tells of all.
		const news = lane === 'people' ? watchNews(this, ledger, setting) : undefined;
		return {
			closeFunction: async () => {
				runner.stop();
				news?.stop();
			},
		};
	}
}

const OTHER_PAIR =
	'For another pair of systems, enter a name under Memory in Resolve Sync Conflict';
const OTHER_TABLE =
	'For other rows or another object, choose another Table or Custom Object in Resolve Sync Conflict';

/**
 * R41: a lane belongs to one workflow until somebody takes it over; that one leaves its name. The message says by itself
 * what to do: of what fails when a workflow is published n8n shows no more.
 */
async function refuseForeignLane(context: ITriggerFunctions, ledger: Ledger, setting: LaneSetting) {
	const { lane: name, workflow } = setting;
	const lane = await openLane(ledger.db, name, ledger.clock.now());
	if (!lane.workflow || lane.workflow === workflow) {
		const { id: trigger, name: called } = context.getNode();
		await noteRunBy(ledger.db, name, { ...publishedBy(context, called), trigger });
		await leaveOthers(ledger, { lane: name, workflow, trigger });
		return;
	}
	const by = await runBy(ledger.db, name, lane.workflow);
	const other = by ? `"${by.name}" (${lane.workflow})` : lane.workflow;
	throw new NodeOperationError(
		context.getNode(),
		`Workflow ${other} already runs this sync: leave this one unpublished, or unpublish that one and use "Take Over" of the Marketo Dynamics Sync node here. ${customTableOf(name) ? OTHER_TABLE : OTHER_PAIR}`,
		{ description: "Two syncs on the same records would undo each other's work" },
	);
}

/**
 * A first start before *Set Up and Preview* would fail every five minutes. Asks neither system: Prepare and each
 * preview keep Marketo's fields. Who has run once is never refused, whatever the ledger has lost since.
 */
async function refuseUnprepared(context: ITriggerFunctions, ledger: Ledger): Promise<void> {
	const { workflow } = await openLane(ledger.db, 'people', ledger.clock.now());
	if (workflow || memoryOf(context).witness) return;
	if (isPrepared(LANES.people, await keptColumns(ledger.db, LANES.people.object))) return;
	throw new NodeOperationError(
		context.getNode(),
		'The sync is not set up yet: execute the workflow from "Set Up and Preview", then publish it',
		{ description: 'It creates the fields in Marketo that the sync needs' },
	);
}

const memoryOf = (context: ITriggerFunctions) =>
	context.getWorkflowStaticData('node') as { witness?: Witness };

/**
 * R42: the workflow remembers how far its ledger was, in n8n's own database, and stops where the ledger
 * has gone back. Returns what is to be called before each page.
 */
async function witness(
	context: ITriggerFunctions,
	ledger: Ledger,
	lane: string,
): Promise<() => Promise<void>> {
	const memory = memoryOf(context);
	const present = await witnessOf(ledger);
	if (memory.witness && isBehind(present, memory.witness)) {
		await stopBecauseBehind(ledger, lane, present, memory.witness);
	}
	return async () => {
		memory.witness = await witnessOf(ledger);
	};
}

/** Tells where the workflow, as it is published by then, has a step that tells the team and one after it is switched on. */
function watchNews(
	context: ITriggerFunctions,
	ledger: Ledger,
	{ lane, workflow }: LaneSetting,
): NewsWatch {
	const watch = new NewsWatch({
		ledger,
		lane,
		workflow,
		setting: async () => {
			const digest = (await runBy(ledger.db, lane, workflow))?.digest;
			return digest ? newsSetting(digest) : null;
		},
		look: isFast() ? FAST_LOOK_MS : NEWS_LOOK_MS,
		emit: () => context.emit([[], [{ json: { kind: 'status', label: 'There is news' } }]]),
		failed: (error) =>
			context.logger.error(`Marketo Dynamics Sync: checking for messages failed: ${error.message}`),
	});
	watch.start();
	return watch;
}

async function byHand(
	context: ITriggerFunctions,
	ledger: Ledger,
	name: string,
	what: 'preview' | 'now',
): Promise<void> {
	const lane = await openLane(ledger.db, name, ledger.clock.now());
	if (what === 'preview') {
		const page = tokenOf({ lane: name, run: 'preview', page: 1, ledger: ledger.id });
		const start: PageStart = {
			kind: 'start',
			page,
			preview: true,
			label: 'Preview: nothing is written',
		};
		context.emit([[{ json: { ...start } }]]);
		return;
	}
	if (!lane.workflow) {
		throw new NodeOperationError(context.getNode(), 'The sync has never run', {
			description: 'Publish the workflow: its first run starts at once',
		});
	}
	if (lane.run) {
		throw new NodeOperationError(context.getNode(), 'A run is already in progress', {
			description: 'It continues until nothing is left; a second start would do nothing',
		});
	}
	await syncNow(ledger, name);
	context.emit([[{ json: { kind: 'note', label: 'The next run starts within seconds' } }]]);
}
