import { Money } from '@ftgo/kernel';
import type { EntitySchemaColumnOptions } from 'typeorm';

/** A generated id. The type is named int8 because TypeORM returns a generated bigint as text after an insert. */
export const generatedId: EntitySchemaColumnOptions = { type: 'int8', primary: true, generated: 'increment' };

/** An amount in integer minor units, in a bigint column. */
export const moneyColumn: EntitySchemaColumnOptions = {
  type: 'bigint',
  transformer: {
    to: (money: Money | undefined) => money?.minorUnits ?? null,
    from: (minorUnits: number | null) => (minorUnits === null ? undefined : Money.ofMinorUnits(minorUnits)),
  },
};

/** A value object in a jsonb column: `write` maps it to plain JSON, `read` maps it back. */
export const jsonColumn = <Value, Json>(codec: { write(value: Value): Json; read(json: Json): Value }): EntitySchemaColumnOptions => ({
  type: 'jsonb',
  transformer: {
    to: (value: Value | undefined) => (value === undefined ? null : codec.write(value)),
    from: (json: Json | null) => (json === null ? undefined : codec.read(json)),
  },
});

/** A value in a jsonb column that is already plain JSON. */
export const plainJsonColumn: EntitySchemaColumnOptions = jsonColumn<object, object>({
  write: (value) => value,
  read: (value) => value,
});
