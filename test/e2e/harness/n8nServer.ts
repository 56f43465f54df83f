import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { INodeTypeDescription, IRun, IWorkflowBase } from 'n8n-workflow';
import { LoggedProcess } from './childProcess';
import { pickCredentials, type CredentialIds, type ImportedWorkflow } from './credentialPicker';
import { N8nClient, type Owner } from './n8nClient';
import { installPackage } from './packageFolder';
import { freePort } from './ports';
import { tools } from './tools';
import { waitFor, type WaitOptions } from './waiting';

export interface N8nServerOptions {
	/** Its data; a new temporary folder unless told. A folder used before goes on as it was. */
	folder?: string;
	/** Whether the package is installed; true unless told. */
	withPackage?: boolean;
	/** More environment. */
	env?: Record<string, string>;
	port?: number;
	/** n8n's own database; SQLite in the folder unless told. */
	postgres?: { host: string; port: number; user: string; password: string; database: string };
	/** Runs production executions on workers, by this Redis. */
	queue?: { host: string; port: number };
}

export interface Execution {
	id: string;
	workflowId: string;
	status: 'new' | 'running' | 'success' | 'error' | 'canceled' | 'crashed' | 'waiting' | 'unknown';
	mode: string;
	finished: boolean;
	startedAt: string;
	stoppedAt: string | null;
	data?: IRun['data'];
}

export interface ExecutionFilter {
	workflowId?: string;
	status?: string;
	/** With what every node got and gave. */
	includeData?: boolean;
	limit?: number;
}

export interface DynamicCall {
	/** `options`, `resource-locator-results`, `resource-mapper-fields` or `action-result`. */
	kind: 'options' | 'resource-locator-results' | 'resource-mapper-fields' | 'action-result';
	methodName: string;
	/** Node type with the package's name, and its version. */
	node: { name: string; version: number };
	/** Path of the parameter, e.g. `parameters.table`. */
	path: string;
	parameters: Record<string, unknown>;
	credentials?: CredentialIds;
	filter?: string;
	paginationToken?: string;
}

/** What a folder remembers, so that n8n can be started on it again. */
interface Identity {
	encryptionKey: string;
	owner: Owner;
	apiKey: string;
}

export interface WebhookProcessor {
	url: string;
	process: LoggedProcess;
}

interface Publication {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	triggers: { nodeId: string; errorMessage: string | null }[];
}

const IDENTITY = 'harness.json';

/**
 * The heap that a small host gives n8n. Without a bound V8 takes of a large machine what it likes, and cleans up so
 * seldom that n8n's memory says nothing about what n8n holds.
 */
export const HEAP_BOUND = '--max-old-space-size=1024';

/** Everything that would call home, off; ours on. */
const QUIET: Record<string, string> = {
	N8N_LISTEN_ADDRESS: '127.0.0.1',
	N8N_HOST: '127.0.0.1',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	N8N_DISABLED_MODULES: 'mcp-registry',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_SECURE_COOKIE: 'false',
	N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'true',
	N8N_LOG_LEVEL: 'info',
	EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all',
	EXECUTIONS_DATA_SAVE_ON_ERROR: 'all',
	EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true',
	GENERIC_TIMEZONE: 'UTC',
	NODE_OPTIONS: HEAP_BOUND,
};

/** Settings of n8n that the caller's own shell may hold have no say here. */
const callersEnvironment = () =>
	Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) => !/^(N8N_|DB_|EXECUTIONS_|QUEUE_|NODE_OPTIONS$|NODE_ENV$|JEST_)/.test(name),
		),
	);

const ownerOf = (): Owner => ({
	email: 'owner@example.com',
	firstName: 'Sync',
	lastName: 'Owner',
	password: `Sync-${randomBytes(6).toString('hex')}-1`,
});

/** A real n8n, with the package installed as n8n installs community packages. */
export class N8nServer {
	readonly client: N8nClient;
	private process: LoggedProcess | undefined;
	private readonly workers: LoggedProcess[] = [];
	private types: INodeTypeDescription[] | undefined;

	private constructor(
		/** What n8n gets as `N8N_USER_FOLDER`. */
		readonly folder: string,
		readonly port: number,
		private readonly env: Record<string, string>,
		private readonly identity: Identity,
	) {
		this.client = new N8nClient(`http://127.0.0.1:${port}`);
		this.client.apiKey = identity.apiKey;
	}

	/** Prepares the folder, starts n8n, makes the owner and an API key. */
	static async start(options: N8nServerOptions = {}): Promise<N8nServer> {
		const folder = options.folder ?? (await mkdtemp(path.join(os.tmpdir(), 'n8n-')));
		await mkdir(path.join(folder, '.n8n'), { recursive: true });
		if (options.withPackage ?? true) await installPackage(folder);
		const file = path.join(folder, IDENTITY);
		const known = await readFile(file, 'utf8').catch(() => undefined);
		const identity: Identity = known
			? (JSON.parse(known) as Identity)
			: { encryptionKey: randomBytes(24).toString('hex'), owner: ownerOf(), apiKey: '' };
		const port = options.port ?? (await freePort());
		const server = new N8nServer(folder, port, environment(options), identity);
		await server.launch();
		if (known) {
			await server.client.signIn(identity.owner);
		} else {
			await server.client.setUp(identity.owner);
			identity.apiKey = server.client.apiKey;
			await writeFile(file, JSON.stringify(identity), { mode: 0o600 });
		}
		return server;
	}

	get url(): string {
		return this.client.url;
	}

	get owner(): Owner {
		return this.identity.owner;
	}

	get apiKey(): string {
		return this.identity.apiKey;
	}

	/** What n8n's main process printed since its last start. */
	get log(): string {
		return this.process?.log ?? '';
	}

	/** The file with the output of all starts and workers. */
	get logFile(): string {
		return path.join(this.folder, 'n8n.log');
	}

	private async spawn(command: string, more: Record<string, string>): Promise<LoggedProcess> {
		const { node, n8n } = tools();
		return new LoggedProcess(`n8n ${command}`, node, [n8n, command], {
			cwd: this.folder,
			logFile: this.logFile,
			env: {
				...callersEnvironment(),
				PATH: [path.dirname(node), process.env.PATH].join(path.delimiter),
				...QUIET,
				N8N_USER_FOLDER: this.folder,
				N8N_ENCRYPTION_KEY: this.identity.encryptionKey,
				N8N_PORT: String(this.port),
				WEBHOOK_URL: `${this.url}/`,
				N8N_EDITOR_BASE_URL: `${this.url}/`,
				N8N_RUNNERS_BROKER_PORT: String(await freePort()),
				...this.env,
				...more,
			},
		});
	}

	private async launch(): Promise<void> {
		const started = await this.spawn('start', {});
		this.process = started;
		await waitFor(
			async () => {
				if (started.exitCode !== undefined) {
					throw new Error(`n8n ended with ${started.exitCode}:\n${started.log.slice(-4000)}`);
				}
				return await this.client.ready();
			},
			{ timeout: 480_000, what: 'n8n being ready' },
		).catch(async (cause: unknown) => {
			await started.stop('SIGKILL');
			throw cause;
		});
		const at = started.log.indexOf('Failed to load package');
		if (at >= 0) {
			await started.stop('SIGKILL');
			throw new Error(started.log.slice(at, at + 1000));
		}
	}

	/** Starts a worker (queue mode) and waits until it says that it is ready. */
	async startWorker(env: Record<string, string> = {}): Promise<LoggedProcess> {
		const port = await freePort();
		const worker = await this.spawn('worker', {
			QUEUE_HEALTH_CHECK_ACTIVE: 'true',
			QUEUE_HEALTH_CHECK_PORT: String(port),
			...env,
		});
		this.workers.push(worker);
		await waitFor(
			() => {
				if (worker.exitCode !== undefined) throw new Error(`worker ended:\n${worker.log}`);
				return /worker is now ready/i.test(worker.log);
			},
			{ timeout: 120_000, what: 'an n8n worker being ready' },
		);
		return worker;
	}

	/** Starts a process that takes the calls of webhooks, and nothing else (queue mode). */
	async startWebhookProcessor(port: number): Promise<WebhookProcessor> {
		const url = `http://127.0.0.1:${port}`;
		const started = await this.spawn('webhook', { N8N_PORT: String(port) });
		this.workers.push(started);
		await waitFor(
			async () => {
				if (started.exitCode !== undefined) throw new Error(`webhook ended:\n${started.log}`);
				return await fetch(`${url}/healthz/readiness`).then(
					({ ok }) => ok,
					() => false,
				);
			},
			{ timeout: 120_000, what: 'an n8n webhook processor being ready' },
		);
		return { url, process: started };
	}

	/** Stops n8n and its workers; the folder stays. */
	async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
		await Promise.all([...this.workers.splice(0), this.process].map((one) => one?.stop(signal)));
		this.process = undefined;
	}

	/** Queue mode: the main process starts again, on the same port, while its workers go on. */
	async restartMain(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
		await this.process?.stop(signal);
		await this.launch();
		await this.client.signIn(this.owner);
	}

	/** Whether n8n's main process runs. */
	get isRunning(): boolean {
		return this.process !== undefined && this.process.exitCode === undefined;
	}

	/** Starts again on the same folder and port. */
	async restart(): Promise<void> {
		await this.stop();
		await this.launch();
		await this.client.signIn(this.owner);
	}

	/** Stops n8n and removes its folder. */
	async remove(): Promise<void> {
		await this.stop();
		await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
	}

	/** Resident memory of n8n's main process in bytes. */
	async rss(): Promise<number> {
		return (await this.process?.rss()) ?? 0;
	}

	/** Bytes of n8n's SQLite database, with its write-ahead log. */
	async dbSize(): Promise<number> {
		const files = ['database.sqlite', 'database.sqlite-wal'];
		const sizes = files.map(async (name) => {
			const seen = await stat(path.join(this.folder, '.n8n', name)).catch(() => undefined);
			return seen?.size ?? 0;
		});
		return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
	}

	/** The node types that n8n has loaded, as the editor gets them. */
	async nodeTypes(): Promise<INodeTypeDescription[]> {
		this.types ??= await this.client.file<INodeTypeDescription[]>('/types/nodes.json');
		return this.types;
	}

	async createCredential(
		name: string,
		type: string,
		data: Record<string, unknown>,
	): Promise<{ id: string; name: string }> {
		const { id } = await this.client.api<{ id: string }>('POST', '/credentials', {
			name,
			type,
			data,
		});
		return { id, name };
	}

	/** What the *Test* button of a credential says. */
	async testCredential(id: string): Promise<{ status: 'OK' | 'Error'; message: string }> {
		return await this.client.api('POST', `/credentials/${id}/test`, {});
	}

	/**
	 * Imports a workflow as a person does in the editor: as it is, with a credential picked in every
	 * node that asks for one.
	 *
	 * @param source a file, or the workflow itself
	 */
	async importWorkflow(
		source: string | ImportedWorkflow,
		credentials: CredentialIds = {},
	): Promise<{ id: string; name: string }> {
		const workflow =
			typeof source === 'string'
				? (JSON.parse(await readFile(source, 'utf8')) as ImportedWorkflow)
				: source;
		const { name, nodes, connections, settings, meta } = pickCredentials(
			workflow,
			credentials,
			await this.nodeTypes(),
		);
		const { id } = await this.client.rest<{ id: string }>('POST', '/workflows', {
			name,
			nodes,
			connections,
			settings: settings ?? {},
			// As the editor's import leaves it: without, n8n fails where a second step is pressed after another one.
			pinData: {},
			meta,
		});
		return { id, name };
	}

	/** The workflow as n8n keeps it. */
	async workflow(id: string): Promise<IWorkflowBase> {
		return await this.client.api('GET', `/workflows/${id}`);
	}

	/** Saves a changed workflow, as the editor does; what is published stays as it was. */
	async updateWorkflow(
		id: string,
		{ name, nodes, connections, settings }: Omit<ImportedWorkflow, 'meta'>,
	): Promise<void> {
		await this.client.api('PUT', `/workflows/${id}`, { name, nodes, connections, settings });
	}

	/** Deletes a workflow with its executions. n8n wants it out of service and archived first. */
	async removeWorkflow(workflowId: string): Promise<void> {
		await this.client.rest('POST', `/workflows/${workflowId}/archive`, {});
		await this.client.rest('DELETE', `/workflows/${workflowId}`);
	}

	/**
	 * Publishes a workflow and waits until its triggers are on. n8n now and then gives up without a word, where the
	 * first poll of a trigger falls into the moment (its log: "No bridge acquired for this context"): then it is
	 * published again, as a person does.
	 */
	async publish(workflowId: string): Promise<void> {
		for (let tries = 0; tries < 3; tries++) {
			await this.client.api('POST', `/workflows/${workflowId}/publish`, {});
			if ((await this.publication(workflowId)) === 'published') return;
		}
		throw new Error(`n8n did not publish workflow ${workflowId}; see its log`);
	}

	/** Takes a workflow out of service and waits until its triggers are off. */
	async unpublish(workflowId: string): Promise<void> {
		await this.client.api('POST', `/workflows/${workflowId}/unpublish`, {});
		await waitFor(async () => (await this.publication(workflowId)) === 'not_published', {
			timeout: 120_000,
			what: `workflow ${workflowId} being out of service`,
		});
	}

	/** What has come of it: n8n's answer comes before the triggers have changed. */
	private async publication(workflowId: string): Promise<Publication['status']> {
		const { status, triggers } = await waitFor(
			async () => {
				const seen = await this.client.rest<Publication>(
					'GET',
					`/workflows/${workflowId}/publication-status`,
				);
				return seen.status !== 'in_progress' && seen;
			},
			{ timeout: 120_000, what: `the publication of workflow ${workflowId}` },
		);
		if (status === 'failed' || status === 'partial') {
			const messages = triggers.map(({ errorMessage }) => errorMessage).filter(Boolean);
			throw new Error(`publication ${status}: ${messages.join('; ')}`);
		}
		return status;
	}

	/** Runs a workflow by hand from one of its triggers and waits for the end. */
	async runManually(
		workflowId: string,
		triggerName: string,
		options?: WaitOptions,
	): Promise<Execution> {
		const { executionId } = await this.client.rest<{ executionId: string }>(
			'POST',
			`/workflows/${workflowId}/run`,
			{ startNodes: [], triggerToStartFrom: { name: triggerName } },
		);
		return await this.executionEnd(executionId, options);
	}

	/** Runs one step of a workflow, and those before it: *Execute step* of the editor. */
	async runStep(workflowId: string, step: string): Promise<Execution> {
		const { executionId } = await this.client.rest<{ executionId: string }>(
			'POST',
			`/workflows/${workflowId}/run`,
			{ destinationNode: { nodeName: step, mode: 'inclusive' } },
		);
		return await this.executionEnd(executionId);
	}

	async execution(id: string): Promise<Execution> {
		return await this.client.api('GET', `/executions/${id}?includeData=true`);
	}

	/** Waits for the end of an execution; answers it with its data. */
	async executionEnd(id: string, options: WaitOptions = {}): Promise<Execution> {
		return await waitFor(
			async () => {
				const execution = await this.execution(id);
				const ended = execution.stoppedAt !== null && !/new|running/.test(execution.status);
				return ended && execution;
			},
			{ timeout: 120_000, what: `the end of execution ${id}`, ...options },
		);
	}

	/** Executions, the newest first. */
	async executions(filter: ExecutionFilter = {}): Promise<Execution[]> {
		const query = new URLSearchParams(
			Object.entries({ limit: 100, ...filter }).map(([key, value]): [string, string] => [
				key,
				String(value),
			]),
		);
		const { data } = await this.client.api<{ data: Execution[] }>(
			'GET',
			`/executions?${query.toString()}`,
		);
		return data;
	}

	/** A second person in this n8n, signed in: may make workflows, and has nothing that the owner has not shared. */
	async member(): Promise<N8nClient> {
		const email = `member-${randomBytes(4).toString('hex')}@example.com`;
		const [invited] = await this.client.rest<
			Array<{ user: { id: string; inviteAcceptUrl?: string } }>
		>('POST', '/invitations', [{ email, role: 'global:member' }]);
		const { id, inviteAcceptUrl } = invited!.user;
		const link =
			inviteAcceptUrl ??
			(await this.client.rest<{ link: string }>('POST', `/users/${id}/invite-link`)).link;
		const client = new N8nClient(this.client.url);
		await client.rest('POST', '/invitations/accept', {
			token: new URL(link).searchParams.get('token'),
			firstName: 'Mem',
			lastName: 'Ber',
			password: 'A-Members-Password-1',
		});
		return client;
	}

	/** Calls a method that the editor calls to fill a drop-down, a locator or a mapper. */
	async dynamic<T = unknown>({ kind, node, parameters, ...rest }: DynamicCall): Promise<T> {
		return await this.client.rest<T>('POST', `/dynamic-node-parameters/${kind}`, {
			...rest,
			nodeTypeAndVersion: node,
			currentNodeParameters: parameters,
		});
	}

	/** Rows of a Data Table by its name; empty when there is no such table. */
	async dataTableRows(name: string): Promise<Record<string, unknown>[]> {
		const tables = await this.client.api<{ data: { id: string; name: string }[] }>(
			'GET',
			'/data-tables?limit=100',
		);
		const table = tables.data.find((one) => one.name === name);
		if (!table) return [];
		const rows: Record<string, unknown>[] = [];
		for (let cursor: string | null | undefined = ''; typeof cursor === 'string'; ) {
			const more: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
			const page: { data: Record<string, unknown>[]; nextCursor?: string | null } =
				await this.client.api('GET', `/data-tables/${table.id}/rows?limit=100${more}`);
			rows.push(...page.data);
			cursor = page.nextCursor;
		}
		return rows;
	}
}

function environment({ env, postgres, queue }: N8nServerOptions): Record<string, string> {
	return {
		...(postgres && {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: postgres.host,
			DB_POSTGRESDB_PORT: String(postgres.port),
			DB_POSTGRESDB_USER: postgres.user,
			DB_POSTGRESDB_PASSWORD: postgres.password,
			DB_POSTGRESDB_DATABASE: postgres.database,
		}),
		...(queue && {
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: queue.host,
			QUEUE_BULL_REDIS_PORT: String(queue.port),
		}),
		...env,
	};
}
