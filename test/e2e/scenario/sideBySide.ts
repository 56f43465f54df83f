import { Browser } from '../harness/browser';
import { waitFor } from '../harness/waiting';
import type { OneWayWorld } from './oneWayWorld';

/**
 * On the page that shows both systems: somebody edits a field of the row that was saved last, in Dynamics, and sees it
 * arrive in Marketo beside it.
 */
export async function editSideBySide(
	{ world }: OneWayWorld,
	view: 'Accounts' | 'Opportunities',
	field: string,
	value: string,
): Promise<void> {
	const browser = await Browser.open();
	try {
		const { page } = browser;
		await page.goto(`${world.twins.line.dynamics.url}/`);
		await page.getByRole('button', { name: view }).click();
		const [here, there] = ['Dynamics', 'Marketo'].map((system) =>
			page.getByLabel(`${field} in ${system}`).first(),
		);
		await there!.waitFor();
		await here!.fill(value);
		await here!.press('Enter');
		await here!.blur();
		await waitFor(async () => (await there!.inputValue()) === value, {
			timeout: 30_000,
			interval: 200,
			what: `${field} beside the row`,
		});
	} finally {
		await browser.close();
	}
}
