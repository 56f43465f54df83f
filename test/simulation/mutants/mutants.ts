/** One rule of the protocol, broken: the simulation must notice. */
export interface Mutant {
	/** Rule and what is missing. */
	name: string;
	file: string;
	/** Text that occurs once in the file, and what stands there instead. */
	find: string;
	replace: string;
	/** Only seen where two lanes run in one ledger. */
	lanes?: 2;
}

const mutant = (name: string, file: string, find: string, replace: string, lanes?: 2): Mutant => ({
	name,
	file: `sync/${file}`,
	find,
	replace,
	lanes,
});

export const MUTANTS: readonly Mutant[] = [
	mutant(
		'R1 a closed page leaves its unsent plans to nobody',
		'schedule/recover.ts',
		'		await enqueue(ledger, db, {',
		'		if (wasSent) await enqueue(ledger, db, {',
	),
	mutant(
		'R5 an unread row is written without knowing it',
		'page/compare.ts',
		"vouched: base?.kind === 'known' && !base.isStale && unanswered.length === 0 && link.version !== null,",
		'vouched: true,',
	),
	mutant(
		'R5 Dynamics is written whatever its row version',
		'page/apply.ts',
		"version: one.plan.version ?? ''",
		"version: '*'",
	),
	mutant(
		'R6 the cursor moves whatever it was',
		'ledger/feeds.ts',
		'if (((await feedOf(db, lane, name))?.cursor ?? null) !== from) return false;',
		'void from;',
	),
	mutant(
		'R7 what needs no write keeps its old base',
		'page/carryOut.ts',
		'	if (dynamics.read) bases.dynamics.set(row.column, known(dynamics.hash));\n	bases.marketo.set(row.field, known(marketo.hash));\n	if (why',
		'	void bases;\n	void row;\n	if (why',
	),
	mutant(
		'R7 the base moves before the write',
		'page/carryOut.ts',
		'			await draftWrite(pair, compared, verdict, drafts);',
		'			await draftWrite(pair, compared, verdict, drafts);\n			if (dynamics.read) pair.bases.dynamics.set(row.column, known(dynamics.hash));\n			pair.bases.marketo.set(row.field, known(marketo.hash));',
	),
	mutant(
		'R8 a call starts however late',
		'page/claim.ts',
		'ledger.clock.now() <= one.claimedAt + START_WITHIN',
		'one !== undefined && ledger !== undefined',
	),
	mutant(
		'R9 a stalled run still settles',
		'page/settle.ts',
		'if (!link || !call.sent.has(one.plan.id)) {',
		'if (!link) {',
	),
	mutant(
		'R9 the rest of the record is forgotten with a write',
		'ledger/due.ts',
		'export async function forgetFailures(db: Db, lane: string, subjects: string[], side: Side): Promise<void> {',
		"export async function forgetFailures(db: Db, lane: string, subjects: string[], side: Side): Promise<void> {\n	await db.deleteFrom('queue').where('subject', 'in', subjects).execute();",
	),
	mutant(
		'R12, R13 nothing is read again, nor are echoes looked at',
		'page/echo.ts',
		'lost.set(name, { value: echo.oldValue, at: echo.at, by: plan });',
		'void plan;',
	),
	mutant(
		'R13 a user who comes back to our value is taken for the echo',
		'page/echo.ts',
		'alike.find((edit) => print(edit.oldValue) === field.old) ?? alike[0]',
		'alike.at(-1)',
	),
	mutant(
		'R14 the base is what was sent to Dynamics',
		'page/written.ts',
		'const reported = column && outcome.values && name in outcome.values;',
		'const reported = column && outcome.values && name in outcome.values && !name;',
	),
	mutant(
		'R14 the base is what was sent to Marketo',
		'page/written.ts',
		'bases.marketo.set(name, unconfirmed(field.new));',
		'bases.marketo.set(name, known(field.new));',
	),
	mutant(
		'R14 any difference from an unconfirmed base is the stored form',
		'page/decide.ts',
		"if (state.provisional && !state.logged) return state.settling ? 'wait' : 'same';",
		"if (state.provisional && !state.logged) return 'same';",
	),
	mutant(
		'R14 any logged change is the stored form',
		'page/compare.ts',
		"if (isLike) return 'yes';",
		"if (key) return 'yes';",
	),
	mutant(
		'R14 a stored form is the only change that the log tells of',
		'page/compare.ts',
		"	if (!last || !sent?.old) return 'no';",
		"	if (!last || !sent?.old || edits.length > 1) return 'no';",
	),
	mutant(
		'R15 what has arrived says nothing of its source',
		'page/unanswered.ts',
		'if (source && hasArrived) {',
		'if (source && hasArrived && !source) {',
	),
	mutant(
		'R15 who saved the row after an unanswered write has edited every column of it',
		'page/unanswered.ts',
		"(some('old') ? 'not arrived' : 'edited since')",
		"'edited since'",
	),
	mutant(
		'R15 what was not answered stays so once the person is gone',
		'page/comeBack.ts',
		'	if (isOurs || unanswered.length > 0) await settleTombstone(',
		'	if (isOurs && unanswered.length < 0) await settleTombstone(',
	),
	mutant(
		'R15 an unanswered write is trusted to have failed',
		'page/decide.ts',
		"if (state.base === null || state.movedUnanswered) return 'unset';",
		"if (state.base === null) return 'unset';",
	),
	mutant(
		'R15 a lost base counts as first contact',
		'page/decide.ts',
		'	if (first && (!metBefore || !first.lossless))',
		'	if (first)',
	),
	mutant(
		'R17 an unanswered write is judged at once',
		'page/pair.ts',
		'	if (unanswered.length === 0 || judgedAt <= readTo) return null;',
		'	if (judgedAt >= 0 || readTo >= 0) return null;',
	),
	mutant(
		'R18 a tug of war with other values each time goes on',
		'page/pingPong.ts',
		'return answers > ANSWERS;',
		'return answers < 0;',
	),
	mutant(
		'R20 the id of a row is another one each time',
		'campaignActions/linkOrReserve.ts',
		'const id = rowIdFor(batch.marketo.subscription, person, syncAs, ordinal);',
		'const id = rowIdFor(batch.ledger.random.id(), person, syncAs, ordinal);',
	),
	mutant(
		'R21 nobody asks for what was reserved',
		'campaignActions/findRows.ts',
		"const reserved = candidate.reserved?.table === table ? candidate.reserved.dynamicsId : '';",
		"const reserved = '';",
	),
	mutant(
		'R21 what an earlier try made counts as just made',
		'campaignActions/makeRows.ts',
		'const isKnown = outcome.created !== false;',
		'const isKnown = outcome.kind === "ok";',
	),
	mutant(
		"R24 a claim is anybody's",
		'ledger/claims.ts',
		".where('key', '=', key).where('holder', '=', holder).executeTakeFirst();",
		".where('key', '=', key).executeTakeFirst();",
	),
	mutant(
		'R24 a claim is believed to last',
		'campaignActions/linkOrReserve.ts',
		'if (!(await keepClaims(batch, db, candidate))) return',
		'if (!keepClaims) return',
	),
	mutant(
		'R24 what was reserved since is not seen',
		'campaignActions/linkOrReserve.ts',
		"candidate.reserved = (await linksOfPeople(db, PEOPLE, [person], ['reserved']))[0] ?? null;",
		'',
	),
	mutant(
		'R27 a person who moves wakes nobody',
		'page/match.ts',
		'if (field === email) await wakeByEmail',
		"if (field === '') await wakeByEmail",
	),
	mutant(
		'R8 a row is made however late',
		'campaignActions/makeRows.ts',
		'return ledger.clock.now() <= lookedAt + ledger.timing.fresh;',
		'return ledger.clock.now() >= lookedAt;',
	),
	mutant(
		'R23 people with an e-mail are made by id',
		'page/writePeople.ts',
		'	if (values[field]) return field;\n',
		'	void field;\n',
	),
	mutant(
		'R23 a create that was not answered is made again at once',
		'page/gone.ts',
		'if (judgedAt <= readAt.marketo) return null;',
		'if (judgedAt >= 0 || readAt) return null;',
	),
	mutant(
		'R24 two people are made for one e-mail',
		'page/match.ts',
		'if (matcher.creating.has(key) || !(await claimKey(page.ledger, page.db, key, subject)))',
		'void claimKey;\n	if (false as boolean)',
	),
	mutant(
		'R26 an adopted pair counts as equal to Dynamics',
		'page/decide.ts',
		"	if (state.base === null || state.movedUnanswered) return 'unset';",
		"	if (state.base === null) return 'same';\n	if (state.movedUnanswered) return 'unset';",
	),
	mutant(
		'R27 a person may have two partners',
		'page/match.ts',
		'	if (partner && linkSubject(partner) !== subject) {',
		'	if (partner && linkSubject(partner) === subject) {',
	),
	mutant(
		'R27 parked records wake nobody',
		'ledger/due.ts',
		'	if (emailKey === null) return;',
		'	if (emailKey !== undefined) return;',
	),
	mutant(
		"R28 another row's values are believed to be this one's",
		'page/match.ts',
		"	if (link?.state === 'secondary') forgetOthersValues(page, link, person);",
		'	void forgetOthersValues;',
	),
	mutant(
		'R28 nothing is known any more of a row that was behind another',
		'page/match.ts',
		'	const isSamePartner = link?.marketoId === to.marketoId;',
		"	const isSamePartner = link?.marketoId === to.marketoId && link.state !== 'secondary';",
	),
	mutant(
		'R29 a tombstone blocks nothing',
		'page/work.ts',
		'		if (gone) return gone;\n',
		'		void gone;\n',
	),
	mutant(
		'R29 of what one way had nothing to say nothing is known',
		'page/carryOut.ts',
		"else if (verdict.why === 'rule' && ",
		"else if (verdict.why === 'equal' && ",
	),
	mutant(
		'R29 a row that is made again under its id stays deleted',
		'page/readDynamics.ts',
		'if (!alive.has(id)) records.set(',
		'if (alive) records.set(',
	),
	mutant(
		'R29 a late call takes the mark of a deleted row off',
		'campaignActions/writeBack.ts',
		'(name !== isDeleted || isMarked)',
		'(name !== isDeleted || !isMarked)',
	),
	mutant(
		'R30 who is not found counts as deleted',
		'page/match.ts',
		'	if (isNotFound(page, link)) return NO_PERSON;',
		'	void isNotFound;\n	void NO_PERSON;',
	),
	mutant(
		'R32 no sweep after a full read',
		'page/readDynamics.ts',
		"	if (cursor.phase === 'full' && since !== null) {",
		"	if (cursor.phase === 'full' && since === '') {",
	),
	mutant(
		'R32 what a full read did not meet is not asked for',
		'page/fullRead.ts',
		"if (before.phase === 'delta' || after.phase !== 'delta' || before.generation < 2) continue;",
		'if (before.generation > 0 || !after) continue;',
	),
	mutant(
		'R34 no overlap',
		'page/logCursor.ts',
		'iso(Date.parse(serverTime) - overlap) :',
		'iso(Date.parse(serverTime)) :',
	),
	mutant(
		'R34 nothing is looked at once more',
		'page/readLog.ts',
		'if (cursor.open || isQuiet(cursor)) return false;',
		'if (cursor) return false;',
	),
	mutant(
		"R34 the host's clock is the watermark",
		'page/logCursor.ts',
		'const serverTime = read.serverTime ?? changes.serverTime ?? changes.newestActivityAt;',
		'const serverTime = iso(read.begunAt);',
	),
	mutant(
		"R34 this host's clock says where the log is read on",
		'page/logCursor.ts',
		'near: isFirst ? since : ',
		'near: ',
	),
	mutant(
		'R36 one refused field takes the record along',
		'page/settle.ts',
		'	if (!name || !refused || refused.row === OWN_FIELD) return false;',
		"	if (name !== '' || !name || !refused) return false;",
	),
	mutant(
		'R36 an edit where a value was refused settles nothing',
		'page/decide.ts',
		'	if (settled) return settled;\n',
		'',
	),
	mutant(
		'R36 whatever stands where a value was refused counts as an edit',
		'page/decide.ts',
		' && there.hash !== stood && ',
		' && ',
	),
	mutant(
		'R36 nobody knows what a new row holds where a value was refused',
		'campaignActions/makeRows.ts',
		'const isThere = isKnown || ',
		'const isThere = ',
	),
	mutant(
		'R38 a question takes no answer',
		'page/decide.ts',
		"	if (!dynamicsMoved && !marketoMoved) return { do: 'nothing'",
		"	if (base) return { do: 'nothing'",
	),
	mutant(
		'R43 what an old copy last compared is believed',
		'ledger/links.ts',
		'const unset = { bases: null, version: null,',
		'const unset = { version: null,',
	),
	mutant(
		'R45 a row version vouches for every column',
		'page/echo.ts',
		"direction === 'toDynamics' : base.hash === fingerprintOf(",
		"direction === 'toDynamics' : '' !== fingerprintOf(",
	),
	mutant(
		'R46 what failed is forgotten with the next try',
		'ledger/due.ts',
		"db.updateTable('queue').set({ due_at: 0 }).where('lane', '=', lane).where('subject', 'in', piece).where('due_at', '>', 0)",
		"db.deleteFrom('queue').where('subject', 'in', piece).where('state', '=', 'due')",
	),
	mutant(
		'R52 a run takes what another lane left behind',
		'ledger/plans.ts',
		".selectAll().where('lane', '=', lane).where('state', 'in', ['planned', 'sent'])",
		".selectAll().where('lane', '>', lane.slice(lane.length)).where('state', 'in', ['planned', 'sent'])",
		2,
	),
	mutant(
		'R52 what is due is handed to any lane',
		'ledger/due.ts',
		".selectFrom('queue').where('lane', '=', lane).where('state', 'in', ALL)",
		".selectFrom('queue').where('lane', '>', lane.slice(lane.length)).where('state', 'in', ALL)",
		2,
	),
	mutant(
		'R17 one way: what was not answered is sent again at once',
		'page/oneWay.ts',
		'	if (tooYoung) return tooYoung;',
		'	void tooYoung;',
		2,
	),
	mutant(
		'edits of people who cannot be judged yet are forgotten',
		'page/accounts.ts',
		'	for (const person of unjudged) await keepEditsOf(db, ref.lane, person, people.get(person)?.edits ?? []);',
		'	void keepEditsOf;\n	void people;',
	),
	mutant(
		'M1 no bases, the newest wins',
		'page/decide.ts',
		"	if (d !== 'unset' && m !== 'unset') {",
		"	if (d !== 'same' || m !== 'same') return carry(input, (dynamics.changedAt ?? '') > (marketo.changedAt ?? '') ? 'dynamics' : 'marketo', 'newest', null);\n	if (d !== 'unset' && m !== 'unset') {",
	),
];
