/** The order in which services are started: each after those that it needs, otherwise in the order of the manifest. */

export interface StartOrder {
  readonly order: readonly string[];
  /** A ring of services that need each other, its first one also at the end; then there is no order. */
  readonly ring: readonly string[] | undefined;
}

/** `needs` of a service that is not among `names` are passed over. Takes time in proportion to services and needs. */
export function startOrder(names: readonly string[], needs: (name: string) => readonly string[]): StartOrder {
  const order: string[] = [];
  const known = new Set(names);
  const done = new Set<string>();
  for (const first of names) {
    if (done.has(first)) continue;
    // A stack of our own: a chain of needs may be long.
    const path: { readonly name: string; readonly needs: readonly string[]; at: number }[] = [{ name: first, needs: needs(first), at: 0 }];
    const onPath = new Set([first]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.needs[top.at++];
      if (next === undefined) {
        path.pop();
        onPath.delete(top.name);
        done.add(top.name);
        order.push(top.name);
      } else if (onPath.has(next)) {
        const names = path.map(({ name }) => name);
        return { order: [], ring: [...names.slice(names.indexOf(next)), next] };
      } else if (known.has(next) && !done.has(next)) {
        onPath.add(next);
        path.push({ name: next, needs: needs(next), at: 0 });
      }
    }
  }
  return { order, ring: undefined };
}
