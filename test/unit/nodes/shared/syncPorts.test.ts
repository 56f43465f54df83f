import { Marketo } from '../../../../nodes/Marketo/Marketo.node';
import { connectDynamicsPort, connectMarketoPort } from '../../../../nodes/shared/syncPorts';
import { startDynamicsTwin, startMarketoTwin, type DynamicsTwin } from '../../../twins';
import {
	PEOPLE_PASSWORD,
	personId,
	personName,
	SYNC_USER_ID,
} from '../../../twins/dynamics/principals';
import { Sandbox } from '../../sync/operate/sandbox';
import { dynamicsNode, twinCredential } from '../dynamics/twin';
import { executeContext } from '../support/n8nContext';
import { marketoCredential } from '../marketo/twin';

const ONE = '11111111-aaaa-4bbb-8ccc-000000000044';
const OTHER = '22222222-aaaa-4bbb-8ccc-000000000044';

describe('the ports of a node, over its credential', () => {
	let twins: DynamicsTwin[];
	beforeAll(async () => {
		twins = await Promise.all(
			[ONE, OTHER].map(
				async (organizationId) =>
					await startDynamicsTwin({ seed: 1, leads: 0, contacts: 0, organizationId }),
			),
		);
	});
	afterAll(async () => await Promise.all(twins.map(async (twin) => await twin.close())));

	/** As another execution asks. */
	const whoIs = async (twin: DynamicsTwin, more: Record<string, string> = {}) => {
		const { ledger } = await Sandbox.open();
		ledger.clock.now = () => Date.now();
		return await (
			await connectDynamicsPort(
				executeContext(dynamicsNode(twinCredential(twin, more), {})),
				ledger,
			)
		).whoAmI();
	};
	const asked = async (twin: DynamicsTwin) => {
		const { byEndpoint } = (await (await fetch(`${twin.url}/__twin/calls`)).json()) as {
			byEndpoint: Record<string, number>;
		};
		// Signing in asks as well, whether the environment knows the user.
		return byEndpoint['GET /api/data/v9.2/WhoAmI'] ?? 0;
	};
	const person = { signInWith: 'password', username: personName(1), password: PEOPLE_PASSWORD };

	it('know the organization and the user behind each credential, and keep them apart', async () => {
		const [one, other] = twins as [DynamicsTwin, DynamicsTwin];
		expect(await whoIs(one)).toEqual({ user: SYNC_USER_ID, organization: ONE });
		expect(await whoIs(other)).toEqual({ user: SYNC_USER_ID, organization: OTHER });
		expect(await whoIs(one, person)).toEqual({ user: personId(1), organization: ONE });
		// What is left in a hidden field of the credential signs nobody in.
		expect(await whoIs(one, { username: personName(1) })).toEqual({
			user: SYNC_USER_ID,
			organization: ONE,
		});
	});

	it('ask no second time within a quarter of an hour', async () => {
		const [one] = twins as [DynamicsTwin];
		await whoIs(one, { ...person, username: personName(2) });
		const before = await asked(one);
		expect(
			await whoIs(one, { ...person, username: personName(2), accessToken: 'from n8n' }),
		).toEqual({ user: personId(2), organization: ONE });
		expect(await asked(one)).toBe(before);
	});

	it('tell stand-ins of Marketo apart by host and port', async () => {
		const marketo = await startMarketoTwin({ seed: 1, people: [], latencyMs: 0, port: 0 });
		const credential = marketoCredential(marketo, { endpoint: `${marketo.url}/rest/` });
		const { ledger } = await Sandbox.open();
		const port = await connectMarketoPort(
			executeContext({ nodeType: new Marketo(), parameters: {}, credential }),
			ledger,
		);
		await marketo.close();
		expect(port.subscription).toBe(new URL(marketo.url).host);
	});
});
