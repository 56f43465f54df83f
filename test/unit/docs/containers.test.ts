import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assertShared, ledgerPlace, type PostgresPlace } from '../../../nodes/shared/ledgerPlace';
import { compose, environmentOfCompose, N8N_SERVICES, read } from './containers';

const ROOT = path.join(__dirname, '../../..');
const REQUIRED = /^\$\{(\w+):\?[^}]+\}$/;

/** What Compose makes of the environment, with these secrets in `.env`. */
const filledIn = (environment: Record<string, string>): Record<string, string> =>
	Object.fromEntries(
		Object.entries(environment).map(([name, value]) => [
			name,
			REQUIRED.exec(value) ? `from .env: ${REQUIRED.exec(value)![1]}` : value,
		]),
	);

/** There is no Docker where these tests run: what can be held without it. The e2e test of queue mode starts n8n by this environment. */
describe('docs/containers', () => {
	const { services, volumes } = compose();
	const n8n = N8N_SERVICES.map((name) => services[name]!);

	it('starts n8n in its three roles from one image, by one environment', () => {
		expect(n8n.map(({ command }) => command)).toEqual([undefined, 'worker', 'webhook']);
		for (const { build, environment } of n8n)
			expect({ build, environment }).toEqual({
				build: n8n[0]!.build,
				environment: n8n[0]!.environment,
			});
	});

	it('gives no n8n a volume, which would hide the package in the image', () => {
		expect(n8n.map((service) => service.volumes)).toEqual([undefined, undefined, undefined]);
	});

	it("leads the sync's memory to the database of n8n, in queue mode", () => {
		const { environment } = services.postgres!;
		const env = filledIn(n8n[0]!.environment);
		const place = ledgerPlace(env, () => false) as PostgresPlace;
		expect(place.kind).toBe('postgres');
		expect(place.config).toMatchObject({
			host: 'postgres',
			port: 5432,
			database: environment.POSTGRES_DB,
			user: environment.POSTGRES_USER,
			password: filledIn(environment).POSTGRES_PASSWORD,
		});
		expect(env.EXECUTIONS_MODE).toBe('queue');
		expect(() => assertShared(place, env)).not.toThrow();
		expect(env.N8N_ENCRYPTION_KEY).toBe('from .env: N8N_ENCRYPTION_KEY');
	});

	it('holds no secret, and does not start without one', () => {
		const all = Object.values(services).flatMap((service) =>
			Object.entries(service.environment ?? {}),
		);
		const secrets = all.filter(([name]) => /PASSWORD|KEY|URL$/.test(name));
		expect(secrets.length).toBeGreaterThan(3);
		for (const [, value] of secrets) expect(value).toMatch(REQUIRED);
	});

	it('keeps what PostgreSQL and Redis hold, and waits for both', () => {
		expect(services.redis!.command).toEqual(['redis-server', '--appendonly', 'yes']);
		const kept = ['postgres', 'redis'].flatMap((name) => services[name]!.volumes!);
		expect(kept.map((volume) => volume.split(':')[0])).toEqual(Object.keys(volumes));
		const healthy = { condition: 'service_healthy' };
		for (const { depends_on: needed } of n8n)
			expect(needed).toEqual({ postgres: healthy, redis: healthy });
	});

	it('says nothing to n8n but what is told here', () => {
		expect(environmentOfCompose()).toEqual({
			N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
			GENERIC_TIMEZONE: 'UTC',
			EXECUTIONS_MODE: 'queue',
			DB_TYPE: 'postgresdb',
			N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true',
			NODE_OPTIONS: '--max-old-space-size=1024',
		});
	});

	it('puts the package where n8n looks for it, into the version that the tests run', async () => {
		const dockerfile = read('Dockerfile');
		const { name } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
			name: string;
		};
		const versions = readFileSync(path.join(ROOT, 'scripts/lib/versions.mjs'), 'utf8');
		const version = /N8N_VERSION = '([\d.]+)'/.exec(versions)![1];
		expect(dockerfile).toContain(`ARG N8N_VERSION=${version}\n`);
		expect(services.main!.build!.args).toEqual({ N8N_VERSION: version });
		expect(dockerfile).toContain(`ARG PACKAGE=${name}@latest\n`);
		expect(dockerfile).toMatch(/^USER node$/m);
		expect(dockerfile).toContain('cd /home/node/.n8n/nodes \\');
		expect(dockerfile).toMatch(/npm install --ignore-scripts .*--omit=peer .*"\$\{PACKAGE\}"\n$/);
	});
});
