/** An execution that goes from one of its gates to the next when it is told to. */
export class Worker {
	isOver = false;
	/** Held up until somebody wakes it. */
	isHeldUp = false;
	private goOn: () => void = () => undefined;
	private arrived: () => void = () => undefined;

	/** At each gate. */
	async turn(): Promise<void> {
		const told = new Promise<void>((resolve) => (this.goOn = resolve));
		this.arrived();
		await told;
	}

	async start(run: () => Promise<void>): Promise<void> {
		const reached = this.nextGate();
		void run().then(() => {
			this.isOver = true;
			this.arrived();
		});
		await reached;
	}

	async step(): Promise<void> {
		const reached = this.nextGate();
		this.goOn();
		await reached;
	}

	private async nextGate(): Promise<void> {
		await new Promise<void>((resolve) => (this.arrived = resolve));
	}
}
