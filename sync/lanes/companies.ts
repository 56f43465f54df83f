import { FILTER_COLUMN, type LaneDefinition } from './definition';

/** Accounts, and what Marketo has of them: one way, as in Adobe's sync. */
export const COMPANIES = 'companies';

/** What Marketo has of an account. */
export const COMPANY = 'company';

/** The table of companies. */
export const ACCOUNT = 'account';

export const COMPANIES_LANE: LaneDefinition = {
	id: COMPANIES,
	object: COMPANY,
	tables: [
		{
			name: ACCOUNT,
			label: 'Account',
			needed: ['name'],
			names: ['name'],
			filterColumn: FILTER_COLUMN,
			idField: 'externalCompanyId',
			native: { winner: 'dynamics', rule: 'Dynamics always wins' },
		},
	],
	twoWay: null,
};
