import type { LeadField } from '../fields/field';
import type { FieldRegistry } from '../fields/fieldRegistry';
import type { FieldDeclaration, ServiceDefinition, ServiceType } from './definition';
import type { FieldMapping, MappedField } from './service';
import type { Loose } from './shape';

/** Fields of the person by name of the service; null leaves a field unmapped. */
export type GivenMapping = Loose;

/** Both directions of a mapping, and what an administrator would be told about it. */
export interface MappingResult {
	readonly invocation: FieldMapping;
	readonly callback: FieldMapping;
	readonly errors: string[];
	readonly warnings: string[];
}

/**
 * Maps as an administrator does: what is given, otherwise the suggestion when a field of that name
 * and type exists. Where people map the fields themselves, the fields of the person that are given.
 */
export function mapFields(
	definition: ServiceDefinition,
	given: GivenMapping,
	registry: FieldRegistry,
): MappingResult {
	const errors: string[] = [];
	const warnings: string[] = [];
	const { invocationPayloadDef, callbackPayloadDef } = definition;
	const known = new Set<string>();
	const direction = (
		what: string,
		part: typeof invocationPayloadDef | typeof callbackPayloadDef,
		written: boolean,
	) => {
		const mapped = new Map<string, MappedField>();
		const take = (name: string, wanted: unknown, declared?: FieldDeclaration) => {
			const field = registry.get(String(wanted));
			if (!field) {
				errors.push(`${what} ${name}: a person has no field ${String(wanted)}.`);
			} else if (written && (field.readOnly || field.name === 'id')) {
				errors.push(`${what} ${name}: ${field.name} is read only.`);
			} else {
				if (declared && !sameType(declared.dataType, field)) {
					warnings.push(
						`${what} ${name} is a ${declared.dataType}, ${field.name} a ${field.dataType}.`,
					);
				}
				mapped.set(name, { field, ...(declared && { dataType: declared.dataType }) });
			}
		};
		if (part.userDrivenMapping) {
			for (const wanted of Object.values(given)) {
				known.add(String(wanted));
				take(String(wanted), wanted);
			}
			return mapped;
		}
		for (const declared of part.fields ?? []) {
			const name = declared.serviceAttribute;
			known.add(name);
			const wanted = name in given ? given[name] : suggestion(declared, registry);
			if (wanted !== null && wanted !== undefined) take(name, wanted, declared);
			else if (declared.required) errors.push(`${what} ${name} is required and not mapped.`);
			else warnings.push(`${what} ${name} is not mapped.`);
		}
		return mapped;
	};
	const invocation = direction('Outgoing field', invocationPayloadDef, false);
	const callback = direction('Incoming field', callbackPayloadDef, true);
	const userDriven = invocationPayloadDef.userDrivenMapping || callbackPayloadDef.userDrivenMapping;
	for (const name of Object.keys(given)) {
		if (!userDriven && !known.has(name))
			errors.push(`mapping: the service declares no field ${name}.`);
	}
	return { invocation, callback, errors, warnings };
}

function suggestion(declared: FieldDeclaration, registry: FieldRegistry): string | undefined {
	const field = registry.get(declared.suggestedMarketoAttribute ?? '');
	return field && sameType(declared.dataType, field) ? field.name : undefined;
}

function sameType(dataType: ServiceType, field: LeadField): boolean {
	return dataType === 'score' ? field.isScore : dataType === field.dataType;
}
