/**
 * Requests to the key-value store and its answers. All numbers are u32, little-endian.
 *
 *     request   id, op (1 get, 2 put, 3 delete, 4 count), length of the key, key, value
 *     answer    id of the request, status, value (of get; of count: the number of keys)
 *
 * What was answered with ok to a put or a delete lasts, whatever happens to the store afterwards.
 */
export const REQUEST_HEAD: u32 = 12;
export const ANSWER_HEAD: u32 = 8;

export namespace Op {
  export const get: u32 = 1;
  export const put: u32 = 2;
  export const remove: u32 = 3;
  export const count: u32 = 4;
}
export namespace KvStatus {
  export const ok: u32 = 0;
  export const not_found: u32 = 1;
  /** The log has no room, also after what is of no use was dropped. */
  export const no_room: u32 = 2;
  export const bad_request: u32 = 3;
}
