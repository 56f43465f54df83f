export { seededRandom, seededGuid, pick, between, type Random } from './random';
export { TwinClock } from './clock';
export { Router } from './router';
export { startTwin, collapseIds, type Twin, type TwinOptions } from './server';
export type { AdminExtensions } from './admin';
export type {
	InjectedFault,
	LoggedPart,
	TwinContext,
	TwinHandler,
	TwinOperation,
	TwinRequest,
	TwinResponse,
} from './types';
export { marketoPeople, seedLeads, seedContacts, type SeedPerson } from './people';
