import { describeLong } from './harness/long';
import { broken } from './people/broken';
import { crowdedAddress } from './people/crowdedAddress';
import { deletes } from './people/deletes';
import { edits } from './people/edits';
import { filter } from './people/filter';
import { firstRun } from './people/firstRun';
import { idle } from './people/idle';
import { interrupted } from './people/interrupted';
import { mapping } from './people/mapping';
import { member } from './people/member';
import { merges } from './people/merges';
import { news } from './people/news';
import { operations } from './people/operations';
import { otherSystem } from './people/otherSystem';
import { quota } from './people/quota';
import { refusals } from './people/refusals';
import { rules } from './people/rules';
import { Scene } from './people/scene';
import { secondStart } from './people/secondStart';
import { tables } from './people/tables';

describe('leads, contacts and people, as the shipped workflow syncs them', () => {
	const scene = new Scene();

	beforeAll(async () => await scene.open(['--leads', '60', '--contacts', '40', '--people', '40']));
	afterEach(async () => await scene.forgetFaults());
	afterAll(async () => await scene.close());

	describe('the first run', () => firstRun(scene));
	describe('edits', () => edits(scene));
	describe('values that a system refuses', () => refusals(scene));
	describe('an address', () => crowdedAddress(scene));
	describe('a rule', () => rules(scene));
	describe('a sync filter', () => filter(scene));
	describe('a delete', () => deletes(scene));
	describe('a merge, or a lead that is qualified,', () => merges(scene));
	describe('the field mapping changes', () => mapping(scene));
	describe('with nothing to do', () => idle(scene));
	describe('while a run is on', () => secondStart(scene));
	describe('in the middle of a page', () => interrupted(scene));
	describe('when somebody breaks the workflow', () => broken(scene));
	describe('what n8n keeps', () => tables(scene));
	describe('somebody is told', () => news(scene));
	describe('when no calls are left today', () => quota(scene));
	describe('a credential that is switched to another system', () => otherSystem(scene));
	describe('a second member of the same n8n', () => member(scene));
	describe('in the hands of who operates it', () => operations(scene));
});

describeLong('1,000 leads and contacts', () => {
	const scene = new Scene();

	beforeAll(
		async () => await scene.open(['--leads', '600', '--contacts', '400', '--people', '200']),
	);
	afterAll(async () => await scene.close());

	describe('the first run', () => firstRun(scene));
});
