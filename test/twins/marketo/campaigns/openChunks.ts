import { randomBytes, randomUUID } from 'node:crypto';
import type { FlowService } from './service';
import type { StepContext } from './stepContext';
import type { StepReport } from './report';

/** People of one invocation, waiting for one callback. */
export interface Chunk {
	/** Part of the callback URL. */
	readonly id: string;
	/** Good for one callback. */
	readonly token: string;
	readonly service: FlowService;
	readonly context: StepContext;
	/** What the flow step was given, by person. */
	readonly parameters: ReadonlyMap<number, Readonly<Record<string, unknown>>>;
	readonly reports: ReadonlyMap<number, StepReport>;
	/** Ends the wait. */
	readonly settle: () => void;
	/** Why no callback is taken any more. */
	closed?: 'used' | 'expired';
}

/** The invocations of an instance: a chunk stays known after its end, so that a second use is told apart. */
export class OpenChunks {
	private readonly chunks = new Map<string, Chunk>();

	open(parts: Omit<Chunk, 'id' | 'token'>): Chunk {
		const chunk: Chunk = {
			...parts,
			id: randomUUID(),
			token: randomBytes(24).toString('base64url'),
		};
		this.chunks.set(chunk.id, chunk);
		return chunk;
	}

	get(id: string): Chunk | undefined {
		return this.chunks.get(id);
	}
}
