import { logValue, type FieldValue } from '../fields/parseValue';
import type { FieldRegistry } from '../fields/fieldRegistry';
import { isoSeconds } from '../fields/time';
import type { PeopleStore } from '../people/peopleStore';
import type { Person } from '../people/person';
import type { Campaign } from './campaign';

/** How the value of a token is written into a request. */
export type TokenEncoding = 'none' | 'json' | 'form';

/** The event that sent a person into a trigger campaign. */
export interface TriggerEvent {
	/** Asset that triggered it, e.g. the name of a form. */
	readonly name: string;
	/** Kind of event, e.g. `Filled Out Form`. */
	readonly triggerName: string;
}

/** What tokens can speak of. */
export interface TokenScope {
	readonly people: PeopleStore;
	readonly fields: FieldRegistry;
	/** Values of the sales person who owns somebody. */
	readonly ownerOf: (person: Person) => Readonly<Record<string, FieldValue>>;
	readonly campaign: Campaign;
	/** My tokens by name without `my.`; those of the call before those of the program. */
	readonly myTokens: Readonly<Record<string, string>>;
	readonly trigger?: TriggerEvent;
	/** Twin time, milliseconds. */
	readonly now: number;
}

const TOKEN = /\{\{\s*(\w+)\.([^{}]*?)\s*\}\}/g;
/** Tokens of the sales person behind a person, and the fields they show. */
const OWNER: Readonly<Record<string, string>> = {
	'lead owner email address': 'email',
	'lead owner first name': 'firstName',
	'lead owner job title': 'title',
	'lead owner last name': 'lastName',
	'lead owner phone number': 'phone',
};
const SYSTEM = ['date', 'dateTime', 'time'] as const;
const CAMPAIGN = ['Name', 'Id', 'Description'] as const;
const PROGRAM = ['Name', 'Id'] as const;
const TRIGGER = ['Name', 'Trigger Name'] as const;

/**
 * Looks at a template before it is ever used: people and companies by the display name of a field.
 * @throws Error naming the token that does not exist
 */
export function checkTokens(template: string, fields: FieldRegistry): void {
	for (const [token, kind, rest] of template.matchAll(TOKEN)) {
		const { name } = withDefault(rest!);
		const names = namesOf(kind!);
		if (names === undefined) throw new Error(`There are no tokens like ${token}.`);
		if (names === 'fields' && !fieldOf(fields, name) && !OWNER[name.toLowerCase()]) {
			throw new Error(`${token}: no field has the display name ${name}.`);
		}
		if (Array.isArray(names) && !names.some((one) => same(one, name))) {
			throw new Error(`${token}: there are ${names.map((one) => `${kind}.${one}`).join(', ')}.`);
		}
	}
}

/**
 * Puts values in the place of tokens. Nothing stands for an empty one, unless the token has a
 * default; as JSON that is "".
 */
export function fillTokens(
	template: string,
	encoding: TokenEncoding,
	scope: TokenScope,
	person: Person,
): string {
	return template.replace(TOKEN, (_token, kind: string, rest: string) => {
		const { name, otherwise } = withDefault(rest);
		return encoded(tokenValue(kind, name, scope, person) || otherwise, encoding);
	});
}

function encoded(value: string, encoding: TokenEncoding): string {
	if (encoding === 'json') return JSON.stringify(value);
	if (encoding === 'form') return encodeURIComponent(value).replace(/%20/g, '+');
	return value;
}

function namesOf(kind: string): readonly string[] | 'fields' | 'any' | undefined {
	switch (kind) {
		case 'lead':
		case 'company':
			return 'fields';
		case 'my':
			return 'any';
		case 'system':
			return SYSTEM;
		case 'campaign':
			return CAMPAIGN;
		case 'program':
			return PROGRAM;
		case 'trigger':
			return TRIGGER;
		default:
			return undefined;
	}
}

function tokenValue(kind: string, name: string, scope: TokenScope, person: Person): string {
	const { campaign, trigger } = scope;
	const key = name.toLowerCase().replace(/ /g, '');
	switch (kind) {
		case 'lead':
		case 'company': {
			const ofOwner = OWNER[name.toLowerCase()];
			if (ofOwner !== undefined) return String(scope.ownerOf(person)[ofOwner] ?? '');
			const field = fieldOf(scope.fields, name);
			return field ? (logValue(field, scope.people.read(person, field.name)) ?? '') : '';
		}
		case 'my': {
			const found = Object.entries(scope.myTokens).find(([token]) => same(token, name));
			return found?.[1] ?? '';
		}
		case 'campaign':
			return (
				{ name: campaign.name, id: String(campaign.id), description: campaign.description ?? '' }[
					key
				] ?? ''
			);
		case 'program':
			return (
				{ name: campaign.program?.name, id: campaign.program && String(campaign.program.id) }[
					key
				] ?? ''
			);
		case 'trigger':
			return { name: trigger?.name, triggername: trigger?.triggerName }[key] ?? '';
		default: {
			const time = isoSeconds(scope.now);
			return { date: time.slice(0, 10), time: time.slice(11, 19), datetime: time }[key] ?? '';
		}
	}
}

function fieldOf(fields: FieldRegistry, displayName: string) {
	return fields.described().find((field) => same(field.displayName, displayName));
}

function same(one: string, other: string): boolean {
	return one.toLowerCase() === other.toLowerCase();
}

/** `First Name:default=friend` */
function withDefault(text: string): { name: string; otherwise: string } {
	const mark = text.indexOf(':default=');
	if (mark < 0) return { name: text, otherwise: '' };
	return { name: text.slice(0, mark).trim(), otherwise: text.slice(mark + ':default='.length) };
}
