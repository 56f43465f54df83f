import type { INodePropertyOptions } from 'n8n-workflow';

/** Which value stands when both sides changed the same field. */
export const WINNERS: INodePropertyOptions[] = [
	{
		name: 'Ask',
		value: 'ask',
		description:
			'Write neither side; the field waits until somebody chooses Answer a Question or edits it in either system',
	},
	{ name: 'Dynamics Wins', value: 'dynamics' },
	{ name: 'Marketo Wins', value: 'marketo' },
	{
		name: 'Newest Wins',
		value: 'newest',
		description:
			"The value that is newer by each system's time; where times do not decide, as in Adobe's sync",
	},
];

/** What an emptied field does to the other side. */
export const EMPTY_RULES: INodePropertyOptions[] = [
	{
		name: 'Copy',
		value: 'copy',
		description: 'A field that is emptied on one side is emptied on the other side too',
	},
	{
		name: 'Never Overwrite With Empty',
		value: 'neverOverwrite',
		description: 'A field that is emptied on one side keeps its value on the other side',
	},
	{
		name: 'Only Fill Empty',
		value: 'onlyFill',
		description: 'A value is written only where the other side is empty',
	},
];
