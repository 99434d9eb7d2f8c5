#include "server/exchange.h"

#include "server/access_log.h"
#include "server/connection.h"

namespace duramen::server {
namespace {

std::chrono::microseconds passed(loop::TimePoint since, loop::TimePoint now) {
  return std::chrono::duration_cast<std::chrono::microseconds>(now - since);
}

std::uint8_t indexOf(std::string_view method) {
  const auto& methods = TransportMetrics::methods;
  return static_cast<std::uint8_t>(std::ranges::find(methods, method) - methods.begin());
}

}  // namespace

void Exchange::begin() {
  since_ = connection_.lastHeard();
  sentBefore_ = connection_.sentBytes();
  status_ = 0;
  method_ = TransportMetrics::methods.size();
  asked_ = false;
  entry_.reset();
}

void Exchange::asked(const Request& request) {
  asked_ = true;
  method_ = indexOf(request.method);
  if (connection_.hub().accessLog == nullptr) return;
  entry_ = std::make_unique<AccessEntry>(AccessEntry::of(request));
  if (entry_->client.empty()) entry_->client = connection_.peerAddress();
}

void Exchange::answers(int status) {
  status_ = status;
  if (!asked_) asked({});
}

void Exchange::finish(bool broken) {
  if (!std::exchange(asked_, false)) return;
  Hub& hub = connection_.hub();
  TransportMetrics& metrics = hub.metrics;
  const loop::TimePoint now = hub.loop.now();
  if (broken) metrics.brokenRequests.add();
  if (status_ != 0) metrics.requests[method_][status_ / 100].add();
  if (status_ >= 400) metrics.refusals[status_].add();
  metrics.requestDuration.add(now - since_);
  if (!entry_) return;
  entry_->kind = status_ == 101 ? AccessEntry::Kind::upgrade : AccessEntry::Kind::request;
  entry_->time = std::chrono::system_clock::now();
  entry_->duration = passed(since_, now);
  entry_->status = status_;
  entry_->broken = broken;
  entry_->sentBytes = connection_.sentBytes() - sentBefore_;
  hub.accessLog->add(std::move(*entry_));
  entry_.reset();
}

std::unique_ptr<AccessEntry> Exchange::switched() {
  auto request = entry_ ? std::make_unique<AccessEntry>(*entry_) : nullptr;
  answers(101);
  finish(!connection_.alive());
  return request;
}

void SocketTally::opened(std::unique_ptr<AccessEntry> request) {
  connection_.hub().metrics.openedSockets.add();
  if (!request) return;
  record_ = std::make_unique<Record>(std::move(*request), connection_.hub().loop.now(), connection_.sentBytes(),
                                     connection_.receivedBytes());
}

void SocketTally::received() {
  connection_.hub().metrics.receivedMessages.add();
  if (record_) ++record_->entry.receivedMessages;
}

void SocketTally::page() {
  // Hot: once per client and page.
  connection_.hub().metrics.sentPages.add();
  if (record_) ++record_->entry.sentMessages;
}

void SocketTally::answer() {
  connection_.hub().metrics.sentAnswers.add();
  if (record_) ++record_->entry.sentMessages;
}

void SocketTally::closed(int code) {
  Hub& hub = connection_.hub();
  hub.metrics.closedSockets[code].add();
  if (!record_) return;
  AccessEntry& entry = record_->entry;
  entry.kind = AccessEntry::Kind::close;
  entry.time = std::chrono::system_clock::now();
  entry.duration = passed(record_->since, hub.loop.now());
  entry.status = code;
  entry.sentBytes = connection_.sentBytes() - record_->sentBefore;
  entry.receivedBytes = connection_.receivedBytes() - record_->receivedBefore;
  hub.accessLog->add(std::move(entry));
  record_.reset();
}

}  // namespace duramen::server
