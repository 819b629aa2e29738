import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { DomainError } from '@ftgo/kernel';
import type { HttpLimits } from '@ftgo/platform/config';
import { serverOptions } from '@ftgo/platform/http-server';
import type { Gate } from '@ftgo/security/tokens';
import { type Accounts, ownClaims } from '../accounts/accounts.js';
import type { Issuer } from '../issuer/issuer.js';
import { answerJson, answerProblem, HttpProblem, textOf } from './http.js';
import { SignIn } from './sign-in.js';

export interface ServerOptions {
  readonly issuer: Issuer;
  readonly accounts: Accounts;
  /** Admits operators. */
  readonly gate: Gate;
  readonly limits: HttpLimits;
  readonly isStopping: () => boolean;
  readonly onFault: (error: unknown) => void;
}

type Handler = (request: IncomingMessage, response: ServerResponse, name: string) => Promise<void>;

/** The endpoints of the OpenID provider, and around it: health, the sign-in page, and the claims of accounts. */
export function identityServer(options: ServerOptions): Server {
  const { issuer } = options;
  const routes = routesOf(options);
  return createServer(serverOptions(options.limits), (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/';
    for (const [method, pattern, handle] of routes) {
      const [, name] = (request.method === method && pattern.exec(path)) || [];
      if (name === undefined) continue;
      handle(request, response, name).catch((error: unknown) => {
        if (!(error instanceof HttpProblem)) options.onFault(error);
        answerProblem(error, request, response);
      });
      return;
    }
    void issuer.provider.callback()(request, response);
  });
}

function routesOf({ issuer, accounts, gate, isStopping }: ServerOptions): ReadonlyArray<readonly [string, RegExp, Handler]> {
  const signIn = new SignIn(issuer, accounts);
  const health: Handler = async (_request, response, kind) => {
    const isUp = kind === 'live' || !isStopping();
    answerJson(response, { status: isUp ? 'up' : 'down', ready: isUp, parts: {} }, isUp ? 200 : 503);
  };
  const setClaims: Handler = async (request, response, name) => {
    await gate.admit(request.headers.authorization, ['operator']).catch(reject);
    if (!accounts.has(name)) throw new HttpProblem(404, 'ROUTE_NOT_FOUND', `account ${name} not found`);
    const claims = ownClaims.safeParse(jsonIn(await textOf(request)));
    if (!claims.success) throw new HttpProblem(400, 'VALIDATION_FAILED', claims.error.message);
    accounts.setClaims(name, claims.data);
    answerJson(response, accounts.claimsOf(name));
  };
  return [
    ['GET', /^\/health\/(live|ready)$/, health],
    ['GET', /^\/sign-in\/([\w-]+)$/, (request, response) => signIn.show(request, response)],
    ['POST', /^\/sign-in\/([\w-]+)$/, (request, response) => signIn.submit(request, response)],
    ['PUT', /^\/accounts\/([\w-]+)\/claims$/, setClaims],
  ];
}

function reject(error: unknown): never {
  if (!(error instanceof DomainError)) throw error;
  throw new HttpProblem(error.kind === 'unauthenticated' ? 401 : 403, error.code, error.message);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, 'MALFORMED_REQUEST', 'the body is not JSON');
  }
}
