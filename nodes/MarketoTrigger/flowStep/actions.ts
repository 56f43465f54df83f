/** Types of attributes in Adobe's interface (Self-Service Flow Steps 1.0). */
export type AttributeType =
	| 'boolean'
	| 'integer'
	| 'date'
	| 'datetime'
	| 'email'
	| 'float'
	| 'string'
	| 'url'
	| 'text';

/** One value that people set in the step, or that is told back. */
export interface Attribute {
	name: string;
	label: string;
	description: string;
	type: AttributeType;
	/** Where its choices come from. */
	choices?: ChoiceSource;
	/** Whether it has to be one of the choices. */
	onlyChoices?: boolean;
}

/** Choices are fixed, or asked of Dynamics. */
export type ChoiceSource = Choice[] | 'owners' | 'campaigns';

export interface Choice {
	/** What people see. */
	shown: string;
	/** What the step sends. */
	value: string;
}

/** One flow action as Marketo offers it. */
export interface FlowAction {
	/** Also its name in Adobe's interface; a subscription has one service of each. */
	apiName: string;
	name: string;
	filterName: string;
	triggerName: string;
	description: string;
	/** The first one is the step's headline. */
	attributes: Attribute[];
	/** What is told back besides success, error code and reason. */
	answers: Attribute[];
}

const same = (text: string): Choice => ({ shown: text, value: text });

const owner = (description: string): Attribute => ({
	name: 'owner',
	label: 'Owner',
	description,
	type: 'string',
	choices: 'owners',
});

const campaign = (description: string): Attribute => ({
	name: 'campaign',
	label: 'Campaign',
	description,
	type: 'string',
	choices: 'campaigns',
});

const DYNAMICS_ANSWERS: Attribute[] = [
	{
		name: 'dynamicsTable',
		label: 'Dynamics Table',
		description: 'Whether the record is a lead or a contact',
		type: 'string',
	},
	{
		name: 'dynamicsId',
		label: 'Dynamics ID',
		description: 'ID of the record in Dynamics 365',
		type: 'string',
	},
];

/** Labels of a new environment, of an open task; others can be typed in. */
const TASK_PRIORITIES = ['Low', 'Normal', 'High'].map(same);
const TASK_STATUS_REASONS = [
	'Not Started',
	'In Progress',
	'Waiting on someone else',
	'Deferred',
].map(same);

/** The flow actions of Marketo's own Dynamics sync, by the value of the parameter *Action*. */
export const ACTIONS = {
	syncPerson: {
		apiName: 'syncPersonToMicrosoftN8n',
		name: 'Sync Person to Microsoft (n8n)',
		filterName: 'Was Synced to Microsoft (n8n)',
		triggerName: 'Is Synced to Microsoft (n8n)',
		description:
			'Creates the person in Dynamics 365 as a lead or a contact; a person who is already there is left alone',
		attributes: [
			{
				name: 'syncAs',
				label: 'Sync As',
				description: 'What the person becomes in Dynamics 365',
				type: 'string',
				choices: [
					{ shown: 'Lead', value: 'lead' },
					{ shown: 'Contact', value: 'contact' },
				],
				onlyChoices: true,
			},
			owner('Who owns the new record; the user of the sync if empty'),
			campaign('Campaign that the new record is added to'),
		],
		answers: DYNAMICS_ANSWERS,
	},
	changeOwner: {
		apiName: 'changeOwnerInMicrosoftN8n',
		name: 'Change Owner in Microsoft (n8n)',
		filterName: 'Owner Was Changed in Microsoft (n8n)',
		triggerName: 'Owner Is Changed in Microsoft (n8n)',
		description: 'Assigns the lead or contact in Dynamics 365; creates it first if it is not there',
		attributes: [owner('Who owns the record from now on')],
		answers: DYNAMICS_ANSWERS,
	},
	createTask: {
		apiName: 'createTaskInMicrosoftN8n',
		name: 'Create Task in Microsoft (n8n)',
		filterName: 'Task Was Created in Microsoft (n8n)',
		triggerName: 'Task Is Created in Microsoft (n8n)',
		description: 'Creates a task for the lead or contact in Dynamics 365',
		attributes: [
			{
				name: 'subject',
				label: 'Subject',
				description: 'Subject of the task; may contain tokens',
				type: 'string',
			},
			{
				name: 'description',
				label: 'Description',
				description: 'What to do; may contain tokens',
				type: 'text',
			},
			{
				name: 'dueIn',
				label: 'Due In (Days)',
				description: 'Days from now; 5 if empty',
				type: 'integer',
			},
			owner('Who does it; the user of the sync if empty'),
			{
				name: 'priority',
				label: 'Priority',
				description: 'Priority of the task',
				type: 'string',
				choices: TASK_PRIORITIES,
			},
			{
				name: 'statusReason',
				label: 'Status Reason',
				description: 'Status reason of the task',
				type: 'string',
				choices: TASK_STATUS_REASONS,
			},
		],
		answers: DYNAMICS_ANSWERS,
	},
	addToCampaign: {
		apiName: 'addToMicrosoftCampaignN8n',
		name: 'Add to Microsoft Campaign (n8n)',
		filterName: 'Was Added to Microsoft Campaign (n8n)',
		triggerName: 'Is Added to Microsoft Campaign (n8n)',
		description:
			'Adds the lead or contact to a campaign in Dynamics 365; creates it first if it is not there',
		attributes: [campaign('Campaign in Dynamics 365')],
		answers: DYNAMICS_ANSWERS,
	},
	removeFromCampaign: {
		apiName: 'removeFromMicrosoftCampaignN8n',
		name: 'Remove from Microsoft Campaign (n8n)',
		filterName: 'Was Removed from Microsoft Campaign (n8n)',
		triggerName: 'Is Removed from Microsoft Campaign (n8n)',
		description: 'Removes the lead or contact from a campaign in Dynamics 365',
		attributes: [campaign('Campaign in Dynamics 365')],
		answers: DYNAMICS_ANSWERS,
	},
} satisfies Record<string, FlowAction>;

/** Names that Adobe's interface keeps for itself. */
const RESERVED = ['success', 'reason', 'errorCode', 'id'];

/** What a person entered for an action of their own. */
export interface CustomAction {
	name: string;
	description: string;
	attributes: Array<{ name: string; label?: string; type: AttributeType }>;
	answers: Array<{ name: string; label?: string; type: AttributeType }>;
}

/**
 * An action of one's own, in the form of the others.
 *
 * @throws Error saying what Marketo would not take
 */
export function customAction({ name, description, attributes, answers }: CustomAction): FlowAction {
	const title = name.trim();
	if (title === '') throw new Error("'Name in Marketo' is empty");
	if (attributes.length === 0)
		throw new Error(
			"The action needs at least one parameter: Marketo shows the first as the step's headline",
		);
	const seen = new Set<string>();
	for (const { name: one } of [...attributes, ...answers]) {
		if (!/^[A-Za-z]\w{0,49}$/.test(one))
			throw new Error(
				`The name '${one}' has to begin with a letter, followed by letters and digits`,
			);
		if (RESERVED.some((reserved) => reserved.toLowerCase() === one.toLowerCase()))
			throw new Error(`The name '${one}' is reserved by Marketo`);
		if (seen.has(one.toLowerCase()))
			throw new Error(
				`The name '${one}' appears twice; parameters and answers must not share names`,
			);
		seen.add(one.toLowerCase());
	}
	const full = ({ name: one, label, type }: CustomAction['attributes'][number]): Attribute => ({
		name: one,
		label: label?.trim() || one,
		description: label?.trim() || one,
		type,
	});
	return {
		apiName: `${camelCase(title)}N8n`,
		name: title,
		filterName: `${title} (was used)`,
		triggerName: `${title} (is used)`,
		description: description.trim() || title,
		attributes: attributes.map(full),
		answers: answers.map(full),
	};
}

function camelCase(text: string): string {
	const words = text
		.normalize('NFKD')
		.replace(/[^\w\s]/g, '')
		.split(/[\s_]+/)
		.filter((word) => word !== '');
	const joined = words
		.map((word, at) => (at === 0 ? word[0]!.toLowerCase() : word[0]!.toUpperCase()) + word.slice(1))
		.join('');
	return /^[a-z]/i.test(joined) ? joined.slice(0, 40) : `action${joined.slice(0, 34)}`;
}
