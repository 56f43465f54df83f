import { randomBytes, randomUUID } from 'node:crypto';

import type { ImportedWorkflow } from '../harness/credentialPicker';
import { PACKAGE } from '../harness/packageFolder';
import type { N8nServer } from '../harness/n8nServer';
import { inLedger } from './lane';

/** The secret that Marketo shows in these tests. */
export const API_KEY = randomBytes(24).toString('base64url');

/** A published workflow that answers campaigns. */
export interface CampaignWorkflow {
	id: string;
	/** Address of the service, without a slash at the end. */
	url: string;
}

/**
 * Marketo Trigger, a Set node that decides by the person's id (ending in 0: failed), Complete Flow Step.
 *
 * @param parameters of the trigger
 */
export function campaignWorkflow(
	name: string,
	parameters: Record<string, unknown>,
): { workflow: ImportedWorkflow; webhookId: string } {
	const webhookId = randomUUID();
	const node = (title: string, type: string, typeVersion: number, at: number, more: object) => ({
		id: randomUUID(),
		name: title,
		type,
		typeVersion,
		position: [at * 220, 0] as [number, number],
		parameters: {},
		...more,
	});
	const failed = '{{ String($json.id).endsWith("0") }}';
	const assignment = (field: string, value: string, type: string) => ({
		id: randomUUID(),
		name: field,
		value,
		type,
	});
	const nodes = [
		node('Trigger', `${PACKAGE}.marketoTrigger`, 1, 0, { parameters, webhookId }),
		node('Decide', 'n8n-nodes-base.set', 3.4, 1, {
			parameters: {
				includeOtherFields: true,
				options: {},
				assignments: {
					assignments: [
						assignment('success', `=${failed.replace('{{ ', '{{ !')}`, 'boolean'),
						assignment(
							'errorCode',
							`=${failed.replace(' }}', ' ? "ENDS_IN_ZERO" : "" }}')}`,
							'string',
						),
						assignment('reason', '=Looked at {{ $json.id }}', 'string'),
						assignment('dynamicsTable', 'lead', 'string'),
						assignment('dynamicsId', '=d-{{ $json.id }}', 'string'),
					],
				},
			},
		}),
		node('Tell Marketo', `${PACKAGE}.marketo`, 1, 2, {
			parameters: { resource: 'flowStep', operation: 'complete' },
		}),
	];
	const to = (target: string) => ({ main: [[{ node: target, type: 'main', index: 0 }]] });
	return {
		webhookId,
		workflow: {
			name,
			nodes,
			connections: { Trigger: to('Decide'), Decide: to('Tell Marketo') },
			settings: { executionOrder: 'v1' },
		} as unknown as ImportedWorkflow,
	};
}

/** A row of the ledger's requests, as far as tests look. */
export interface KeptRequest {
	id: string;
	service: string;
	person: string;
	campaign: string;
	parameters: string;
	state: string;
	answer: string | null;
}

/** Requests of one workflow in the ledger of this n8n, oldest first. */
export function keptRequests(n8n: N8nServer, workflowId: string): KeptRequest[] {
	return inLedger(n8n, (db) =>
		db
			.prepare('select * from request where receiver like ? order by created_at, id')
			.all(`${workflowId}:%`),
	) as unknown as KeptRequest[];
}

export function keptChunks(
	n8n: N8nServer,
	workflowId: string,
): Array<{ id: string; state: string; people: number; reason: string; callback: string }> {
	return inLedger(n8n, (db) =>
		db.prepare('select * from chunk where receiver like ?').all(`${workflowId}:%`),
	) as never;
}

/** People who wait far in the future, beside those whom calls bring. */
export function fillInbox(
	n8n: N8nServer,
	workflowId: string,
	people: number,
): { take(count: number): void } {
	const write = (sql: string, ...values: Array<string | number>) =>
		inLedger(n8n, (db) => db.prepare(sql).run(...values), false);
	write(
		`with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
		insert into request (id, receiver, service, person, campaign, parameters, state, due_at, attempts, looks, taken_until, created_at)
		select 'stuffed' || i, (select receiver from request where receiver like ? limit 1), 'webhook', '9', '', '{}', 'waiting', 9000000000000, 0, 0, 0, 0 from n`,
		people,
		`${workflowId}:%`,
	);
	return {
		take: (count) =>
			void write(
				"delete from request where id in (select id from request where id like 'stuffed%' limit ?)",
				count,
			),
	};
}
