import { DomainError } from './domain-error.js';

/** The client decided about an outdated version. */
export class VersionOutdated extends DomainError {
  constructor(subject: string, version: number) {
    super('VERSION_OUTDATED', 'outdated', `${subject} has changed: its version is now ${version}; read it again and decide again`, {
      version,
    });
  }
}

/** Throws VersionOutdated unless the current version is one of the expected ones; undefined or an empty list expects any. */
export function requireVersion(subject: string, version: number, expected: readonly number[] | undefined): void {
  if (expected && expected.length > 0 && !expected.includes(version)) throw new VersionOutdated(subject, version);
}
