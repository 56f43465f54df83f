/** Leads, contacts and people are one lane: they share the person. */
export const PEOPLE = 'people';

/** What Marketo has of them. */
export const PERSON = 'person';
