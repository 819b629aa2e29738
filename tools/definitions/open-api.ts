import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Broker, memoryBroker } from '@ftgo/messaging/broker';
import { describeService, type ServiceModule } from '@ftgo/platform';
import { findApps } from '@ftgo/runner/workspace';

/** The apps with an HTTP API. */
export const appsWithApi = (root: string): string[] =>
  findApps(join(root, 'apps')).flatMap(({ name, folder }) => (existsSync(join(folder, 'src', 'app.module.ts')) ? [name] : []));

/** An app's module as its main.ts uses it. Its configuration is read only by providers, of which none is created here. */
interface AppModule {
  forRoot(config: object, broker: Broker): ReturnType<ServiceModule<object>['forRoot']>;
}

/** The schema of an app's settings, which has a rate limit only if clients reach the app from outside. */
interface ConfigModule {
  readonly schema: { readonly shape: Readonly<Record<string, unknown>> };
}

/** The OpenAPI document of an app, with the address of `npm start` in place of "this process". */
export async function openApi(root: string, app: string): Promise<object> {
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(root, 'apps', app, 'src', file)).href);
  const { AppModule } = (await load('app.module.ts')) as { AppModule: AppModule };
  const { schema } = (await load('config.ts')) as ConfigModule;
  const isRateLimited = 'rateLimitPerMinute' in schema.shape;
  const document = await describeService(AppModule.forRoot({}, memoryBroker()), { name: app, isRateLimited });
  return { ...document, servers: document.servers?.filter(({ url }) => url !== '/') ?? [] };
}
