import { seededRandom, startTwin, TwinClock, type SeedPerson, type Twin } from '../chassis';
import { pageNumber } from './activities/pagingToken';
import { activityRoutes } from './http/activityRoutes';
import { bulkExportRoutes } from './http/bulkExportRoutes';
import { bulkImportRoutes } from './http/bulkImportRoutes';
import { campaignRoutes } from './http/campaignRoutes';
import { CLIENTS, FULL_CLIENT_ID } from './http/clients';
import { customObjectRoutes } from './http/customObjectRoutes';
import { customTypeRoutes } from './http/customTypeRoutes';
import { injected, newRequestId } from './http/envelope';
import { fieldRoutes } from './http/fieldRoutes';
import { instanceRoutes } from './http/instanceRoutes';
import { listRoutes } from './http/listRoutes';
import { mergeRoutes } from './http/mergeRoutes';
import { objectRoutes } from './http/objectRoutes';
import { peopleRoutes } from './http/peopleRoutes';
import { MarketoService } from './http/service';
import { marketoAdmin } from './http/twinAdmin';
import { defaultBehaviour } from './options';

export interface MarketoTwinOptions {
	readonly seed: number;
	readonly people: readonly SeedPerson[];
	/** Added to every call, milliseconds. */
	readonly latencyMs: number;
	/** 0: a free port. */
	readonly port: number;
	/** More fields in describe's shape: an array, or `{result: [...]}`. */
	readonly fields?: unknown;
	/** A clock that others go by too; left out: one of its own. */
	readonly clock?: TwinClock;
	/** By which subscriptions are told apart; left out: always the same one. */
	readonly munchkinId?: string;
}

/** A running stand-in for Marketo Engage. */
export interface MarketoTwin {
	/** Base of all paths, without a trailing slash. */
	readonly url: string;
	/** The service with every permission; see `GET /__twin/clients` for the others. */
	readonly clientId: string;
	readonly clientSecret: string;
	readonly munchkinId: string;
	close(): Promise<void>;
}

const ROUTES = [
	peopleRoutes,
	mergeRoutes,
	fieldRoutes,
	activityRoutes,
	customTypeRoutes,
	listRoutes,
	campaignRoutes,
	objectRoutes,
	customObjectRoutes,
	bulkImportRoutes,
	bulkExportRoutes,
	instanceRoutes,
];

/** Starts a stand-in for the Marketo Engage REST API on 127.0.0.1. */
export async function startMarketoTwin(options: MarketoTwinOptions): Promise<MarketoTwin> {
	const random = seededRandom(options.seed, 'marketo service');
	const running: { twin?: Twin } = {};
	const clock = options.clock ?? new TwinClock();
	const now = () => clock.now();
	const faultNames = (id: string) =>
		(running.twin?.faults.list() ?? []).some((rule) => {
			const { match } = rule as { match: { id?: string } };
			return match.id?.toLowerCase() === id.toLowerCase();
		});
	const behaviour = defaultBehaviour(options.latencyMs);
	const service = new MarketoService(options, behaviour, random, faultNames, ROUTES, now());
	const twin = await startTwin('marketo', {
		handler: service.handle,
		vendorError: (fault) => injected(fault, newRequestId(now(), random)),
		port: options.port,
		seed: options.seed,
		clock,
		pageOf: (request) => pageNumber(request.query.get('nextPageToken')),
		expire: (what) => {
			if (what === 'accessToken') service.tokens.expireAll();
			else if (what === 'pagingToken') service.paging.expireAll();
			else return false;
			return true;
		},
		reset: () => service.reset(now()),
		admin: marketoAdmin(service, now),
	});
	running.twin = twin;
	const client = CLIENTS.find(({ clientId }) => clientId === FULL_CLIENT_ID)!;
	const { url } = twin;
	const { munchkinId } = service.instance;
	const close = async () => {
		service.instance.campaigns.stop();
		await twin.close();
	};
	return { url, clientId: client.clientId, clientSecret: client.clientSecret, munchkinId, close };
}
