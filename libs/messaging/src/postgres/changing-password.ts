import { readFileSync } from 'node:fs';

/** The role, the password and the database of each URL in a text. */
const form = /postgres(?:ql)?:\/\/([^\s:/?#@]+):([^\s/?#@]*)@[^\s/?#]*\/([^\s?#,]*)/g;

interface Credentials {
  readonly role: string;
  readonly database: string;
  readonly password: string;
}

const credentialsIn = (text: string): Credentials[] =>
  [...text.matchAll(form)].map(([, role = '', password = '', database = '']) => ({ role, password, database }));

const passwords = new Map<string, ChangingPassword>();

const keyOf = ({ role, password, database }: Credentials): string => `${role}:${password}/${database}`;

/** Remembers that URLs come from a file, so that new connections use the password that the file has by then. */
export function watchPasswords(text: string, file: string): void {
  for (const each of credentialsIn(text)) passwords.set(keyOf(each), new ChangingPassword(file, each));
}

/** The password of a URL that was read from a file; undefined for another URL. */
export function changingPasswordOf(url: string): ChangingPassword | undefined {
  const [credentials] = credentialsIn(url);
  return credentials && passwords.get(keyOf(credentials));
}

/** Whether the server accepts a password; rejects if the server cannot be reached. */
export type Accepts = (password: string) => Promise<boolean>;

/**
 * A password that an operator replaces, first in the file and then in the server. In between, the server still expects the one that
 * it accepted last.
 */
export class ChangingPassword {
  private accepted: string;

  constructor(
    private readonly file: string,
    private readonly original: Credentials,
  ) {
    this.accepted = decodeURIComponent(original.password);
  }

  async current(accepts: Accepts): Promise<string> {
    const written = this.inFile();
    if (written === undefined || written === this.accepted) return this.accepted;
    if (await accepts(written)) this.accepted = written;
    return this.accepted;
  }

  /** Undefined while the file is being replaced. */
  private inFile(): string | undefined {
    try {
      const { role, database } = this.original;
      const written = credentialsIn(readFileSync(this.file, 'utf8')).find((each) => each.role === role && each.database === database);
      return written && decodeURIComponent(written.password);
    } catch {
      return undefined;
    }
  }
}

/** Whether a connection failed because the server rejects its password. */
export const isPasswordRejected = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === '28P01';
