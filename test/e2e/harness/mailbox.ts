import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A mail that came in: its lines as they were sent. */
export type Mail = string;

/** A mail server that takes whatever comes, for n8n's own mail step. */
export class Mailbox {
	readonly mails: Mail[] = [];

	private constructor(private readonly server: Server) {}

	static async open(): Promise<Mailbox> {
		const server = createServer();
		const mailbox = new Mailbox(server);
		server.on('connection', (socket) => mailbox.talk(socket));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return mailbox;
	}

	/** What a credential *SMTP* of n8n says. */
	get credential() {
		const { port } = this.server.address() as AddressInfo;
		return {
			user: '',
			password: '',
			host: '127.0.0.1',
			port,
			secure: false,
			disableStartTls: true,
			hostName: '',
		};
	}

	close(): void {
		this.server.close();
	}

	private talk(socket: Socket): void {
		let mail: string | undefined;
		let rest = '';
		socket.write('220 mailbox\r\n');
		socket.on('error', () => socket.destroy());
		socket.on('data', (data) => {
			const lines = (rest + data.toString('utf8')).split('\r\n');
			rest = lines.pop()!;
			for (const line of lines) {
				if (mail === undefined) {
					if (/^DATA/i.test(line)) mail = '';
					socket.write(
						mail === '' ? '354 go on\r\n' : /^QUIT/i.test(line) ? '221 bye\r\n' : '250 ok\r\n',
					);
				} else if (line === '.') {
					this.mails.push(mail);
					mail = undefined;
					socket.write('250 taken\r\n');
				} else mail += `${line}\n`;
			}
		});
	}
}
