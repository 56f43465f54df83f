import { customObjectOf } from '../lanes/customTables';
import type { Columns } from '../ledger/columns';
import type { LaneDefinition } from '../lanes/definition';
import { SetUpProblem } from '../ports';

/** Whether the Marketo object has the fields for the ids of Dynamics, as *Prepare* makes them. */
export function isPrepared({ tables }: LaneDefinition, fields: Columns): boolean {
	return tables.every(({ idField }) => fields.has(idField));
}

/** @throws SetUpProblem with a message that says itself what to do: n8n's notices show no more */
export function assertIdFields(definition: LaneDefinition, fields: Columns): void {
	if (isPrepared(definition, fields)) return;
	const custom = customObjectOf(definition.object);
	if (custom !== null)
		throw new SetUpProblem(
			`The custom object "${custom}" in Marketo has no single dedupe field for the ID of the row`,
			'Give it exactly one dedupe field, a text of 36 characters or more: Marketo Admin > Database Management > Marketo Custom Objects. A dedupe field cannot be changed later, so an object that has others needs to be created again',
		);
	throw new SetUpProblem(
		`Marketo has no ${definition.object} fields for the Dynamics IDs yet: execute the workflow from "Set Up and Preview" first`,
		'In a workflow of your own, execute the Marketo node with resource Setup, operation Prepare',
	);
}
