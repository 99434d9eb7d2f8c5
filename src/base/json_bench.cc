// JSON to values: a call's arguments, records, text of several alphabets, numbers, and names that a stranger made so
// that they fall into one bucket of std::hash.

#include <benchmark/benchmark.h>

#include "base/json.h"
#include "base/testing/colliding.h"

namespace duramen {
namespace {

void parse(benchmark::State& state, const std::string& json) {
  for (auto _ : state) {
    auto value = parseJson(json);
    if (!value) state.SkipWithError(describe(value.error()).c_str());
    benchmark::DoNotOptimize(value);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}

std::string listOf(std::size_t count, const auto& item) {
  std::string json = "[";
  for (std::size_t i = 0; i < count; ++i) json += (i ? "," : "") + item(i);
  return json + "]";
}

void BM_ParseCall(benchmark::State& state) { parse(state, R"(["n1","Some words of a note.",{"revision":7}])"); }
void BM_ParseRecords(benchmark::State& state) {
  parse(state, listOf(static_cast<std::size_t>(state.range(0)), [](std::size_t i) {
          return "{\"id\":" + std::to_string(i) + ",\"name\":\"Instrument " + std::to_string(i) +
                 "\",\"amount\":" + std::to_string(i * 7) + ",\"price\":" + std::to_string(static_cast<double>(i) / 4) +
                 ",\"open\":true}";
        }));
}
void BM_ParseNumbers(benchmark::State& state) {
  parse(state, listOf(20'000, [](std::size_t i) { return std::to_string(i * 37) + ".25"; }));
}
void BM_ParseText(benchmark::State& state) {
  constexpr std::string_view lines[] = {"The quick brown fox jumps over the lazy dog. ", "Зарегистрируйтесь сейчас. ",
                                        "色は匂へど散りぬるを。", "A line\\nand \\\"another\\\". "};
  const std::string_view line = lines[static_cast<std::size_t>(state.range(0))];
  std::string json = "[\"";
  while (json.size() < 200'000) json += line;
  parse(state, json + "\"]");
}
void BM_ParseCollidingNames(benchmark::State& state) {
  std::string json = "{";
  for (const std::string& name : testing::collidingTexts(static_cast<std::size_t>(state.range(0))))
    ((json += json.size() > 1 ? ",\"" : "\"") += name) += "\":0";
  parse(state, json + "}");
}

BENCHMARK(BM_ParseCall);
BENCHMARK(BM_ParseRecords)->Arg(10)->Arg(5000);
BENCHMARK(BM_ParseNumbers);
BENCHMARK(BM_ParseText)->DenseRange(0, 3);
BENCHMARK(BM_ParseCollidingNames)->Arg(5'000)->Arg(10'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace duramen
