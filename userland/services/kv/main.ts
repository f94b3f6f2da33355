/**
 * A key-value store as a service: requests come over channels, the data is in the memory object "log", which outlives
 * the process. It may be killed at any point; what it has acknowledged is there when it comes back.
 */
import { Service, startup } from "../../sdk/service";
import { Log } from "./log";
import { ANSWER_HEAD, KvStatus, Op, REQUEST_HEAD } from "./protocol";
import { KEY_MAX, Record, RecordKind, VALUE_MAX } from "./record";
import { Storage } from "./storage";

const LOG_NAME = memory.data<u8>([0x6c, 0x6f, 0x67]); // "log"
const CLIENTS_MAX: u32 = 64;
const REQUEST_MAX: u32 = REQUEST_HEAD + KEY_MAX + VALUE_MAX;
const ANSWER_MAX: u32 = ANSWER_HEAD + VALUE_MAX;

class Store extends Service {
  constructor(private readonly log: Log) {
    super(REQUEST_MAX, ANSWER_MAX, CLIENTS_MAX);
  }

  protected serve(_: u32, request: usize, length: u32, answer: usize): u32 {
    // What has no room for an id cannot be answered.
    if (length < REQUEST_HEAD) return 0;
    store<u32>(answer, load<u32>(request));
    const keyLength = load<u32>(request, 8);
    const key = request + REQUEST_HEAD;
    const rest = length - REQUEST_HEAD;
    if (keyLength > KEY_MAX || keyLength > rest || rest - keyLength > VALUE_MAX) {
      store<u32>(answer, KvStatus.bad_request, 4);
      return ANSWER_HEAD;
    }
    let valueLength: u32 = 0;
    let status = KvStatus.bad_request;
    const op = load<u32>(request, 4);
    if (op == Op.count) {
      status = KvStatus.ok;
      valueLength = 4;
      store<u32>(answer + ANSWER_HEAD, this.log.index.count);
    } else if (keyLength == 0) {
      // No key is empty.
    } else if (op == Op.get) {
      const record = this.log.find(key, keyLength);
      status = record == 0 ? KvStatus.not_found : KvStatus.ok;
      if (record != 0) {
        valueLength = Record.valueLength(record);
        memory.copy(answer + ANSWER_HEAD, Record.value(record), valueLength);
      }
    } else if (op == Op.put) {
      status = this.log.append(RecordKind.value, key, keyLength, key + keyLength, rest - keyLength) ? KvStatus.ok : KvStatus.no_room;
    } else if (op == Op.remove) {
      if (this.log.find(key, keyLength) == 0) status = KvStatus.not_found;
      else status = this.log.append(RecordKind.deletion, key, keyLength, 0, 0) ? KvStatus.ok : KvStatus.no_room;
    }
    store<u32>(answer, status, 4);
    return ANSWER_HEAD + valueLength;
  }
}

export function _start(): void {
  new Store(new Log(new Storage(startup(LOG_NAME, 3)))).run();
}
