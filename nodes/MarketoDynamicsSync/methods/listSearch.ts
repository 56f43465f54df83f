import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { needingHelp } from '../../../sync/operate/needingHelp';
import { openNodeLedger } from '../../shared/ledger';

/** As many as one looks through; the search narrows it down. */
const SHOWN = 100;
/** A reason is told in full by Explain; here it tells records apart. */
const REASON_LENGTH = 80;

/** The records that need help, by name, ID or reason. */
export async function searchRecordsNeedingHelp(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const ledger = await openNodeLedger(this);
	const records = await needingHelp(ledger, filter, SHOWN);
	return {
		results: records.map(({ name, reason, subject }) => ({
			name: `${name} · ${shortened(reason)}`,
			value: subject,
		})),
	};
}

function shortened(text: string): string {
	return text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH - 1)}…` : text;
}
