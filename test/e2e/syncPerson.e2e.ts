import { alreadyThere } from './syncPerson/alreadyThere';
import { created } from './syncPerson/created';
import { FlowScene } from './syncPerson/flowScene';
import { inBulk } from './syncPerson/inBulk';
import { once } from './syncPerson/once';
import { otherActions } from './syncPerson/otherActions';

/** The shipped workflows of the flow actions beside the people sync, driven by Marketo's campaigns. */
describe('flow actions of campaigns, in a real n8n', () => {
	const scene = new FlowScene();
	beforeAll(async () => await scene.open(['--leads', '60', '--contacts', '40', '--people', '60']));
	afterAll(async () => await scene.close());

	describe('Sync Person, for who is in Dynamics', () => alreadyThere(scene));
	describe('Sync Person, for who is not', () => created(scene));
	describe('Sync Person, more than once', () => once(scene));
	describe('Sync Person, of a batch campaign', () => inBulk(scene));
	describe('the other actions', () => otherActions(scene));
});
