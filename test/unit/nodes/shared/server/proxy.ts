import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Between n8n and a server: cuts connections, and lets none through for a time. */
export class Proxy {
	private readonly open = new Set<Socket>();
	private readonly server: Server;
	private isGone = false;
	/** Cuts the connection over which something with this text is asked next: before it arrives, or after its answer has. */
	private cutAt: { text: string; when: 'before' | 'after' } | undefined;

	private constructor(private to: { host: string; port: number }) {
		this.server = createServer((near) => {
			if (this.isGone) return void near.destroy();
			const far = connect(this.to.port, this.to.host);
			const cut = () => [near, far].forEach((socket) => socket.destroy());
			for (const socket of [near, far]) {
				this.open.add(socket);
				socket.on('error', cut);
				socket.on('close', () => {
					this.open.delete(socket);
					cut();
				});
			}
			let cutsAnswer = false;
			near.on('data', (data) => {
				const isAsked = this.cutAt !== undefined && data.includes(this.cutAt.text);
				if (isAsked) {
					cutsAnswer = this.cutAt!.when === 'after';
					this.cutAt = undefined;
					if (!cutsAnswer) return cut();
				}
				far.write(data);
			});
			far.on('data', (data) => (cutsAnswer ? cut() : near.write(data)));
		});
	}

	static async start(to: { host: string; port: number }): Promise<Proxy> {
		const proxy = new Proxy(to);
		await new Promise<void>((done) => proxy.server.listen(0, '127.0.0.1', done));
		return proxy;
	}

	get port(): number {
		return (this.server.address() as AddressInfo).port;
	}

	cut(text: string, when: 'before' | 'after'): void {
		this.cutAt = { text, when };
	}

	/** All connections end; new ones are turned away until it is back. */
	goAway(): void {
		this.isGone = true;
		for (const socket of this.open) socket.destroy();
	}

	comeBack(): void {
		this.isGone = false;
	}

	/** Its address is another server's from now on, as after a fail-over. */
	leadTo(to: { host: string; port: number }): void {
		this.to = to;
	}

	async stop(): Promise<void> {
		this.goAway();
		await new Promise((done) => this.server.close(done));
	}
}
