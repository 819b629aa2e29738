/** Opens the page of a device code, signs in, and confirms, as a person does in a browser. */
export async function confirmDevice(page: string, person: { readonly name: string; readonly password: string }): Promise<void> {
  const cookies = new Map<string, string>();
  const visit = async (url: URL, body?: URLSearchParams): Promise<Response> => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const response = await fetch(url, { ...(body ? { method: 'POST', body } : {}), headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  let at = new URL(page);
  let response = await visit(at);
  for (let step = 0; step < 12; step++) {
    const to = response.headers.get('location');
    const html = to ? '' : await response.text();
    const action = to ?? /action="([^"]+)"/.exec(html)?.[1];
    // The last page has no form.
    if (!action) return;
    at = new URL(action, at);
    const fields = [...html.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value] as [string, string],
    );
    const given = at.pathname.startsWith('/sign-in/') ? Object.entries(person) : fields;
    response = await visit(at, to ? undefined : new URLSearchParams(given));
  }
  throw new Error(`cannot sign in as ${person.name}: more than 12 pages`);
}
