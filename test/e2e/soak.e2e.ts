import { ALL } from './harness/long';
import { startPlace, KINDS, type Kind, type SoakPlace } from './soak/soakPlace';
import { soak } from './soak/soak';

const { SOAK_MINUTES, SOAK_SEED, SOAK_ON } = process.env;
/** Two minutes where all tests run; `npm run soak` says how long, and with which seed. */
const MINUTES = Number(SOAK_MINUTES ?? 2);
const SEED = Number(SOAK_SEED ?? 1);
const describeSoak = ALL || SOAK_MINUTES !== undefined ? describe : describe.skip;
const isWanted = (kind: Kind) => SOAK_ON === undefined || SOAK_ON === kind;
/** Its start and its settling. */
const BESIDES_MS = 15 * 60_000;

const say = (line: string) => void process.stderr.write(`${line}\n`);

describeSoak.each(KINDS.filter(isWanted))(
	`a fault each ten seconds, with its memory in a %s, seed ${SEED}`,
	(kind) => {
		let place: SoakPlace;

		beforeAll(async () => {
			place = await startPlace(kind, ['--leads', '60', '--contacts', '20', '--people', '30']);
		});
		afterAll(async () => await place?.stop());

		it(
			'loses nothing and makes nobody twice, and the auditor finds nothing',
			async () => {
				say(`Soak: memory in ${kind}, ${MINUTES} minutes, seed ${SEED}`);
				await place.publish();
				const { missing, ...seen } = await soak(place, { minutes: MINUTES, seed: SEED, say });
				say(JSON.stringify(seen));
				expect(missing).toEqual([]);
				await place.expectClean();
			},
			MINUTES * 60_000 + BESIDES_MS,
		);
	},
);
