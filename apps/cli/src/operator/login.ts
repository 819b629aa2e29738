import { writeFileSync } from 'node:fs';
import { UserError } from '@ftgo/runner/errors';
import { givenOperatorToken, signInByDevice } from '@ftgo/runner/sign-in';
import { type ControlClient, Home, NotRunning } from '@ftgo/runner/system';
import type { Command } from 'commander';
import { config } from '../config.js';

/** `ftgo login`: an access token for the commands that ask services, while security is on. */
export function addLogin(program: Command, control: ControlClient): void {
  program
    .command('login')
    .description('signs in an operator, for the commands that call services while security is on')
    .action(async () => {
      const home = new Home();
      const token = await signInByDevice(await issuerOf(control), (page, code) =>
        console.log(`Open ${page} in a browser, compare the code ${code}, and sign in as an operator`),
      );
      writeFileSync(home.operatorToken, token, { mode: 0o600 });
      console.log('signed in');
    });
}

/** The header with the operator's access token; none before `ftgo login`. */
export function operatorHeaders(): Record<string, string> {
  const token = givenOperatorToken(new Home());
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function issuerOf(control: ControlClient): Promise<string> {
  const running = await control.describe().catch((error: unknown) => {
    if (error instanceof NotRunning) return undefined;
    throw error;
  });
  const issuer = running ? running.security?.issuer : config.oidcIssuer;
  if (issuer) return issuer;
  throw new UserError(
    running
      ? 'security is off: no one needs to sign in'
      : 'no system is running here: set FTGO_OIDC_ISSUER to the URL of the OpenID provider',
  );
}
