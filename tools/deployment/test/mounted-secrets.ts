import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ComposeService } from '../compose-file.js';
import { Secrets } from '../database-setup/secrets.js';
import { declared } from '../declared.js';

type Services = Readonly<Record<string, ComposeService>>;

/** Volume and mount point of each mount. */
export const mountsOf = ({ volumes = [] }: ComposeService) => volumes.map((mount) => mount.split(':') as [string, string, string?]);

/** A folder like the volumes of the service `secrets`, for the secrets that it would create. */
export class MountedSecrets {
  readonly folder = mkdtempSync(join(tmpdir(), 'ftgo-secrets-'));
  readonly secrets = new Secrets(this.folder);
  readonly owners: readonly string[];

  constructor(
    private readonly services: Services,
    private readonly file: string,
  ) {
    this.owners = mountsOf(this.service('secrets')).map(([, place]) => basename(place));
    for (const owner of this.owners) mkdirSync(join(this.folder, owner));
  }

  service(name: string): ComposeService {
    return declared(this.services[name], `${this.file} has no service ${name}`);
  }

  /** The environment of a container; the files in it have the content that the job would write. */
  environmentOf(name: string, ofImage: Readonly<Record<string, string>>): Record<string, string> {
    const made = new Map(mountsOf(this.service('secrets')).map(([volume, place]) => [volume, join(this.folder, basename(place))]));
    const mounted = mountsOf(this.service(name)).flatMap(([volume, place]) =>
      made.has(volume) ? [[place, made.get(volume)] as const] : [],
    );
    const here = (file: string) => mounted.reduce((path, [place, source]) => path.replace(`${place}/`, `${source}/`), file);
    const environment = Object.entries({ ...ofImage, ...this.service(name).environment });
    return Object.fromEntries(environment.map(([variable, value]) => [variable, variable.endsWith('_FILE') ? here(value) : value]));
  }
}
