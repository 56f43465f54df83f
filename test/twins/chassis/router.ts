import type { TwinContext, TwinHandler, TwinRequest, TwinResponse } from './types';

interface Route {
	readonly method: string;
	readonly pattern: RegExp;
	readonly names: readonly string[];
	readonly handler: TwinHandler;
}

/** A table of paths. Patterns are literal but for `{name}`, which stands for one path segment or a part of it. */
export class Router {
	private readonly routes: Route[] = [];

	constructor(
		private readonly notFound: (request: TwinRequest, otherMethods: string[]) => TwinResponse,
	) {}

	/** Method `*` stands for any. */
	route(method: string, pattern: string, handler: TwinHandler): this {
		const names: string[] = [];
		const source = pattern
			.split(/(\{\w+\})/)
			.map((part) => {
				const name = /^\{(\w+)\}$/.exec(part)?.[1];
				if (!name) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
				names.push(name);
				return '([^/]+?)';
			})
			.join('');
		this.routes.push({ method, pattern: new RegExp(`^${source}$`), names, handler });
		return this;
	}

	/** Finds the route and runs it; the twin's own handler. */
	readonly handle: TwinHandler = (request: TwinRequest, context: TwinContext) => {
		const otherMethods: string[] = [];
		for (const route of this.routes) {
			const found = route.pattern.exec(request.path);
			if (!found) continue;
			if (route.method !== '*' && route.method !== request.method) {
				otherMethods.push(route.method);
				continue;
			}
			const params = Object.fromEntries(
				route.names.map((name, index) => [name, decodeURIComponent(found[index + 1]!)]),
			);
			return route.handler({ ...request, params }, context);
		}
		return this.notFound(request, otherMethods);
	};
}
