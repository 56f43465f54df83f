import { execFileSync } from 'child_process';
import path from 'path';

const ROOT = path.resolve(__dirname, '../../..');

const PATHS = 'import-x/no-restricted-paths';
const CIRCLE = 'import-x/no-cycle';
const IMPORTS = 'no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';
const GLOBALS = 'no-restricted-globals';
const PROPERTIES = 'no-restricted-properties';
const REQUIRE = '@typescript-eslint/no-require-imports';

type Snippet = [file: string, code: string];

/** In the order of the snippets, the rules that each breaks. */
function lint(snippets: Snippet[]): string[][] {
	const output = execFileSync(process.execPath, [path.join(__dirname, 'lintSnippets.mjs')], {
		cwd: ROOT,
		input: JSON.stringify(snippets),
		encoding: 'utf8',
	});
	return JSON.parse(output) as string[][];
}

const ALLOWED: Snippet[] = [
	['sync/page/snippet.ts', "import type { Row } from '../ports';"],
	['sync/page/snippet.ts', "import { createHash } from 'crypto';"],
	['sync/operate/snippet.ts', "import { readAnew } from '../page/readDynamics';"],
	['sync/page/snippet.ts', "import { readToken } from '../schedule/token';"],
	['sync/page/snippet.ts', 'export const at = (now: number) => new Date(now);'],
	['sync/page/snippet.ts', 'export const later = (setTimeout: () => void) => setTimeout();'],
	['sync/page/snippet.ts', 'export const now = (clock: { now(): number }) => clock.now();'],
	[
		'sync/ledger/snippet.ts',
		"import { sql } from 'kysely'; export const ask = (db: { selectFrom(table: string): unknown }) => [sql, db.selectFrom('link')];",
	],
	['apis/marketo/snippet.ts', "import { isObject } from '../wire/json';"],
	['apis/marketo/snippet.ts', "import { DateTime } from 'luxon';"],
	['nodes/Marketo/snippet.ts', "import { isObject } from '../../apis/wire/json';"],
	['nodes/Marketo/snippet.ts', "import type { Row } from '../../sync/ports';"],
	['nodes/Marketo/snippet.ts', "import { sleep } from 'n8n-workflow';"],
	['nodes/Marketo/snippet.ts', 'export const now = Date.now();'],
	['credentials/snippet.ts', "import { isObject } from '../apis/wire/json';"],
	['test/twins/marketo/snippet.ts', "import { Clock } from '../chassis';"],
	['test/twins/marketo/snippet.ts', "import { createServer } from 'node:http';"],
	['test/vendors/snippet.ts', "import { expect } from '@jest/globals';"],
	['test/auditor/snippet.ts', "import { isObject } from '../../apis/wire/json';"],
	['test/unit/snippet.test.ts', "import type { Row } from '../../sync/ports';"],
	['apis/wire/noAnswer.ts', "import { NoAnswer } from './wire'; export { NoAnswer };"],
];

const FORBIDDEN: Array<[...Snippet, rule: string]> = [
	// sync/ knows no wire, no node and no test …
	['sync/page/snippet.ts', "import { isObject } from '../../apis/wire/json';", PATHS],
	['sync/page/snippet.ts', "import type { Send } from '../../apis/wire/wire';", PATHS],
	['sync/page/snippet.ts', "export * from '../../apis/wire/json';", PATHS],
	['sync/page/snippet.ts', "import { perItem } from '../../nodes/shared/operation';", PATHS],
	['sync/page/snippet.ts', "import { identityPost } from '../../credentials/identityPost';", PATHS],
	['sync/page/snippet.ts', "import { Clock } from '../../test/twins/chassis';", PATHS],
	// … its rooms look down only …
	['sync/ledger/snippet.ts', "import { readToken } from '../schedule/token';", PATHS],
	['sync/schedule/snippet.ts', "import { workPair } from '../page/pair';", PATHS],
	['sync/page/snippet.ts', "import { syncPeople } from '../campaignActions/syncPeople';", PATHS],
	['sync/campaignActions/snippet.ts', "import { retry } from '../operate/retry';", PATHS],
	// … no table of the ledger, outside of its room …
	[
		'sync/page/snippet.ts',
		"export const ask = (db: { selectFrom(table: string): unknown }) => db.selectFrom('link');",
		SYNTAX,
	],
	[
		'sync/operate/snippet.ts',
		"export const drop = (db: { deleteFrom(table: string): unknown }) => db.deleteFrom('link');",
		SYNTAX,
	],
	['sync/operate/snippet.ts', "import { sql } from 'kysely'; export { sql };", IMPORTS],
	[
		'nodes/Marketo/snippet.ts',
		"export const ask = (db: { selectFrom(table: string): unknown }) => db.selectFrom('link');",
		SYNTAX,
	],
	// … no HTTP and no n8n, whatever way they are brought in …
	['sync/page/snippet.ts', "import type { INode } from 'n8n-workflow';", IMPORTS],
	['sync/page/snippet.ts', "export { Workflow } from 'n8n-workflow';", IMPORTS],
	['sync/page/snippet.ts', "import { ExecuteContext } from 'n8n-core';", IMPORTS],
	['sync/page/snippet.ts', "import { request } from 'https';", IMPORTS],
	['sync/page/snippet.ts', "import net from 'node:net';", IMPORTS],
	['sync/page/snippet.ts', "import { fetch } from 'undici';", IMPORTS],
	['sync/page/snippet.ts', "import axios from 'axios/lib/axios';", IMPORTS],
	['sync/page/snippet.ts', "export const net = import('node:net');", SYNTAX],
	['sync/page/snippet.ts', "export type Node = import('n8n-workflow').INode;", SYNTAX],
	['sync/page/snippet.ts', "import http = require('http'); export { http };", REQUIRE],
	['sync/page/snippet.ts', "export const http = require('http');", REQUIRE],
	// … and neither has nor makes time or chance.
	['sync/page/snippet.ts', 'export const now = Date.now();', PROPERTIES],
	['sync/page/snippet.ts', 'export const { now } = Date;', PROPERTIES],
	['sync/page/snippet.ts', 'export const now = new Date();', SYNTAX],
	['sync/page/snippet.ts', 'export const now = Date();', SYNTAX],
	['sync/page/snippet.ts', 'export const now = performance.now();', GLOBALS],
	['sync/page/snippet.ts', 'export const now = process.hrtime();', PROPERTIES],
	['sync/page/snippet.ts', 'export const now = process.uptime();', PROPERTIES],
	['sync/page/snippet.ts', 'setTimeout(() => {}, 1);', GLOBALS],
	['sync/page/snippet.ts', 'setInterval(() => {}, 1);', GLOBALS],
	['sync/page/snippet.ts', 'setImmediate(() => {});', GLOBALS],
	['sync/page/snippet.ts', "import { setTimeout } from 'timers/promises';", IMPORTS],
	['sync/page/snippet.ts', "import { performance } from 'node:perf_hooks';", IMPORTS],
	['sync/page/snippet.ts', 'export const chance = Math.random();', PROPERTIES],
	['sync/page/snippet.ts', 'export const id = crypto.randomUUID();', PROPERTIES],
	['sync/page/snippet.ts', "import { randomBytes } from 'node:crypto';", IMPORTS],
	['sync/page/snippet.ts', "import { randomUUID as id } from 'crypto';", IMPORTS],

	['apis/marketo/snippet.ts', "import type { Row } from '../../sync/ports';", PATHS],
	['apis/marketo/snippet.ts', "import { perItem } from '../../nodes/shared/operation';", PATHS],
	[
		'apis/marketo/snippet.ts',
		"import { identityPost } from '../../credentials/identityPost';",
		PATHS,
	],
	['apis/marketo/snippet.ts', "import { Clock } from '../../test/twins/chassis';", PATHS],
	['apis/marketo/snippet.ts', "import { sleep } from 'n8n-workflow';", IMPORTS],
	['apis/marketo/snippet.ts', "import { ExecuteContext } from 'n8n-core';", IMPORTS],
	['apis/marketo/snippet.ts', "import { request } from 'node:https';", IMPORTS],
	['apis/marketo/snippet.ts', 'export const now = Date.now();', PROPERTIES],
	['apis/marketo/snippet.ts', 'export const now = new Date();', SYNTAX],
	['apis/marketo/snippet.ts', 'setTimeout(() => {}, 1);', GLOBALS],
	['apis/marketo/snippet.ts', 'export const chance = Math.random();', PROPERTIES],
	['apis/marketo/snippet.ts', "import { randomInt } from 'crypto';", IMPORTS],

	['nodes/Marketo/snippet.ts', "import { Clock } from '../../test/twins/chassis';", PATHS],
	['nodes/Marketo/snippet.ts', "import { ExecuteContext } from 'n8n-core';", IMPORTS],
	['nodes/Marketo/snippet.ts', "export const core = import('n8n-core');", SYNTAX],
	['credentials/snippet.ts', "import { Clock } from '../test/twins/chassis';", PATHS],
	['credentials/snippet.ts', "import { ExecuteContext } from 'n8n-core';", IMPORTS],

	...['test/twins/snippet.ts', 'test/vendors/snippet.ts'].flatMap(
		(file): Array<[...Snippet, rule: string]> => [
			[file, "import { isObject } from '../../apis/wire/json';", PATHS],
			[file, "import type { Row } from '../../sync/ports';", PATHS],
			[file, "import { perItem } from '../../nodes/shared/operation';", PATHS],
			[file, "import { identityPost } from '../../credentials/identityPost';", PATHS],
			[file, "import { sleep } from 'n8n-workflow';", IMPORTS],
			[file, "import { ExecuteContext } from 'n8n-core';", IMPORTS],
			[file, "jest.mock('../../sync/ports');", SYNTAX],
		],
	),
	['test/auditor/snippet.ts', "import type { Row } from '../../sync/ports';", PATHS],

	// apis/wire/noAnswer imports apis/wire/wire.
	['apis/wire/wire.ts', "import { mayPass } from './noAnswer'; export { mayPass };", CIRCLE],
];

const broken = lint([...ALLOWED, ...FORBIDDEN.map(([file, code]): Snippet => [file, code])]);

describe('the layers', () => {
	it.each(ALLOWED.map((snippet, index) => [...snippet, broken[index]] as const))(
		'let %s say: %s',
		(_file, _code, rules) => {
			expect(rules).toEqual([]);
		},
	);

	it.each(FORBIDDEN.map((snippet, index) => [...snippet, broken[ALLOWED.length + index]] as const))(
		'do not let %s say: %s',
		(_file, _code, rule, rules) => {
			expect(rules).toEqual([rule]);
		},
	);
});
