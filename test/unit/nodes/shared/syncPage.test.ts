import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

import { inPage } from '../../../../nodes/shared/syncPage';
import { tokenOf } from '../../../../sync/schedule/token';
import { readMarketoPage } from '../../../../sync/page/readMarketo';
import { LANE, linkedPair, MAPPING } from '../../sync/operate/sandbox';

const context = {
	getNode: () => ({ name: 'Get Marketo Changes' }),
} as unknown as IExecuteFunctions;

describe('inPage', () => {
	it('says that another subscription was reached as an error of the node; the lane has stopped and does not merely wait', async () => {
		const sandbox = await linkedPair();
		const { ref } = await sandbox.openPage();
		const page = tokenOf(ref);
		const start = { kind: 'start' as const, page, preview: false, label: '' };
		const other = { ...sandbox.marketo, subscription: 'ZZZ-999-YYY' };
		const work = async () => {
			await readMarketoPage(sandbox.ledger, LANE, start, [], MAPPING, other);
			return [];
		};
		const error = (await inPage(context, sandbox.ledger, page, work).catch(
			(cause: unknown) => cause,
		)) as NodeOperationError;
		expect(error).toBeInstanceOf(NodeOperationError);
		expect([error.message, error.description]).toEqual([
			expect.stringContaining('Get Marketo Changes reached the Marketo subscription ZZZ-999-YYY'),
			expect.stringContaining('choose Resume'),
		]);
		const lane = await sandbox.ledger.db
			.selectFrom('lane')
			.select(['stopped', 'waiting_for'])
			.executeTakeFirstOrThrow();
		expect(lane).toEqual({ stopped: `${error.message}. ${error.description}`, waiting_for: null });
	});
});
