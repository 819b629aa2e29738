/** A subscription or a follower. */
interface Reader {
  close(): Promise<void>;
}

/**
 * The readers that a broker closes with itself. A reader that is closed earlier is forgotten, and with it everything that its
 * handler keeps in memory: operations read topics in subscriptions of their own, again and again.
 */
export class OpenReaders {
  private readonly open = new Set<Reader>();

  /** Creates a reader, which calls `onClosed` at the end of its `close`. */
  add<Created extends Reader>(create: (onClosed: () => void) => Created): Created {
    const reader = create(() => this.open.delete(reader));
    this.open.add(reader);
    return reader;
  }

  async close(): Promise<void> {
    await Promise.all([...this.open].map((reader) => reader.close()));
  }
}
