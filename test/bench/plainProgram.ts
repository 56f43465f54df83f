import { setTimeout as sleep } from 'node:timers/promises';
import { READS_AT_ONCE } from '../../apis/marketo/transport/limits';
import { windowPace } from '../../apis/marketo/transport/windowPace';
import { atOnce } from '../../lists/atOnce';
import { inChunks } from '../../lists/inChunks';
import { PER_CALL } from '../../nodes/shared/vendorPorts';
import { CALLS_AT_ONCE } from '../../sync/page/apply';
import { PAGE_RECORDS } from '../../sync/page/readDynamics';
import type { TwinsLine } from '../e2e/harness/twins';
import { DynamicsVendor, type Row } from '../vendors/dynamics';
import { MarketoVendor, type Person } from '../vendors/marketo';

const TO_UPDATE = 'leads/Microsoft.Dynamics.CRM.UpdateMultiple';
const LEAD = 'Microsoft.Dynamics.CRM.lead';
/** As wide as what the shipped mapping reads. */
const COLUMNS =
	'leadid,salutation,firstname,middlename,lastname,emailaddress1,jobtitle,companyname,telephone1,mobilephone,fax,websiteurl,address1_line1,address1_city,address1_stateorprovince,address1_postalcode,address1_country,industrycode,leadsourcecode,leadqualitycode,numberofemployees,revenue,donotemail,donotbulkemail,donotphone,description,statecode,modifiedon';
const FIELDS =
	'id,dynamicsLeadId,salutation,firstName,middleName,lastName,email,title,company,phone,mobilePhone,fax,website,address,city,state,postalCode,country,industry,leadSource,rating,numberOfEmployees,annualRevenue,doNotCall,unsubscribed,createdAt,updatedAt'.split(
		',',
	);

type Changes = { value: Row[]; '@odata.nextLink'?: string; '@odata.deltaLink'?: string };

/**
 * What a plain program takes that carries titles by the calls that the sync makes: as many records a call, as many calls
 * at a time, and within the same pace. It runs without n8n, remembers nothing but its position, and looks at nothing.
 */
export class PlainProgram {
	private readonly crm: DynamicsVendor;
	private readonly marketo: MarketoVendor;
	private position = '';

	constructor({ dynamics, marketo }: TwinsLine) {
		const pace = windowPace(
			{ starts: [] },
			{ now: () => performance.now(), sleep: async (ms) => await sleep(ms) },
		);
		this.crm = new DynamicsVendor(dynamics);
		this.marketo = new MarketoVendor(marketo, async () => await pace.take());
	}

	/** From now on changes are told. */
	async start(): Promise<void> {
		const all = await this.changedLeads(`leads?$select=${COLUMNS}`, 5_000);
		for await (const _ of all);
	}

	/** To Marketo what was edited in Dynamics since the start. */
	async toMarketo(): Promise<void> {
		for await (const leads of this.changedLeads(this.position, PAGE_RECORDS)) {
			const titles = new Map(leads.map(({ leadid, jobtitle }) => [leadid, jobtitle]));
			const people = await this.people('dynamicsLeadId', [...titles.keys()]);
			await atOnce(
				inChunks(people, PER_CALL.marketo),
				CALLS_AT_ONCE.marketo,
				async (some) =>
					await this.marketo.write(
						'updateOnly',
						'id',
						some.map(({ id, dynamicsLeadId }) => ({ id, title: titles.get(dynamicsLeadId) })),
					),
			);
		}
	}

	/** To Dynamics what was edited in Marketo since a time. */
	async toDynamics(since: Date): Promise<void> {
		let ids: number[] = [];
		for await (const entries of this.marketo.changes(since, FIELDS)) {
			ids.push(...entries.map(({ leadId }) => leadId));
			if (ids.length < PAGE_RECORDS) continue;
			await this.writeTitles(ids);
			ids = [];
		}
		await this.writeTitles(ids);
	}

	private async writeTitles(ids: number[]): Promise<void> {
		const people = await this.people('id', ids);
		await atOnce(
			inChunks(people, PER_CALL.dynamics),
			CALLS_AT_ONCE.dynamics,
			async (some) =>
				await this.crm.act(TO_UPDATE, {
					Targets: some.map(({ dynamicsLeadId, title }) => ({
						'@odata.type': LEAD,
						leadid: dynamicsLeadId,
						jobtitle: title,
					})),
				}),
		);
	}

	private async people(by: string, values: unknown[]): Promise<Person[]> {
		const found = await atOnce(
			inChunks(values, PER_CALL.marketo),
			READS_AT_ONCE,
			async (some) => await this.marketo.people(by, some, FIELDS),
		);
		return found.flat();
	}

	private async *changedLeads(from: string, size: number): AsyncGenerator<Row[]> {
		const prefer = `odata.track-changes,odata.maxpagesize=${size}`;
		for (let next: string | undefined = from; next; ) {
			const page: Changes = await this.crm.get(next, { prefer });
			if (page.value.length > 0) yield page.value;
			next = page['@odata.nextLink'];
			this.position = page['@odata.deltaLink'] ?? this.position;
		}
	}
}
