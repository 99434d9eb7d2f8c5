// A page of 802 elements (main, table, 200 rows of three cells), each with a class and a key, each row with a data
// attribute: built and written as rows, next to the same bytes written by hand.

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <ranges>

#include "duramen/client.h"
#include "duramen/html.h"
#include "duramen/key.h"
#include "flight/encode.h"
#include "flight/multipart.h"
#include "flight/reply.h"
#include "flight/testing/all_listed.h"

namespace duramen::flight {
namespace {

struct Price {
  int id;
  std::string name;
  int amount;
  double price;
};
std::vector<Price> makePrices() {
  std::vector<Price> prices;
  for (int i = 0; i < 200; ++i) prices.push_back({i, "Instrument " + std::to_string(i), i * 7, i * 0.25});
  return prices;
}

struct Context {
  using EnvType = int;
};
Task<void> buy(Context&, int) { co_return; }
constexpr Action<"buy", buy> buyAction;
struct BuyButton {
  static constexpr ClientModule module{"/client/BuyButton.tsx", "BuyButton"};
  ActionRef<void()> buy;
};

Node table(const std::vector<Price>& prices) {
  return html::main.className("page")(html::table.className("prices")(
      prices | std::views::transform([](const Price& p) {
        return html::tr.key(p.id).className("row").data("id", p.id)(
            html::td.key("name").className("name")(p.name), html::td.key("amount").className("number")(p.amount),
            html::td.key("price").className("number")(p.price));
      })));
}

Node tableOfActions(const std::vector<Price>& prices) {
  return html::table(prices | std::views::transform([](const Price& p) {
                       return html::tr.key(p.id)(html::td(p.name), html::td(BuyButton{.buy = buyAction.bind(p.id)}));
                     }));
}

template <class T>
void number(std::string& out, T value) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}
void quoted(std::string& out, std::string_view text) {
  out += '"';
  const char* run = text.data();
  const char* const end = run + text.size();
  for (const char* at = run; at != end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c >= 0x20 && c != '"' && c != '\\') [[likely]]
      continue;
    out.append(run, at) += '\\';
    run = at;
  }
  out.append(run, end) += '"';
}

void writeByHand(std::string& out, const std::vector<Price>& prices) {
  out += "1:[\"$\",\"main\",null,{\"className\":\"page\",\"children\":[\"$\",\"table\",null,{\"className\":\"prices\",";
  out += "\"children\":[";
  for (const Price& price : prices) {
    out += "[\"$\",\"tr\",\"";
    number(out, price.id);
    out += "\",{\"className\":\"row\",\"data-id\":\"";
    number(out, price.id);
    out += "\",\"children\":[[\"$\",\"td\",\"name\",{\"className\":\"name\",\"children\":";
    quoted(out, price.name);
    out += "}],[\"$\",\"td\",\"amount\",{\"className\":\"number\",\"children\":";
    number(out, price.amount);
    out += "}],[\"$\",\"td\",\"price\",{\"className\":\"number\",\"children\":";
    number(out, price.price);
    out += "}]]}],";
  }
  out.back() = ']';
  out += "}]}]\n";
}

void escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
}

void writeHtmlByHand(std::string& out, const std::vector<Price>& prices) {
  out += "<main class=\"page\"><table class=\"prices\">";
  for (const Price& price : prices) {
    out += "<tr class=\"row\" data-id=\"";
    number(out, price.id);
    out += "\"><td class=\"name\">";
    escaped(out, price.name);
    out += "</td><td class=\"number\">";
    number(out, price.amount);
    out += "</td><td class=\"number\">";
    number(out, price.price);
    out += "</td></tr>";
  }
  out += "</table></main>";
}

// Writes the page again and again into one buffer.
template <class Write>
void run(benchmark::State& state, Write write) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    write(out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}

void BM_TableByHand(benchmark::State& state) {
  const auto prices = makePrices();
  run(state, [&](std::string& out) { writeByHand(out, prices); });
}
void BM_TableBuildAndEncode(benchmark::State& state) {
  const auto prices = makePrices();
  run(state, [&](std::string& out) { appendPage(out, table(prices), testing::AllListed{}); });
}
void BM_TableBuild(benchmark::State& state) {
  const auto prices = makePrices();
  for (auto _ : state) benchmark::DoNotOptimize(table(prices).tape().data());
}
void BM_TableEncode(benchmark::State& state) {
  const Node page = table(makePrices());
  run(state, [&](std::string& out) { appendPage(out, page, testing::AllListed{}); });
}
void BM_TableHtml(benchmark::State& state) {
  const Node page = table(makePrices());
  for (auto _ : state) benchmark::DoNotOptimize(renderHtml(page).body.data());
}
void BM_TableHtmlByHand(benchmark::State& state) {
  const auto prices = makePrices();
  run(state, [&](std::string& out) { writeHtmlByHand(out, prices); });
}
void BM_TableCompare(benchmark::State& state) {
  const Node one = table(makePrices()), other = table(makePrices());
  for (auto _ : state) benchmark::DoNotOptimize(one == other);
}
void BM_ActionsBuildAndEncode(benchmark::State& state) {
  const auto prices = makePrices();
  run(state, [&](std::string& out) { appendPage(out, tableOfActions(prices), testing::AllListed{}); });
}
void BM_DecodeArguments(benchmark::State& state) {
  std::string body = "[\"n1\",\"" + std::string(static_cast<std::size_t>(state.range(0)), 'x') + "\",{\"revision\":7}]";
  for (auto _ : state) benchmark::DoNotOptimize(decodeArguments(body));
}

// A file of 64 MiB among the parts of a body: of bytes that look like nothing, of lines of text, of what find() stops
// at most often, and of what costs most.
void BM_ParseUpload(benchmark::State& state) {
  constexpr std::size_t size = std::size_t{64} << 20;
  const std::string_view repeated = std::array<std::string_view, 4>{
      "", "a line of a text file, forty bytes wide\r\n", "\r", "\r\n--"}[static_cast<std::size_t>(state.range(0))];
  std::string file;
  file.reserve(size);
  std::uint64_t random = 1;
  while (file.size() < size)
    if (repeated.empty())
      file += static_cast<char>((random = random * 6364136223846793005U + 1442695040888963407U) >> 56);
    else
      file += repeated;
  const std::string boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
  const SharedBytes body{"--" + boundary + "\r\nContent-Disposition: form-data; name=\"1\"; filename=\"a\"\r\n\r\n" +
                         file + "\r\n--" + boundary + "--\r\n"};
  for (auto _ : state) {
    if (!parseMultipart(body, boundary)) state.SkipWithError("refused");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

BENCHMARK(BM_TableByHand);
BENCHMARK(BM_TableBuildAndEncode);
BENCHMARK(BM_TableBuild);
BENCHMARK(BM_TableEncode);
BENCHMARK(BM_TableHtml);
BENCHMARK(BM_TableHtmlByHand);
BENCHMARK(BM_TableCompare);
BENCHMARK(BM_ActionsBuildAndEncode);
BENCHMARK(BM_DecodeArguments)->ArgName("bytes")->Arg(16)->Arg(4096);
BENCHMARK(BM_ParseUpload)->ArgName("kind")->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace duramen::flight
