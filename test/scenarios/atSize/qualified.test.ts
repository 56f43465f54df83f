import { SyncWorld } from '../support/world';

/** 20,000 by hand: `LEADS=20000 npm test -- test/scenarios/atSize/qualified`. */
const LEADS = Number(process.env.LEADS ?? 300);

it(`a first run over ${LEADS.toLocaleString('en-US')} leads of which half are qualified (N4): none of these needs help, nobody is made twice`, async () => {
	const world = await SyncWorld.start({ leads: LEADS });
	const open = (await world.crm.all('leads?$select=leadid&$filter=statecode eq 0')).map((row) => ({
		id: String(row.leadid),
	}));
	for (const [at, lead] of open.entries())
		if (at % 2 === 0) await world.qualify(lead, { account: at % 4 === 0, contact: at % 6 !== 0 });
	const qualified = new Set(
		(await world.crm.all('leads?$select=leadid&$filter=statecode eq 1')).map(
			({ leadid }) => leadid,
		),
	);
	expect(qualified.size).toBe(Math.ceil(open.length / 2));
	world.mostPages += LEADS / 100;
	const began = Date.now();
	const { help, pages, calls } = await world.run();
	console.info(
		`${LEADS} leads: ${Date.now() - began} ms, ${pages} pages, ${calls.marketo.length} calls to Marketo, ${calls.dynamics.length} to Dynamics, ${help.length} told`,
	);
	const named = [...help, ...(await world.help())].filter((one) =>
		qualified.has('recordId' in one ? one.recordId : one.subject.slice('lead:'.length)),
	);
	expect(named).toEqual([]);
	const emails = (await world.everybody()).map(({ email }) => email).filter(Boolean);
	expect(new Set(emails).size).toBe(emails.length);
}, 3_600_000);
