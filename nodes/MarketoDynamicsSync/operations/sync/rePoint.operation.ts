import { NodeOperationError, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';

import { CannotDo } from '../../../../sync/cannotDo';
import type { AllRecords } from '../../../../sync/items';
import type { Ledger } from '../../../../sync/ledger/ledger';
import { pinnedMapping } from '../../../../sync/ledger/mappings';
import { inOneLine, summaryOfAll } from '../../../../sync/operate/previewSummary';
import { PEOPLE } from '../../../../sync/operate/lanes';
import { keptOptions } from '../../../../sync/page/keptOptions';
import { pairChange, type NewPair, type PairChange } from '../../../../sync/operate/rePoint';
import { counted } from '../../../../sync/operate/words';
import { forgetIdentities } from '../../../shared/dynamicsIdentity';
import { rePointNodeLedger } from '../../../shared/ledger';
import type { OperationDefinition } from '../../../shared/operation';
import { assertMayRePoint } from '../../shared/access';
import { maximumCalls, mostCallsOf, previewAll } from '../../shared/allRecords';
import { perLedgerItem } from '../../shared/ledgerWork';

const PREVIEW = 'preview';
const RE_POINT = 'rePoint';
/** What the preview gives to be entered, which nobody types by mistake. */
const CONFIRM = 'confirmWith';

/** R44: another organization or subscription, or a refreshed sandbox, is taken over by matching again. */
export const rePointOperation: OperationDefinition = {
	value: 'rePoint',
	name: 'Re-Point',
	action: () => 'Re-point the sync to other systems',
	description:
		'Move the sync to a refreshed sandbox, or to another organization or subscription: preview how many records would be linked, be created and need help, then match everybody again',
	resources: ['sync'],
	properties: [
		{
			displayName:
				'Choose the credentials of the two systems that the sync is to connect from now on, here and in all steps of its workflows',
			name: 'rePointNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Do',
			name: 'rePointDo',
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: 'Preview',
					value: PREVIEW,
					description:
						'Show what re-pointing would do to leads, contacts and people; nothing is changed',
				},
				{
					name: 'Re-Point',
					value: RE_POINT,
					description:
						"Copy the sync's memory, forget the records of the former systems, and match everybody again",
				},
			],
			default: PREVIEW,
		},
		{
			displayName: 'Preview Of',
			name: 'rePointPreviewOf',
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: 'All Records',
					value: 'all',
					description: 'Reads as many records as a first run does; takes minutes to hours',
				},
				{ name: 'First Page', value: 'first', description: 'Up to 1,200 records' },
			],
			default: 'first',
			displayOptions: { show: { rePointDo: [PREVIEW] } },
			description: 'How many records to look at',
		},
		maximumCalls('preview', { rePointDo: [PREVIEW], rePointPreviewOf: ['all'] }),
		{
			displayName: 'To Confirm, Enter the New Systems',
			name: 'rePointConfirm',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. contoso-test.crm4.dynamics.com and 123-ABC-456',
			displayOptions: { show: { rePointDo: [RE_POINT] } },
			description: 'As the preview shows them under confirmWith',
		},
		{
			displayName: 'Even If the IDs Are the Same',
			name: 'evenIfSame',
			type: 'boolean',
			default: false,
			displayOptions: { show: { rePointDo: [RE_POINT] } },
			description:
				'Whether to match everybody again even if organization and subscription have the same IDs as before. Needed only after a copy or backup was restored into the same environment.',
		},
	],
	execute: perLedgerItem(async (context, ledger, itemIndex) => {
		// A refreshed sandbox has the address of before.
		forgetIdentities();
		const pair = await assertMayRePoint(context, ledger);
		return context.getNodeParameter('rePointDo', itemIndex, PREVIEW) === RE_POINT
			? await doIt(context, pair, itemIndex)
			: await preview(context, ledger, pair, itemIndex);
	}),
};

async function preview(
	context: IExecuteFunctions,
	ledger: Ledger,
	pair: NewPair,
	itemIndex: number,
): Promise<IDataObject> {
	const change = await pairChange(ledger.db, pair);
	const pinned = await pinnedMapping(ledger.db, PEOPLE);
	if (!pinned)
		throw new CannotDo(
			'The sync of leads and contacts has not run yet, so its field mapping is unknown',
			'Set Do to Re-Point without a preview; the first run then matches everybody',
		);
	const isWhole = context.getNodeParameter('rePointPreviewOf', itemIndex, 'first') === 'all';
	const all = await previewAll(context, PEOPLE, pinned.mapping, {
		mostCalls: mostCallsOf(context, itemIndex),
		...(!isWhole && { mostPages: 1 }),
		options: await keptOptions(ledger.db, PEOPLE),
		knowsNobody: true,
	});
	return {
		...shown(change),
		...figures(all),
		summary: inOneLine(summaryOfAll(all)),
		[CONFIRM]: confirmWith(pair),
		notes: [
			...(change.other.length === 0 ? [SAME] : []),
			...dropped(change, 'will be'),
			`To do it: pause the sync, set Do to Re-Point, and enter ${confirmWith(pair)}.`,
		].join(' '),
	};
}

async function doIt(
	context: IExecuteFunctions,
	pair: NewPair,
	itemIndex: number,
): Promise<IDataObject> {
	const entered = String(context.getNodeParameter('rePointConfirm', itemIndex, ''));
	if (plain(entered) !== plain(confirmWith(pair)))
		throw new NodeOperationError(
			context.getNode(),
			'The systems that you entered are not the ones that the two credentials reach',
			{
				description: `The credentials reach ${confirmWith(pair)}. If these are the right ones, enter them under 'To Confirm, Enter the New Systems'; otherwise choose other credentials. Nothing was changed`,
				itemIndex,
			},
		);
	const evenIfSame = context.getNodeParameter('evenIfSame', itemIndex, false) === true;
	const change = await rePointNodeLedger(context, pair, evenIfSame);
	return {
		rePointed: change.isDone,
		...shown(change),
		notes: (change.isDone ? said(change) : [SAME]).join(' '),
		savedAs: change.savedAs,
	};
}

const SAME =
	'The sync already belongs to these two systems: nothing is changed unless you switch on Even If the IDs Are the Same.';

function said(change: PairChange & { savedAs: string | null }): string[] {
	return [
		`The sync now belongs to the new systems and has forgotten ${counted(change.linked, 'linked pair')} of the former ones.`,
		...dropped(change, 'were'),
		'The next run matches everybody again, by the IDs of Dynamics 365 that people carry where the new organization has such a record, otherwise by e-mail address. If a field is missing in Marketo, execute "Set Up and Preview" first. If the sync is paused, choose Resume.',
		`To undo this: choose the former credentials, then Restore and the copy ${change.savedAs}.`,
	];
}

function dropped({ dropped: people }: PairChange, verb: string): string[] {
	return people === 0
		? []
		: [
				`${counted(people, 'person', 'people')} sent by campaigns of the former subscription ${verb} dropped.`,
			];
}

function shown({ from, to, linked }: PairChange): IDataObject {
	return {
		from: [from.dynamics, from.marketo].filter(Boolean).join(' and '),
		to: `${to.dynamics} and ${to.marketo}`,
		linkedBefore: linked,
	};
}

function figures({ linked, changes, conflicts, needHelp, calls }: AllRecords): IDataObject {
	const created = changes.filter(({ operation }) => operation === 'create');
	return {
		wouldLink: linked,
		wouldCreate: created.reduce((sum, { records }) => sum + records, 0),
		needHelp,
		conflicts,
		marketoCalls: calls.marketo,
		dynamicsCalls: calls.dynamics,
	};
}

/** The address without `https://`, and the subscription. */
function confirmWith({ dynamics, marketo }: NewPair): string {
	const host = (dynamics.facts['dynamics.url'] ?? dynamics.id).replace(/^https?:\/\//, '');
	return `${host.replace(/\/$/, '')} and ${marketo.id}`;
}

const plain = (text: string) => text.toLowerCase().replaceAll(/\s+/g, ' ').trim();
