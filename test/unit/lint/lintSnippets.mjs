/**
 * Lints snippets as if each were the file that it names, with the project's own configuration. A process of
 * its own: Jest cannot load ESLint's configuration. Reads `[[file, code], …]` from standard input and prints
 * the rules that each breaks, as `[[rule, …], …]`.
 */
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const eslint = new ESLint({
	// The snippets are part of no TypeScript project, so rules that ask for types cannot run on them.
	overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
	ruleFilter: ({ ruleId }) => /restricted|no-cycle|no-require-imports/.test(ruleId),
});

const broken = [];
for (const [filePath, code] of JSON.parse(await text(process.stdin))) {
	const [{ messages }] = await eslint.lintText(code, { filePath });
	broken.push(messages.map(({ ruleId, message }) => ruleId ?? message));
}
console.log(JSON.stringify(broken));
