// Pages and arguments next to React on Node, in one run: renders per second to Flight and to HTML with the tree built
// each time, and decoding of arguments. One core each; the two take turns, since the machine is noisy.

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <new>
#include <string>

#include "duramen/html.h"
#include "flight/encode.h"
#include "flight/reply.h"
#include "flight/testing/cases.h"
#include "flight/testing/vectors.h"

namespace {

std::size_t allocations = 0, inUse = 0, peak = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* const at = std::malloc(size);
  if (!at) throw std::bad_alloc();
  inUse += ::malloc_usable_size(at);
  peak = std::max(peak, inUse);
  return at;
}
void operator delete(void* at) noexcept {
  inUse -= ::malloc_usable_size(at);
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept { operator delete(at); }

namespace duramen::flight {
namespace {

struct Listed : References {
  std::optional<std::string_view> moduleUrl(std::string_view) const override { return "/assets/module.js"; }
  bool hasAction(std::string_view) const override { return true; }
};

// The same pages as in react.mjs.
Node smallPage() {
  std::vector<Node> items;
  for (int i = 0; i < 10; ++i)
    items.push_back(html::li.key(i).className("item")(html::a.href("/item/" + std::to_string(i))("Item ", i),
                                                      html::span.className("count")(i * 7)));
  return html::main.className("page").id("top")(html::h1("Items"), html::p("All that there is."),
                                                html::ul.className("items")(items), html::footer("The end"));
}
Node tablePage() {
  std::vector<Node> rows;
  rows.reserve(200);
  for (int i = 0; i < 200; ++i)
    rows.push_back(
        html::tr.key(i).className("row").data("id", i)(html::td.key("name").className("name")("Instrument number ", i),
                                                       html::td.key("amount").className("number")(i * 13),
                                                       html::td.key("price").className("number")(100.25 + i * 0.5)));
  return html::main.className("page")(html::table.className("prices")(rows));
}
Node listPage() {
  std::vector<Node> items;
  items.reserve(10'000);
  for (int i = 0; i < 10'000; ++i) items.push_back(html::li.key(i)("entry ", i));
  return html::ul(items);
}

struct Measured {
  double perSecond = 0;
  std::size_t bytes = 0;
};

// Runs for a second after a warm-up.
Measured measure(const std::function<std::size_t()>& once) {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < 20; ++i) once();
  Measured measured;
  const auto start = Clock::now();
  std::chrono::duration<double> passed{};
  long count = 0;
  do {
    for (int i = 0; i < 5; ++i) measured.bytes = once();
    count += 5;
    passed = Clock::now() - start;
  } while (passed.count() < 1.0);
  measured.perSecond = static_cast<double>(count) / passed.count();
  return measured;
}

// What react.mjs measures: "NAME PER_SECOND" a line.
std::map<std::string, double> react(const std::string& what) {
  std::map<std::string, double> all;
  const std::string conditions = what == "flight" || what == "reply" ? "--conditions react-server " : "";
  const std::string command = "NODE_ENV=production node " + conditions + BENCH_REACT + " " + what;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (!pipe) return all;
  char name[64];
  double perSecond = 0;
  while (std::fscanf(pipe, "%63s %lf", name, &perSecond) == 2) all[name] = perSecond;
  if (::pclose(pipe) != 0) all.clear();
  return all;
}

void print(std::string_view what, const std::string& name, const Measured& ours,
           const std::map<std::string, double>& reacts, std::size_t allocated) {
  const auto at = reacts.find(name);
  const std::string ratio = at == reacts.end()
                                ? "React was not measured (scripts/test tools client)"
                                : fmt::format("React {:8.0f}/s  {:6.1f} x", at->second, ours.perSecond / at->second);
  fmt::print("{:7} {:8} {:9.0f}/s  {:7} bytes  {:6.0f} MB/s  {:3} allocations  {}\n", what, name, ours.perSecond,
             ours.bytes, ours.perSecond * static_cast<double>(ours.bytes) / 1e6, allocated, ratio);
}

template <class Once>
std::size_t allocationsOf(Once once) {
  const std::size_t before = allocations;
  once();
  return allocations - before;
}

void pages() {
  const Listed listed;
  const std::pair<std::string, Node (*)()> all[] = {{"small", smallPage}, {"table", tablePage}, {"list", listPage}};
  const auto reactFlight = react("flight"), reactHtml = react("html");
  for (const auto& [name, page] : all) {
    std::string out;
    const auto flight = [&] {
      out.clear();
      appendPage(out, page(), listed);
      return out.size();
    };
    const Measured measured = measure(flight);
    print("flight", name, measured, reactFlight, allocationsOf(flight));
  }
  for (const auto& [name, page] : all) {
    const auto html = [&] { return renderHtml(page()).body.size(); };
    const Measured measured = measure(html);
    print("html", name, measured, reactHtml, allocationsOf(html));
  }
}

// The same bodies as in react.mjs.
void arguments() {
  std::string records = "[[";
  for (int i = 0; i < 2000; ++i)
    records += fmt::format("{}{{\"id\":{},\"name\":\"record number {}\",\"price\":{}.5,\"tags\":[\"a\",\"b\"]}}",
                           i ? "," : "", i, i, i);
  records += "]]";
  const std::pair<std::string, std::string> all[] = {
      {"save", "[\"n1\",\"" + std::string(4096, 'x') + "\",{\"number\":7,\"edit\":\"e1\"}]"}, {"records", records}};
  const auto reacts = react("reply");
  for (const auto& [name, body] : all) {
    const auto decode = [&body = body] {
      if (!decodeArguments(body)) std::abort();
      return body.size();
    };
    const Measured measured = measure(decode);
    print("reply", name, measured, reacts, allocationsOf(decode));
  }
}

// Of the bodies that no honest client sends: the one that took longest, and the one that took most memory.
void hostile() {
  using Microseconds = std::chrono::duration<double, std::micro>;
  for (const Value& vector : testing::loadVectors("hostile.jsonl")) {
    const std::vector<Part> parts = testing::partsOf(vector);
    std::size_t body = 0;
    for (const Part& part : parts) body += part.name.size() + part.data.size();
    const std::size_t before = peak = inUse;
    const auto start = std::chrono::steady_clock::now();
    const bool accepted = decodeReply(parts).has_value();
    const Microseconds took = std::chrono::steady_clock::now() - start;
    fmt::print("hostile {:28} {:9} bytes {:8.1f} us  {:8} bytes of memory  {}\n", testing::textOf(vector, "name"), body,
               took.count(), peak - before, accepted ? "accepted" : "refused");
  }
}

}  // namespace
}  // namespace duramen::flight

int main() {
  duramen::flight::pages();
  duramen::flight::arguments();
  duramen::flight::hostile();
}
