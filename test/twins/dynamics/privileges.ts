import { createHash } from 'node:crypto';
import type { Database } from './database';
import { DataverseError } from './errors';
import { holds, type Principal } from './principals';
import type { Table } from './schema';
import type { Session } from './session';

export type Right = 'Create' | 'Read' | 'Write' | 'Delete' | 'Assign' | 'Append' | 'AppendTo';

/** Tables whose privileges have other names than their own. */
const PRIVILEGE_NAMES: Readonly<Record<string, string>> = {
	systemuser: 'User',
	// Activities have one set of privileges, links those of what they belong to.
	task: 'Activity',
	opportunityclose: 'Activity',
	connectionroleobjecttypecode: 'ConnectionRole',
	connectionroleassociation: 'ConnectionRole',
	listmember: 'List',
	campaignitem: 'Campaign',
	businessunit: 'BusinessUnit',
	transactioncurrency: 'TransactionCurrency',
};

export function privilegeName(right: Right, table: Table): string {
	return `prv${right}${PRIVILEGE_NAMES[table.name] ?? table.spec.schema}`;
}

/** @throws DataverseError 403 in Dataverse's words when the user may not. */
export function demand(database: Database, session: Session, right: Right, table: Table): void {
	if (table.name === 'organization' && right === 'Read') {
		if (session.principal.hasRole) return;
	}
	const privilege = privilegeName(right, table);
	if (holds(session.principal, privilege) && holds(callerOf(database, session), privilege)) return;
	throw denied(session, privilege, `OTC=${table.spec.typeCode} for entity '${table.name}'`);
}

/** The user somebody acts for has to have the right as well. */
function callerOf(database: Database, session: Session): Principal {
	if (!session.onBehalfBy) return session.principal;
	for (const principal of database.principals.values()) {
		if (principal.userId === session.userId) return principal;
	}
	return session.principal;
}

export function denied(session: Session, privilege: string, where: string): DataverseError {
	const roles = session.principal.hasRole ? 1 : 0;
	return new DataverseError(
		403,
		'0x80040220',
		`Principal user (Id=${session.userId}, type=8, roleCount=${roles}, privilegeCount=${roles * 637}, accessMode=0), is missing ${privilege} privilege (Id=${guidOf(privilege)}) on ${where}. context.Caller=${session.userId}`,
	);
}

/** A GUID that always belongs to the same text. */
export function guidOf(text: string): string {
	const hex = createHash('sha1').update(text).digest('hex').slice(0, 32);
	const at = (from: number, to: number) => hex.slice(from, to);
	return `${at(0, 8)}-${at(8, 12)}-4${at(13, 16)}-8${at(17, 20)}-${at(20, 32)}`;
}
