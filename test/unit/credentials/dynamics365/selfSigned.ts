import { createSign, generateKeyPairSync, type KeyObject } from 'crypto';

/** A fresh RSA key and a self-signed certificate for it, both as PEM (X.509 v1, RFC 5280). */
export function selfSigned(): { certificate: string; privateKey: string; key: KeyObject } {
	const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const algorithm = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
	const name = sequence(
		der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from('test')))),
	);
	const validity = sequence(utcTime('250101000000Z'), utcTime('491231235959Z'));
	const body = sequence(
		der(0x02, Buffer.from([1])),
		algorithm,
		name,
		validity,
		name,
		publicKey.export({ type: 'spki', format: 'der' }),
	);
	const signature = createSign('sha256').update(body).sign(privateKey);
	const certificate = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature));
	return {
		certificate: `-----BEGIN CERTIFICATE-----\n${certificate
			.toString('base64')
			.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`,
		privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
		key: privateKey,
	};
}

function der(tag: number, ...contents: Buffer[]): Buffer {
	const content = Buffer.concat(contents);
	const { length } = content;
	const size =
		length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...contents: Buffer[]): Buffer {
	return der(0x30, ...contents);
}

function utcTime(text: string): Buffer {
	return der(0x17, Buffer.from(text));
}
