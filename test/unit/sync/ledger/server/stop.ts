/** After the last test of the ledger. */
export default async function stop(): Promise<void> {
	await (globalThis as unknown as { stopPostgres(): Promise<void> }).stopPostgres();
}
