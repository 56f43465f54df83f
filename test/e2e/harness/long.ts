/** `npm run test:e2e -- --all`: the long tests, too. */
export const ALL = process.env.E2E_ALL === 'yes';

export const describeLong = ALL ? describe : describe.skip;
export const itLong = ALL ? it : it.skip;
