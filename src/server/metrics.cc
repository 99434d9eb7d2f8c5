#include "server/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace duramen::server {
namespace {

using Metrics = TransportMetrics;

template <class Get>
std::uint64_t sum(const Readings& in, Get get) {
  std::uint64_t total = 0;
  for (const Readings::Loop& loop : in.loops) total += get(loop);
  return total;
}

std::uint64_t sumOf(const Readings& in, Counter Metrics::* counter) {
  return sum(in, [&](const Readings::Loop& loop) { return (loop.transport.*counter).value(); });
}

template <std::uint64_t LoopReading::* reading>
void writeReading(OpenMetrics& out, const Readings& in) {
  out.sample(sum(in, [](const Readings::Loop& loop) { return loop.reading.*reading; }));
}

template <Counter Metrics::* counter>
void writeCounter(OpenMetrics& out, const Readings& in) {
  out.sample(sumOf(in, counter));
}

// Two counters are not read at one moment.
std::uint64_t difference(std::uint64_t more, std::uint64_t less) { return more - std::min(more, less); }

std::uint64_t closedSockets(const Metrics& metrics) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= Metrics::closeCodes.size(); ++i) total += metrics.closedSockets.at(i).value();
  return total;
}

void writeConnections(OpenMetrics& out, const Readings& in) {
  const std::uint64_t closed = sum(in, [](const Readings::Loop& loop) { return closedSockets(loop.transport); });
  const std::uint64_t sockets = difference(sumOf(in, &Metrics::openedSockets), closed);
  const std::uint64_t all =
      difference(sumOf(in, &Metrics::acceptedConnections), sumOf(in, &Metrics::closedConnections));
  out.sample(difference(all, sockets), {{"kind", "http"}});
  out.sample(sockets, {{"kind", "websocket"}});
}

void writeRequests(OpenMetrics& out, const Readings& in) {
  for (std::size_t method = 0; method <= Metrics::methods.size(); ++method)
    for (std::size_t status = 0; status < Metrics::statusClasses.size(); ++status) {
      const std::uint64_t count =
          sum(in, [&](const Readings::Loop& loop) { return loop.transport.requests[method].at(status).value(); });
      out.sample(count, {{"method", method < Metrics::methods.size() ? Metrics::methods[method] : "other"},
                         {"status", fmt::format("{}xx", Metrics::statusClasses[status])}});
    }
}

// A sample for each value, and one for all others.
template <std::size_t n>
void writeBy(OpenMetrics& out, const Readings& in, std::string_view label, const std::array<int, n>& values,
             CountersBy<int, n> Metrics::* counters) {
  for (std::size_t i = 0; i <= n; ++i) {
    const std::uint64_t count =
        sum(in, [&](const Readings::Loop& loop) { return (loop.transport.*counters).at(i).value(); });
    out.sample(count, {{label, i < n ? std::to_string(values[i]) : "other"}});
  }
}

void writeDurations(OpenMetrics& out, const Readings& in) {
  Histogram::Value all;
  for (const Readings::Loop& loop : in.loops) all += loop.transport.requestDuration.value();
  out.histogram(all);
}

void writeActions(OpenMetrics& out, const Readings& in) {
  out.sample(in.actions.done.load(std::memory_order_relaxed), {{"outcome", "done"}});
  out.sample(in.actions.refused.load(std::memory_order_relaxed), {{"outcome", "refused"}});
  out.sample(in.actions.failed.load(std::memory_order_relaxed), {{"outcome", "failed"}});
}

template <class Write>
void forEachLoop(const Readings& in, Write write) {
  for (std::size_t i = 0; i < in.loops.size(); ++i) write(in.loops[i].lag, std::to_string(i));
}

constexpr auto counter = MetricType::counter;
constexpr auto gauge = MetricType::gauge;
constexpr auto histogram = MetricType::histogram;

constexpr std::array families = {
    MetricFamily{"duramen_build", MetricType::info, "version", "The library's version.",
                 [](OpenMetrics& out, const Readings&) { out.sample(1, {{"version", DURAMEN_VERSION}}); }},
    MetricFamily{"duramen_connections", gauge, "kind: http, websocket", "Open connections.", writeConnections},
    MetricFamily{"duramen_accepted_connections", counter, "", "Connections that were accepted.",
                 writeCounter<&Metrics::acceptedConnections>},
    MetricFamily{"duramen_rejected_connections", counter, "reason: limit, descriptors",
                 "Connections that were closed at once, without an answer: more were open than the limits allow, or "
                 "the process had no descriptor left.",
                 [](OpenMetrics& out, const Readings& in) {
                   out.sample(sumOf(in, &Metrics::rejectedAboveLimit), {{"reason", "limit"}});
                   out.sample(sumOf(in, &Metrics::rejectedForDescriptors), {{"reason", "descriptors"}});
                 }},
    MetricFamily{
        "duramen_failed_accepts", counter, "",
        "How often no connection could be accepted for want of descriptors or memory. If none could be refused "
        "either, the next try comes 0.1 s later.",
        writeCounter<&Metrics::failedAccepts>},
    MetricFamily{"duramen_failed_tls_handshakes", counter, "",
                 "TLS handshakes that failed, such as for want of a version or a cipher that both sides know; the log "
                 "says why, at its level debug.",
                 writeCounter<&Metrics::failedHandshakes>},
    MetricFamily{"duramen_received_bytes", counter, "", "Bytes received from clients.",
                 writeCounter<&Metrics::receivedBytes>},
    MetricFamily{"duramen_sent_bytes", counter, "", "Bytes sent to clients.", writeCounter<&Metrics::sentBytes>},
    MetricFamily{"duramen_waiting_bytes", gauge, "",
                 "Bytes that wait until their clients take them; a page that several wait for counts for each.",
                 writeReading<&LoopReading::waitingBytes>},
    MetricFamily{"duramen_body_bytes", gauge, "place: memory, disk",
                 "Bytes that the bodies of requests take while they are received and somebody has them.",
                 [](OpenMetrics& out, const Readings& in) {
                   out.sample(in.bodiesInMemory, {{"place", "memory"}});
                   out.sample(in.bodiesOnDisk, {{"place", "disk"}});
                 }},
    MetricFamily{"duramen_client_memory_bytes", gauge, "",
                 "Bytes of --max-client-memory that are taken: messages that come, requests that wait or run, answers "
                 "that are not sent.",
                 [](OpenMetrics& out, const Readings& in) { out.sample(in.clientBytes); }},
    MetricFamily{"duramen_view_bytes", gauge, "", "Bytes of --max-view-bytes that are taken: the pages of all keys.",
                 [](OpenMetrics& out, const Readings& in) { out.sample(in.viewBytes); }},
    MetricFamily{"duramen_http_requests", counter, "method: GET, HEAD, POST, other; status: 1xx to 5xx",
                 "Requests that were answered. 101 is a WebSocket's.", writeRequests},
    MetricFamily{"duramen_http_refusals", counter, "status", "Requests that were answered with 400 or more.",
                 [](OpenMetrics& out, const Readings& in) {
                   writeBy(out, in, "status", Metrics::refusalStatuses, &Metrics::refusals);
                 }},
    MetricFamily{"duramen_http_broken_requests", counter, "",
                 "Requests whose client went, or was cut off, before the answer was sent.",
                 writeCounter<&Metrics::brokenRequests>},
    MetricFamily{"duramen_http_request_duration_seconds", histogram, "",
                 "From a request's first byte to the last of its answer that the system took.", writeDurations},
    MetricFamily{"duramen_websocket_opened", counter, "", "WebSockets that were opened.",
                 writeCounter<&Metrics::openedSockets>},
    MetricFamily{"duramen_websocket_closed", counter, "code",
                 "WebSockets that were closed, by the code of the first close frame; 1006: there was none.",
                 [](OpenMetrics& out, const Readings& in) {
                   writeBy(out, in, "code", Metrics::closeCodes, &Metrics::closedSockets);
                 }},
    MetricFamily{"duramen_websocket_received_messages", counter, "", "Messages received from clients.",
                 writeCounter<&Metrics::receivedMessages>},
    MetricFamily{"duramen_websocket_sent_pages", counter, "",
                 "Pages pushed to clients; those that a newer one superseded are among them.",
                 writeCounter<&Metrics::sentPages>},
    MetricFamily{"duramen_websocket_superseded_pages", counter, "",
                 "Pages that gave way to a newer one while their client did not read.",
                 writeCounter<&Metrics::supersededPages>},
    MetricFamily{"duramen_websocket_sent_answers", counter, "", "Answers to clients' messages: results, pages, errors.",
                 writeCounter<&Metrics::sentAnswers>},
    MetricFamily{"duramen_groups", gauge, "", "Realtime groups: keys that somebody is here for.",
                 writeReading<&LoopReading::groups>},
    MetricFamily{"duramen_clients", gauge, "", "Clients in groups.", writeReading<&LoopReading::clients>},
    MetricFamily{"duramen_views", gauge, "", "Views: pages that are rendered once for all their clients.",
                 writeReading<&LoopReading::views>},
    MetricFamily{"duramen_renders", counter, "", "Renders of pages that began.",
                 [](OpenMetrics& out, const Readings& in) { out.sample(in.renders); }},
    MetricFamily{"duramen_actions", counter, "outcome: done, refused, failed",
                 "Actions that ended. Refused: by a guard, for their arguments, or by an ActionError.", writeActions},
    MetricFamily{"duramen_objects", gauge, "", "Durable objects in memory.",
                 [](OpenMetrics& out, const Readings& in) { out.sample(in.objects); }},
    MetricFamily{"duramen_storage_sets", counter, "result: written, failed",
                 "Write sets of objects that were handed to the disk.",
                 [](OpenMetrics& out, const Readings& in) {
                   out.sample(in.commits.written.value(), {{"result", "written"}});
                   out.sample(in.commits.failed.value(), {{"result", "failed"}});
                 }},
    MetricFamily{"duramen_storage_flush_duration_seconds", histogram, "",
                 "Of a transaction with its sync, which many write sets share.",
                 [](OpenMetrics& out, const Readings& in) { out.histogram(in.commits.duration.value()); }},
    MetricFamily{"duramen_loop_lag_seconds", histogram, "loop",
                 "How late a loop came to a timer that was due, ten times a second.",
                 [](OpenMetrics& out, const Readings& in) {
                   forEachLoop(in, [&](const loop::LoopLag& lag, std::string_view loop) {
                     out.histogram(lag.lateness(), {{"loop", loop}});
                   });
                 }},
    MetricFamily{"duramen_loop_worst_lag_seconds", gauge, "loop",
                 "The largest lag of the last 15 to 30 seconds. It grows while a loop is stuck.",
                 [](OpenMetrics& out, const Readings& in) {
                   forEachLoop(in, [&](const loop::LoopLag& lag, std::string_view loop) {
                     out.seconds(lag.worst(), {{"loop", loop}});
                   });
                 }},
    MetricFamily{"duramen_access_log_dropped_lines", counter, "",
                 "Lines of the access log that were not written: its queue was full, or its disk failed.",
                 [](OpenMetrics& out, const Readings& in) { out.sample(in.droppedLines); }},
};

}  // namespace

std::span<const MetricFamily> metricFamilies() { return families; }

std::string metricsPage(const Readings& in) {
  OpenMetrics out;
  for (const MetricFamily& family : families) {
    out.family(family.name, family.type, family.help);
    family.write(out, in);
  }
  return std::move(out).finish();
}

std::string metricsTable() {
  std::string rows;
  for (const MetricFamily& family : families) {
    const std::string_view suffix = family.type == counter            ? "_total"
                                    : family.type == MetricType::info ? "_info"
                                                                      : std::string_view{};
    rows +=
        fmt::format("| `{}{}` | {} | {} | {} |\n", family.name, suffix, name(family.type), family.labels, family.help);
  }
  return rows;
}

}  // namespace duramen::server
