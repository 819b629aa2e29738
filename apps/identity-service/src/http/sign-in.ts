import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts } from '../accounts/accounts.js';
import type { Issuer } from '../issuer/issuer.js';
import { HttpProblem, textOf } from './http.js';

const page = (action: string, problem = '') => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sign in to FTGO</title></head>
<body>
  <h1>Sign in to FTGO</h1>
  <p>${problem}</p>
  <form method="post" action="${action}">
    <label>Name <input name="name" autocomplete="username" autofocus required></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
    <button>Sign in</button>
  </form>
</body>
</html>
`;

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** The page on which people sign in, while an authorization request waits for it. */
export class SignIn {
  constructor(
    private readonly issuer: Issuer,
    private readonly accounts: Accounts,
  ) {}

  async show(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = await this.interactionOf(request, response);
    response.writeHead(200, headers).end(page(action));
  }

  async submit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = await this.interactionOf(request, response);
    const given = new URLSearchParams(await textOf(request));
    const name = given.get('name') ?? '';
    const isRight = this.accounts.isPassword(given.get('password') ?? '') && this.accounts.has(name);
    if (!isRight) return void response.writeHead(401, headers).end(page(action, 'The name or the password is wrong.'));
    await this.issuer.provider.interactionFinished(request, response, { login: { accountId: name } });
  }

  /** The path of the page. The request's cookie names the interaction. */
  private async interactionOf(request: IncomingMessage, response: ServerResponse): Promise<string> {
    try {
      const { uid } = await this.issuer.provider.interactionDetails(request, response);
      return `/sign-in/${uid}`;
    } catch {
      throw new HttpProblem(400, 'MALFORMED_REQUEST', 'no sign-in is in progress; begin again at the application');
    }
  }
}
