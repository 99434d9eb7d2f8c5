#include "server/accept_encoding.h"

#include "base/ascii.h"
#include "server/header_list.h"

namespace duramen::server {
namespace {

constexpr int mostWeight = 1000;  // weights are counted in thousandths

// "0.25" (RFC 9110 §12.4.2).
std::optional<int> weightOf(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = text[0] == '1' ? mostWeight : 0;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!isDigit(c)) return std::nullopt;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  if (weight > mostWeight) return std::nullopt;
  return weight;
}

struct Member {
  std::string_view coding;
  int weight = mostWeight;
};

std::optional<Member> memberOf(std::string_view text) {
  const std::size_t semicolon = text.find(';');
  Member member{.coding = trimmedBlanks(text.substr(0, semicolon))};
  if (!isToken(member.coding)) return std::nullopt;
  if (semicolon == std::string_view::npos) return member;
  const std::string_view parameter = trimmedBlanks(text.substr(semicolon + 1));
  if (parameter.size() < 2 || asciiLower(parameter[0]) != 'q' || parameter[1] != '=') return std::nullopt;
  const auto weight = weightOf(parameter.substr(2));
  if (!weight) return std::nullopt;
  member.weight = *weight;
  return member;
}

struct Weights {
  std::optional<int> identity, gzip, brotli, any;

  explicit Weights(std::string_view list) {
    while (!list.empty()) {
      const auto member = memberOf(takeMember(list));
      if (!member) continue;
      if (auto* weight = named(member->coding); weight && !*weight) *weight = member->weight;
    }
  }
  int of(ContentCoding coding) const {
    const std::optional<int>& own = coding == ContentCoding::gzip     ? gzip
                                    : coding == ContentCoding::brotli ? brotli
                                                                      : identity;
    if (own) return *own;
    return any.value_or(coding == ContentCoding::identity ? 1 : 0);
  }

 private:
  std::optional<int>* named(std::string_view coding) {
    if (coding == "*") return &any;
    if (equalIgnoringCase(coding, "identity")) return &identity;
    if (equalIgnoringCase(coding, "gzip") || equalIgnoringCase(coding, "x-gzip")) return &gzip;
    if (equalIgnoringCase(coding, "br")) return &brotli;
    return nullptr;
  }
};

}  // namespace

std::string_view codingName(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::identity:
      return "identity";
    case ContentCoding::gzip:
      return "gzip";
    case ContentCoding::brotli:
      return "br";
  }
  return {};
}

std::optional<ContentCoding> chooseCoding(std::optional<std::string_view> acceptEncoding,
                                          std::span<const ContentCoding> available) {
  if (!acceptEncoding) return ContentCoding::identity;
  const Weights weights{*acceptEncoding};
  int best = 0;
  std::optional<ContentCoding> chosen;
  const auto consider = [&](ContentCoding coding) {
    if (weights.of(coding) <= best) return;
    best = weights.of(coding);
    chosen = coding;
  };
  for (const ContentCoding coding : available) consider(coding);
  consider(ContentCoding::identity);
  return chosen;
}

}  // namespace duramen::server
