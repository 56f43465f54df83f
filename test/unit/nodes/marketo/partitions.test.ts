import { Marketo } from '../../../../nodes/Marketo/Marketo.node';
import { startMarketoTwin, type MarketoTwin } from '../../../twins/marketo';
import { editorContext } from '../support/n8nContext';
import { marketoCredential } from './twin';

describe('the list of partitions', () => {
	let twin: MarketoTwin;
	beforeAll(async () => {
		twin = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
	});
	afterAll(async () => await twin.close());
	const list = async (more: Record<string, string> = {}) => {
		const nodeType = new Marketo();
		const credential = marketoCredential(twin, more);
		return await nodeType.methods.loadOptions.getPartitions.call(
			editorContext({ nodeType, parameters: {}, credential }),
		);
	};

	it('has those that the API user may use, by the names that writes go by', async () => {
		expect(await list()).toEqual([
			expect.objectContaining({ name: 'Default', value: 'Default' }),
			expect.objectContaining({ name: 'EMEA', value: 'EMEA' }),
		]);
	});

	it('says why it cannot be loaded', async () => {
		await expect(list({ clientSecret: 'wrong' })).rejects.toThrow('Marketo');
	});
});
