import { edits } from './people/edits';
import { firstRun } from './people/firstRun';
import { idle } from './people/idle';
import { refusals } from './people/refusals';
import { Scene } from './people/scene';

describe('leads, contacts and people, as the shipped workflow syncs them', () => {
	const scene = new Scene();

	beforeAll(async () => await scene.open(['--leads', '600', '--contacts', '400', '--people', '200']));
	afterAll(async () => await scene.close());

	describe('the first run', () => firstRun(scene));
	describe('edits', () => edits(scene));
	describe('with nothing to do', () => idle(scene));
	describe('values that a system refuses', () => refusals(scene));
});
