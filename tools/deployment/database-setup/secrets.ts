import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PasswordOf, relayRole, urlFor } from '@ftgo/runner/provision';

/** The folders of the secrets, one per owner: a volume or a mounted Secret. */
export class Secrets {
  constructor(readonly folder: string) {}

  /** The administrator's password. */
  get adminPassword(): string {
    return this.read('postgres', 'password');
  }

  /** The password of a role, from the URLs that the services receive. */
  get passwordOf(): PasswordOf {
    const passwords = new Map(this.urls.map(({ username, password }) => [username, decodeURIComponent(password)]));
    return (role) => {
      const password = passwords.get(role);
      if (!password) throw new Error(`no password for role ${role} in the URLs below ${this.folder}`);
      return password;
    };
  }

  /** The databases that belong to a service. */
  get databases(): string[] {
    return this.urls.filter(({ username }) => username !== relayRole).map(({ pathname }) => pathname.slice(1));
  }

  /** Creates missing secrets; returns the names of the created ones. */
  make(address: string, databases: ReadonlyMap<string, string>): string[] {
    const server = `postgres://${address}/`;
    const urlOf = (database: string, role: string, password: string) => urlFor(server, { database, role, password });
    const forRelay = (password: string) => [...databases.values()].map((database) => urlOf(database, relayRole, password)).join(',');
    return [
      this.ensure('postgres', 'password', newPassword, readableByServer),
      ...[...databases].map(([app, database]) => this.ensure(app, 'database-url', () => urlOf(database, database, newPassword()))),
      this.ensure('outbox-relay', 'database-urls', () => forRelay(newPassword())),
    ].flat();
  }

  private get urls(): URL[] {
    const files = readdirSync(this.folder).flatMap((owner) => ['database-url', 'database-urls'].map((name) => [owner, name] as const));
    return files
      .filter(([owner, name]) => existsSync(join(this.folder, owner, name)))
      .flatMap(([owner, name]) => this.read(owner, name).split(','))
      .map((url) => new URL(url));
  }

  read(owner: string, name: string): string {
    return readFileSync(join(this.folder, owner, name), 'utf8').trim();
  }

  /** Creates a secret unless it exists; returns its name if it was created. */
  ensure(owner: string, name: string, content: () => string, mode = 0o400): string[] {
    if (existsSync(join(this.folder, owner, name))) return [];
    this.write(owner, name, content(), mode);
    return [`${owner}/${name}`];
  }

  write(owner: string, name: string, content: string, mode: number): void {
    const file = join(this.folder, owner, name);
    // The existing one may be read-only.
    rmSync(file, { force: true });
    writeFileSync(file, content, { mode });
  }
}

/** Postgres and Kafka may run as other users; the volume is mounted by them only. */
export const readableByServer = 0o444;

export const newPassword = () => randomBytes(24).toString('hex');
