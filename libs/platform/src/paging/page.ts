/** The maximum size of a page's content, in bytes; a single larger item is returned alone. */
export const maxPageBytes = 1024 * 1024;

/** The maximum size of a page. */
export interface PageSize {
  readonly items: number;
  /** Default `maxPageBytes`. */
  readonly bytes?: number;
}

/** The items of one page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Whether there are items after this page. */
  readonly hasMore: boolean;
}

/**
 * The first of the given items that fit into one page, at least one. To find out whether there are more, read one item more
 * than the page may hold. Measure in the query (`octet_length(menu::text) AS bytes`), so that no more than a page is read:
 * first keys and sizes, then the rows of the page.
 */
export function pageOf<Item>(found: readonly Item[], size: PageSize, bytesOf: (item: Item) => number): Page<Item> {
  const { items, bytes = maxPageBytes } = size;
  let total = 0;
  const tooMany = found.findIndex((item, i) => i >= items || ((total += bytesOf(item)) > bytes && i > 0));
  return tooMany === -1 ? { items: found, hasMore: false } : { items: found.slice(0, tooMany), hasMore: true };
}
