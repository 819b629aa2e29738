/** What one page of a list may hold in bytes of content; a single larger item still comes, alone. */
export const maxPageBytes = 1024 * 1024;

/** How large a page may be. */
export interface PageSize {
  readonly items: number;
  /** `maxPageBytes` unless said otherwise. */
  readonly bytes?: number;
}

/** The beginning of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Whether the list goes on after the last item. */
  readonly hasMore: boolean;
}

/**
 * The first of the items found that fit into one page, at least one. To learn whether there are more, read one more than
 * the page may hold. Measure in the query (`octet_length(menu::text) AS bytes`), so that no more than a page is read:
 * first keys and sizes, then the rows of the page.
 */
export function pageOf<Item>(found: readonly Item[], size: PageSize, bytesOf: (item: Item) => number): Page<Item> {
  const { items, bytes = maxPageBytes } = size;
  let total = 0;
  const tooMany = found.findIndex((item, i) => i >= items || ((total += bytesOf(item)) > bytes && i > 0));
  return tooMany === -1 ? { items: found, hasMore: false } : { items: found.slice(0, tooMany), hasMore: true };
}
