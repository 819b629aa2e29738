import { maxMenuItems } from '@ftgo/ftgo';
import { DomainError, type Money, normalized } from '@ftgo/kernel';

export interface MenuItem {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
}

export class InvalidMenu extends DomainError {
  constructor(problem: string) {
    super('INVALID_MENU', 'invalid', problem);
  }
}

/** What a restaurant offers. Item ids are unique. */
export class Menu {
  private constructor(readonly items: readonly MenuItem[]) {}

  static of(items: readonly MenuItem[]): Menu {
    if (items.length === 0) throw new InvalidMenu('a menu must have at least one item');
    if (items.length > maxMenuItems) throw new InvalidMenu(`a menu can have at most ${maxMenuItems} items`);
    const twice = itemsNamedAgain(items)[0];
    if (twice !== undefined) throw new InvalidMenu(`duplicate menu item '${items[twice]?.id}'`);
    return new Menu(items);
  }

  /** Skips the checks: the stored menu passed them. */
  static stored(items: readonly MenuItem[]): Menu {
    return new Menu(items);
  }

  /** Removing the last item is allowed: the restaurant then offers nothing for a while. */
  without(itemId: string): Menu {
    return new Menu(this.items.filter(({ id }) => normalized(id) !== normalized(itemId)));
  }

  equals(other: Menu): boolean {
    return this.items.length === other.items.length && this.items.every((item, i) => sameItem(item, other.items[i]));
  }
}

/** Positions of the items whose id is already used by an earlier item. */
export function itemsNamedAgain(items: ReadonlyArray<{ readonly id: string }>): number[] {
  const seen = new Set<string>();
  return items.flatMap(({ id }, i) => {
    if (seen.has(normalized(id))) return [i];
    seen.add(normalized(id));
    return [];
  });
}

const sameItem = (one: MenuItem, other: MenuItem | undefined): boolean =>
  one.id === other?.id && one.name === other.name && one.price.equals(other.price);
