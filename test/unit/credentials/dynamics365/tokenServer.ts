import { createServer, type IncomingMessage } from 'http';
import type { AddressInfo } from 'net';

export interface Asked {
	url: string;
	form: URLSearchParams;
}

export interface TokenServer {
	tokenUrl: string;
	/** Base of the environment that this server also plays. */
	url: string;
	asked: Asked[];
	/** What the next token request is answered with; a token otherwise. */
	answer?: { status: number; body: unknown };
	/** What the environment answers when asked for a contact. */
	environment: { status: number; body: unknown };
	close(): Promise<void>;
}

/** A plain-HTTP stand-in for Entra's token endpoint, and for one question to the environment. */
export async function startTokenServer(): Promise<TokenServer> {
	const server = createServer((request, response) => {
		void read(request).then((body) => {
			const isToken = request.method === 'POST';
			if (isToken) state.asked.push({ url: request.url ?? '', form: new URLSearchParams(body) });
			const token = {
				token_type: 'Bearer',
				expires_in: 3599,
				ext_expires_in: 3599,
				access_token: 'the-token',
			};
			const { status, body: content } = isToken
				? (state.answer ?? { status: 200, body: token })
				: state.environment;
			response.writeHead(status, { 'Content-Type': 'application/json' });
			response.end(typeof content === 'string' ? content : JSON.stringify(content));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const state: TokenServer = {
		tokenUrl: `${url}/tenant/oauth2/v2.0/token`,
		url,
		asked: [],
		environment: { status: 200, body: { value: [] } },
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return state;
}

async function read(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
	return Buffer.concat(chunks).toString('utf8');
}
