import { FILTER_COLUMN, type LaneDefinition } from './definition';

/** Opportunities, and what Marketo has of them: one way, as in Adobe's sync. */
export const OPPORTUNITIES = 'opportunities';

/** What Marketo has of an opportunity; not by the name of the table, since the ledger keeps the columns of both. */
export const OPPORTUNITY = 'marketoOpportunity';

/** The key of opportunities, by which roles name theirs, too. */
export const OPPORTUNITY_KEY = 'externalOpportunityId';

export const OPPORTUNITIES_LANE: LaneDefinition = {
	id: OPPORTUNITIES,
	object: OPPORTUNITY,
	tables: [
		{
			name: 'opportunity',
			label: 'Opportunity',
			needed: ['name'],
			names: ['name'],
			filterColumn: FILTER_COLUMN,
			idField: OPPORTUNITY_KEY,
			native: { winner: 'dynamics', rule: 'Dynamics always wins' },
		},
	],
	twoWay: null,
};
