#include "duramen/js_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/iso_date.h"
#include "duramen/value.h"

namespace duramen {

namespace {

// The calendar repeats after 400 years. std::chrono's years end at 32767, JavaScript's at 275760.
constexpr int daysOfEra = 146'097;
constexpr Date lastDate{std::chrono::milliseconds{8'640'000'000'000'000}};

int numberAt(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::string toIsoString(Date date) {
  using std::chrono::days, std::chrono::floor, std::chrono::sys_days, std::chrono::year_month_day;
  const auto day = floor<days>(date).time_since_epoch().count();
  const auto time = (date - floor<days>(date)).count();
  const auto era = day >= 0 ? day / daysOfEra : -((-day + daysOfEra - 1) / daysOfEra);
  const year_month_day when{sys_days{days{day - era * daysOfEra}}};
  const auto year = static_cast<int>(when.year()) + era * 400;
  const std::string shownYear = year >= 0 && year <= 9999
                                    ? fmt::format("{:04}", year)
                                    : fmt::format("{}{:06}", year < 0 ? '-' : '+', std::abs(year));
  return fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", shownYear, static_cast<unsigned>(when.month()),
                     static_cast<unsigned>(when.day()), time / 3'600'000, time / 60'000 % 60, time / 1000 % 60,
                     time % 1000);
}

std::optional<Date> dateOf(double milliseconds) {
  constexpr auto last = static_cast<double>(lastDate.time_since_epoch().count());
  if (!(std::abs(milliseconds) <= last)) return std::nullopt;
  return Date{std::chrono::milliseconds{static_cast<std::int64_t>(milliseconds)}};
}

std::optional<Date> dateFromIso(std::string_view text) {
  using std::chrono::days, std::chrono::hours, std::chrono::milliseconds, std::chrono::minutes, std::chrono::month,
      std::chrono::seconds, std::chrono::sys_days, std::chrono::year, std::chrono::year_month_day;
  int sign = 1;
  std::string_view form = "0000-00-00T00:00:00.000Z";
  if (text.starts_with('+') || text.starts_with('-')) {
    sign = text.front() == '-' ? -1 : 1;
    form = "000000-00-00T00:00:00.000Z";
    text.remove_prefix(1);
  }
  const bool fits = text.size() == form.size() &&
                    std::ranges::equal(text, form, [](char c, char of) { return of == '0' ? isDigit(c) : c == of; });
  if (!fits) return std::nullopt;
  const std::size_t yearEnd = form.find('-');
  const auto number = [&](std::size_t at, std::size_t count) { return numberAt(text.substr(yearEnd + at, count)); };
  const int spelledYear = sign * numberAt(text.substr(0, yearEnd));
  const int yearOfEra = ((spelledYear % 400) + 400) % 400;
  const year_month_day day{year{2000 + yearOfEra}, month{static_cast<unsigned>(number(1, 2))},
                           std::chrono::day{static_cast<unsigned>(number(4, 2))}};
  const int h = number(7, 2), m = number(10, 2), s = number(13, 2);
  if (!day.ok() || h > 23 || m > 59 || s > 59) return std::nullopt;
  const days shift{std::int64_t{(spelledYear - yearOfEra - 2000) / 400} * daysOfEra};
  const Date date = sys_days{day} + shift + hours{h} + minutes{m} + seconds{s} + milliseconds{number(16, 3)};
  if (date > lastDate || date.time_since_epoch() < -lastDate.time_since_epoch()) return std::nullopt;
  return date;
}

bool BigInt::fits(std::string_view digits) {
  if (digits.starts_with('-')) digits.remove_prefix(1);
  return !digits.empty() && digits.size() <= maxDigits && std::ranges::all_of(digits, isDigit);
}

BigInt::BigInt(std::string digits) : digits_(std::move(digits)) {
  if (!fits(digits_)) throw std::invalid_argument("a BigInt is an optional '-' and 1 to 300 digits");
  const bool negative = digits_.starts_with('-');
  const std::size_t first = digits_.find_first_not_of('0', negative ? 1 : 0);
  digits_ = first == std::string::npos ? "0" : (negative ? "-" : "") + digits_.substr(first);
}

void BigInt::appendValueTo(detail::Tape& tape) const { tape.putText(detail::Op::bigInt, digits_); }

Decoded<BigInt> BigInt::decodeValue(const Value* value, const Where& where) {
  if (const auto* big = valueAs<BigInt>(value)) return *big;
  if (const auto* whole = value ? std::get_if<std::int64_t>(&value->is) : nullptr) return BigInt{*whole};
  const auto* text = valueAs<std::string>(value);  // as it is stored
  if (text && fits(*text)) return BigInt{*text};
  return detail::unexpectedKind(where, "a BigInt", value);
}

void Bytes::appendValueTo(detail::Tape& tape) const { detail::appendBytes(tape, kind, data); }

Decoded<Bytes> Bytes::decodeValue(const Value* value, const Where& where) {
  if (const auto* bytes = valueAs<Bytes>(value)) return *bytes;
  return detail::unexpectedKind(where, "bytes", value);
}

namespace detail {

void appendBytes(Tape& tape, ArrayKind kind, std::string_view data) {
  tape.put(Op::bytes, kind);
  tape.putBare(data);
}

Decoded<std::string_view> decodeBytes(const Value* value, const Where& where, ArrayKind kind) {
  const auto* bytes = valueAs<Bytes>(value);
  if (!bytes) return unexpectedKind(where, formOf(kind).name, value);
  if (bytes->kind != kind) return unexpectedValue(where, formOf(kind).name, formOf(bytes->kind).name);
  return bytes->data;
}

namespace {

std::vector<std::byte> copied(std::string_view data) {
  const auto all = std::as_bytes(std::span{data});
  return {all.begin(), all.end()};
}

}  // namespace

Decoded<std::vector<std::byte>> decodeAnyBytes(const Value* value, const Where& where) {
  if (const auto* bytes = valueAs<Bytes>(value)) return copied(bytes->data);
  if (const auto* file = valueAs<File>(value)) return copied(file->bytes);
  if (const auto* text = valueAs<std::string>(value))  // as they are stored
    if (const auto data = fromBase64(*text)) return copied(*data);
  return unexpectedKind(where, "bytes", value);
}

void appendDate(Tape& tape, Date date) { tape.put(Op::date, static_cast<double>(date.time_since_epoch().count())); }

Decoded<Date> decodeDate(const Value* value, const Where& where) {
  if (const auto* date = valueAs<Date>(value)) return *date;
  if (const auto* text = valueAs<std::string>(value))  // as it is stored
    if (const auto date = dateFromIso(*text)) return *date;
  return unexpectedKind(where, "a Date", value);
}

const Value* settled(const Value* value) {
  while (const auto* promise = valueAs<PromiseValue>(value)) value = promise->value.data();
  return value;
}

const Value::List* itemsOf(const Value* value) {
  if (!value) return nullptr;
  if (const auto* list = std::get_if<Value::List>(&value->is)) return list;
  if (const auto* set = std::get_if<SetValue>(&value->is)) return &set->items;
  if (const auto* sequence = valueAs<SequenceValue>(value)) return &sequence->items;
  return nullptr;
}

std::optional<std::vector<const Value*>> pairsOf(const Value* value, std::vector<Value>& names) {
  std::vector<const Value*> pairs;
  if (!value) return std::nullopt;
  if (const auto* map = std::get_if<MapValue>(&value->is)) {
    for (const Value& each : map->flat) pairs.push_back(&each);
  } else if (const auto* object = std::get_if<Value::Object>(&value->is)) {
    names.reserve(object->size());
    for (const ValueField& field : *object) {
      pairs.push_back(&names.emplace_back(Value{field.name}));
      pairs.push_back(&field.value);
    }
  } else if (const auto* list = std::get_if<Value::List>(&value->is)) {  // as it is stored
    for (const Value& each : *list) {
      const auto* pair = std::get_if<Value::List>(&each.is);
      if (!pair || pair->size() != 2) return std::nullopt;
      pairs.push_back(&(*pair)[0]);
      pairs.push_back(&(*pair)[1]);
    }
  } else {
    return std::nullopt;
  }
  return pairs;
}

}  // namespace detail
}  // namespace duramen
