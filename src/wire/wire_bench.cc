#include <benchmark/benchmark.h>

#include "wire/realtime.h"
#include "wire/websocket.h"

namespace duramen::wire {
namespace {

// One masked message of `bytes` bytes, as a loop's read buffer gets it. The copy that stands for the read is in the
// time.
void BM_DecodeMasked(benchmark::State& state) {
  std::string bytes;
  appendMaskedFrame(bytes, Opcode::binary, std::string(static_cast<std::size_t>(state.range(0)), 'a'), {1, 2, 3, 4});
  Decoder decoder{Decoder::Role::server, 1 << 20};
  std::string buffer;
  for (auto _ : state) {
    buffer.assign(bytes);
    std::span<std::byte> rest = std::as_writable_bytes(std::span(buffer));
    benchmark::DoNotOptimize(decoder.next(rest));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_DecodeMasked)->ArgName("bytes")->Arg(16)->Arg(400)->Arg(4096)->Arg(60'000);

// The frames of one page, made once for all clients.
void BM_PageFrames(benchmark::State& state) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'a');
  const std::string id = streamId(7);
  for (auto _ : state) benchmark::DoNotOptimize(pageFrames(200, id, payload));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_PageFrames)->ArgName("bytes")->Arg(400)->Arg(36'600);

void BM_DecodeActionRequest(benchmark::State& state) {
  const std::string message =
      encodeActionRequest({.id = "saveNote",
                           .args = "[\"n1\",\"" + std::string(static_cast<std::size_t>(state.range(0)), 'a') + "\"]",
                           .requestId = streamId(7),
                           .clientUrl = "http://127.0.0.1:8787/note/n1"});
  for (auto _ : state) benchmark::DoNotOptimize(decodeActionRequest(std::as_bytes(std::span(message))));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK(BM_DecodeActionRequest)->ArgName("bytes")->Arg(16)->Arg(4096)->Arg(1 << 20);

}  // namespace
}  // namespace duramen::wire
