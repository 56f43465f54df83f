import { prepareResultType } from '../../../apis/marketo/activities/syncResults';
import { DEFAULT_MAPPING_FIELDS } from '../../../apis/marketo/fields/defaultMappingFields';
import { PERSON_LINK_FIELDS } from '../../../apis/marketo/fields/linkFields';
import { prepareFields } from '../../../apis/marketo/fields/prepareFields';
import { newMetadataCache } from '../../../apis/marketo/metadataCache';
import { signInToMarketo } from '../../../apis/marketo/transport/signIn';
import type { DynamicsTable } from '../../../sync/items';
import { TwinControl } from '../../e2e/scenario/twinControl';
import { marketoPeople, startDynamicsTwin, startMarketoTwin, type DynamicsTwin } from '../../twins';
import { PEOPLE_PASSWORD, personName } from '../../twins/dynamics/principals';
import type { MarketoTwin } from '../../twins/marketo';
import { DynamicsVendor, type Row } from '../../vendors/dynamics';
import { MarketoVendor, type Person } from '../../vendors/marketo';
import { WorldClock } from './clock';
import { Line } from './line';

export interface SystemsOptions {
	/** How many leads, contacts and people the twins' seed brings along; none unless told. */
	leads?: number;
	contacts?: number;
	people?: number;
	/** Rows of large environments, likewise. */
	accounts?: number;
	opportunities?: number;
	/** What tells its environment and its subscription from those of another world. */
	organizationId?: string;
	munchkinId?: string;
}

/** A lead or contact and its person. */
export interface Pair {
	table: DynamicsTable;
	id: string;
	person: number;
}

export interface Twins {
	dynamics: DynamicsTwin;
	marketo: MarketoTwin;
}

/** What a person does or looks at takes a second: both vendors tell times in whole ones. */
const ACTION_MS = 1_000;

/** Both systems, and the hands and eyes of the people who use them: they are somebody else than the sync. */
export class Systems {
	/** Faults, plug-ins, limits and options of the twins (`test/twins/README.md`). */
	readonly dynamics: TwinControl;
	readonly marketo: TwinControl;
	/** Dynamics as a sales person, Marketo as another service: plain calls that take no time. */
	readonly crm: DynamicsVendor;
	readonly automation: MarketoVendor;
	/** Dynamics as a program that signs in as the sync's own user. */
	readonly asSync: DynamicsVendor;
	/** The sync's own lines to the vendors. */
	readonly lines: { dynamics: Line; marketo: Line };
	private fields: Array<{ rest?: { name: string } }> | undefined;

	protected constructor(
		readonly clock: WorldClock,
		private readonly twins: Twins,
	) {
		const { dynamics, marketo } = twins;
		this.dynamics = new TwinControl(dynamics.url);
		this.marketo = new TwinControl(marketo.url);
		this.crm = new DynamicsVendor({
			...dynamics,
			person: { name: personName(1), password: PEOPLE_PASSWORD },
		});
		this.asSync = new DynamicsVendor(dynamics);
		this.automation = new MarketoVendor({
			url: marketo.url,
			clientId: 'human',
			clientSecret: 'secret-human',
		});
		this.lines = { dynamics: dynamicsLine(clock, dynamics), marketo: marketoLine(clock, marketo) };
	}

	get environmentUrl(): string {
		return this.twins.dynamics.url;
	}

	/** As a real host's name would tell it. */
	get subscription(): string {
		return this.twins.marketo.munchkinId;
	}

	/** *Marketo, Setup, Prepare*, as an admin runs it once. */
	protected async prepare(): Promise<void> {
		const marketo = {
			subscription: this.subscription,
			wire: this.lines.marketo.wire,
			metadata: newMetadataCache(),
			callsADay: 50_000,
		};
		await prepareFields(marketo, [...Object.values(PERSON_LINK_FIELDS), ...DEFAULT_MAPPING_FIELDS]);
		await prepareResultType(marketo);
	}

	protected async stopSystems(): Promise<void> {
		for (const line of Object.values(this.lines)) line.close();
		await Promise.all([this.twins.dynamics.close(), this.twins.marketo.close()]);
	}

	/** Makes a lead or contact; answers its id. */
	async newRow(table: DynamicsTable, values: Row = {}): Promise<string> {
		this.clock.advance(ACTION_MS);
		return await this.crm.create(`${table}s`, { lastname: 'Somebody', ...values });
	}

	/** Makes a person; answers its id. */
	async newPerson(values: Row = {}): Promise<number> {
		this.clock.advance(ACTION_MS);
		return Number(
			(await this.marketo.post('create', { values: { lastName: 'Somebody', ...values } })).id,
		);
	}

	async editRow({ table, id }: Pick<Pair, 'table' | 'id'>, values: Row): Promise<void> {
		this.clock.advance(ACTION_MS);
		await this.crm.update(`${table}s`, id, values);
	}

	async editPerson({ person }: Pick<Pair, 'person'>, values: Row): Promise<void> {
		this.clock.advance(ACTION_MS);
		await this.marketo.post('edit', { id: person, values });
	}

	/** A person qualifies a lead; without choices into a new account and contact. Ids of what was made, by table. */
	async qualify(
		{ id }: Pick<Pair, 'id'>,
		make: { account?: boolean; contact?: boolean; opportunity?: boolean } = {},
	): Promise<Record<string, string>> {
		this.clock.advance(ACTION_MS);
		const { account = true, contact = true, opportunity = false } = make;
		const made = (await this.crm.act(`leads(${id})/Microsoft.Dynamics.CRM.QualifyLead`, {
			CreateAccount: account,
			CreateContact: contact,
			CreateOpportunity: opportunity,
			Status: 3,
		})) as { value: Array<Record<string, string>> };
		return Object.fromEntries(
			made.value.map((row) => {
				const table = row['@odata.type']!.split('.').at(-1)!;
				return [table, row[`${table}id`]!];
			}),
		);
	}

	/** Users merge two rows: the loser is deactivated and leads to the other. */
	async mergeRows(winner: Pick<Pair, 'table' | 'id'>, loser: Pick<Pair, 'id'>): Promise<void> {
		this.clock.advance(ACTION_MS);
		const type = `Microsoft.Dynamics.CRM.${winner.table}`;
		const key = `${winner.table}id`;
		await this.crm.act('Merge', {
			Target: { '@odata.type': type, [key]: winner.id },
			Subordinate: { '@odata.type': type, [key]: loser.id },
			UpdateContent: { '@odata.type': type },
			PerformParentingChecks: false,
		});
	}

	async deleteRow({ table, id }: Pick<Pair, 'table' | 'id'>): Promise<void> {
		this.clock.advance(ACTION_MS);
		await this.crm.delete(`${table}s`, id);
	}

	async deletePerson({ person }: Pick<Pair, 'person'>): Promise<void> {
		this.clock.advance(ACTION_MS);
		await this.marketo.post('delete', { id: person });
	}

	async mergePeople(
		winner: Pick<Pair, 'person'>,
		...losers: Array<Pick<Pair, 'person'>>
	): Promise<void> {
		this.clock.advance(ACTION_MS);
		await this.marketo.post('merge', {
			winner: winner.person,
			losers: losers.map(({ person }) => person),
		});
	}

	/** A row with all its columns; null where there is none. */
	async row({ table, id }: Pick<Pair, 'table' | 'id'>): Promise<Row | null> {
		this.clock.advance(ACTION_MS);
		const [found] = await this.crm.all(`${table}s?$filter=${table}id eq ${id}`);
		return found ?? null;
	}

	/** A person with all fields; null where there is none. */
	async person({ person }: Pick<Pair, 'person'>): Promise<Person | null> {
		this.clock.advance(ACTION_MS);
		this.fields ??= await this.automation.get<{ rest?: { name: string } }>('leads/describe.json');
		const names = this.fields.flatMap(({ rest }) => rest?.name ?? []);
		const [found] = await this.automation.people('id', [person], names);
		return found ?? null;
	}

	/** Entries of the type *Dynamics Sync Result* in a person's activity log. */
	async resultsOf({ person }: Pick<Pair, 'person'>) {
		const types = await this.automation.get<{ id: number; apiName: string }>(
			'activities/external/types.json',
		);
		const { id } = types.find(({ apiName }) => apiName.startsWith('dynamicsSyncResult'))!;
		return await this.automation.activities(id, [person], new Date(0));
	}

	/** All people, each with the values that it has. */
	async everybody(): Promise<Person[]> {
		const { people } = await this.marketo.get<{ people: Person[] }>('people?limit=100000');
		return people.sort((a, b) => a.id - b.id);
	}
}

export async function startTwins(
	clock: WorldClock,
	{ leads = 0, contacts = 0, people = 0, organizationId, munchkinId, ...size }: SystemsOptions,
): Promise<Twins> {
	const { accounts, opportunities } = size;
	const dynamics = await startDynamicsTwin({
		seed: 1,
		leads,
		contacts,
		accounts,
		opportunities,
		clock,
		organizationId,
	});
	const of = (wanted: DynamicsTable) => dynamics.people.filter(({ origin }) => origin === wanted);
	const seeded = marketoPeople(1, people, of('lead'), of('contact'));
	return {
		dynamics,
		marketo: await startMarketoTwin({
			seed: 1,
			people: seeded,
			latencyMs: 0,
			port: 0,
			clock,
			munchkinId,
		}),
	};
}

function dynamicsLine(
	clock: WorldClock,
	{ url, tokenUrl, clientId, clientSecret }: DynamicsTwin,
): Line {
	return new Line(clock, url, async (post) => {
		const grant = {
			grant_type: 'client_credentials',
			client_id: clientId,
			client_secret: clientSecret,
			scope: `${url}/.default`,
		};
		const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
		const { body } = await post({
			method: 'POST',
			url: tokenUrl,
			headers,
			body: new URLSearchParams(grant).toString(),
			timeoutMs: 0,
		});
		const { access_token: token, expires_in: seconds } = body as {
			access_token: string;
			expires_in: number;
		};
		return { text: token, endsAt: clock.now() + seconds * 1_000 };
	});
}

function marketoLine(clock: WorldClock, { url, clientId, clientSecret }: MarketoTwin): Line {
	return new Line(clock, url, async (post) => {
		const wire = {
			post,
			now: () => clock.now(),
			sleep: async (milliseconds: number) => clock.advance(milliseconds),
		};
		const { accessToken, expiresAt } = await signInToMarketo(wire, {
			endpoint: url,
			clientId,
			clientSecret,
		});
		return { text: accessToken, endsAt: expiresAt };
	});
}
