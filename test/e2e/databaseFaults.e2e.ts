import { setTimeout as sleep } from 'node:timers/promises';
import { Proxy } from '../unit/nodes/shared/server/proxy';
import { describeLong } from './harness/long';
import { Postgres } from './harness/postgres';
import { waitFor } from './harness/waiting';
import { DATABASE, PostgresWorld, startBeside } from './scenario/postgresWorld';

const WRITE_PEOPLE = { method: 'POST', path: '/rest/v1/leads.json' };
const LONG_MS = 300_000;

/** A server with n8n's tables, and the sync's memory beside them, that has a bad day. */
describeLong("the database of n8n and of the sync's memory in trouble", () => {
	const servers: Postgres[] = [];
	let proxy: Proxy;
	let place: PostgresWorld;

	beforeAll(async () => {
		const postgres = await Postgres.start();
		servers.push(postgres);
		const database = await postgres.createDatabase(DATABASE);
		proxy = await Proxy.start(postgres);
		const world = await startBeside([proxy, postgres], {
			fast: true,
			twins: ['--leads', '20', '--contacts', '5', '--people', '5'],
			postgres: { ...database, port: proxy.port },
		});
		place = new PostgresWorld(world, postgres);
		await place.publish('people-sync.json', ['people']);
		await place.calm();
	});
	afterAll(async () => {
		await place?.world.stop();
		for (const server of servers) await server.stop();
		await proxy?.stop();
	});

	let edits = 0;
	/** Every linked lead has another title; answers how to wait until that is in Marketo, and all is in order. */
	const edit = async () => {
		const title = `Title ${++edits}`;
		const links = await place.links('lead');
		for (const [lead] of links) await place.crm.update('leads', lead, { jobtitle: title });
		const ids = links.map(([, person]) => person);
		return async () => {
			await waitFor(
				async () =>
					(await place.people.people('id', ids, ['id', 'title'])).every(
						(person) => person.title === title,
					),
				{ timeout: LONG_MS, interval: 1_000, what: `${title} in Marketo` },
			);
			await place.calm('people', LONG_MS);
			await place.expectClean();
		};
	};
	/** What a person reads in n8n of the executions that have failed since. */
	const said = async (since: Date) => {
		const executions = await place.world.n8n.executions({ status: 'error', includeData: true });
		return executions
			.filter(({ startedAt }) => new Date(startedAt) >= since)
			.map(({ data }) => {
				const { message, description } = data?.resultData.error ?? {};
				return `${message} ${description ?? ''}`;
			});
	};

	it(
		'a connection that is cut in the middle of a transaction: nothing is half done, a person is told, and all arrives',
		async () => {
			const began = new Date();
			proxy.cut('insert into "marketo_dynamics"."plan"', 'before');
			const done = await edit();
			await done();
			expect((await said(began)).join()).toMatch(
				/broke in the middle of a step .* Nothing is half done/,
			);
		},
		LONG_MS,
	);

	it(
		'a server that is gone for longer than a minute, in the middle of a page: the sync continues by itself',
		async () => {
			await place.marketo.forgetCalls();
			await place.marketo.fail({ match: WRITE_PEOPLE, delayMs: 3_000 });
			const done = await edit();
			await waitFor(async () => (await place.marketo.faultsLeft()) === 0, {
				timeout: LONG_MS,
				what: 'a write to Marketo',
			});
			proxy.goAway();
			await sleep(75_000);
			const { log } = place.world.n8n;
			proxy.comeBack();
			expect(log).toMatch(/has not answered for a minute/);
			if (!place.world.n8n.isRunning) await place.world.n8n.restart();
			await done();
		},
		LONG_MS * 2,
	);

	it(
		'a fail-over to a second server: nothing that was committed is lost, and nothing is written twice',
		async () => {
			const standby = await place.postgres.startStandby();
			servers.push(standby);
			const links = await place.links('lead');
			const done = await edit();
			await place.postgres.die();
			proxy.goAway();
			await standby.promote();
			proxy.leadTo(standby);
			proxy.comeBack();
			place = new PostgresWorld(place.world, standby);
			await done();
			expect(await place.links('lead')).toEqual(links);
		},
		LONG_MS * 2,
	);
});
