import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { DomainError } from '@ftgo/kernel';
import type { HttpLimits } from '@ftgo/platform/config';
import { serverOptions } from '@ftgo/platform/http-server';
import type { Gate } from '@ftgo/security/tokens';
import { type Accounts, ownClaims } from '../accounts/accounts.js';
import type { Issuer } from '../issuer/issuer.js';
import { answerJson, answerProblem, HttpProblem, textOf } from './http.js';
import { SignIn } from './sign-in.js';

export interface ManagementOptions {
  readonly limits: HttpLimits;
  readonly isStopping: () => boolean;
  readonly onFault: (error: unknown) => void;
}

export interface ServerOptions extends ManagementOptions {
  readonly issuer: Issuer;
  readonly accounts: Accounts;
  /** Admits operators. */
  readonly gate: Gate;
  /** Whether health has a port of its own. */
  readonly isManagedElsewhere: boolean;
}

type Handler = (request: IncomingMessage, response: ServerResponse, name: string) => Promise<void>;
type Route = readonly [method: string, path: RegExp, Handler];

/** The endpoints of the OpenID provider, and around it: health, the sign-in page, and the claims of accounts. */
export function identityServer(options: ServerOptions): Server {
  const { issuer, isManagedElsewhere } = options;
  const routes = [...(isManagedElsewhere ? [] : [healthRoute(options)]), ...routesOf(options)];
  return serverOf(routes, options, (request, response) => void issuer.provider.callback()(request, response));
}

/** Health, for a port of its own. */
export const managementServer = (options: ManagementOptions): Server =>
  serverOf([healthRoute(options)], options, (request, response) =>
    answerProblem(new HttpProblem(404, 'ROUTE_NOT_FOUND', 'this port serves only /health/live and /health/ready'), request, response),
  );

function serverOf(routes: readonly Route[], { limits, onFault }: ManagementOptions, otherwise: RequestListener): Server {
  return createServer(serverOptions(limits), (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/';
    for (const [method, pattern, handle] of routes) {
      const [, name] = (request.method === method && pattern.exec(path)) || [];
      if (name === undefined) continue;
      handle(request, response, name).catch((error: unknown) => {
        if (!(error instanceof HttpProblem)) onFault(error);
        answerProblem(error, request, response);
      });
      return;
    }
    otherwise(request, response);
  });
}

function healthRoute({ isStopping }: ManagementOptions): Route {
  const health: Handler = async (_request, response, kind) => {
    const isUp = kind === 'live' || !isStopping();
    answerJson(response, { status: isUp ? 'up' : 'down', ready: isUp, parts: {} }, isUp ? 200 : 503);
  };
  return ['GET', /^\/health\/(live|ready)$/, health];
}

function routesOf({ issuer, accounts, gate }: ServerOptions): readonly Route[] {
  const signIn = new SignIn(issuer, accounts);
  const setClaims: Handler = async (request, response, name) => {
    await gate.admit(request.headers.authorization, ['operator']).catch(reject);
    if (!accounts.has(name)) throw new HttpProblem(404, 'ROUTE_NOT_FOUND', `account ${name} not found`);
    const claims = ownClaims.safeParse(jsonIn(await textOf(request)));
    if (!claims.success) throw new HttpProblem(400, 'VALIDATION_FAILED', claims.error.message);
    accounts.setClaims(name, claims.data);
    answerJson(response, accounts.claimsOf(name));
  };
  return [
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
