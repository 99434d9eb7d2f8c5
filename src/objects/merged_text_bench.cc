// What a save of a merged text costs, and how many bytes it stores for each byte that was typed.

#include <benchmark/benchmark.h>

#include "duramen/merged_text.h"
#include "loop/manual_loop.h"
#include "objects/object_memory.h"

namespace duramen::objects {
namespace {

// Counts what would go to the disk.
class CountingCommitter final : public Committer {
 public:
  void commit(WriteSet set, loop::Loop& loop, Committed done) override {
    for (const Write& each : set.writes) bytes += each.key.size() + (each.value ? each.value->size() : 0);
    loop.post([done = std::move(done)]() mutable { done({}); });
  }
  void load(const ObjectId&, loop::Loop&, Loaded) override {}
  std::size_t bytes = 0;
};

// One letter typed at the end of a text; `behind`: others have saved that often since the base.
void BM_SaveOneLetter(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  const std::int64_t behind = state.range(1);
  loop::ManualLoop loop;
  CountingCommitter committer;
  const std::function<std::int64_t()> wallSeconds = [] { return std::int64_t{1'000'000}; };
  ObjectMemory memory{{"notes", "n1", {}}, committer, loop, wallSeconds, [](const StoreFailure&) {}};
  Storage storage{memory};
  MergedText text{storage, "text"};
  std::string line = "a line of text that somebody has typed\n", start;
  while (start.size() < bytes) start += line;
  text.save(start, std::nullopt);
  std::int64_t saves = 0;
  Revision base = text.latest();
  std::vector<Revision> before(static_cast<std::size_t>(behind) + 1, base);
  for (auto _ : state) {
    const Revision& from = before[static_cast<std::size_t>(saves) % before.size()];
    std::string content = from.content;
    if (saves % 1000 == 999) content = start;  // so that it does not grow without end
    content += static_cast<char>('a' + saves % 26);
    Revision saved = text.save(std::move(content), Base{from.number, "0123456789abcdef" + std::to_string(saves)});
    benchmark::DoNotOptimize(saved);
    before[static_cast<std::size_t>(saves) % before.size()] = std::move(saved);
    ++saves;
    state.PauseTiming();
    memory.handOver();
    loop.run();
    state.ResumeTiming();
  }
  state.counters["stored_bytes_per_letter"] = static_cast<double>(committer.bytes) / static_cast<double>(saves);
}
BENCHMARK(BM_SaveOneLetter)
    ->ArgNames({"bytes", "behind"})
    ->Args({1'000, 0})
    ->Args({1'000, 5})
    ->Args({100'000, 0})
    ->Args({100'000, 5})
    ->Args({1'000'000, 0});

}  // namespace
}  // namespace duramen::objects
