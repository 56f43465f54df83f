import { createPrivateKey, X509Certificate } from 'crypto';

import { SignInFailed } from '../../apis/wire/signIn';

/** A certificate as MSAL wants it. */
export interface ClientCertificate {
	thumbprintSha256: string;
	/** PEM, not encrypted. */
	privateKey: string;
	/** The certificate (chain) in PEM. */
	x5c: string;
}

/**
 * Reads a certificate and its private key out of pasted PEM text, also where a one-line field has eaten
 * the line breaks, and where both were pasted into one field.
 *
 * @throws SignInFailed
 */
export function clientCertificate(
	certificate: string,
	privateKey: string,
	passphrase: string | undefined,
): ClientCertificate {
	const both = `${certificate}\n${privateKey}`;
	const certificates = pemBlocks(both, /^CERTIFICATE$/);
	const key = pemBlocks(both, /PRIVATE KEY$/)[0];
	if (certificates.length === 0) {
		throw new SignInFailed(
			'The certificate cannot be read',
			'Paste it as PEM text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----',
		);
	}
	if (!key) {
		throw new SignInFailed(
			'The private key cannot be read',
			'Paste it as PEM text, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----',
		);
	}
	const x509 = read(() => new X509Certificate(certificates[0]!));
	if (!x509) {
		throw new SignInFailed(
			'The certificate cannot be read',
			'Paste the whole certificate as PEM text; a .pfx file has to be converted first',
		);
	}
	const keyObject = read(() => createPrivateKey({ key, passphrase: passphrase || undefined }));
	if (!keyObject) {
		throw new SignInFailed(
			'The private key cannot be read',
			"Check the key, and the passphrase in the field 'Passphrase' if the key is encrypted",
		);
	}
	if (!x509.checkPrivateKey(keyObject)) {
		throw new SignInFailed(
			'The private key does not belong to the certificate',
			'Paste the key that belongs to the certificate',
		);
	}
	return {
		thumbprintSha256: x509.fingerprint256.replace(/:/g, '').toLowerCase(),
		privateKey: keyObject.export({ type: 'pkcs8', format: 'pem' }).toString(),
		x5c: certificates.join('\n'),
	};
}

/** Undefined where the text cannot be parsed; what the parser says quotes parts of the key. */
function read<Parsed>(parse: () => Parsed): Parsed | undefined {
	try {
		return parse();
	} catch {
		return undefined;
	}
}

/** PEM blocks with the wanted label, each with its line breaks put right. */
function pemBlocks(text: string, label: RegExp): string[] {
	const found: string[] = [];
	const block = /-----BEGIN ([A-Z\d ]+)-----([\s\S]*?)-----END \1-----/g;
	for (const [, name, body] of text.replace(/\\n/g, '\n').matchAll(block)) {
		if (!label.test(name!)) continue;
		// Old encrypted keys have headers (Proc-Type, DEK-Info) whose lines must stay as they are.
		const content = /Proc-Type/.test(body!)
			? body!.trim()
			: body!.replace(/\s+/g, '').replace(/(.{64})(?=.)/g, '$1\n');
		found.push(`-----BEGIN ${name}-----\n${content}\n-----END ${name}-----\n`);
	}
	return found;
}
