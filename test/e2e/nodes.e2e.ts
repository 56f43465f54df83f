import { anyTable } from './nodes/anyTable';
import { dynamics } from './nodes/dynamics';
import { dynamicsActions } from './nodes/dynamicsActions';
import { dynamicsTrigger } from './nodes/dynamicsTrigger';
import { httpRequest } from './nodes/httpRequest';
import { NodesScene } from './nodes/nodesScene';
import { packageInstalled } from './nodes/package';
import { setUp } from './nodes/setUp';

describe('nodes and credentials in a real n8n', () => {
	const scene = new NodesScene();

	beforeAll(async () => await scene.open(['--leads', '320', '--contacts', '20', '--people', '5']));
	afterAll(async () => await scene.close());

	describe('the package, installed as n8n installs community packages', () =>
		packageInstalled(scene));
	describe('Set Up in the workflow of the sync', () => setUp(scene));
	describe("the credentials in n8n's own HTTP Request", () => httpRequest(scene));
	describe('Microsoft Dynamics 365', () => dynamics(scene));
	describe('what a campaign can have done in Dynamics', () => dynamicsActions(scene));
	describe('rows of any table, and custom objects', () => anyTable(scene));
	describe('Microsoft Dynamics 365 Trigger', () => dynamicsTrigger(scene));
});
