export { startDynamicsTwin, type DynamicsTwin, type DynamicsTwinOptions } from './dynamics';
export { startMarketoTwin } from './marketo';
export { marketoPeople, seedContacts, seedLeads, type SeedPerson } from './chassis';
