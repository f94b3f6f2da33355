"""Ten microbenchmarks that time themselves; prints a name and the best time in milliseconds, a line each."""
import json
from time import perf_counter


def loop():
    total = 0
    for i in range(30_000):
        total += i & 7
    return total


def add(a, b):
    return a + b


def calls():
    total = 0
    for i in range(12_000):
        total = add(total, i)
    return total


def dictionary():
    counts = {}
    for i in range(12_000):
        key = i * 7919 % 1009
        counts[key] = counts.get(key, 0) + 1
    return len(counts)


def sort():
    x, items = 1, []
    for _ in range(3_000):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        items.append(x)
    items.sort()
    items.sort(key=lambda item: item & 1023)
    return items[0]


def strings():
    return len(",".join([str(i) for i in range(10_000)]).replace("7", "seven").split(","))


def floats():
    x, y, step = 0.0, 1.0, 0.001
    for _ in range(12_000):
        x, y = x + y * step, y - x * step
    return x


class Counter:
    def __init__(self):
        self.count = 0
        self.step = 2

    def bump(self):
        self.count += self.step


def attributes():
    counter = Counter()
    for _ in range(10_000):
        counter.bump()
    return counter.count


def numbers(n):
    for i in range(n):
        yield i * i


def generators():
    return sum(x for x in numbers(12_000) if x & 1)


DOCUMENT = [{"id": i, "name": f"item {i}", "tags": ["a", "b", "c"], "price": i / 7} for i in range(400)]


def jsons():
    return len(json.loads(json.dumps(DOCUMENT)))


def recurse(n):
    return n if n < 2 else recurse(n - 1) + recurse(n - 2)


def recursion():
    return recurse(17)


BENCHMARKS = (loop, calls, dictionary, sort, strings, floats, attributes, generators, jsons, recursion)
# Short and many: the best time is then one that no other program of the machine cut into.
# The host goes on optimising up to round 40 or so: what JSON runs through is spread over many functions.
WARM_UP = 40
ROUNDS = 24

best = {}
for round in range(WARM_UP + ROUNDS):
    for benchmark in BENCHMARKS:
        started = perf_counter()
        benchmark()
        elapsed = (perf_counter() - started) * 1000
        if round >= WARM_UP:
            best[benchmark.__name__] = min(elapsed, best.get(benchmark.__name__, elapsed))
for name, elapsed in best.items():
    print(name, f"{elapsed:.4f}")
