import type { INode } from 'n8n-workflow';

import { memoryName } from '../../../../nodes/shared/memoryName';

const PACKAGE = 'n8n-nodes-marketo-dynamics';

interface Step {
	type?: string;
	memory?: string;
	/** Names of the steps after it. */
	to?: string[];
}

/** A node of a workflow, as n8n tells it of the others. */
function at(steps: Record<string, Step>, name: string) {
	const nodeOf = (one: string) =>
		({
			name: one,
			type: `${PACKAGE}.${steps[one]!.type ?? 'marketo'}`,
			parameters: steps[one]!.memory === undefined ? {} : { memory: steps[one]!.memory },
		}) as unknown as INode;
	const reach = (from: string, next: (one: string) => string[], seen = new Set<string>()) => {
		for (const one of next(from).filter((one) => !seen.has(one))) {
			seen.add(one);
			reach(one, next, seen);
		}
		return [...seen].map(nodeOf);
	};
	const before = (one: string) =>
		Object.keys(steps).filter((from) => steps[from]!.to?.includes(one));
	return {
		getNode: () => nodeOf(name),
		getChildNodes: (one: string) => reach(one, (from) => steps[from]!.to ?? []),
		getParentNodes: (one: string) => reach(one, before),
	};
}

const sync = (memory?: string): Record<string, Step> => ({
	trigger: { type: 'marketoDynamicsSyncTrigger', to: ['get', 'status'] },
	get: { to: ['resolve'] },
	resolve: { type: 'resolveSyncConflict', memory, to: ['apply'] },
	apply: { to: ['record'] },
	record: { type: 'marketoDynamicsSync' },
	status: { type: 'marketoDynamicsSync' },
	alone: { type: 'marketoDynamicsSync' },
});

describe(memoryName, () => {
	it.each(['trigger', 'get', 'resolve', 'apply', 'record', 'status'])(
		'is what Resolve Sync Conflict says, for %s, too (R44)',
		(step) => {
			expect(memoryName(at(sync('sandbox'), step))).toBe('sandbox');
			expect(memoryName(at(sync(), step))).toBe('');
		},
	);

	it('is the usual one where no step says anything (a workflow of 0.1, a step by itself)', () => {
		expect(memoryName(at(sync('sandbox'), 'alone'))).toBe('');
		expect(memoryName({ getNode: () => ({ name: 'x', type: 'x', parameters: {} }) as never })).toBe(
			'',
		);
	});

	it('is what a Marketo Dynamics Sync node says for itself, and what the Marketo Trigger says for its campaign', () => {
		const campaign: Record<string, Step> = {
			trigger: { type: 'marketoTrigger', memory: 'sandbox', to: ['sync'] },
			sync: { type: 'marketoDynamicsSync', to: ['answer'] },
			answer: {},
			other: { type: 'marketoDynamicsSync', memory: 'third' },
		};
		for (const step of ['trigger', 'sync', 'answer'])
			expect(memoryName(at(campaign, step))).toBe('sandbox');
		expect(memoryName(at(campaign, 'other'))).toBe('third');
	});

	it('is nobody’s guess: what names two, or what can be no name, is refused in words', () => {
		const two = { ...sync('sandbox'), checks: { to: ['resolve', 'second'] } };
		const steps = { ...two, second: { type: 'resolveSyncConflict' } };
		expect(() => memoryName(at(steps, 'checks'))).toThrow(
			/use different memories: "sandbox" and ""/,
		);
		for (const name of ['Sand Box', '1st', '../up', 'a'.repeat(21)])
			expect(() => memoryName(at(sync(name), 'get'))).toThrow('cannot be the name of a memory');
	});
});
