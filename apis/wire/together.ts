/**
 * Works on all inputs with at most `limit` of them under way, and gives the results in the order of
 * the inputs. The first failure stops new work and is thrown once what is under way has ended.
 */
export async function together<Input, Output>(
	inputs: Input[],
	limit: number,
	work: (input: Input) => Promise<Output>,
): Promise<Output[]> {
	const results = new Array<Output>(inputs.length);
	let next = 0;
	let failed = false;
	const lane = async (): Promise<void> => {
		while (next < inputs.length && !failed) {
			const index = next++;
			try {
				results[index] = await work(inputs[index]!);
			} catch (error) {
				failed = true;
				throw error;
			}
		}
	};
	const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, inputs.length) }, lane));
	const broken = lanes.find((outcome) => outcome.status === 'rejected');
	if (broken) throw broken.reason;
	return results;
}
