#pragma once
// For tests: reads OpenMetrics text, and finds everything that is wrong with it.

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace duramen::server::test {

class OpenMetricsReader {
 public:
  explicit OpenMetricsReader(const std::string& text) {
    if (!text.ends_with("\n")) fault("the text does not end with a line break");
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
      if (ended_) fault("a line after # EOF: " + line);
      read(line);
    }
    endFamily();
    if (!ended_) fault("there is no # EOF");
  }

  const std::vector<std::string>& faults() const { return faults_; }
  // Of "name" or "name{label=\"value\"}", as it stands in the text; -1 if there is none.
  double operator[](const std::string& series) const {
    const auto at = samples_.find(series);
    return at == samples_.end() ? -1 : at->second;
  }

 private:
  void fault(const std::string& what) { faults_.push_back(what); }

  void read(const std::string& line) {
    static const std::regex type{"# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|info)"};
    static const std::regex unit{"# UNIT ([a-zA-Z_:][a-zA-Z0-9_:]*) ([a-z]+)"};
    static const std::regex help{R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\"]|\\[\\n"])+))"};
    static const std::regex sample{
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="(?:[^\\"]|\\[\\n"])*",?)+\})? ([0-9][0-9.e+-]*))re"};
    std::smatch found;
    if (line == "# EOF") {
      ended_ = true;
    } else if (std::regex_match(line, found, type)) {
      beginFamily(found[1], found[2]);
    } else if (std::regex_match(line, found, unit)) {
      if (found[1] != family_ || !family_.ends_with('_' + found[2].str())) fault("a unit that does not fit: " + line);
    } else if (std::regex_match(line, found, help)) {
      if (found[1] != family_) fault("help for another family: " + line);
    } else if (std::regex_match(line, found, sample)) {
      take(found[1], found[2], found[4]);
    } else {
      fault("no line of OpenMetrics: " + line);
    }
  }

  void beginFamily(const std::string& family, const std::string& type) {
    endFamily();
    family_ = family;
    type_ = type;
    if (!families_.insert(family).second) fault("a family that comes twice: " + family);
  }

  void take(const std::string& name, std::string labels, const std::string& number) {
    if (!name.starts_with(family_)) return fault("a sample of another family: " + name);
    const std::string suffix = name.substr(family_.size());
    const double value = std::stod(number);
    if (!samples_.emplace(name + labels, value).second) fault("a sample that comes twice: " + name + labels);
    if (type_ == "histogram") {
      if (suffix == "_bucket") return takeBucket(labels, value);
      if (suffix == "_count" && value != last_) fault("a count that is not its last bucket's: " + name + labels);
      if (suffix != "_count" && suffix != "_sum") fault("no sample of a histogram: " + name);
      if (bound_ != std::numeric_limits<double>::infinity()) fault("no bucket for all: " + name);
      return;
    }
    const std::string expected = type_ == "counter" ? "_total" : type_ == "info" ? "_info" : "";
    if (suffix != expected) fault("no sample of a " + type_ + ": " + name);
    if (type_ == "info" && value != 1) fault("an info that is not 1: " + name);
  }

  void takeBucket(const std::string& labels, double value) {
    const auto at = labels.rfind("le=\"");
    if (at == std::string::npos) return fault("a bucket without a bound: " + family_);
    const std::string text = labels.substr(at + 4, labels.size() - at - 6);
    const double bound = text == "+Inf" ? std::numeric_limits<double>::infinity() : std::stod(text);
    const std::string others = labels.substr(0, at);
    if (others == histogram_ && (bound <= bound_ || value < last_)) fault("buckets out of order: " + family_ + labels);
    histogram_ = others;
    bound_ = bound;
    last_ = value;
  }

  void endFamily() {
    if (family_.empty()) return;
    const auto at = samples_.lower_bound(family_);
    if (at == samples_.end() || !at->first.starts_with(family_)) fault("a family without samples: " + family_);
    histogram_ = "none";
  }

  std::vector<std::string> faults_;
  std::map<std::string, double> samples_;
  std::set<std::string> families_;
  std::string family_, type_;
  // Of the histogram that is being read: its labels, and the bucket before.
  std::string histogram_ = "none";
  double bound_ = 0;
  double last_ = 0;
  bool ended_ = false;
};

}  // namespace duramen::server::test
