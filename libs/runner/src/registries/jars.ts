import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, once } from '../install/cache.js';
import { copyJars } from '../install/maven.js';
import { findJava } from '../kafka/java.js';
import { findCommand } from '../process/find-command.js';
import { UserError } from '../user-error.js';

/** A server of Maven Central. */
export interface JavaServer {
  readonly title: string;
  readonly version: string;
  /** The folder with its pom.xml. */
  readonly sources: string;
}

const jarsOf = ({ title, version }: JavaServer): string => join(cacheFolder(`${title.toLowerCase()}-${version}`), 'libs');

export function whyNoJavaServer(server: JavaServer): string | undefined {
  const java = findJava();
  if (!java) return 'Java not found';
  if (java.major < 17) return `Java ${java.major} is too old`;
  return existsSync(jarsOf(server)) || findCommand('mvn') ? undefined : 'Maven not found';
}

/** Installs the jars (once for all clones of a user); returns the command and the arguments with which Java runs them. */
export async function javaOf(server: JavaServer, report: (line: string) => void): Promise<{ command: string; args: string[] }> {
  const missing = whyNoJavaServer(server);
  const java = findJava();
  if (missing || !java) throw new UserError(`cannot start ${server.title}: ${missing}; it needs Java 17 or newer with Maven`);
  const jars = jarsOf(server);
  if (!existsSync(jars)) {
    report(`downloading ${server.title} ${server.version} with Maven (once) …`);
    await once(jars, (target) => copyJars(server.sources, target, server.title));
  }
  return { command: java.command, args: ['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*')] };
}
