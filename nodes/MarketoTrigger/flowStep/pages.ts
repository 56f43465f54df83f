import type { FlowAction } from './actions';

/** A person with an arrow onward: shown in Marketo's list of flow steps. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48"><circle cx="17" cy="15" r="8" fill="#5b4fc4"/><path d="M3 42c0-10 6-16 14-16s14 6 14 16z" fill="#5b4fc4"/><path d="M30 15h8v-5l8 8-8 8v-5h-8z" fill="#24786d"/></svg>`;

/** What an administrator reads in Marketo when the service is installed. */
export function providerInstructions({ name, description, attributes }: FlowAction): string {
	const rows = attributes
		.map(({ label, description: what }) => `<li><b>${escaped(label)}</b>: ${escaped(what)}</li>`)
		.join('');
	return [
		'<!doctype html><html lang="en"><meta charset="utf-8">',
		`<title>${escaped(name)}</title><h1>${escaped(name)}</h1><p>${escaped(description)}.</p>`,
		'<ol><li>Enter the secret of the credential <i>Marketo Incoming Calls API</i> that the workflow in n8n uses.</li>',
		'<li>Map the field <i>email</i> to Email Address, or leave it out.</li>',
		'<li>Publish the workflow in n8n before the first campaign runs; Marketo asks for its status every night.</li>',
		'<li>Smart lists find who went through by the activity of this step: success, reason, error code.</li></ol>',
		`<p>Parameters of the step:</p><ul>${rows}</ul></html>`,
	].join('\n');
}

function escaped(text: string): string {
	return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
