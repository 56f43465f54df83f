import {
	customObject,
	STANDARD_OBJECTS,
	type MarketoObject,
} from '../../apis/marketo/objects/object';
import { COMPANY } from '../../sync/lanes/companies';
import { customObjectOf } from '../../sync/lanes/customTables';
import { OPPORTUNITY } from '../../sync/lanes/opportunities';
import { SALES_PERSON } from '../../sync/lanes/owners';
import { OPPORTUNITY_ROLE } from '../../sync/lanes/roles';

/** What lanes that go one way write, as its wire knows it. */
const OBJECTS: Readonly<Record<string, MarketoObject>> = {
	[COMPANY]: STANDARD_OBJECTS.company,
	[SALES_PERSON]: STANDARD_OBJECTS.salesPerson,
	[OPPORTUNITY]: STANDARD_OBJECTS.opportunity,
	[OPPORTUNITY_ROLE]: STANDARD_OBJECTS.opportunityRole,
};

/** @throws where no lane writes such an object */
export function marketoObjectOf(object: string): MarketoObject {
	const custom = customObjectOf(object);
	const found = custom === null ? OBJECTS[object] : customObject(custom);
	if (!found) throw new Error(`No sync writes the Marketo object "${object}"`);
	return found;
}
