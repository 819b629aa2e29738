import { DefaultNamingStrategy, type NamingStrategyInterface } from 'typeorm';

const snake = (text: string): string => text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** Maps columns to snake_case, including the prefixes of embedded value objects, which TypeORM would ignore without this. */
export class SnakeNamingStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(property: string, custom: string | undefined, prefixes: string[]): string {
    return [...prefixes.map((prefix) => snake(prefix).replace(/_$/, '')), custom ?? snake(property)].filter(Boolean).join('_');
  }
}
