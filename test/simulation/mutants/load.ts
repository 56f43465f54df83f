import { transformSync } from '@swc/core';
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import type { Mutant } from './mutants';

const ROOT = path.join(__dirname, '..', '..', '..');

type Loader = (module: NodeJS.Module & { _compile(code: string, file: string): void }, file: string) => void;

/** From here on the engine is loaded with one rule broken. @throws when the rule's text is not found once */
export function breakRule(mutant: Mutant): void {
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
}

export function mutated({ name, file, find, replace }: Mutant, text: string): string {
	const at = text.indexOf(find);
	if (at < 0 || text.includes(find, at + 1)) {
		throw new Error(`Mutant ${name}: its text is ${at < 0 ? 'not' : 'more than once'} in ${file}`);
	}
	return text.slice(0, at) + replace + text.slice(at + find.length);
}
