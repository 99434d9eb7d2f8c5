#pragma once
// Output of the encoders: a buffer whose room is checked once a piece, not once a character (flight_bench.cc).

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "duramen/tape.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace duramen::flight {

// Fixed text of at most 32 bytes: copied as two loads, whatever its length.
struct Piece {
  char text[32]{};
  std::uint8_t size = 0;
  constexpr Piece() = default;
  constexpr Piece(std::string_view a, std::string_view b = {}, std::string_view c = {}) {
    for (const std::string_view part : {a, b, c})
      for (const char each : part) text[size++] = each;
  }
};

// What JSON escapes, spelled as JSON.stringify spells it.
struct JsonEscapes {
  static constexpr std::size_t longest = 6;
  static constexpr bool needed(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }
  static char* write(char* at, unsigned char c) {
    constexpr std::string_view shortOnes = "btn?fr";  // from U+0008
    constexpr char hex[] = "0123456789abcdef";
    *at++ = '\\';
    if (c >= 0x20) {
      *at++ = static_cast<char>(c);
    } else if (c >= 8 && c <= 13 && c != 11) {
      *at++ = shortOnes[c - 8u];
    } else {
      at[0] = 'u';
      at[1] = at[2] = '0';
      at[3] = hex[c >> 4];
      at[4] = hex[c & 15];
      at += 5;
    }
    return at;
  }
#ifdef __SSE2__
  static int mask(__m128i run) {
    const __m128i quote = _mm_set1_epi8('"'), back = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
    const __m128i isControl = _mm_cmpeq_epi8(_mm_min_epu8(run, control), run);
    return _mm_movemask_epi8(
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(run, quote), _mm_cmpeq_epi8(run, back)), isControl));
  }
#endif
};

// What React escapes in text and in attributes; and NUL, which no HTML may hold: a browser drops it, or puts U+FFFD in
// its place. So it stands here as U+FFFD, which React takes for the same when it hydrates.
struct HtmlEscapes {
  static constexpr std::string_view replacement = "\xef\xbf\xbd";
  static constexpr std::size_t longest = 6;
  static constexpr bool needed(unsigned char c) {
    return c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' || c == 0;
  }
  static char* write(char* at, unsigned char c) {
    const std::string_view spelled = c == '&'   ? "&amp;"
                                     : c == '<' ? "&lt;"
                                     : c == '>' ? "&gt;"
                                     : c == '"' ? "&quot;"
                                     : c == 0   ? replacement
                                                : "&#x27;";
    std::memcpy(at, spelled.data(), spelled.size());
    return at + spelled.size();
  }
#ifdef __SSE2__
  static int mask(__m128i run) {
    const auto is = [&](char c) { return _mm_cmpeq_epi8(run, _mm_set1_epi8(c)); };
    return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(_mm_or_si128(is('&'), is('<')), _mm_or_si128(is('>'), is('"'))),
                                          _mm_or_si128(is('\''), is('\0'))));
  }
#endif
};

// Writes at the end of `out`, which has its true size again when the Writer has finished or is gone.
class Writer {
 public:
  explicit Writer(std::string& out, std::size_t expected) : out_(out), used_(out.size()) { enlarge(expected + slack); }
  ~Writer() { finish(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // REQUIRES: nothing is put afterwards.
  void finish() {
    if (at_) out_.resize(static_cast<std::size_t>(at_ - out_.data()));
    at_ = nullptr;
  }

  // How long `out` would be now.
  std::size_t size() const { return static_cast<std::size_t>(at_ - out_.data()); }

  // Forgets what was put since `out` was `size` long.
  void rewind(std::size_t size) { at_ = out_.data() + size; }

  void put(const Piece& piece) {
    room(sizeof piece.text);
    std::memcpy(at_, piece.text, sizeof piece.text);
    at_ += piece.size;
  }
  void put(char c) {
    room(1);
    *at_++ = c;
  }
  void put(std::string_view text) {
    if (text.empty()) return;
    room(text.size());
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void number(std::int64_t value) {
    room(32);
    at_ = std::to_chars(at_, at_ + 32, value).ptr;
  }
  // As JavaScript spells it.
  void number(double value) {
    room(32);
    at_ = detail::writeNumber(at_, value);
  }
  void hex(std::uint32_t value) {
    room(32);
    at_ = std::to_chars(at_, at_ + 32, value, 16).ptr;
  }
  // A string of a Flight model, quotes included; false if the text is not UTF-8.
  [[nodiscard]] bool quoted(std::string_view text) {
    put('"');
    if (!text.empty() && text.front() == '$') put('$');
    const bool wellFormed = escaped<JsonEscapes>(text);
    put('"');
    return wellFormed;
  }
  // Hot: copies and looks for what is escaped, 16 bytes at a time. False if the text is not UTF-8.
  template <class Escapes>
  [[nodiscard]] bool escaped(std::string_view text);

 private:
  static constexpr std::size_t slack = 64;
  void room(std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count) [[unlikely]] {
      used_ = static_cast<std::size_t>(at_ - out_.data());
      enlarge(count + used_);
    }
  }
  void enlarge(std::size_t more) {
    out_.resize_and_overwrite(used_ + more + slack, [](char*, std::size_t size) { return size; });
    at_ = out_.data() + used_;
    end_ = out_.data() + out_.size();
  }

  std::string& out_;
  std::size_t used_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

#ifdef __SSE2__
// Fewer than 16 bytes, then zeros; reads nothing beyond them. REQUIRES: at least one.
inline __m128i loadShort(const char* from, std::size_t count) {
  const auto load = []<class Word>(const char* at, Word) {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return std::uint64_t{word};
  };
  std::uint64_t low = 0, high = 0;
  if (count >= 8) {
    low = load(from, std::uint64_t{});
    if (count > 8) high = load(from + count - 8, std::uint64_t{}) >> (8 * (16 - count));
  } else if (count >= 4) {
    low = load(from, std::uint32_t{}) | load(from + count - 4, std::uint32_t{}) << (8 * (count - 4));
  } else {
    low = load(from, std::uint8_t{}) | load(from + count / 2, std::uint8_t{}) << (8 * (count / 2)) |
          load(from + count - 1, std::uint8_t{}) << (8 * (count - 1));
  }
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

template <class Escapes>
bool Writer::escaped(std::string_view text) {
  constexpr std::size_t step = 16;
  room(text.size() + step);
  const char* from = text.data();
  int highBits = 0;
  for (std::size_t left = text.size(); left;) {
    const bool isWhole = left >= step;
    const __m128i run = isWhole ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)) : loadShort(from, left);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at_), run);
    highBits |= _mm_movemask_epi8(run);
    const int special = Escapes::mask(run) & (isWhole ? 0xffff : (1 << left) - 1);
    if (!special) [[likely]] {
      const std::size_t count = isWhole ? step : left;
      at_ += count;
      from += count;
      left -= count;
      continue;
    }
    const auto clean = static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(special)));
    at_ += clean;
    room(left + Escapes::longest + step);
    at_ = Escapes::write(at_, static_cast<unsigned char>(from[clean]));
    from += clean + 1;
    left -= clean + 1;
  }
  return !highBits || isUtf8(text);
}
#else
template <class Escapes>
bool Writer::escaped(std::string_view text) {
  static constexpr auto needed = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c) table[c] = Escapes::needed(static_cast<unsigned char>(c));
    return table;
  }();
  const char* run = text.data();
  const char* const end = run + text.size();
  for (const char* at = run; at != end; ++at) {
    if (!needed[static_cast<unsigned char>(*at)]) [[likely]]
      continue;
    put(std::string_view{run, at});
    room(Escapes::longest);
    at_ = Escapes::write(at_, static_cast<unsigned char>(*at));
    run = at + 1;
  }
  put(std::string_view{run, end});
  return isUtf8(text);
}
#endif

}  // namespace duramen::flight
