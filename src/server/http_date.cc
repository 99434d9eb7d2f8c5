#include "server/http_date.h"

#include <algorithm>
#include <array>

namespace duramen::server {
namespace {

using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> days = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                  "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct DateAndTime {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
};

// Reads one date from the front. Once something was not as expected, nothing more is read.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool skip(std::string_view expected) {
    good_ = good_ && rest_.starts_with(expected);
    if (good_) rest_.remove_prefix(expected.size());
    return good_;
  }
  bool tries(std::string_view expected) { return good_ && rest_.starts_with(expected) && skip(expected); }
  int number(std::size_t digits) {
    int value = 0;
    good_ = good_ && rest_.size() >= digits;
    for (std::size_t i = 0; good_ && i < digits; ++i) {
      good_ = rest_[i] >= '0' && rest_[i] <= '9';
      value = value * 10 + (rest_[i] - '0');
    }
    if (good_) rest_.remove_prefix(digits);
    return value;
  }
  unsigned month() {
    const auto found = std::ranges::find(months, rest_.substr(0, 3));
    good_ = good_ && found != months.end();
    if (good_) rest_.remove_prefix(3);
    return static_cast<unsigned>(found - months.begin()) + 1;
  }
  void time(DateAndTime& to) {
    to.hour = number(2);
    skip(":");
    to.minute = number(2);
    skip(":");
    to.second = number(2);
  }
  bool atEnd() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// A year that would be more than 50 years ahead was meant to be the last one that ended so.
int fullYear(int lastDigits, sys_seconds now) {
  const int thisYear = static_cast<int>(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(now)}.year());
  const int year = thisYear - thisYear % 100 + lastDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", after the comma.
bool readCurrent(Cursor& at, DateAndTime& to) {
  at.skip(" ");
  to.day = static_cast<unsigned>(at.number(2));
  at.skip(" ");
  to.month = at.month();
  at.skip(" ");
  to.year = at.number(4);
  at.skip(" ");
  at.time(to);
  return at.skip(" GMT") && at.atEnd();
}

// "Sunday, 06-Nov-94 08:49:37 GMT", after the comma.
bool readRfc850(Cursor& at, DateAndTime& to, sys_seconds now) {
  at.skip(" ");
  to.day = static_cast<unsigned>(at.number(2));
  at.skip("-");
  to.month = at.month();
  at.skip("-");
  to.year = fullYear(at.number(2), now);
  at.skip(" ");
  at.time(to);
  return at.skip(" GMT") && at.atEnd();
}

// "Sun Nov  6 08:49:37 1994", after the day.
bool readAsctime(Cursor& at, DateAndTime& to) {
  at.skip(" ");
  to.month = at.month();
  at.skip(" ");
  to.day = static_cast<unsigned>(at.tries(" ") ? at.number(1) : at.number(2));
  at.skip(" ");
  at.time(to);
  at.skip(" ");
  to.year = at.number(4);
  return at.atEnd();
}

bool read(std::string_view text, DateAndTime& to, sys_seconds now) {
  for (const std::string_view day : days) {
    Cursor at{text};
    if (at.tries(day)) return at.skip(",") && readRfc850(at, to, now);
    if (!at.tries(day.substr(0, 3))) continue;
    return at.tries(",") ? readCurrent(at, to) : readAsctime(at, to);
  }
  return false;
}

}  // namespace

std::optional<sys_seconds> parseHttpDate(std::string_view text, sys_seconds now) {
  DateAndTime read;
  if (!server::read(text, read, now)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{read.year}, std::chrono::month{read.month},
                                         std::chrono::day{read.day}};
  // A minute may have a leap second.
  if (!date.ok() || read.hour > 23 || read.minute > 59 || read.second > 60) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{read.hour} + std::chrono::minutes{read.minute} +
         std::chrono::seconds{read.second};
}

}  // namespace duramen::server
