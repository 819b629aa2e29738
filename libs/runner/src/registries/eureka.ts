import { join } from 'node:path';
import { type JavaServer, javaOf, whyNoJavaServer } from './jars.js';
import { type RegistryOptions, type RegistryProgram, respondsAt } from './registry-program.js';

const sources = join(import.meta.dirname, '..', '..', 'eureka');
const server: JavaServer = { title: 'Eureka', version: '5.0.3', sources };

export const whyNoEureka = (): string | undefined => whyNoJavaServer(server);

/** A Eureka server that evicts an instance at most a second after its lease has ended, and keeps its data in memory. */
export async function eurekaProgram({ ports }: RegistryOptions, report: (line: string) => void): Promise<RegistryProgram> {
  const { command, args } = await javaOf(server, report);
  const [port] = ports;
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    'server.address': '127.0.0.1',
    'server.port': port,
    'spring.main.banner-mode': 'off',
    'logging.level.root': 'warn',
    'eureka.instance.hostname': '127.0.0.1',
    'eureka.client.service-url.defaultZone': `${url}/eureka/`,
    'eureka.client.register-with-eureka': false,
    'eureka.client.fetch-registry': false,
    // Otherwise it keeps instances that have died when many die at once.
    'eureka.server.enable-self-preservation': false,
    'eureka.server.eviction-interval-timer-in-ms': 1_000,
    'eureka.server.use-read-only-response-cache': false,
    // A list that is being read while an instance registers is cached without it: by default for three minutes.
    'eureka.server.response-cache-auto-expiration-in-seconds': 1,
    'eureka.server.wait-time-in-ms-when-sync-empty': 0,
  };
  return {
    name: 'eureka',
    url,
    stopSteps: [['SIGTERM', 5_000]],
    readyWithinMs: 60_000,
    launch: () => ({
      command,
      // Java runs the program from its source.
      args: [...args, join(sources, 'EurekaServer.java'), ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)],
    }),
    readiness: () => respondsAt(`${url}/eureka/apps`),
  };
}
