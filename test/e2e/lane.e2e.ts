import { broken } from './lane/broken';
import { idle } from './lane/idle';
import { killed } from './lane/killed';
import { LaneScene } from './lane/laneScene';
import { operations } from './lane/operations';
import { secondStart } from './lane/secondStart';

describe('the lane of leads, contacts and people', () => {
	const scene = new LaneScene();

	beforeAll(async () => await scene.openSynced());
	afterEach(async () => await scene.forgetFaults());
	afterAll(async () => await scene.close());

	describe('with nothing to do', () => idle(scene));
	describe('while a run is on', () => secondStart(scene));
	describe('when n8n is killed', () => killed(scene));
	describe('when somebody breaks the workflow', () => broken(scene));
	describe('in the hands of who operates it', () => operations(scene));
});
