import { DataverseProblem } from './problem';

/** Something that we refuse ourselves, before or instead of asking Dataverse. */
export function refusal(reason: string, remedy: string): DataverseProblem {
	return new DataverseProblem({ kind: 'refused', status: 0, code: '', reason, remedy });
}

/** What Dataverse says of a row that is not there, for rows that were looked for in another way. */
export function noSuchRow(): DataverseProblem {
	return new DataverseProblem({
		kind: 'missing',
		status: 404,
		code: '0x80040217',
		reason: 'There is no such row',
		remedy: 'Check the ID; the row may have been deleted',
	});
}

/** An answer to several reads at once that ends before its end. */
export function cutOff(): DataverseProblem {
	return new DataverseProblem({
		kind: 'again',
		status: 0,
		code: '',
		reason: 'The answer of Dynamics 365 was cut off',
		remedy: 'Nothing to do: the rows are read again later',
	});
}
