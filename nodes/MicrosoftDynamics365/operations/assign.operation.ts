import type { IExecuteFunctions } from 'n8n-workflow';

import { assignRows, type OwnedRow } from '../../../apis/dataverse/actions/assign';
import type { Owner } from '../../../apis/dataverse/actions/owner';
import { PERSON_TABLES } from '../../../apis/dataverse/actions/people';
import { refusal } from '../../../apis/dataverse/errors/refusal';
import { guid } from '../../../apis/dataverse/transport/odata';
import type { OperationDefinition } from '../../shared/operation';
import { PERSON_RESOURCES, PICKED_TO_ASSIGN } from '../resources';
import { clientOf, tableFor } from '../shared/client';
import { inBatches, type Plan } from '../shared/inBatches';
import { OWNER, ownerNamed } from '../shared/ownerReference';
import { PERSON, personOf } from '../shared/personReference';
import { chosenRowId, ROW_PICKER } from '../shared/rowReference';
import { ROW_TABLE } from '../shared/tableReference';
import { aRow } from '../shared/words';

interface AssignPlan extends Plan {
	row: OwnedRow & Plan['row'];
	owner: Owner;
}

export const assignOperation: OperationDefinition = {
	value: 'assign',
	name: 'Assign',
	action: (resource) => `Assign ${aRow(resource)}`,
	description: 'Assign a record to another owner: a user or a team',
	resources: [...PERSON_RESOURCES, ...PICKED_TO_ASSIGN],
	properties: [
		...PERSON.map((property) => ({
			...property,
			displayOptions: { show: { resource: [...PERSON_RESOURCES] } },
		})),
		ROW_TABLE,
		{ ...ROW_PICKER, displayOptions: { show: { resource: [...PICKED_TO_ASSIGN] } } },
		{ ...OWNER, required: true },
	],
	execute: inBatches<AssignPlan>(
		async (context, itemIndex) => {
			const row = await rowOf(context, itemIndex);
			const given = context.getNodeParameter('owner', itemIndex, '', { extractValue: true });
			return { row, owner: await ownerNamed(context, String(given ?? '')) };
		},
		async (context, plans) => {
			const assigned = await assignRows(await clientOf(context), plans);
			return assigned.map((result, index) => {
				if ('problem' in result) return result;
				const { owner } = plans[index]!;
				return {
					assigned: result.assigned,
					ownerId: owner.id,
					ownerTable: owner.table,
					ownerName: owner.name,
					previousOwnerId: result.previousOwner,
					reason: `${owner.name} ${result.assigned ? 'is the owner now' : 'was already the owner'}`,
				};
			});
		},
	),
};

/** @throws DataverseProblem for a table whose rows belong to nobody */
async function rowOf(context: IExecuteFunctions, itemIndex: number): Promise<AssignPlan['row']> {
	const resource = context.getNodeParameter('resource', itemIndex) as string;
	if (PERSON_RESOURCES.includes(resource)) {
		const person = personOf(context, itemIndex);
		return { ...PERSON_TABLES[person.table], ...person };
	}
	const { name, label, set, idColumn, columns } = await tableFor(context, itemIndex);
	if (!columns.some((column) => column.name === 'ownerid'))
		throw refusal(
			`Records of ${label} (${name}) have no owner`,
			'They belong to the organization: there is nothing to assign',
		);
	return { table: name, set, idColumn, id: guid(chosenRowId(context, itemIndex)) };
}
