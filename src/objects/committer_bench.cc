// Acknowledged sets a second, next to a bare loop of a 4 KiB append and fdatasync in the same run (docs/storage.md,
// "What it costs"). Every value is new: SQLite does not write a page whose bytes stay equal.
//   build/bench/bin/bench_objects --benchmark_filter=AcknowledgedSets

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <random>

#include "base/testing/temporary_directory.h"
#include "loop/thread_loop.h"
#include "objects/committer.h"
#include "objects/sqlite_store.h"

namespace duramen::objects {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Seconds of one append and fdatasync.
double rawSync(const std::filesystem::path& directory) {
  constexpr int rounds = 300;
  const int file = ::open((directory / "raw").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  std::string page(4096, 'x');
  const auto begun = Clock::now();
  for (int i = 0; i < rounds; ++i) {
    page[static_cast<std::size_t>(i)] = static_cast<char>(i);
    if (::write(file, page.data(), page.size()) < 0 || ::fdatasync(file) != 0) std::abort();
  }
  const double each = Seconds(Clock::now() - begun).count() / rounds;
  ::close(file);
  return each;
}

// Callers that each save again as soon as they are answered. All on one loop.
class Callers {
 public:
  Callers(Committer& committer, loop::Loop& loop, std::int64_t objects, std::size_t bytes)
      : committer_(committer), loop_(loop), objects_(objects), value_(bytes, 'x') {}

  // Lets `callers` save `total` times; how long each waited.
  std::vector<double> run(std::int64_t callers, std::int64_t total) {
    loop_.post([this, callers, total] {
      left_ = total;
      unanswered_ = total;
      for (std::int64_t i = 0; i < callers; ++i) save();
    });
    std::unique_lock lock{mutex_};
    done_.wait(lock, [this] { return finished_; });
    finished_ = false;
    return std::exchange(waits_, {});
  }

 private:
  void save() {
    if (left_ == 0) return;
    --left_;
    const auto object = static_cast<std::uint64_t>(saved_++ % objects_) * 0x9e3779b97f4a7c15;
    WriteSet set;
    std::memcpy(set.object.bytes.data(), &object, sizeof object);
    set.isFirst = saved_ <= objects_;
    set.className = "notes";
    fmt::format_to_n(value_.data(), value_.size(), "{:016x}", random_());
    set.writes.push_back({"text", std::make_shared<const std::string>(value_)});
    committer_.commit(std::move(set), loop_, [this, begun = Clock::now()](const Stored<void>& result) {
      if (!result) std::abort();
      waits_.push_back(Seconds(Clock::now() - begun).count());
      save();
      if (--unanswered_ > 0) return;
      const std::lock_guard lock{mutex_};
      finished_ = true;
      done_.notify_one();
    });
  }

  Committer& committer_;
  loop::Loop& loop_;
  const std::int64_t objects_;
  std::string value_;
  std::mt19937_64 random_{1};
  std::int64_t left_ = 0, unanswered_ = 0, saved_ = 0;
  std::vector<double> waits_;
  std::mutex mutex_;
  std::condition_variable done_;
  bool finished_ = false;
};

void BM_AcknowledgedSets(benchmark::State& state) {
  const std::int64_t callers = state.range(0), objects = state.range(1);
  const TemporaryDirectory directory;
  auto store = SqliteStore::open(directory.path());
  if (!store) return state.SkipWithError(store.error().c_str());
  loop::ThreadLoop loop;
  loop.start();
  double raw = 0, taken = 0;
  std::int64_t sets = 0, rounds = 0;
  std::vector<double> waits;
  {
    ThreadCommitter committer{**store, {}, {}};
    Callers all{committer, loop, objects, 100};
    all.run(callers, std::max(objects, callers));
    for (auto _ : state) {
      raw += rawSync(directory.path());
      ++rounds;
      const std::int64_t total = std::max<std::int64_t>(callers * 20, 500);
      const auto begun = Clock::now();
      const auto round = all.run(callers, total);
      const double seconds = Seconds(Clock::now() - begun).count();
      state.SetIterationTime(seconds);
      taken += seconds;
      sets += total;
      waits.insert(waits.end(), round.begin(), round.end());
    }
  }
  raw /= static_cast<double>(rounds);
  std::ranges::sort(waits);
  state.counters["sets_per_s"] = static_cast<double>(sets) / taken;
  state.counters["x_raw"] = static_cast<double>(sets) / taken * raw;
  state.counters["p50_in_syncs"] = waits[waits.size() / 2] / raw;
  state.counters["p99_ms"] = waits[waits.size() * 99 / 100] * 1000;
  state.counters["raw_sync_us"] = raw * 1e6;
}
BENCHMARK(BM_AcknowledgedSets)
    ->ArgNames({"callers", "objects"})
    ->Args({1, 1})
    ->Args({10, 1})
    ->Args({10, 1000})
    ->Args({100, 1})
    ->Args({100, 1000})
    ->Args({1000, 1})
    ->Args({1000, 1000})
    ->UseManualTime()
    ->MinTime(1.0);

}  // namespace
}  // namespace duramen::objects
