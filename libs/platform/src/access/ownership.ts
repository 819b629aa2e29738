/** What can belong to a person; each is also the role in which the person uses it. */
export const kinds = ['consumer', 'restaurant', 'courier'] as const;
export type Kind = (typeof kinds)[number];

/** Something that belongs to a principal. */
export interface Belonging {
  readonly kind: Kind;
  readonly id: number;
}

/** The database of the service, as far as it is needed here. */
interface Queries {
  query<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
}

/** Which consumers, restaurants and couriers belong to which principals, as far as the service has stored it. */
export class Ownership {
  constructor(private readonly database: Queries) {}

  of(principal: string): Promise<Belonging[]> {
    return this.database.query<Belonging>('SELECT kind, id FROM ownership WHERE principal = $1', [principal]);
  }

  /** Replaces the owner, unless the current one was assigned at a later version of the thing. */
  async assign({ kind, id }: Belonging, principal: string, version = 1): Promise<void> {
    await this.database.query(
      `INSERT INTO ownership (kind, id, principal, version) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, id) DO UPDATE SET principal = excluded.principal, version = excluded.version
        WHERE ownership.version <= excluded.version`,
      [kind, id, principal, version],
    );
  }

  /** Returns false, and changes nothing, if a unique index of the service prevents it. */
  async assignNew({ kind, id }: Belonging, principal: string): Promise<boolean> {
    const added = await this.database.query(
      'INSERT INTO ownership (kind, id, principal, version) VALUES ($1, $2, $3, 1) ON CONFLICT DO NOTHING RETURNING id',
      [kind, id, principal],
    );
    return added.length > 0;
  }

  /** From now on it belongs to no one. */
  async release({ kind, id }: Belonging): Promise<void> {
    await this.database.query('DELETE FROM ownership WHERE kind = $1 AND id = $2', [kind, id]);
  }
}
