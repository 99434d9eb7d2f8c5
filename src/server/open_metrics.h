#pragma once
// Text in the format that a Prometheus server scrapes: OpenMetrics 1.0
// (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/counter.h"

namespace duramen::server {

enum class MetricType : std::uint8_t { counter, gauge, histogram, info };
std::string_view name(MetricType type);

inline constexpr std::string_view openMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

class OpenMetrics {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // What the next samples belong to. `name` without the suffix of its type ("_total", "_info"), and with its unit's.
  // REQUIRES: all samples of a family follow it; a name is given once; the text lives as long as this.
  void family(std::string_view name, MetricType type, std::string_view help);

  // A sample of the family: of a counter its total, of an info 1.
  void sample(std::uint64_t value, Labels labels = {});
  void seconds(std::chrono::nanoseconds value, Labels labels = {});
  void histogram(const Histogram::Value& value, Labels labels = {});

  // The whole text.
  std::string finish() &&;

 private:
  void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

  std::string text_;
  std::string_view name_;
  MetricType type_ = MetricType::gauge;
};

}  // namespace duramen::server
