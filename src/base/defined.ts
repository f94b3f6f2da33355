/** Those of `keys` that `from` has, so that what is not given stays absent. */
export function defined<T extends object, K extends keyof T>(from: T, keys: readonly K[]): { readonly [P in K]?: Exclude<T[P], undefined> } {
  const picked: { [P in K]?: Exclude<T[P], undefined> } = {};
  for (const key of keys) {
    const value = from[key];
    if (value !== undefined) picked[key] = value as Exclude<T[K], undefined>;
  }
  return picked;
}
