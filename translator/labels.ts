/** What the passes over a body's rows ask about its branches. */

/** The nesting that label number `label` leads out of, seen from inside of `depth` blocks; -1 when there is none. */
@inline
export function outOf(depth: i32, label: u32): i32 {
  return label <= <u32>depth ? depth - <i32>label : -1;
}
