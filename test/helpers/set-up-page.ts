import type { Page } from 'playwright-core';
import type { Appliance } from './appliance.ts';

/** Makes the administrator's account, Ada's, by the set-up link, as a person would; the first page after it is there. */
export async function setUpByHand(page: Page, { url, app }: Appliance): Promise<void> {
  await page.goto(`${url}/setup?token=${app.firstStart!.setupToken}`);
  await page.getByLabel('Name of the workspace').fill('Acme');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('User name or e-mail address').fill('ada');
  await page.getByLabel('Password').fill('a few plain words');
  await page.getByLabel('The same again').fill('a few plain words');
  await page.getByRole('button', { name: 'Make the account and go on' }).click();
  await page.getByRole('heading', { name: 'Post the first run' }).waitFor();
}
