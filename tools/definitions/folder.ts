import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `definitions/` of a repository: the current definitions and, in `released/`, those of the last release. */
export class DefinitionsFolder {
  readonly path: string;

  constructor(readonly root: string) {
    this.path = join(root, 'definitions');
  }

  /** The version that the next release gets. */
  get version(): string {
    return (this.json('version.json') as { version: string }).version;
  }

  get released(): Release {
    return this.json('released/release.json') as Release;
  }

  json(file: string): unknown {
    return JSON.parse(this.text(file));
  }

  text(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  /** The files of the last release, with the digests of their contents. */
  releasedDigests(): Record<string, string> {
    const folder = join(this.path, 'released');
    const files = globSync('**/*.*', { cwd: folder }).filter((file) => file !== 'release.json');
    return Object.fromEntries(files.toSorted().map((file) => [file, digestOf(readFileSync(join(folder, file)))]));
  }
}

/** The content of `released/release.json`. */
export interface Release {
  readonly version: string;
  /** SHA-256 of each file. */
  readonly files: Readonly<Record<string, string>>;
}

const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** The file with the GraphQL schema. */
export const graphqlSchema = 'apps/api-gateway/schema.graphql';
/** The released form of proto/. */
export const protoImage = 'proto.binpb';
