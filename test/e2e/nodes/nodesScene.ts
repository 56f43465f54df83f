import type { INodeParameters } from 'n8n-workflow';
import type { CredentialIds } from '../harness/credentialPicker';
import type { N8nServer } from '../harness/n8nServer';
import { credentialData, startWorld, type World } from '../harness/world';
import { TwinControl } from '../scenario/twinControl';

const TYPE = 'microsoftDynamics365Api';

/** One n8n for all tests of single nodes: they leave the shipped workflows alone. */
export class NodesScene {
	world!: World;
	/** The twin of Dynamics. */
	dynamics!: TwinControl;

	async open(twins: string[]): Promise<void> {
		this.world = await startWorld({ twins });
		this.dynamics = new TwinControl(this.world.twins.line.dynamics.url);
	}

	async close(): Promise<void> {
		await this.world?.stop();
	}

	get n8n(): N8nServer {
		return this.world.n8n;
	}

	/** A credential for Dynamics that is filled in otherwise than the world's own. */
	async newCredential(more: INodeParameters = {}): Promise<{ id: string; name: string }> {
		const data = { ...credentialData(this.world.twins.line)[TYPE], ...more };
		return await this.n8n.createCredential('Dynamics', TYPE, data);
	}

	/** The same, to be picked in nodes. */
	async picked(more: INodeParameters = {}): Promise<CredentialIds> {
		return { [TYPE]: await this.newCredential(more) };
	}
}
