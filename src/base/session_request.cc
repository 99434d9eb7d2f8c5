#include "duramen/session_request.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/ascii.h"

namespace duramen {
namespace {

void appendText(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  out.append(bytes, sizeof size).append(text);
}

// REQUIRES: appendText wrote what is at the front.
std::string takeText(std::string_view& from) {
  std::uint32_t size = 0;
  std::memcpy(&size, from.data(), sizeof size);
  std::string text(from.substr(sizeof size, size));
  from.remove_prefix(sizeof size + size);
  return text;
}

}  // namespace

SessionRequest::SessionRequest(std::string_view kept) {
  while (!kept.empty()) {
    const auto question = static_cast<Question>(kept.front());
    kept.remove_prefix(1);
    std::string name = takeText(kept);
    std::string value = takeText(kept);
    fields_.push_back(std::make_unique<const Field>(question, std::move(name), std::move(value)));
  }
}

std::string SessionRequest::kept() const {
  std::string kept;
  for (const auto& field : fields_) {
    kept += static_cast<char>(field->question);
    appendText(kept, field->name);
    appendText(kept, field->value);
  }
  return kept;
}

std::string_view SessionRequest::ask(Question question, std::string_view name) const {
  const auto at = std::ranges::lower_bound(fields_, std::tuple{question, name}, {}, [](const auto& field) {
    return std::tuple{field->question, std::string_view{field->name}};
  });
  if (at != fields_.end() && (*at)->question == question && (*at)->name == name) return (*at)->value;
  if (!request_) {
    complete_ = false;
    return {};
  }
  std::string value;
  switch (question) {
    case Question::header:
      value = request_->header(name);
      break;
    case Question::cookie:
      value = request_->cookie(name);
      break;
    case Question::parameter:
      value = request_->parameter(name);
      break;
    case Question::hasParameter:
      value = request_->hasParameter(name) ? "1" : "";
      break;
    case Question::address:
      value = request_->address;
      break;
    case Question::scheme:
      value = request_->scheme;
      break;
  }
  return (*fields_.insert(at, std::make_unique<const Field>(question, std::string(name), std::move(value))))->value;
}

std::string_view SessionRequest::header(std::string_view name) const {
  return ask(Question::header, asciiLowered(name));
}
std::string_view SessionRequest::cookie(std::string_view name) const { return ask(Question::cookie, name); }
std::string SessionRequest::parameter(std::string_view name) const {
  return std::string(ask(Question::parameter, name));
}
bool SessionRequest::hasParameter(std::string_view name) const { return !ask(Question::hasParameter, name).empty(); }
std::string_view SessionRequest::address() const { return ask(Question::address, {}); }
std::string_view SessionRequest::scheme() const { return ask(Question::scheme, {}); }

}  // namespace duramen
