import type { Column, ColumnType, Lookup, TableSpec } from './schema';

type Row = readonly [
	name: string,
	schema: string,
	type: ColumnType,
	label: string,
	flags: string,
	more?: Partial<Column>,
];

const TIME = { behavior: 'UserLocal', format: 'DateAndTime' } as const;
const USER = { targets: ['systemuser'] } as const;

/** Columns that Dataverse gives every table by itself. */
const EVERY: readonly Row[] = [
	['createdby', 'CreatedBy', 'Lookup', 'Created By', '-R-', USER],
	['createdon', 'CreatedOn', 'DateTime', 'Created On', '-R-', TIME],
	['createdonbehalfby', 'CreatedOnBehalfBy', 'Lookup', 'Created By (Delegate)', '-R-', USER],
	['modifiedby', 'ModifiedBy', 'Lookup', 'Modified By', '-R-', USER],
	['modifiedon', 'ModifiedOn', 'DateTime', 'Modified On', '-R-', TIME],
	['modifiedonbehalfby', 'ModifiedOnBehalfBy', 'Lookup', 'Modified By (Delegate)', '-R-', USER],
	['overriddencreatedon', 'OverriddenCreatedOn', 'DateTime', 'Record Created On', 'CR-', TIME],
	['importsequencenumber', 'ImportSequenceNumber', 'Integer', 'Import Sequence Number', 'CR-'],
	['versionnumber', 'VersionNumber', 'BigInt', 'Version Number', '-R-'],
	[
		'statecode',
		'statecode',
		'State',
		'Status',
		'-RU',
		{
			required: 'SystemRequired',
			options: [
				[0, 'Active', 1],
				[1, 'Inactive', 2],
			],
		},
	],
	[
		'statuscode',
		'statuscode',
		'Status',
		'Status Reason',
		'CRU',
		{
			options: [
				[1, 'Active', 0],
				[2, 'Inactive', 1],
			],
		},
	],
];

/** Columns of tables whose rows belong to users or teams. */
const OWNED: readonly Row[] = [
	[
		'ownerid',
		'OwnerId',
		'Owner',
		'Owner',
		'CRU',
		{ required: 'SystemRequired', targets: ['systemuser', 'team'] },
	],
	[
		'owningbusinessunit',
		'OwningBusinessUnit',
		'Lookup',
		'Owning Business Unit',
		'-R-',
		{ targets: ['businessunit'] },
	],
	['owningteam', 'OwningTeam', 'Lookup', 'Owning Team', '-R-', { targets: ['team'] }],
	['owninguser', 'OwningUser', 'Lookup', 'Owning User', '-R-', USER],
];

/** A table that is new: with its key, its name and what Dataverse adds to every table, where that was not given. */
export function withStandardColumns(spec: TableSpec): TableSpec {
	const owned = spec.ownership === 'UserOwned';
	const id: Row = [
		spec.id,
		spec.id,
		'Uniqueidentifier',
		spec.label,
		'CR-',
		{ required: 'SystemRequired' },
	];
	const name: Row = [spec.primaryName, spec.primaryName, 'String', 'Name', 'CRU', { max: 850 }];
	const given = new Set(spec.columns.map((column) => column.name));
	const added = [id, name, ...EVERY, ...(owned ? OWNED : [])]
		.filter(([column]) => !given.has(column))
		.map(columnOf);
	const owner: Lookup = {
		column: 'ownerid',
		navigation: 'ownerid',
		table: 'owner',
		tableId: 'ownerid',
		relationship: `owner_${spec.name}`,
	};
	const hasOwner = spec.lookups.some((lookup) => lookup.column === 'ownerid');
	return {
		...spec,
		columns: [...spec.columns, ...added],
		lookups: owned && !hasOwner ? [...spec.lookups, owner] : spec.lookups,
	};
}

function columnOf([name, schema, type, label, flags, more]: Row): Column {
	return { name, schema, type, label, flags, ...more };
}
