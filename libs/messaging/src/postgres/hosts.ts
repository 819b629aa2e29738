/** `before` ends with `@` or `//`, and `after` begins with the path. The password may contain neither `/` nor `@` unless encoded. */
const form = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/s;

/** What libpq calls target_session_attrs: with several hosts, the one that accepts writes is the only useful one. */
const supportedTargets = ['read-write', 'primary'];

/** `host1:5432,host2:5432`; empty if the URL has another form. */
export const hostsOf = (url: string): string => form.exec(url)?.[2] ?? '';

/**
 * A URL for each host of `postgres://role:password@host1:5432,host2:5432/database`, which `URL` cannot parse. A URL with one host
 * is returned as it is.
 */
export function urlsOf(url: string): readonly [string, ...string[]] {
  const [, before = '', hosts = '', after = ''] = form.exec(url) ?? [];
  const [first, ...others] = hosts.split(',').map((host) => `${before}${host.trim()}${after}`);
  return others.length === 0 ? [url] : [first as string, ...others];
}

/** True for a PostgreSQL URL with one host or several. */
export function isPostgresUrl(url: string): boolean {
  const urls = urlsOf(url);
  if (!form.test(url) || !urls.every((each) => URL.canParse(each))) return false;
  if (urls.length === 1) return true;
  const target = new URL(urls[0]).searchParams.get('target_session_attrs');
  return urls.every((each) => new URL(each).hostname !== '') && (target === null || supportedTargets.includes(target));
}

/** Changes parts of a URL other than its hosts, of which there may be several. */
export function changeUrl(url: string, change: (url: URL) => void): string {
  const changed = new URL(urlsOf(url)[0]);
  change(changed);
  const [, before = '', , after = ''] = form.exec(changed.href) ?? [];
  return `${before}${hostsOf(url)}${after}`;
}
