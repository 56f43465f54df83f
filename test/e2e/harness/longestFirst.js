const { default: Sequencer } = require('@jest/test-sequencer');

/** Files that take minutes; the others fill the gaps. */
const LONGEST = ['people', 'browser', 'syncPerson', 'nodes'];

const placeOf = ({ path }) => {
	const place = LONGEST.findIndex((name) => path.endsWith(`/${name}.e2e.ts`));
	return place < 0 ? LONGEST.length : place;
};

/** Jest goes by earlier runs, of which a fresh machine knows none. */
module.exports = class LongestFirst extends Sequencer {
	sort(tests) {
		return [...tests].sort(
			(one, other) => placeOf(one) - placeOf(other) || one.path.localeCompare(other.path),
		);
	}
};
