import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';

/** New and changed files of the repository, kept in memory until all changes have succeeded. */
export class ChangeSet {
  private readonly staged = new Map<string, string>();

  constructor(private readonly root: string) {}

  /** Paths from the root, in the order in which they were staged. */
  get files(): readonly string[] {
    return [...this.staged.keys()];
  }

  exists(file: string): boolean {
    return this.staged.has(file) || existsSync(join(this.root, file));
  }

  read(file: string): string {
    return this.staged.get(file) ?? readFileSync(join(this.root, file), 'utf8');
  }

  create(file: string, text: string): void {
    if (this.exists(file)) throw new UserError(`cannot create ${file}: the file already exists`);
    this.staged.set(file, text);
  }

  edit(file: string, change: (text: string) => string): void {
    try {
      this.staged.set(file, change(this.read(file)));
    } catch (error) {
      if (error instanceof UserError) throw new UserError(`cannot change ${file}: ${error.message}`, { cause: error });
      throw error;
    }
  }

  /**
   * Writes the files, then runs `finish`. If either fails, restores the files and everything at the paths that `finish`
   * declares.
   */
  async apply(finish: () => Promise<void>, alsoWritten: readonly string[] = []): Promise<void> {
    const backup = new Backup(this.root, [...this.files, ...alsoWritten]);
    try {
      for (const [file, text] of this.staged) {
        mkdirSync(dirname(join(this.root, file)), { recursive: true });
        writeFileSync(join(this.root, file), text);
      }
      await finish();
    } catch (error) {
      backup.restore();
      throw error;
    } finally {
      backup.remove();
    }
  }
}

/** Copies of the original files and folders. */
class Backup {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ftgo-new-'));
  private readonly existing: readonly string[];

  constructor(
    private readonly root: string,
    private readonly paths: readonly string[],
  ) {
    this.existing = paths.filter((path) => existsSync(join(root, path)));
    for (const path of this.existing) cpSync(join(root, path), join(this.folder, path), { recursive: true });
  }

  restore(): void {
    for (const path of this.paths) {
      if (!this.existing.includes(path)) this.removeNew(path);
      else this.putBack(path);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Also deletes the folders that were created for it. */
  private removeNew(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      try {
        rmdirSync(join(this.root, folder));
      } catch {
        return;
      }
    }
  }

  /** Writes a new file and renames it, since a file with hard links is shared. */
  private putBack(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
    cpSync(join(this.folder, path), join(this.root, path), { recursive: true });
  }
}
