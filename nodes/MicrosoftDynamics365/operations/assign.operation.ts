import { assignRows } from '../../../apis/dataverse/actions/assign';
import type { Owner } from '../../../apis/dataverse/actions/owner';
import type { OperationDefinition } from '../../shared/operation';
import { PERSON_RESOURCES } from '../resources';
import { clientOf } from '../shared/client';
import { inBatches, type Plan } from '../shared/inBatches';
import { OWNER, ownerNamed } from '../shared/ownerReference';
import { PERSON, personOf } from '../shared/personReference';

interface AssignPlan extends Plan {
	owner: Owner;
}

export const assignOperation: OperationDefinition = {
	value: 'assign',
	name: 'Assign',
	action: (resource) => `Assign a ${resource.toLowerCase()}`,
	description: 'Give a record to another owner, a user or a team',
	resources: [...PERSON_RESOURCES],
	properties: [...PERSON, { ...OWNER, required: true }],
	execute: inBatches<AssignPlan>(
		async (context, itemIndex) => {
			const person = personOf(context, itemIndex);
			const given = context.getNodeParameter('owner', itemIndex, '', { extractValue: true });
			return { person, owner: await ownerNamed(context, String(given ?? '')) };
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
					reason: `${owner.name} ${result.assigned ? 'is the owner now' : 'was the owner already'}`,
				};
			});
		},
	),
};
