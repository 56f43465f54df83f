import path from 'node:path';

/**
 * The layer rule as ESLint rules: who may import whom, and who may not look at the clock.
 * Relative imports are resolved before they are judged, so the depth of a folder does not matter.
 */

const specifierOf = (node) => {
	if (node.type === 'CallExpression') {
		const [first] = node.arguments;
		return first?.type === 'Literal' && typeof first.value === 'string' ? first : undefined;
	}
	if (node.type === 'TSImportType') return node.source ?? node.argument?.literal;
	return node.source ?? undefined;
};

const targetOf = (specifier, filename, root) => {
	if (!specifier.startsWith('.')) return specifier;
	const absolute = path.resolve(path.dirname(filename), specifier);
	return `./${path.relative(root, absolute).split(path.sep).join('/')}`;
};

const matches = (target, pattern) =>
	pattern.endsWith('/')
		? target.startsWith(pattern) || target === pattern.slice(0, -1)
		: target === pattern || target.startsWith(`${pattern}/`);

const noForbiddenImports = {
	meta: {
		type: 'problem',
		schema: [
			{
				type: 'object',
				properties: {
					layer: { type: 'string' },
					forbidden: { type: 'array', items: { type: 'string' } },
				},
				required: ['layer', 'forbidden'],
				additionalProperties: false,
			},
		],
		messages: { forbidden: "{{layer}} must not import '{{target}}' (layer rule)" },
	},
	create(context) {
		const [{ layer, forbidden }] = context.options;
		const check = (node) => {
			const literal = specifierOf(node);
			if (!literal || typeof literal.value !== 'string') return;
			const target = targetOf(literal.value, context.filename, context.cwd);
			if (forbidden.some((pattern) => matches(target, pattern))) {
				context.report({ node: literal, messageId: 'forbidden', data: { layer, target } });
			}
		};
		return {
			ImportDeclaration: check,
			ExportNamedDeclaration: check,
			ExportAllDeclaration: check,
			ImportExpression: check,
			TSImportType: check,
			TSExternalModuleReference: (node) => check({ source: node.expression }),
			'CallExpression[callee.name="require"]': check,
			'CallExpression[callee.object.name="jest"]': check,
		};
	},
};

const CLOCK_AND_CHANCE = [
	['Date', 'now'],
	['Math', 'random'],
	['performance', 'now'],
	['crypto', 'randomUUID'],
	['crypto', 'randomBytes'],
	['crypto', 'getRandomValues'],
	['process', 'hrtime'],
	['process', 'uptime'],
];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'performance'];
const CHANCE_IMPORTS = ['randomUUID', 'randomBytes', 'randomInt'];

const noClockOrChance = {
	meta: {
		type: 'problem',
		schema: [],
		messages: { found: '{{what}}: time and chance are handed in, so that a simulation owns them' },
	},
	create(context) {
		const report = (node, what) => context.report({ node, messageId: 'found', data: { what } });
		const isGlobal = (identifier) => {
			for (let scope = context.sourceCode.getScope(identifier); scope; scope = scope.upper) {
				const variable = scope.set.get(identifier.name);
				if (variable) return variable.defs.length === 0;
			}
			return true;
		};
		return {
			MemberExpression(node) {
				const { object, property } = node;
				if (object.type !== 'Identifier' || property.type !== 'Identifier') return;
				const hit = CLOCK_AND_CHANCE.some(
					([owner, member]) => owner === object.name && member === property.name,
				);
				if (hit) report(node, `${object.name}.${property.name}`);
			},
			NewExpression(node) {
				const { callee } = node;
				if (callee.name === 'Date' && node.arguments.length === 0 && isGlobal(callee)) {
					report(node, 'new Date()');
				}
			},
			CallExpression(node) {
				const { callee } = node;
				if (callee.type !== 'Identifier' || !isGlobal(callee)) return;
				if (callee.name === 'Date' || TIMERS.includes(callee.name)) report(node, callee.name);
			},
			ImportSpecifier(node) {
				if (CHANCE_IMPORTS.includes(node.imported.name)) report(node, node.imported.name);
			},
			ImportDeclaration(node) {
				if (/^(node:)?(timers|perf_hooks)(\/|$)/.test(node.source.value)) {
					report(node, node.source.value);
				}
			},
		};
	},
};

export const layers = {
	meta: { name: 'layers' },
	rules: { imports: noForbiddenImports, 'clock-and-chance': noClockOrChance },
};
