/** Where Marketo's *Call Webhook* calls. */
export const PERSON = 'person';

/** Where an administrator installs the flow step from. */
export const OPEN_API = 'openapi.json';

export interface Route {
	path: string;
	method: 'GET' | 'POST';
	/** Shown without the secret: holds none, and is read before Marketo is told one. */
	open: boolean;
}

/** Paths of a flow step's service (Adobe, Self-Service Flow Steps 1.0), and of its own document. */
export const FLOW_STEP_ROUTES: Route[] = [
	{ path: OPEN_API, method: 'GET', open: true },
	{ path: 'getServiceDefinition', method: 'GET', open: false },
	{ path: 'submitAsyncAction', method: 'POST', open: false },
	{ path: 'status', method: 'GET', open: false },
	{ path: 'getPicklist', method: 'POST', open: false },
	{ path: 'serviceIcon', method: 'GET', open: true },
	{ path: 'brandIcon', method: 'GET', open: true },
	{ path: 'providerInstructions', method: 'GET', open: true },
];
