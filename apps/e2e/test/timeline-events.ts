/** An event of an order's timeline, as clients get it. */
interface TimelineEvent {
  readonly type: string;
  readonly actor?: string;
}

/** Who caused each type of event of an order, as server-sent events show it; read until there is one of type `last`. */
export async function actorsOf(url: string, last: string, headers: Record<string, string>): Promise<Record<string, string | undefined>> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const actors: Record<string, string | undefined> = {};
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    for (const [, data = ''] of text.matchAll(/^data: (.*)\n/gm)) {
      const { type, actor } = JSON.parse(data) as TimelineEvent;
      actors[type] = actor;
    }
    if (last in actors) break;
  }
  abort.abort();
  return actors;
}
