import type { AboutConsumer } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';

@Injectable()
export class ConsumerFacts extends FactSource {
  readonly about = 'consumers';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<AboutConsumer[]> {
    const consumers = await this.database.query<{ id: number; version: number }>(
      'SELECT id, version FROM consumers WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3',
      [after, until, limit],
    );
    return consumers.map(({ id, version }) => ({ id, consumer: { version } }));
  }
}
