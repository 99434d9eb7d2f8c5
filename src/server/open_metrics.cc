#include "server/open_metrics.h"

#include <fmt/format.h>

#include <array>

#include "loop/loop.h"

namespace duramen::server {
namespace {

// With a point, which a number has in the text of a Prometheus server: "1.0".
std::string bucketBound(std::chrono::microseconds bound) {
  std::string text = fmt::format("{}", loop::inSeconds(bound));
  return text.contains('.') || text.contains('e') ? text : text + ".0";
}

void appendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
}

std::string_view unitOf(std::string_view name) {
  constexpr std::array<std::string_view, 2> units = {"seconds", "bytes"};
  for (const std::string_view unit : units)
    if (name.ends_with(unit)) return unit;
  return {};
}

}  // namespace

std::string_view name(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
    case MetricType::info:
      return "info";
  }
  return "unknown";
}

void OpenMetrics::family(std::string_view family, MetricType type, std::string_view help) {
  name_ = family;
  type_ = type;
  text_ += fmt::format("# TYPE {} {}\n", family, name(type));
  if (const std::string_view unit = unitOf(family); !unit.empty()) text_ += fmt::format("# UNIT {} {}\n", family, unit);
  text_ += fmt::format("# HELP {} ", family);
  appendEscaped(text_, help);
  text_ += '\n';
}

void OpenMetrics::sample(std::uint64_t value, Labels labels) {
  const std::string_view suffix = type_ == MetricType::counter ? "_total"
                                  : type_ == MetricType::info  ? "_info"
                                                               : std::string_view{};
  line(suffix, labels, {}, std::to_string(value));
}

void OpenMetrics::seconds(std::chrono::nanoseconds value, Labels labels) {
  line({}, labels, {}, fmt::format("{}", loop::inSeconds(value)));
}

void OpenMetrics::histogram(const Histogram::Value& value, Labels labels) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < value.counts.size(); ++i) {
    count += value.counts[i];
    const bool last = i == Histogram::bounds.size();
    line("_bucket", labels, last ? "+Inf" : bucketBound(std::chrono::microseconds{Histogram::bounds[i]}),
         std::to_string(count));
  }
  line("_count", labels, {}, std::to_string(count));
  line("_sum", labels, {}, fmt::format("{}", loop::inSeconds(value.sum)));
}

void OpenMetrics::line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value) {
  text_.append(name_).append(suffix);
  char before = '{';
  const auto add = [&](std::string_view label, std::string_view text) {
    (text_ += before).append(label).append("=\"");
    appendEscaped(text_, text);
    text_ += '"';
    before = ',';
  };
  for (const auto& [label, text] : labels) add(label, text);
  if (!bound.empty()) add("le", bound);
  if (before == ',') text_ += '}';
  (text_ += ' ').append(value) += '\n';
}

std::string OpenMetrics::finish() && {
  text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace duramen::server
