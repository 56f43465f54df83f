import { transformSync } from '@swc/core';
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import type { Mutant } from './mutants';

const ROOT = path.join(__dirname, '..', '..', '..');

type Loader = (
	module: NodeJS.Module & { _compile(code: string, file: string): void },
	file: string,
) => void;

/**
 * From here on the engine is loaded with one rule broken, until what this answers with is called. @throws when the rule's
 * text is not found once
 */
export function breakRule(mutant: Mutant): () => void {
	const target = path.join(ROOT, mutant.file);
	const text = mutated(mutant, readFileSync(target, 'utf8'));
	const loaders = (Module as unknown as { _extensions: Record<string, Loader> })._extensions;
	const usual = loaders['.ts']!;
	loaders['.ts'] = (module, file) => {
		if (file !== target) return usual(module, file);
		const { code } = transformSync(text, {
			filename: file,
			jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
			module: { type: 'commonjs' },
		});
		module._compile(code, file);
	};
	return () => {
		loaders['.ts'] = usual;
	};
}

/** What was loaded of the engine and of its world is loaded anew from here on. */
export function loadAnew(): void {
	const folders = ['sync', 'test/simulation'].map((folder) => path.join(ROOT, folder) + path.sep);
	for (const file of Object.keys(require.cache))
		if (folders.some((folder) => file.startsWith(folder))) delete require.cache[file];
}

/** A rule's text with the mutant's in its place. How it is broken into lines makes no difference. @throws when it is not found once */
export function mutated({ name, file, find, replace }: Mutant, text: string): string {
	const found = [...text.matchAll(anyLayout(find))];
	if (found.length !== 1) {
		throw new Error(
			`Mutant ${name}: its text is ${found.length === 0 ? 'not' : 'more than once'} in ${file}`,
		);
	}
	const { index, 0: whole } = found[0]!;
	return text.slice(0, index) + replace + text.slice(index + whole.length);
}

/** Words and signs in their order, with any white space between them, and the comma that a formatter sets before a closing bracket. */
function anyLayout(code: string): RegExp {
	const parts = code.match(/\w+|[^\w\s]/g)!.map((part) => part.replace(/[^\w\s]/g, '\\$&'));
	return new RegExp(
		parts.map((part) => (/^\\[)\]}]$/.test(part) ? `,?\\s*${part}` : part)).join('\\s*'),
		'g',
	);
}
